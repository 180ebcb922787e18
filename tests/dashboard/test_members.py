import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import DataError
from core.members import MemberPoints
from core.relations import membership_of
from dashboard.application import create_app
from dashboard.members import MOST, members
from tests.dashboard.arrays import read
from tests.dashboard.shelves import shelved

# Of the stretches of tests/conftest.py: every member in the middle of its own.
SETS = [[0, 1, 2, 3], [0, 1], [2, 3], [1, 2], [0], [1], [2]]
POINTS = np.array([[0.5, 0.5], [1.5, 0.5], [2.5, 0.5], [3.5, 0.5]])


@pytest.fixture
def known():
    return MemberPoints(POINTS, membership_of(SETS))


def points_of(told, dim):
    return read(told["points"]).reshape(-1, dim)


def test_members_of_a_task_are_told_with_their_points(atlas, known):
    told = members(atlas, known, atlas.row_of["fish"], 2)
    np.testing.assert_allclose(points_of(told, 2), [[2.5, 0.5], [3.5, 0.5]])
    # The goldfish is a task of its own; the shark is known as a fish only.
    finest = [atlas.row_of["goldfish"], atlas.row_of["fish"]]
    assert told["finest"] == finest
    assert (told["count"], told["number"], told["fellows"]) == (2, [1, 1], [1, 1])
    # Left and right one each; level along the second axis, both hold both sides.
    assert told["ends"] == [[[0], [1]], [[0, 1], [0, 1]]]
    json.dumps(told)


def test_members_without_tasks_of_their_own_are_numbered(atlas):
    """Six images of one bird, five of another."""
    points = np.stack([np.arange(11.0), np.zeros(11)], axis=1)
    sets = [[*range(11)], [*range(6)], [*range(6, 11)]]
    known = MemberPoints(points, membership_of(sets))
    lower = np.array([[0.0, 0], [0, 0], [6, 0]], np.float32) - 1
    upper = np.array([[10.0, 0], [5, 0], [10, 0]], np.float32) + 1
    boxes = replace(atlas.boxes[2], lower=lower, upper=upper, names=("a", "b", "c"))
    small = atlas_of(atlas, boxes)
    told = members(small, known, 0, 2)
    assert told["finest"] == [1] * 6 + [2] * 5
    assert told["number"] == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5]
    assert told["fellows"] == [6] * 6 + [5] * 5


def atlas_of(atlas, boxes):
    """Tasks of the first boxes of an atlas only."""
    tasks = atlas.tasks.iloc[: len(boxes.names)].assign(parents=[[]] * len(boxes.names))
    tasks.index = list(boxes.names)
    none = replace(
        atlas.relations,
        child=atlas.relations.child[:0],
        parent=atlas.relations.parent[:0],
        strength=atlas.relations.strength[:0],
    )
    return replace(atlas, tasks=tasks, relations=none, boxes={2: boxes}, projections={})


def test_of_very_many_members_a_sample_is_told_with_all_that_hold_a_side(atlas):
    count = 10 * MOST
    angle = np.linspace(0, 2 * np.pi, count)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    known = MemberPoints(1e6 * points, membership_of([[*range(count)]]))
    corners = {
        "lower": 1e6 * points.min(axis=0, keepdims=True) - 1,
        "upper": 1e6 * points.max(axis=0, keepdims=True) + 1,
    }
    boxes = replace(atlas.boxes[2], **corners, names=("all",))
    told = members(atlas_of(atlas, boxes), known, 0, 2)
    assert told["count"] == count
    assert MOST <= len(told["finest"]) <= MOST + 8
    shown = points_of(told, 2)
    for axis, (below, above) in enumerate(told["ends"]):
        assert (shown[below, axis] == shown[:, axis].min()).all()
        assert (shown[above, axis] == shown[:, axis].max()).all()


def test_points_of_another_fit_are_refused(atlas, known):
    moved = replace(known, points=known.points + np.array([0.2, 0]))
    with pytest.raises(DataError, match="two fits"):
        members(atlas, moved, 0, 2)


def test_the_page_asks_for_the_members_of_one_task(atlas, known):
    placed = replace(atlas, placed=(2,))
    app = create_app(shelved(placed, place=lambda name, dim: known))
    client = app.server.test_client()
    answer = client.get("/members.json?collection=animals&dim=2&task=bird")
    assert answer.get_json() == members(atlas, known, atlas.row_of["bird"], 2)
    again = client.get(
        "/members.json?collection=animals&dim=2&task=bird",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert again.status_code == 304


@pytest.mark.parametrize("query", ["", "?task=dodo", "?task=bird&dim=3"])
def test_where_no_points_are_known_none_are_told(atlas, known, query):
    placed = replace(atlas, placed=(2,))
    app = create_app(shelved(placed, place=lambda name, dim: known))
    assert app.server.test_client().get(f"/members.json{query}").get_json() == {}


def test_a_page_without_encoders_tells_no_members(atlas):
    app = create_app(shelved(replace(atlas, placed=(2,))))
    assert app.server.test_client().get("/members.json?task=bird").get_json() == {}
