import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.hierarchy import hierarchy_of
from core.relations import membership_of, nests, relations_of
from core.tree import Tree, closure, depth_first, means

# life(animals(birds(eagle, parrot), fish), plants), in depth-first order
PARENT = np.array([-1, 0, 1, 2, 2, 1, 0])
SIZE = np.array([7, 5, 3, 1, 1, 1, 1])


@st.composite
def parents(draw):
    """Parents of some tasks in any order, -1 at the top."""
    count = draw(st.integers(1, 24))
    above = [draw(st.integers(-1, row - 1)) for row in range(count)]
    order = draw(st.permutations(range(count)))
    place = np.argsort(order)
    return np.array([-1 if above[one] < 0 else place[above[one]] for one in order])


def test_a_tree_by_hand():
    tree = Tree(PARENT, SIZE)
    assert tree.depth.tolist() == [0, 1, 2, 3, 3, 2, 1]
    assert tree.children(0).tolist() == [1, 6]
    assert tree.children(1).tolist() == [2, 5]
    assert tree.children(-1).tolist() == [0]
    assert tree.path(4) == (0, 1, 2, 4)
    assert tree.contains(np.array([3, 2, 6, 3]), np.array([1, 3, 1, 3])).tolist() == [
        True,
        False,
        False,
        False,
    ]


def test_tasks_in_any_order_are_put_depth_first_the_largest_before():
    names = ["parrot", "plants", "birds", "life", "fish", "eagle", "animals"]
    above = [2, 3, 6, -1, 6, 2, 3]
    tree, order = depth_first(np.array(above))
    assert [names[row] for row in order] == [
        "life",
        "animals",
        "birds",
        "parrot",
        "eagle",
        "fish",
        "plants",
    ]
    np.testing.assert_array_equal(tree.parent, PARENT)
    np.testing.assert_array_equal(tree.size, SIZE)


def test_means_are_of_all_in_a_task():
    vectors = np.arange(7, dtype=np.float32)[:, None]
    found = means(Tree(PARENT, SIZE), vectors)
    assert found[:, 0].tolist() == [3, 3, 3, 3, 4, 5, 6]


@given(parents())
def test_a_tree_says_what_its_parents_say(above):
    tree, order = depth_first(above)
    assert sorted(order) == list(range(len(above)))
    names = [str(row) for row in order]
    told = [[] if above[row] < 0 else [str(above[row])] for row in order]
    known = hierarchy_of(names, told)
    assert tree.hierarchy == known
    for row in range(len(above)):
        assert tree.children(row).tolist() == list(known.children[row])


@given(parents())
def test_the_closure_is_that_of_the_sets(above):
    tree, _ = depth_first(above)
    sets = [list(range(row, row + size)) for row, size in enumerate(tree.size)]
    known, found = relations_of(membership_of(sets)), closure(tree)
    np.testing.assert_array_equal(found.child, known.child)
    np.testing.assert_array_equal(found.parent, known.parent)
    np.testing.assert_allclose(found.strength, known.strength)
    assert nests(found, len(above))


@pytest.mark.parametrize("above", [[1, 0], [0], [1, 2, 0, -1]])
def test_tasks_that_lie_in_each_other_are_refused(above):
    with pytest.raises(DataError, match="lie in each other"):
        depth_first(np.array(above))


@pytest.mark.parametrize(
    ("parent", "size"),
    [
        ([-1, 0], [1, 1]),  # too small for what lies in it
        ([-1, 0, 0], [3, 2, 1]),  # the third lies in the second
        ([-1, 0, 1], [3, 1, 1]),
        ([0, -1], [1, 1]),
        ([-1], [2]),
        ([], []),
    ],
)
def test_other_numbers_are_no_tree(parent, size):
    with pytest.raises(DataError, match="do not describe"):
        Tree(np.array(parent, dtype=int), np.array(size, dtype=int))
