"""What a new box is to known ones, by hand and against the geometry of all pairs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Boxes, containment
from core.surroundings import surroundings


def boxes_of(*corners):
    rows = np.array(corners, dtype=np.float32)
    return Boxes(rows[:, :2], rows[:, 2:], tuple(map(str, range(len(rows)))))


def named(known, places):
    return known.rows[places].tolist()


def test_holders_contents_and_what_lies_across():
    known = boxes_of(
        (0, 0, 10, 10),  # around all
        (1, 1, 5, 5),  # just around
        (2, 2, 3, 3),  # inside
        (3.5, 2, 9, 4),  # half of a side of it
        (8, 8, 9, 9),  # elsewhere
        (4, 4, 9, 9),  # touches a corner
    )
    found = surroundings(boxes_of((1.5, 1.5, 4, 4)), 0, known)
    assert named(found, found.holders) == [1, 0]
    assert named(found, found.contents) == [2]
    assert named(found, found.across) == [3]
    np.testing.assert_allclose(found.inside[found.across], 0.5 / 5.5)
    np.testing.assert_allclose(found.around[found.across], 0.5 * 2 / 2.5**2)


def test_an_equal_box_holds_and_is_told_once():
    known = boxes_of((0, 0, 1, 1))
    found = surroundings(known, 0, known)
    assert (named(found, found.holders), len(found.contents)) == ([0], 0)


@given(st.integers(0, 200))
def test_shares_are_those_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    lower = rng.integers(0, 8, size=(6, 3))
    upper = lower + rng.integers(1, 6, size=(6, 3))
    every = Boxes(lower.astype("f4"), upper.astype("f4"), tuple("abcdef"))
    share = containment(every)
    found = surroundings(every, 0, every)
    np.testing.assert_allclose(found.inside, share[found.rows, 0])
    np.testing.assert_allclose(found.around, share[0, found.rows])
    rest = np.setdiff1d(np.arange(6), found.rows)
    assert not share[rest, 0].any()
