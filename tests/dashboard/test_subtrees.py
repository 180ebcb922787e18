import math

import pytest

from dashboard.subtrees import Subtree, subtrees_of
from tests.dashboard.evaluations import document, evaluated

BIRDS = {"bird": {"f1": 0.97, "positives": 31}}


def told(protocol="existing", dim=2, features="mean", f1=0.5):
    subtrees = {"bird": {"f1": f1, "positives": 3}}
    return document(protocol, dim, features=features, subtrees=subtrees)


def test_a_subtree_is_read(atlas):
    known = subtrees_of(evaluated(atlas, document(subtrees=BIRDS)), 2)
    assert known.of("bird") == Subtree(0.97, 31)
    assert known.of("fish") is None
    assert known.source == "existing, 2D"


@pytest.mark.parametrize("subtrees", [None, {}, [], "bird", {"unicorn": BIRDS["bird"]}])
def test_where_nothing_is_said_of_its_tasks_there_is_nothing(atlas, subtrees):
    assert subtrees_of(evaluated(atlas, document(subtrees=subtrees)), 2) is None
    assert subtrees_of(evaluated(atlas), 2) is None


def test_old_documents_have_none(atlas):
    old = document()
    del old["subtrees"]
    assert subtrees_of(evaluated(atlas, old), 2) is None


@pytest.mark.parametrize(
    ("dim", "documents", "source"),
    [
        (2, [told(dim=3), told(dim=2)], "existing, 2D"),
        (3, [told(dim=2), told(dim=3)], "existing, 3D"),
        (3, [told(dim=5), told(dim=2)], "existing, 2D"),
        (2, [told(dim=5), told(dim=3)], "existing, 3D"),
        (2, [told("fresh"), told("novel"), told("existing")], "existing, 2D"),
        (2, [told("fresh"), told("novel")], "novel, 2D"),
        (
            2,
            [told(features="quantiles"), told(features="mean+variance")],
            "existing, 2D, mean+variance",
        ),
        (2, [told("novel"), told(features="quantiles")], "existing, 2D, quantiles"),
        (3, [told("novel", 3), told("existing", 2)], "novel, 3D"),
    ],
)
def test_of_several_results_the_nearest_is_shown(atlas, dim, documents, source):
    assert subtrees_of(evaluated(atlas, *documents), dim).source == source


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        0.9,
        {},
        {"f1": 0.9},
        {"f1": 0.9, "positives": 0},
        {"f1": 0.9, "positives": 1.5},
        {"f1": 1.01, "positives": 3},
        {"f1": math.nan, "positives": 3},
        {"f1": "0.9", "positives": 3},
    ],
)
def test_what_is_malformed_is_as_if_unsaid(atlas, wrong):
    both = document(subtrees={"fish": wrong, **BIRDS})
    known = subtrees_of(evaluated(atlas, both), 2)
    assert known.of("fish") is None
    assert known.of("bird") is not None
    alone = document(subtrees={"fish": wrong})
    assert subtrees_of(evaluated(atlas, alone), 2) is None


def test_a_document_without_a_proper_dimension_says_nothing(atlas):
    broken = document(subtrees=BIRDS) | {"dim": "2"}
    assert subtrees_of(evaluated(atlas, broken), 2) is None


@pytest.mark.parametrize(
    ("f1", "word"), [(1, "1.00"), (0.9999, "0.99"), (0.29, "0.29"), (0, "0.00")]
)
def test_no_figure_is_rounded_up(f1, word):
    assert Subtree(f1, 1).word == word
