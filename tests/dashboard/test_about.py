from dataclasses import replace

import pytest
from dash import html

from core.version import version
from dashboard.about import about, notes, summary
from tests.dashboard.test_details import classed, facts, found, props, texts

NOTE = "Features are text embeddings of scientific names, not images."
THEIRS = "published by Daroya et al. 2024; not fitted by this program."


def told(atlas, **more):
    """The atlas whose collection says more of itself."""
    return replace(atlas, provenance={**atlas.provenance, **more})


def test_about_says_where_a_collection_comes_from(atlas):
    panel = about(atlas)
    assert texts(panel)[:2] == ["Animals", "Four animals in a row."]
    assert facts(panel) == {
        "Tasks": "7",
        "Members": "4 animals",
        "Features": "drawn by hand",
        "Built": atlas.provenance["date"],
        "With": "python -m core build animals",
        "Shown by": f"Task2Box Atlas {version()}",
        "Existing tasks": "F1 90.0 ± 10.0 % in 2D",
    }
    (source,) = found(panel, html.Li)
    assert "".join(texts(source)) == "us: none 1, MIT"


def test_about_says_how_good_the_boxes_are(atlas):
    panel = about(atlas)
    assert facts(panel)["Existing tasks"] == "F1 90.0 ± 10.0 % in 2D"
    (button,) = found(panel, html.Button)
    assert props(button)["data-action"] == "evaluation"


def test_about_is_silent_on_what_was_not_evaluated(atlas):
    panel = about(replace(atlas, evaluation=()))
    assert found(panel, html.Button) == []
    assert not any("Evaluation" in text for text in texts(panel))


def test_about_is_silent_on_what_is_not_given(atlas):
    assert classed(about(atlas), "note") == classed(about(atlas), "listing") == []
    assert found(about(atlas), html.A) == []


@pytest.mark.parametrize("panel", [about, summary])
def test_notes_are_told_wherever_the_collection_is_described(atlas, panel):
    parts = panel(told(atlas, notes=[NOTE], boxes=THEIRS))
    assert [part.children for part in classed(parts, "note")] == [
        f"Boxes: {THEIRS}",
        NOTE,
    ]


def test_the_summary_leads_to_all_about_it(atlas):
    (button,) = found(summary(atlas), html.Button)
    assert props(button)["data-action"] == "about"


def test_counts_are_told_with_their_words(atlas):
    counts = {"species": 8142, "genus": 4401, "animals": 4}
    assert facts(summary(told(atlas, counts=counts))) == {
        "Tasks": "7",
        "Species": "8,142",
        "Genus": "4,401",
        "Animals": "4",  # the members, under their own word
    }


def test_a_collection_without_members_speaks_of_none(atlas):
    assert "Members" not in facts(about(told(atlas, members=0)))


def test_a_member_for_each_task_is_not_worth_a_line(atlas):
    alone = told(atlas, members=7)
    assert facts(about(alone))["Members"] == "7 animals"
    alone = replace(alone, tasks=atlas.tasks.assign(members=1))
    assert "Members" not in facts(about(alone))


def test_a_source_is_linked_where_an_address_is_given(atlas):
    (source,) = atlas.provenance["sources"]
    addresses = ["https://a.org/data", "javascript:alert(1)", None, 7]
    sources = [{**source, "address": address} for address in addresses]
    (link,) = found(about(told(atlas, sources=sources)), html.A)
    assert (link.href, link.children) == ("https://a.org/data", "us")
    assert "noopener" in link.rel


def test_what_was_left_out_is_counted_and_listed_as_one_text(atlas):
    skipped = [{"item": f"species {k}", "reason": "renamed"} for k in range(1_500)]
    panel = about(told(atlas, skipped=skipped))
    assert "Left out: 1,500" in texts(panel)
    (listed,) = classed(panel, "listing")
    assert listed.children.splitlines()[:2] == [
        "species 0: renamed",
        "species 1: renamed",
    ]
    assert listed.tabIndex == 0


def test_what_was_placed_by_what_is_nearest_is_listed_as_well(atlas):
    placed = [{"item": "Cicindela aurulenta", "reason": "placed in its genus"}]
    panel = about(told(atlas, approximate=placed))
    assert "Placed by what is nearest: 1" in texts(panel)
    assert "Cicindela aurulenta: placed in its genus" in texts(panel)


@pytest.mark.parametrize(
    "more",
    [
        {"notes": NOTE},
        {"notes": None, "boxes": None},
        {"notes": [None, 3, {"a": 1}]},
        {"skipped": "all of it"},
        {"skipped": [{"item": "x"}, {}, 7]},
        {"counts": ["species"]},
        {"counts": {"species": None}},
        {"title": 7, "description": None, "encoder": ["a", "b"]},
    ],
)
def test_a_file_written_by_hand_breaks_nothing(atlas, more):
    assert about(told(atlas, **more))
    assert summary(told(atlas, **more))
    assert all(isinstance(note, str) for note in notes(told(atlas, **more).provenance))


def test_one_note_is_as_good_as_a_list():
    assert notes({"notes": NOTE}) == [NOTE]
    assert notes({}) == notes({"notes": [], "boxes": ""}) == []
