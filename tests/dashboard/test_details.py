import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from dash import html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from core.atlas import Atlas
from core.boxes import Boxes
from core.cache import Store, load_atlas
from core.relations import Relations, membership_of, relations_of
from dashboard import details
from dashboard import table as tables
from dashboard.about import about, summary
from tests.dashboard.arrays import read
from tests.dashboard.evaluations import document, evaluated

ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)
DIFFER = "Learned shares differ from true ones by 0.10 in the mean."
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def mistaken(atlas):
    """The eagle's box lies in the fish's, beside the goldfish: [3, 4], not [0, 1]."""
    return moved(atlas, EAGLE, 3, 4)


def moved(atlas, row, start, end):
    """One task's box from `start` to `end` along the first axis."""
    boxes = atlas.boxes[2]
    lower, upper = boxes.lower.copy(), boxes.upper.copy()
    lower[row, 0], upper[row, 0] = start, end
    return replace(atlas, boxes={2: Boxes(lower, upper, boxes.names)})


def parts(tree):
    """Every component and text of a tree, in reading order."""
    if isinstance(tree, list | tuple):
        for part in tree:
            yield from parts(part)
    elif isinstance(tree, Component):
        yield tree
        yield from parts(getattr(tree, "children", None))
    elif tree is not None:
        yield tree


def texts(tree):
    return [str(part) for part in parts(tree) if not isinstance(part, Component)]


def found(tree, kind):
    return [part for part in parts(tree) if isinstance(part, kind)]


def related(tree, title):
    """Label and two shown shares of the tasks listed under a title."""
    for part in found(tree, html.Div):
        if texts(part)[:1] == [title]:
            known = [props(row) for row in classed(part, "relation")]
            return [
                (row["children"], row["data-around"], row["data-inside"])
                for row in known
            ]
    return None


def props(part):
    return part.to_plotly_json()["props"]


def facts(tree):
    """What a definition list says."""
    terms, said = found(tree, html.Dt), found(tree, html.Dd)
    return {
        " ".join(texts(term)): " ".join(texts(what))
        for term, what in zip(terms, said, strict=True)
    }


def classed(tree, name):
    """The components of one class of the style sheet."""
    return [part for part in parts(tree) if getattr(part, "className", None) == name]


def verdict(tree):
    return [" ".join(texts(one)) for one in classed(tree, "verdict")]


# Shares


@pytest.mark.parametrize("dim", [2, 3])
def test_shares_have_two_directions(atlas, dim):
    # The parrot is a quarter of the animals and half of birds and pets.
    known = tables.shares(atlas, PARROT, dim)
    inside, around = [0.25, 0.5, 0, 0.5, 0, 1, 0], [1, 1, 0, 1, 0, 1, 0]
    np.testing.assert_allclose(known.inside, inside)
    np.testing.assert_allclose(known.around, around)
    np.testing.assert_allclose(known.true_inside, inside)
    np.testing.assert_allclose(known.true_around, around)


def test_a_partial_overlap_is_the_share_of_each_in_the_other(atlas):
    # Bird and pet share the parrot; animal holds both.
    known = tables.shares(atlas, PET, 2)
    np.testing.assert_allclose(known.inside, [0.5, 0.5, 0.5, 1, 0, 1, 1])
    np.testing.assert_allclose(known.around, [1, 0.5, 0.5, 1, 0, 0.5, 0.5])


# The table


def table(atlas, row, dim=2):
    """Name and shares of every line that the table of a task has."""
    known = tables.table(atlas, row, dim)
    names = [atlas.tasks.index[other] for other in read(known["rows"], "<u4")]
    columns = [known[c] for c in ("inside", "true_inside", "around", "true_around")]
    told = [read(column, "<i2").tolist() for column in columns]
    shares = [[None if one < 0 else one / 1000 for one in column] for column in told]
    return list(zip(names, *shares, strict=True))


@pytest.mark.parametrize("dim", [2, 3])
def test_the_largest_contained_tasks_come_first(atlas, dim):
    assert table(atlas, ANIMAL, dim) == [
        ("bird", 1, 1, 0.5, 0.5),
        ("fish", 1, 1, 0.5, 0.5),
        ("pet", 1, 1, 0.5, 0.5),
        ("eagle", 1, 1, 0.25, 0.25),
        ("parrot", 1, 1, 0.25, 0.25),
        ("goldfish", 1, 1, 0.25, 0.25),
    ]


def test_a_table_says_what_it_lists(atlas):
    known = tables.table(atlas, PET, 2)
    assert known["title"] == "Contained in “Pet”: 2 tasks"
    assert read(known["rows"], "<u4").tolist() == [PARROT, GOLDFISH]
    json.dumps(known, allow_nan=False)
    assert tables.table(atlas, FISH, 2)["title"] == "Contained in “Fish”: 1 task"


def test_a_task_that_only_overlaps_is_not_contained(atlas):
    assert [row[0] for row in table(atlas, BIRD)] == ["eagle", "parrot"]


def test_nothing_lies_in_a_leaf(atlas):
    assert table(atlas, EAGLE) == []


def test_a_task_that_should_not_be_there_comes_last_and_shows_the_truth(mistaken):
    assert table(mistaken, FISH) == [
        ("goldfish", 1, 1, 0.5, 0.5),
        ("eagle", 1, 0, 0.5, 0),
    ]


def test_a_task_that_is_missed_is_listed_all_the_same(mistaken):
    assert table(mistaken, BIRD) == [
        ("eagle", 0, 1, 0, 0.5),
        ("parrot", 1, 1, 0.5, 0.5),
    ]


def test_half_a_box_inside_is_inside(atlas):
    # From 1.5 to 2.5: half in bird, half in fish.
    astride = moved(atlas, EAGLE, 1.5, 2.5)
    assert table(astride, BIRD)[0] == ("eagle", 0.5, 1, 0.25, 0.5)
    assert table(astride, FISH)[1] == ("eagle", 0.5, 0, 0.25, 0)
    beyond = moved(atlas, EAGLE, 1.51, 2.51)
    assert [row[0] for row in table(beyond, FISH)] == ["goldfish", "eagle"]
    assert verdict(details.task_details(beyond, BIRD, 2))[0].startswith("1 of 2")


def test_the_smaller_of_two_boxes_lies_in_the_larger(atlas):
    # An eagle as wide as all animals holds the birds, though it is one of them.
    wide = moved(atlas, EAGLE, 0, 4)
    assert "bird" in [row[0] for row in table(wide, EAGLE)]
    assert table(wide, BIRD)[0] == ("eagle", 0.5, 1, 1, 0.5)


# The panel of a task


def test_a_task_lies_in_all_its_ancestors_the_smallest_first(atlas):
    panel = details.task_details(atlas, PARROT, 2)
    assert texts(panel)[:2] == ["Parrot", "parrot"]
    assert related(panel, "Inside") == [
        ("Bird", "1.00", "0.50"),
        ("Pet", "1.00", "0.50"),
        ("Animal", "1.00", "0.25"),
    ]
    assert related(panel, "Contains, directly") is None
    assert verdict(panel) == [""]
    assert facts(panel) == {
        "Members": "1 animal",
        "Depth": "2",
        "Also under": "Pet",
    }


def test_a_task_shows_its_children_with_the_same_two_directions(atlas):
    panel = details.task_details(atlas, PET, 2)
    assert related(panel, "Inside") == [("Animal", "1.00", "0.50")]
    assert related(panel, "Contains, directly") == [
        ("Parrot", "0.50", "1.00"),
        ("Goldfish", "0.50", "1.00"),
    ]
    assert related(panel, "Overlaps") == [
        ("Bird", "0.50", "0.50"),
        ("Fish", "0.50", "0.50"),
    ]


def test_every_shown_task_can_be_gone_to(atlas):
    links = found(details.task_details(atlas, PARROT, 2), html.Button)
    assert [link.to_plotly_json()["props"]["data-task"] for link in links] == [
        "pet",  # also under
        "bird",
        "pet",
        "animal",
    ]


def test_the_share_that_is_drawn_says_the_truth_beside_it(mistaken):
    panel = details.task_details(mistaken, BIRD, 2)
    (eagle, *_) = [
        props(row) for row in classed(panel, "relation") if row.children == "Eagle"
    ]
    assert eagle["title"].endswith("it in this: learned 0.000; it in this: truth 1.000")
    assert (eagle["style"]["--inside"], eagle["style"]["--true-inside"]) == (
        "0.0%",
        "100.0%",
    )
    assert eagle["aria-label"] == "Eagle: 0.00 of this task in it, 0.00 of it in this"


def test_the_verdict_counts_what_lies_where_it_should(atlas):
    assert verdict(details.task_details(atlas, ANIMAL, 2)) == [
        "6 of 6 contained tasks lie in the box; 0 are missed, 0 lie in it that should "
        "not."
    ]


def test_the_verdict_counts_mistakes(mistaken):
    assert verdict(details.task_details(mistaken, BIRD, 2)) == [
        "1 of 2 contained tasks lie in the box; 1 are missed, 0 lie in it that should "
        "not."
    ]
    assert verdict(details.task_details(mistaken, FISH, 2)) == [
        "1 of 1 contained tasks lie in the box; 0 are missed, 1 lie in it that should "
        "not."
    ]


def test_boxes_overlap_though_nothing_is_shared(mistaken, atlas):
    assert ("Eagle", "0.50", "1.00") in related(
        details.task_details(mistaken, FISH, 2), "Overlaps"
    )
    assert ("Fish", "1.00", "0.50") in related(
        details.task_details(mistaken, EAGLE, 2), "Overlaps"
    )


def test_what_is_truly_shared_in_part_is_an_overlap(atlas):
    # Bird and pet share the parrot, which is half of each.
    panel = details.task_details(atlas, BIRD, 2)
    assert related(panel, "Overlaps") == [("Pet", "0.50", "0.50")]


def test_a_sliver_is_no_overlap(atlas):
    barely = moved(atlas, GOLDFISH, 1.99, 2.99)
    panel = details.task_details(barely, BIRD, 2)
    assert related(panel, "Overlaps") == [("Pet", "0.50", "0.50")]


def test_metadata_of_a_task_is_shown_where_there_is_any(atlas):
    words = {
        "definition": ["All of them.", *[""] * 6],
        "lemmas": ["beast, creature", *[None] * 6],
        "also": ["fauna", *[float("nan")] * 6],
    }
    told = replace(atlas, tasks=atlas.tasks.assign(**words))
    panel = details.task_details(told, ANIMAL, 2)
    assert texts(panel)[2] == "All of them."
    assert facts(panel) == {
        "Members": "4 animals",
        "Depth": "0",
        "Lemmas": "beast, creature",
        "Same members as": "fauna",
    }
    assert facts(details.task_details(told, BIRD, 2)) == {
        "Members": "2 animals",
        "Depth": "1",
    }


def test_of_many_children_some_are_listed(atlas):
    many = wide_atlas(45, atlas)
    panel = details.task_details(many, 0, 2)
    assert len(related(panel, "Contains, directly")) == details.LISTED
    assert f"and {45 - details.LISTED} more" in texts(panel)
    assert verdict(panel)[0].startswith("45 of 45 ")


def wide_atlas(children, atlas):
    """A root with many children side by side."""
    names = ["root", *(f"child {k}" for k in range(children))]
    tasks = pd.DataFrame(
        {
            "label": names,
            "parents": [[], *([["root"]] * children)],
            "depth": [0] + [1] * children,
            "members": [children] + [1] * children,
        },
        index=pd.Index(names, name="name"),
    )
    rows = np.arange(children, dtype=np.float32)
    left = np.stack([[0, *rows], np.zeros(children + 1)], 1)
    right = np.stack([[children, *rows + 1], np.ones(children + 1)], 1)
    members = membership_of([list(range(children)), *([k] for k in range(children))])
    return Atlas(
        name="wide",
        tasks=tasks,
        relations=relations_of(members),
        boxes={2: Boxes(left, right, tuple(names))},
        projections={},
        evaluation=(),
        provenance=atlas.provenance,
    )


# Where tasks overlap and none lies in another by its nature


@pytest.fixture
def soft(atlas):
    """Three sets side by side that share parts: [0, 2], [1, 3] and [5, 6]."""
    names = ("digits", "letters", "birds")
    tasks = pd.DataFrame(
        {
            "label": ["Digits", "Letters", "Birds"],
            "parents": [[], [], []],
            "depth": 0,
            "members": 1,
        },
        index=pd.Index(names, name="name"),
    )
    lower = np.array([[0, 0], [1, 0], [5, 0]], dtype=np.float32)
    upper = np.array([[2, 1], [3, 1], [6, 1]], dtype=np.float32)
    relations = Relations(
        np.array([0, 1, 0]), np.array([1, 0, 2]), np.array([0.4, 0.6, 0.1])
    )
    return Atlas(
        name="soft",
        tasks=tasks,
        relations=relations,
        boxes={2: Boxes(lower, upper, names)},
        projections={},
        evaluation=(),
        provenance=atlas.provenance,
    )


def test_without_a_hierarchy_the_table_lists_overlaps(soft):
    known = tables.table(soft, 0, 2)
    assert known["title"] == "Overlap with “Digits”: 2 tasks"
    assert table(soft, 0) == [
        ("letters", 0.5, 0.6, 0.5, 0.4),
        ("birds", 0, 0, 0, 0.1),
    ]


def test_without_a_hierarchy_all_overlaps_are_told_with_both_directions(soft):
    panel = details.task_details(soft, 0, 2)
    assert related(panel, "Overlaps") == [
        ("Letters", "0.50", "0.50"),
        ("Birds", "0.00", "0.00"),
    ]
    assert related(panel, "Inside") is None
    letters = props(classed(panel, "relation")[0])
    assert letters["style"] == {
        "--around": "50.0%",
        "--true-around": "40.0%",
        "--inside": "50.0%",
        "--true-inside": "60.0%",
    }
    # |0.5 - 0.6|, |0.5 - 0.4| and |0 - 0.1|; the fourth pair shares nothing.
    assert verdict(panel) == [DIFFER]
    # A member each says nothing, and neither does a depth.
    assert facts(panel) == {}


def test_without_a_hierarchy_one_task_may_contain_another(soft):
    both = Relations(np.array([0, 1]), np.array([1, 0]), np.array([1.0, 0.5]))
    panel = details.task_details(replace(soft, relations=both), 1, 2)
    assert [label for label, *_ in related(panel, "Overlaps")] == ["Digits"]


def test_what_is_not_known_has_no_tick_and_no_verdict(soft):
    some = Relations(np.array([0]), np.array([1]), np.array([0.4]), complete=False)
    partly = replace(soft, relations=some)
    panel = details.task_details(partly, 1, 2)
    digits = props(classed(panel, "relation")[0])
    assert "--true-around" not in digits["style"]
    assert digits["style"]["--true-inside"] == "40.0%"
    assert "it in this: truth 0.400" in digits["title"]
    assert "this in it: truth" not in digits["title"]
    assert table(partly, 1) == [("digits", 0.5, 0.4, 0.5, None)]
    assert verdict(panel) == [DIFFER]


def test_boxes_of_which_no_truth_is_known_are_compared_with_none(soft, atlas):
    none = Relations(*(np.zeros(0, dtype=np.int64),) * 2, np.zeros(0))
    panel = details.task_details(replace(soft, relations=none), 0, 2)
    assert verdict(panel) == [""]
    assert "--true-inside" not in props(classed(panel, "relation")[0])["style"]
    nested = details.task_details(replace(atlas, relations=none), ANIMAL, 2)
    assert verdict(nested) == [""]


# Evaluation of a subtree


def said_of(atlas, row, dim=2):
    return [
        " ".join(texts(one))
        for one in classed(details.task_details(atlas, row, dim), "scored")
    ]


def test_how_well_a_subtree_is_told_apart_is_said_of_its_task(atlas):
    subtrees = {
        "bird": {"f1": 0.978, "positives": 1_031},
        "fish": {"f1": 0.9999, "positives": 1},
    }
    scored = evaluated(atlas, document(subtrees=subtrees))
    assert said_of(scored, BIRD) == [
        "Evaluation of this subtree (existing, 2D): F1 0.97 on 1,031 held-out "
        "containments."
    ]
    assert said_of(scored, FISH, 3) == [  # of two dimensions, where there is no other
        "Evaluation of this subtree (existing, 2D): F1 0.99 on 1 held-out containment."
    ]
    assert said_of(scored, EAGLE) == []
    assert said_of(atlas, BIRD) == []


# Words are data


def test_markup_in_a_label_stays_text(atlas):
    tasks = atlas.tasks.assign(label=HOSTILE, definition=HOSTILE, lemmas=HOSTILE)
    provenance = {**atlas.provenance, "title": HOSTILE, "description": HOSTILE}
    told = replace(atlas, tasks=tasks, provenance=provenance)
    panel = [*details.task_details(told, PARROT, 2), *about(told), *summary(told)]
    assert texts(panel).count(HOSTILE) >= 8
    # Texts are children of HTML elements, which React never reads as markup.
    kinds = {type(part) for part in parts(panel) if isinstance(part, Component)}
    assert {kind.__module__.split(".")[:2][-1] for kind in kinds} == {"html"}
    assert not kinds & {html.Iframe, html.Script, html.Embed, html.ObjectEl}
    assert HOSTILE in tables.table(told, PET, 2)["title"]


def test_all_that_is_shipped_can_be_described(tmp_path):
    atlas = load_atlas(Store(tmp_path), "imagenet")
    for dim in atlas.boxes:
        for row in range(0, len(atlas.tasks), 97):
            panel = details.task_details(atlas, row, dim)
            json.dumps(panel, cls=PlotlyJSONEncoder)
            assert texts(panel)[0] == atlas.tasks["label"].iloc[row]
            json.dumps(tables.table(atlas, row, dim), allow_nan=False)
    json.dumps(about(atlas), cls=PlotlyJSONEncoder)
