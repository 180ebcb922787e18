import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core import holders as module
from core.boxes import Boxes
from core.holders import holders


def boxes(lower, upper):
    lower, upper = np.array(lower, dtype=np.float32), np.array(upper, dtype=np.float32)
    return Boxes(lower, upper, tuple(f"t{row}" for row in range(len(lower))))


def listed(found):
    """Rows and shares of the holders of each new box."""
    pairs = list(zip(found.known.tolist(), found.share.tolist(), strict=True))
    bounds = zip(found.start[:-1], found.start[1:], strict=True)
    return [pairs[a:b] for a, b in bounds]


KNOWN = boxes(
    [[0, 0], [0, 0], [1, 0], [9, 9]],  # all, its left half, its middle, one apart
    [[4, 4], [2, 4], [3, 4], [10, 10]],
)


def test_holders_of_hand_computed_boxes():
    new = boxes(
        [[0, 0], [1, 1], [1.5, 0], [20, 0]], [[1, 1], [2, 2], [2.25, 8], [21, 1]]
    )
    # Equal in size, the left half comes before the middle.
    assert listed(holders(new, KNOWN)) == [
        [(1, 1.0), (0, 1.0)],
        [(1, 1.0), (2, 1.0), (0, 1.0)],
        [],  # exactly half of it reaches out of all of them
        [],
    ]


def test_a_share_above_half_is_enough_and_the_innermost_comes_first():
    new = boxes([[1.5, 0]], [[2.25, 4]])  # two thirds in the left half
    found = listed(holders(new, KNOWN))[0]
    assert [row for row, _ in found] == [1, 2, 0]
    np.testing.assert_allclose([share for _, share in found], [2 / 3, 1, 1])


def test_sizes_beyond_all_numbers_are_still_in_order():
    many = 400  # 1e3 ** 400 is no number
    known = boxes([[0] * many, [0] * many], [[2e3] * many, [1e3] * many])
    new = boxes([[1] * many], [[2] * many])
    assert listed(holders(new, known)) == [[(1, 1.0), (0, 1.0)]]


CORNERS = st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 12)] * 2)


@given(
    st.lists(CORNERS, min_size=1, max_size=8), st.lists(CORNERS, min_size=1, max_size=8)
)
def test_holders_are_those_that_measuring_every_pair_finds(new, known):
    new, known = (
        boxes([(x, y) for x, y, _, _ in some], [(x + w, y + h) for x, y, w, h in some])
        for some in (new, known)
    )
    shared = np.minimum(new.upper[:, None], known.upper) - np.maximum(
        new.lower[:, None], known.lower
    )
    share = shared.clip(min=0).prod(axis=2) / new.volume[:, None]
    for row, found in enumerate(listed(holders(new, known))):
        expected = sorted(
            np.flatnonzero(share[row] > 0.5), key=lambda one: (known.volume[one], one)
        )
        assert [one for one, _ in found] == expected
        np.testing.assert_allclose([got for _, got in found], share[row, expected])


def test_many_boxes_are_looked_at_part_by_part(monkeypatch):
    random = np.random.default_rng(0)
    lower = random.uniform(0, 20, (300, 2))
    new, known = (
        boxes(some, some + random.uniform(0.1, 9, some.shape))
        for some in (lower[:200], lower[200:])
    )
    whole = listed(holders(new, known))
    assert any(whole)
    monkeypatch.setattr(module, "AT_ONCE", 50)
    assert listed(holders(new, known)) == whole
