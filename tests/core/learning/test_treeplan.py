import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.learning.treeplan import AIR, FRAME, STRETCH, separated, tree_layout
from core.tree import Tree, depth_first


@st.composite
def parents(draw):
    """Parents of up to forty tasks, -1 at the top."""
    count = draw(st.integers(1, 40))
    return np.array([draw(st.integers(-1, row - 1)) for row in range(count)])


def overlaps(lower, upper, one, other):
    return bool(
        (
            np.minimum(upper[one], upper[other]) > np.maximum(lower[one], lower[other])
        ).all()
    )


@given(parents(), st.integers(1, 3))
def test_boxes_nest_as_the_tree_does_and_are_apart_otherwise(parent, dim):
    tree, _ = depth_first(parent)
    features = np.random.default_rng(0).normal(size=(len(tree.size), 3)).astype("f4")
    lower, upper = tree_layout(tree, features, dim=dim, seed=0)
    assert lower.shape == upper.shape == (len(tree.size), dim)
    assert separated(tree, (lower, upper))
    for one in range(len(tree.size)):
        for other in range(one):
            inside = one < other + tree.size[other]
            assert overlaps(lower, upper, one, other) == inside


def test_four_equal_tasks_are_a_square_of_squares():
    tree = Tree(np.array([-1, 0, 0, 0, 0]), np.array([5, 1, 1, 1, 1]))
    features = np.zeros((5, 2), dtype=np.float32)
    lower, upper = tree_layout(tree, features, dim=2, seed=0)
    np.testing.assert_allclose(upper[1:] - lower[1:], 1)
    whole = (2 + 4 * AIR) * (1 + 2 * FRAME)
    np.testing.assert_allclose(
        [lower[0], upper[0]], [[-whole / 2] * 2, [whole / 2] * 2]
    )


def test_a_task_that_holds_one_other_is_a_frame_around_it():
    tree = Tree(np.array([-1, 0, 1]), np.array([3, 2, 1]))
    features = np.zeros((3, 2), dtype=np.float32)
    lower, upper = tree_layout(tree, features, dim=2, seed=0)
    sides = (upper - lower)[:, 0]
    np.testing.assert_allclose(lower, -upper)
    slot = 1 + 2 * AIR  # a box with the air around it
    inner = slot * (1 + 2 * AIR + 2 * FRAME)
    expected = [1, slot * (1 + 2 * FRAME), inner * (1 + 2 * FRAME)]
    np.testing.assert_allclose(sides[::-1], expected)


def test_what_is_alike_lies_on_the_same_side():
    count = 64
    tree = Tree(np.array([-1] + [0] * count), np.array([count + 1] + [1] * count))
    features = np.zeros((count + 1, 2), dtype=np.float32)
    features[1::2, 0] = 1
    lower, upper = tree_layout(tree, features, dim=2, seed=0)
    middle = (lower + upper)[1:] / 2
    odd, even = middle[::2], middle[1::2]
    axis = np.abs(odd.mean(axis=0) - even.mean(axis=0)).argmax()
    low, high = sorted([odd[:, axis], even[:, axis]], key=np.mean)
    assert low.max() < high.min()


def test_sides_are_sensible_where_sizes_are_not():
    """One family of a thousand beside nine single tasks: no strips, little waste."""
    parent = np.array([-1, 0] + [1] * 1000 + [0] * 9)
    tree, _ = depth_first(parent)
    features = np.random.default_rng(0).normal(size=(len(parent), 4)).astype("f4")
    lower, upper = tree_layout(tree, features, dim=2, seed=0)
    sides = upper - lower
    aspect = sides.max(axis=1) / sides.min(axis=1)
    assert aspect.max() <= 2 * STRETCH
    assert aspect[tree.size == 1].max() <= STRETCH * (1 + 2 * AIR)
    assert sides[2:].prod(axis=1).sum() > 0.6 * sides[0].prod()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_repeats(seed):
    tree, _ = depth_first(np.array([-1] + [0] * 9 + [3] * 9))
    features = np.random.default_rng(0).normal(size=(19, 4)).astype("f4")
    one = tree_layout(tree, features, dim=2, seed=seed)
    other = tree_layout(tree, features, dim=2, seed=seed)
    np.testing.assert_array_equal(one, other)


def test_boxes_that_32_bits_cannot_tell_apart_are_found():
    tree = Tree(np.array([-1, 0]), np.array([2, 1]))
    lower = np.array([[0.0], [1e-9]], dtype=np.float64) + 1
    upper = np.array([[3.0], [2.0]])
    assert separated(tree, (lower, upper))
    assert not separated(tree, (lower.astype("f4"), upper.astype("f4")))
