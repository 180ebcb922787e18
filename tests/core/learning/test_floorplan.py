import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.learning.floorplan import layout
from core.relations import membership_of


def laid_out(sets, dim=2, frame=0.1, features=None):
    """Points and boxes (extremes and margins) of tasks given as sets of members."""
    membership = membership_of([sorted(one) for one in sets])
    count = membership.member.max() + 1
    if features is None:
        features = np.random.default_rng(0).normal(size=(count, 5))
    points = layout(features, membership, dim=dim, frame=frame, seed=0)
    boxes = []
    for one in sets:
        margin = 0.5 * (1 + frame * np.log2(len(one)))
        some = points[sorted(one)]
        boxes.append((some.min(axis=0) - margin, some.max(axis=0) + margin))
    return points, boxes


def apart(one, other):
    return bool(((one[1] <= other[0] + 1e-9) | (other[1] <= one[0] + 1e-9)).any())


def test_two_members_lie_side_by_side():
    points, _ = laid_out([{0}, {1}], frame=0.0)
    # Two squares of side 1 in a row, around the origin.
    np.testing.assert_allclose(np.abs(points[0] - points[1]), [1, 0])
    np.testing.assert_allclose(points.sum(axis=0), [0, 0], atol=1e-12)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_groups_have_cells_of_their_own(dim):
    groups = [set(range(16 * k, 16 * k + 16)) for k in range(8)]
    everything = set(range(128))
    leaves = [{k} for k in everything]
    points, _ = laid_out([everything, *groups, *leaves], dim=dim)
    cells = [
        (points[sorted(g)].min(axis=0), points[sorted(g)].max(axis=0)) for g in groups
    ]
    for k, one in enumerate(cells):
        assert all(apart(one, other) for other in cells[:k])


def test_a_full_square_of_sixteen_is_a_grid():
    points, boxes = laid_out([set(range(16)), *({k} for k in range(16))], frame=0.0)
    # Unit boxes fill a square of side 4 without a gap and without an overlap.
    assert sorted(map(tuple, points.round(9).tolist())) == [
        (x, y) for x in (-1.5, -0.5, 0.5, 1.5) for y in (-1.5, -0.5, 0.5, 1.5)
    ]
    np.testing.assert_allclose(boxes[0], [[-2, -2], [2, 2]])


def test_what_is_alike_lies_on_the_same_side():
    features = np.array([[k % 2, 0.0] for k in range(64)])
    points, _ = laid_out([set(range(64))], frame=0.0, features=features)
    even, odd = points[::2], points[1::2]
    axis = np.abs(even.mean(axis=0) - odd.mean(axis=0)).argmax()
    lower, upper = sorted([even[:, axis], odd[:, axis]], key=np.mean)
    assert lower.max() < upper.min()


def test_a_task_whose_members_all_lie_elsewhere_takes_no_room():
    # The third task's members are those of the first and second, closer to them.
    points, _ = laid_out([{0, 1}, {2, 3}, {1, 2}, {0, 1, 2, 3}])
    assert np.isfinite(points).all()
    assert len(np.unique(points.round(9), axis=0)) == 4


@given(st.lists(st.sets(st.integers(0, 12), min_size=1), min_size=1, max_size=8))
def test_every_member_of_any_tasks_has_a_point_of_its_own(sets):
    used = sorted(set().union(*sets))
    points, _ = laid_out(sets)
    assert np.isfinite(points).all()
    assert len(np.unique(points[used].round(9), axis=0)) == len(used)
