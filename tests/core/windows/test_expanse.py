import numpy as np
import pytest

from core.windows.pyramid import sides
from tests.expanses import expanse

WHOLE = (-0.1, 1.1, -0.1, 1.1)


@pytest.fixture(scope="module")
def large():
    return expanse(3000)


def test_a_window_has_all_boxes_that_are_large_enough_and_what_they_lie_in(large):
    seen = large.window((0.2, 0.6, 0.2, 0.7), 0.01, 3000)
    corners = large.table.corners
    reaches = (corners[:, 0] <= 0.6) & (corners[:, 1] >= 0.2)
    reaches &= (corners[:, 2] <= 0.7) & (corners[:, 3] >= 0.2)
    wanted = np.flatnonzero(reaches & (sides(corners) >= 0.01))
    assert set(wanted) <= set(seen.rows.tolist())
    assert seen.least == 0.01
    above = large.tree.parent[seen.rows]
    assert set(above[above >= 0]) <= set(seen.rows.tolist())
    assert (np.diff(seen.rows) > 0).all()


def test_a_window_never_has_more_than_is_asked_for_and_what_it_lies_in(large):
    seen = large.window(WHOLE, 0.0, 100)
    assert len(seen.rows) <= 100 + 3 * 64 + 100 * 8
    assert seen.least > 0


def test_inside_a_task_only_what_lies_in_it_counts(large):
    focus = int(np.flatnonzero(large.tree.depth == 3)[0])
    end = focus + large.tree.size[focus]
    seen = large.window(WHOLE, 0.0, 3000, focus).rows
    inner = seen[(seen >= focus) & (seen < end)]
    assert len(inner) == large.tree.size[focus]
    parent = int(large.tree.parent[focus])
    others = set(seen.tolist()) - set(range(focus, end)) - set(large.tree.path(parent))
    first = set(np.flatnonzero(large.tree.parent == -1)) | set(large.top)
    assert all(large.tree.parent[row] == parent for row in others - first)


def test_what_is_asked_for_is_there_however_small(large):
    last = len(large) - 1
    assert set(large.tree.path(last)) <= set(
        large.window((2.0, 3.0, 2.0, 3.0), 1.0, 10, also=[last]).rows.tolist()
    )


def test_tasks_are_found_by_their_names(large):
    assert large.row("t17") == 17
    assert large.row("t") == large.row("") == large.row("zzz") == -1
    assert large.rows(["t3", "nobody", "t1"]).tolist() == [3, 1]


def test_some_tasks_are_an_atlas_of_their_own(large):
    row = len(large) - 1
    atlas = large.atlas(np.array([row]))
    above = large.names(large.tree.path(row))
    assert atlas.tasks.index.tolist() == above
    assert atlas.tasks["parents"].tolist() == [[], *([name] for name in above[:-1])]
    own = atlas.relations
    share = large.table.members[row] / large.table.members[0]
    within = {
        pair: strength
        for *pair_, strength in zip(own.child, own.parent, own.strength, strict=True)
        for pair in [tuple(map(int, pair_))]
    }
    last = len(above) - 1
    assert within[last, 0] == 1
    assert within[0, last] == pytest.approx(share)
    assert not own.complete
    np.testing.assert_array_equal(
        atlas.boxes[2].upper[-1], large.table.corners[row, 1::2]
    )
