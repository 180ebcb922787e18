import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.windows.pyramid import pyramid_of, sides

unit = st.floats(-1, 1, width=32)
SIZES = st.sampled_from([1e-7, 1e-3, 0.01, 0.01, 0.25, 0.25, 2.0])


@st.composite
def corners(draw):
    count = draw(st.integers(1, 60))
    low = draw(arrays(np.float64, (count, 2), elements=unit))
    side = np.array([[draw(SIZES), draw(SIZES)] for _ in range(count)])
    x, y = np.stack([low, low + side], axis=2).transpose(1, 0, 2)
    return np.concatenate([x, y], axis=1)


@st.composite
def windows(draw):
    x, y = draw(unit), draw(unit)
    wide, high = draw(SIZES), draw(SIZES)
    return x, x + wide, y, y + high


def seen(boxes, window, least):
    """By looking at every box."""
    x0, x1, y0, y1 = window
    found = set()
    for row, (left, right, low, high) in enumerate(boxes):
        meets = left <= x1 and right >= x0 and low <= y1 and high >= y0
        holds = left < x0 and right > x1 and low < y0 and high > y1
        if meets and not holds and max(right - left, high - low) >= least:
            found.add(row)
    return found


@given(corners(), windows(), st.sampled_from([0.0, 1e-3, 0.1]))
def test_a_window_finds_the_boxes_that_reach_into_it(boxes, window, least):
    found, cut = pyramid_of(boxes).within(window, least, len(boxes))
    assert set(found.tolist()) == seen(boxes, window, least)
    assert len(set(found.tolist())) == len(found)
    assert cut == least


@given(corners(), windows(), st.integers(1, 9))
def test_of_too_many_the_largest_are_found_and_it_is_said_from_which_size(
    boxes, window, most
):
    found, cut = pyramid_of(boxes).within(window, 0.0, most)
    known, side = set(found.tolist()), sides(boxes)
    assert len(found) <= most
    assert (np.diff(side[found]) <= 0).all()
    larger = {row for row in seen(boxes, window, 0) if side[row] > (1 + 2e-3) * cut}
    assert larger <= known <= seen(boxes, window, 0)


def test_boxes_of_one_size_are_all_there_or_none_beside_larger_ones():
    x, y = (axis.ravel() / 100 for axis in np.mgrid[:100, :100])
    small = np.stack([x, x + 0.008, y, y + 0.008], axis=1)
    large = np.array([[0, 0.5, 0, 0.5], [0.5, 1, 0.5, 1]])
    pyramid = pyramid_of(np.concatenate([large, small]))
    found, cut = pyramid.within((-0.1, 1.1, -0.1, 1.1), 0.0, 500)
    assert found.tolist() == [0, 1]
    assert cut == pytest.approx(0.008)
    found, cut = pyramid.within((0.2, 0.3, 0.2, 0.3), 0.0, 500)
    assert len(found) == 121
    assert cut == 0


def test_of_boxes_that_are_all_alike_some_are_found():
    x = np.linspace(0, 1, 50_000)
    pyramid = pyramid_of(np.stack([x, x + 1e-6, x, x + 1e-6], axis=1))
    found, _ = pyramid.within((0.0, 1.0, 0.0, 1.0), 0.0, 100)
    assert len(found) == 100


def test_a_single_point_has_a_pyramid():
    pyramid = pyramid_of(np.array([[1.0, 1.0, 2.0, 2.0]]))
    assert pyramid.within((0.0, 3.0, 0.0, 3.0), 0.0, 5)[0].tolist() == [0]


def test_there_are_few_groups_however_many_boxes():
    rng = np.random.default_rng(0)
    low, side = rng.random((2, 200_000, 2))
    side *= 1e-3
    boxes = np.stack([low[:, 0], (low + side)[:, 0], low[:, 1], (low + side)[:, 1]], 1)
    assert len(pyramid_of(boxes).levels) < 40
