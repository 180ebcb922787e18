"""Dendrograms against SciPy, and their order against every order that there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from core.dendrogram import average_linkage, dendrogram, optimal_order


def distances(tasks, seed):
    points = np.random.default_rng(seed).normal(size=(tasks, 3))
    return np.linalg.norm(points[:, None] - points, axis=-1)


def every_order(joins, tasks, node):
    """All orders of leaves that turning nodes round can give."""
    if node < tasks:
        return [[node]]
    one, other = (every_order(joins, tasks, part) for part in joins[node - tasks])
    pairs = [(a, b) for a in one for b in other]
    return [a + b for a, b in pairs] + [b + a for a, b in pairs]


def length(far, order):
    return far[order[1:], order[:-1]].sum()


def test_three_tasks_by_hand():
    far = np.array([[0.0, 1, 4], [1, 0, 6], [4, 6, 0]])
    tree = dendrogram(far)
    # 0 and 1 are joined at 1, both with 2 at the mean of 4 and 6; 0 lies next to 2.
    assert tree.height.tolist() == [1, 5]
    assert tree.order.tolist() == [1, 0, 2]
    assert tree.joins.tolist() == [[1, 0], [3, 2]]


def test_one_task_is_a_tree_too():
    tree = dendrogram(np.zeros((1, 1)))
    assert (tree.joins.tolist(), tree.height.tolist()) == ([], [])
    assert tree.order.tolist() == [0]


def test_equal_tasks_are_joined_at_nothing():
    tree = dendrogram(np.zeros((5, 5)))
    assert tree.height.tolist() == [0] * 4
    assert sorted(tree.order.tolist()) == [*range(5)]


@pytest.mark.parametrize("tasks", [2, 3, 17, 60])
def test_linkage_is_that_of_scipy(tasks):
    far = distances(tasks, seed=tasks)
    joins, height = average_linkage(far)
    known = linkage(squareform(far, checks=False), "average")
    np.testing.assert_allclose(height, known[:, 2])
    np.testing.assert_array_equal(np.sort(joins), np.sort(known[:, :2]))


@given(st.integers(2, 7), st.integers(0, 1000))
def test_no_order_of_the_tree_is_shorter(tasks, seed):
    far = distances(tasks, seed)
    joins, _ = average_linkage(far)
    orders = every_order(joins.tolist(), tasks, 2 * tasks - 2)
    found = optimal_order(far, joins).tolist()
    assert found in orders
    assert length(far, found) == pytest.approx(min(length(far, one) for one in orders))


@given(st.integers(2, 30), st.integers(0, 1000))
def test_what_is_joined_lies_side_by_side_the_left_one_first(tasks, seed):
    tree = dendrogram(distances(tasks, seed))
    place = np.argsort(tree.order)
    spans = [(at, at + 1) for at in place.tolist()]
    for one, other in tree.joins.tolist():
        assert spans[one][1] == spans[other][0]
        spans.append((spans[one][0], spans[other][1]))
    assert spans[-1] == (0, tasks)
    assert (np.diff(tree.height) >= -1e-12).all()
