import numpy as np
import pytest

from core.collections.table.closure import closest, completed, parts
from core.relations import Relations

#  0 animal > 1 bird > 3 eagle, 4 parrot;  animal > 2 fish > 5 shark
TREE = [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2)]


def rows(pairs):
    child, parent = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return child, parent


def strengths(relations):
    """Strength by (child, parent)."""
    pairs = zip(relations.child.tolist(), relations.parent.tolist(), strict=True)
    found = relations.strength.tolist()
    return {pair: pytest.approx(one) for pair, one in zip(pairs, found, strict=True)}


def follows(tasks, listed, inside=()):
    """What follows from pairs listed with their strength, and from containments."""
    child, parent = rows([pair for pair, _ in listed])
    strength = np.array([one for _, one in listed], dtype=np.float64)
    return strengths(completed(tasks, child, parent, strength, rows(inside)))


def test_a_task_is_the_lowest_tasks_in_it():
    counted = parts(6, *rows(TREE))
    # Fish has only the shark, which lies in it strictly: so fish has more than that.
    assert counted.counts.tolist() == [4, 2, 2, 1, 1, 1]


def test_a_tree_says_which_share_of_every_task_lies_in_every_other():
    found = follows(6, [], TREE)
    assert found[3, 0] == found[3, 1] == found[1, 0] == 1
    assert found[0, 1] == 2 / 4
    assert found[1, 3] == 1 / 2
    assert found[2, 5] == 1 / 2
    assert (1, 2) not in found
    assert (3, 4) not in found


def test_a_task_in_two_others_makes_them_overlap():
    found = follows(4, [], [(2, 0), (2, 1), (3, 1)])
    # 2 alone lies in 0, so 0 has one part of its own: half of it lies in 1.
    assert found[0, 1] == 1 / 2
    assert found[1, 0] == 1 / 2


def test_containments_are_closed_and_have_a_way_back():
    found = follows(3, [((0, 1), 1), ((1, 2), 1)])
    assert found == {
        (0, 1): 1,
        (1, 2): 1,
        (0, 2): 1,
        (1, 0): 1 / 2,
        (2, 1): 2 / 3,
        (2, 0): 1 / 3,
    }


def test_what_is_listed_stays_as_it_is():
    found = follows(3, [((0, 1), 1), ((1, 0), 0.125), ((0, 2), 0.25), ((2, 0), 0)])
    assert found[1, 0] == 0.125
    assert found[0, 2] == 0.25
    assert (2, 0) not in found  # listed as nothing


def test_an_overlap_listed_one_way_has_the_other_by_size():
    found = follows(5, [((0, 1), 0.5)], [(2, 1), (3, 1)])
    assert found[1, 0] == 0.5 * 1 / 2
    found = follows(5, [((1, 0), 0.75)], [(2, 1), (3, 1)])
    assert found[0, 1] == 1  # 0.75 of two is more than all of one


def test_tasks_that_lie_in_each_other_are_the_same():
    found = follows(4, [((0, 1), 1), ((1, 0), 1), ((2, 0), 1), ((3, 1), 1)])
    assert found[0, 1] == found[1, 0] == found[2, 1] == found[3, 0] == 1
    assert found[0, 2] == found[1, 3] == 1 / 2


def test_a_parent_listed_as_an_overlap_is_one():
    found = follows(2, [((0, 1), 0.5)], [(0, 1)])
    assert found[0, 1] == 0.5


def test_too_little_to_be_told_from_nothing_is_not_nothing():
    found = completed(2, *rows([(0, 1)]), np.array([1e-60]), rows([]))
    assert (found.strength > 0).all()


def test_the_closest_holders_are_the_parents():
    tree = completed(6, *rows([]), np.zeros(0), rows(TREE))
    counts = parts(6, *rows(TREE)).counts.tolist()
    assert closest(6, tree, counts) == [[], [0], [0], [1], [1], [2]]


def test_equal_tasks_are_no_parents_of_each_other():
    both = Relations(*rows([(0, 1), (1, 0)]), np.ones(2, dtype=np.float32))
    assert closest(2, both, [1, 1]) == [[], []]
