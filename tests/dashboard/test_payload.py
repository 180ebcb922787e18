import base64
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.boxes import Boxes
from core.projection import Projection
from dashboard.payload import corners, payload, values, words
from tests.dashboard.arrays import read
from tests.dashboard.evaluations import document, evaluated

HOSTILE = "</script><img src=x onerror=alert(1)>"


def column(text, width):
    """What the browser reads: rows of little-endian float32."""
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, width)


@pytest.mark.parametrize("dim", [2, 3])
def test_the_corners_of_all_boxes_come_back(atlas, dim):
    sent = corners(atlas.boxes[dim])
    for end in ("lower", "upper"):
        expected = getattr(atlas.boxes[dim], end)
        np.testing.assert_array_equal(column(sent[end], dim), expected)


def test_of_many_dimensions_only_two_are_sent_at_once(atlas):
    sent = payload(atlas)
    assert sent["dims"] == [2, 3]
    assert sent["boxes"] == {"2": corners(atlas.boxes[2])}


def test_the_points_of_all_tasks_come_back(atlas):
    (points,) = payload(atlas)["points"].values()
    np.testing.assert_array_equal(
        column(points, 2), [[2, 0.5], [1, 0.5], [3, 0.5], [2, 0.5], *HALVES]
    )


HALVES = [[0.5, 0.5], [1.5, 0.5], [2.5, 0.5]]  # eagle, parrot, goldfish


def test_any_layout_in_memory_is_sent_the_same_way(atlas):
    lower, upper = (
        np.asfortranarray(corner, ">f8")
        for corner in (atlas.boxes[2].lower, atlas.boxes[2].upper)
    )
    turned = replace(atlas, boxes={2: Boxes(lower, upper, atlas.boxes[2].names)})
    assert payload(turned)["boxes"]["2"] == payload(atlas)["boxes"]["2"]


def test_of_points_in_three_dimensions_the_first_two_are_sent(atlas):
    names = tuple(atlas.tasks.index)
    points = np.arange(21, dtype=np.float32).reshape(7, 3)
    deep = {"tsne": Projection(points, names, "tsne", {})}
    sent = payload(replace(atlas, projections=deep))["points"]["tsne"]
    np.testing.assert_array_equal(column(sent, 2), points[:, :2])


def test_words_and_hierarchy_are_lists_of_one_length(atlas):
    sent = payload(atlas)
    assert sent["collection"] == "animals"
    assert sent["title"] == "Animals"
    assert sent["member"] == ["animal", "animals"]
    assert sent["notes"] == []
    assert sent["colors"] == ("branch", "depth", "members", "edges")
    assert sent["columns"] == {}
    assert sent["besides"] == ("pca", "tree", "intervals")
    assert sent["placed"] == ()
    assert not {"ranks", "sizes"} & {*sent}
    assert sent["names"] == list(atlas.tasks.index)
    assert sent["labels"][:2] == ["Animal", "Bird"]
    assert words(atlas) == {
        "lemmas": [""] * 7,
        "definitions": [""] * 7,
        "texts": {},
    }
    assert sent["parents"] == ((), (0,), (0,), (0,), (1,), (1, 3), (2, 3))
    assert sent["members"] == [4, 2, 2, 2, 1, 1, 1]
    assert sent["depth"] == (0, 1, 1, 1, 2, 2, 2)


def test_ranks_and_sizes_are_sent_where_there_are_any(atlas):
    sizes = [60_000, 5.5, None, float("nan"), -1, float("inf"), 0]
    ranks = ["kingdom", None, float("nan"), "", "species", 3, True]
    tasks = atlas.tasks.assign(size=sizes, rank=ranks)
    sent = payload(replace(atlas, tasks=tasks))
    assert sent["sizes"] == [60_000, 5.5, None, None, None, None, 0]
    assert sent["ranks"] == ["kingdom", "", "", "", "species", "3", "yes"]
    assert "size" in sent["colors"]
    json.dumps(sent, allow_nan=False)


@pytest.mark.parametrize("size", [[None] * 7, ["large"] * 7, [float("nan")] * 7])
def test_where_no_size_is_known_none_is_sent(atlas, size):
    sent = payload(replace(atlas, tasks=atlas.tasks.assign(size=size)))
    assert "sizes" not in sent
    assert "size" not in sent["colors"]


def scored(dim, features="mean", **f1):
    subtrees = {name: {"f1": value, "positives": 3} for name, value in f1.items()}
    return document(dim=dim, features=features, subtrees=subtrees)


def test_figures_of_subtrees_are_sent_for_the_tasks_that_have_one(atlas):
    flat = scored(2, bird=0.97, unicorn=0.5, animal=1 / 3)
    sent = payload(evaluated(atlas, flat))
    told = {"of": "existing, 2D", "rows": [1, 0], "f1": [0.97, 0.3333]}
    assert sent["subtrees"] == {"2": told}  # for boxes in 3D as well
    assert "f1" in sent["colors"]
    deep = payload(evaluated(atlas, flat, scored(3, bird=0.5)))["subtrees"]
    assert deep == {
        "2": told,
        "3": {"of": "existing, 3D", "rows": [1], "f1": [0.5]},
    }


def test_without_figures_of_subtrees_none_are_sent(atlas):
    sent = payload(atlas)
    assert "subtrees" not in sent
    assert "f1" not in sent["colors"]


def test_columns_that_can_be_colours_are_named_and_sent_one_by_one(atlas):
    tasks = atlas.tasks.assign(
        last_seen=["a", "b", "a", None, "a", "b", " a "], weight=[1.5, 2, *[None] * 5]
    )
    told = replace(atlas, tasks=tasks)
    sent = payload(told)
    assert sent["colors"][-2:] == ("column:last_seen", "column:weight")
    assert sent["columns"] == {
        "column:last_seen": "Last seen",
        "column:weight": "Weight",
    }
    letters, weights = values(told).values()
    assert letters["values"] == ("a", "b")
    assert read(letters["codes"], "u1").tolist() == [0, 1, 0, 255, 0, 1, 0]
    numbers = read(weights["numbers"], "<f8")
    np.testing.assert_array_equal(numbers, [1.5, 2, *[np.nan] * 5])
    assert weights["floor"] is None
    json.dumps(values(told), allow_nan=False)


def test_notes_come_with_the_picture(atlas):
    told = {
        **atlas.provenance,
        "notes": ["Names, not images.", ""],
        "boxes": "not ours.",
    }
    sent = payload(replace(atlas, provenance=told))
    assert sent["notes"] == ["Boxes: not ours.", "Names, not images."]


def test_it_is_strict_json(atlas):
    sent = payload(atlas)
    assert json.loads(json.dumps(sent, allow_nan=False))["labels"] == sent["labels"]


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA])
def test_a_task_of_which_nothing_is_said_has_empty_words(atlas, nothing):
    tasks = atlas.tasks.assign(definition=[nothing, *["An animal."] * 6], lemmas="x")
    sent = words(replace(atlas, tasks=tasks))
    assert sent["definitions"] == ["", *["An animal."] * 6]
    assert sent["lemmas"] == ["x"] * 7
    json.dumps(sent, allow_nan=False)


def test_all_that_is_said_in_words_is_sent_to_be_searched(atlas):
    tasks = atlas.tasks.assign(licence="MIT", labels=[["cat", "dog"]] * 7, size=3)
    sent = words(replace(atlas, tasks=tasks))
    assert sent["texts"] == {"Licence": ["MIT"] * 7, "Labels": ["cat, dog"] * 7}


def test_words_are_data_and_sent_as_they_are(atlas):
    tasks = atlas.tasks.assign(label=HOSTILE, definition=HOSTILE, lemmas=HOSTILE)
    told = replace(atlas, tasks=tasks)
    sent = payload(told) | words(told)
    assert {*sent["labels"], *sent["definitions"], *sent["lemmas"]} == {HOSTILE}
