import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.boxes import Boxes, containment, containment_of, containment_pairs, stack_at
from core.errors import DataError

COUNT, DIM = 4, 3
corners = arrays(np.float64, (COUNT, DIM), elements=st.floats(-10, 10))
sides = arrays(np.float64, (COUNT, DIM), elements=st.floats(0.01, 10))
scales = st.sampled_from([1e-30, 1e-12, 1.0, 1e12, 1e30])


def of(lower, side, dtype=np.float64):
    lower = np.asarray(lower, dtype=dtype)
    upper = (lower + np.asarray(side)).astype(dtype)
    return Boxes(lower, upper, tuple(f"task {row}" for row in range(len(lower))))


def reference(boxes):
    """Containment by its definition, one pair of boxes and one side at a time."""
    count, dim = boxes.lower.shape
    shares = np.ones((count, count))
    for i in range(count):
        for j in range(count):
            for axis in range(dim):
                low, high = float(boxes.lower[i, axis]), float(boxes.upper[i, axis])
                start = max(low, float(boxes.lower[j, axis]))
                end = min(high, float(boxes.upper[j, axis]))
                shares[i, j] *= max(end - start, 0) / (high - low)
    return shares


def test_containment_of_hand_computed_boxes():
    # a is the unit square; b is its right half; c is apart; d hangs over a corner.
    lower = [[0, 0], [0.5, 0], [9, 9], [0.5, 0.5]]
    side = [[1, 1], [0.5, 1], [1, 1], [1, 1]]
    expected = [
        [1, 0.5, 0, 0.25],
        [1, 1, 0, 0.5],
        [0, 0, 1, 0],
        [0.25, 0.25, 0, 1],
    ]
    np.testing.assert_allclose(containment(of(lower, side)), expected)


def test_boxes_that_only_touch_share_nothing():
    assert containment(of([[0.0], [1.0]], [[1.0], [1.0]]))[0, 1] == 0


def test_containment_of_the_animals_is_the_share_of_members(collection, boxes):
    pairs = collection.relations
    shares = containment_pairs(boxes, pairs.child, pairs.parent)
    np.testing.assert_array_equal(shares, pairs.strength)
    assert np.count_nonzero(containment(boxes)) == len(pairs.strength) + len(
        boxes.names
    )


@given(corners, sides)
def test_containment_is_a_share(lower, side):
    shares = containment(of(lower, side))
    assert ((shares >= 0) & (shares <= 1)).all()
    np.testing.assert_array_equal(shares.diagonal(), 1)


@given(corners, sides)
def test_containment_agrees_with_its_definition(lower, side):
    boxes = of(lower, side)
    np.testing.assert_allclose(containment(boxes), reference(boxes), atol=1e-12)


@given(corners, sides, st.floats(0.5, 2), st.floats(-10, 10))
def test_containment_does_not_depend_on_scale_or_position(lower, side, scale, shift):
    before = containment(of(lower, side))
    after = containment(of(scale * lower + shift, scale * side))
    np.testing.assert_allclose(after, before, atol=1e-7)


@given(corners, sides, st.floats(0, 1), st.floats(0, 1))
def test_a_box_lies_wholly_in_one_that_holds_it(lower, side, before, after):
    inner = of(lower, side)
    both = Boxes(
        np.concatenate([inner.lower, inner.lower - before]),
        np.concatenate([inner.upper, inner.upper + after]),
        tuple("abcdefgh"),
    )
    np.testing.assert_array_equal(containment(both)[range(4), range(4, 8)], 1)


@given(corners, sides, st.integers(0, DIM - 1))
def test_boxes_apart_on_one_axis_share_nothing(lower, side, axis):
    lower[:, axis] = np.arange(COUNT) * 11  # a side is at most 10
    shares = containment(of(lower, side))
    np.testing.assert_array_equal(shares, np.eye(COUNT))


@given(corners, sides)
def test_rows_and_pairs_agree_with_the_whole_matrix(lower, side):
    boxes = of(lower, side)
    shares = containment(boxes)
    child, parent = np.divmod(np.arange(COUNT**2), COUNT)
    pairs = containment_pairs(boxes, child, parent)
    np.testing.assert_array_equal(pairs.reshape(COUNT, COUNT), shares)
    for row in range(COUNT):
        into, out_of = containment_of(boxes, row)
        np.testing.assert_array_equal(into, shares[:, row])
        np.testing.assert_array_equal(out_of, shares[row])


@given(corners, sides, scales)
def test_float32_corners_of_any_scale_give_shares(lower, side, scale):
    boxes = of(lower * scale, side * scale, np.float32)
    shares = containment(boxes)
    np.testing.assert_allclose(shares, reference(boxes), atol=1e-12)
    assert ((boxes.volume > 0) & np.isfinite(boxes.volume)).all()


def test_volume_is_the_product_of_the_sides():
    np.testing.assert_allclose(of([[0, 1]], [[2, 3.5]]).volume, [7])


def test_the_stack_at_a_point_is_innermost_first(boxes):
    rows = stack_at(boxes, np.array([1.5, 0.5]))
    assert [boxes.names[row] for row in rows] == ["parrot", "bird", "pet", "animal"]


def test_the_stack_is_empty_outside_of_all_boxes(boxes):
    assert not stack_at(boxes, np.array([1.5, 2.0])).size


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_corner_that_is_not_finite_is_refused_by_name(bad):
    lower = np.array([[0, 0], [0, bad]])
    with pytest.raises(DataError, match=r"1 of 2 boxes .* not a finite .*'b'"):
        Boxes(lower, lower + 1, ("a", "b"))


@pytest.mark.parametrize("side", [0.0, -1.0])
def test_a_box_without_inside_is_refused_by_name(side):
    lower = np.zeros((2, 2))
    upper = np.array([[1, 1], [1, side]])
    with pytest.raises(DataError, match=r"1 of 2 boxes .* not below .*'b'"):
        Boxes(lower, upper, ("a", "b"))


def test_names_must_match_the_boxes():
    with pytest.raises(ValueError, match="2 boxes but 1 names"):
        Boxes(np.zeros((2, 2)), np.ones((2, 2)), ("a",))
