"""Dendrogram: which of some tasks are joined at which distance, in the best order.

In plain NumPy, as it is made of the tasks that are looked at while somebody waits: a
tree of a whole collection would say little of some of its tasks, and take an hour to
order for 20,000 (measured: SciPy's `optimal_leaf_ordering` needs 8.5 s for 1,396).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

AT_ONCE = 2**17  # sums that are laid out at a time: they stay in the cache

Distances = Float[np.ndarray, "tasks tasks"]
Rows = Int[np.ndarray, " _"]
Halves = tuple[Rows, Rows]  # the leaves of what a node joins; of a leaf twice itself


@dataclass(frozen=True)
class Dendrogram:
    """A binary tree of tasks, and the order of its leaves.

    The nodes `joins[k]` become node `tasks + k`, the tasks themselves being the first;
    `height[k]` is their average distance, never less than that of what they join. Of
    the two, that on the left in `order` comes first.
    """

    joins: Int[np.ndarray, "joins 2"]
    height: Float[np.ndarray, " joins"]
    order: Int[np.ndarray, " tasks"]


def dendrogram(apart: Distances) -> Dendrogram:
    """Average linkage of tasks, its leaves in the optimal order.

    Args:
        apart: Distances of at least one task, symmetric; the diagonal does not count.
    """
    joins, height = average_linkage(apart)
    order = optimal_order(apart, joins)
    return Dendrogram(_turned(joins, order), height, order)


def average_linkage(
    apart: Distances,
) -> tuple[Int[np.ndarray, "joins 2"], Float[np.ndarray, " joins"]]:
    """Which nodes are joined, nearest first, and at which mean distance of their tasks.

    The mean of a union is the weighted mean of its parts (Lance and Williams, 1967).
    """
    tasks = len(apart)
    far = apart.astype(np.float64)
    np.fill_diagonal(far, np.inf)
    joins = np.zeros((max(tasks - 1, 0), 2), dtype=np.int64)
    height = np.zeros(len(joins))
    node, size = np.arange(tasks), np.ones(tasks)
    least = far.min(axis=1) if tasks else np.zeros(0)
    for step in range(len(joins)):
        one = int(least.argmin())
        other = int(far[one].argmin())
        one, other = min(one, other), max(one, other)
        joins[step], height[step] = (node[one], node[other]), far[one, other]
        weights = size[[one, other]] / (size[one] + size[other])
        with np.errstate(invalid="ignore"):  # infinity of what is joined already
            between = weights[0] * far[one] + weights[1] * far[other]
        between[one] = np.inf
        stale = (least == far[one]) | (least == far[other])
        stale &= np.isfinite(least)  # what is joined already stays so
        far[one] = far[:, one] = between
        far[other] = far[:, other] = np.inf
        node[one], size[one] = tasks + step, size[one] + size[other]
        np.minimum(least, between, out=least)
        stale[one] = True
        rows = np.flatnonzero(stale)
        least[rows] = far[rows].min(axis=1)
        least[other] = np.inf
    return joins, height


def optimal_order(
    apart: Distances, joins: Int[np.ndarray, "joins 2"]
) -> Int[np.ndarray, " tasks"]:
    """The order of leaves of a tree in which neighbours are nearest one another.

    Of all orders that turning nodes round can give, one with the least sum of distances
    between neighbours (Bar-Joseph, Gifford and Jaakkola, Bioinformatics 2001).
    `best[a, b]` is that sum below the node that joins `a` and `b`, these two at its
    ends.
    """
    tasks = len(apart)
    far, best = apart.astype(np.float64), np.zeros((tasks, tasks))
    leaves = [np.array([task]) for task in range(tasks)]
    halves: list[Halves] = [(one, one) for one in leaves]
    for one, other in joins.tolist():
        rows = np.ix_(leaves[one], leaves[other])
        through = _onward(best, halves[one], far[rows])
        best[rows] = _onward(best, halves[other], through.T).T
        best[rows[1].T, rows[0].T] = best[rows].T
        halves.append((leaves[one], leaves[other]))
        leaves.append(np.concatenate(halves[-1]))
    return _unfolded(best, far, joins, leaves, halves)


def _onward(
    best: Distances, halves: Halves, beyond: Float[np.ndarray, "own others"]
) -> Float[np.ndarray, "own others"]:
    """From every leaf of a node through all of it and on to every other leaf.

    A leaf at one end has one of the other half at the other end, from where it is
    `beyond` to the others.
    """
    first, second = halves
    if first is second:  # a node of one leaf
        return beyond
    within, count = best[np.ix_(first, second)], len(first)
    return np.concatenate(
        [
            _least_sums(within, beyond[count:]),
            _least_sums(within.T, beyond[:count]),
        ]
    )


def _least_sums(
    one: Float[np.ndarray, "rows between"], other: Float[np.ndarray, "between columns"]
) -> Float[np.ndarray, "rows columns"]:
    """`min(one[i, k] + other[k, j])` over `k`: a product of matrices with a minimum."""
    at_once = max(1, AT_ONCE // other.size)
    parts = [
        (one[row : row + at_once, :, None] + other).min(axis=1)
        for row in range(0, len(one), at_once)
    ]
    return np.concatenate(parts)


def _unfolded(
    best: Distances,
    far: Distances,
    joins: Int[np.ndarray, "joins 2"],
    leaves: list[Rows],
    halves: list[Halves],
) -> Int[np.ndarray, " tasks"]:
    """The order of the leaves that `best` is the sum of, from its ends inwards."""
    tasks, found = len(best), []
    first, second = halves[-1]
    ends = best[np.ix_(first, second)]
    at, to = np.unravel_index(ends.argmin(), ends.shape)
    waiting = [(len(leaves) - 1, int(first[at]), int(second[to]))]
    while waiting:
        node, left, right = waiting.pop()
        if node < tasks:
            found.append(node)
            continue
        one, other = joins[node - tasks].tolist()
        if left not in leaves[one]:
            one, other = other, one
        near, after = _facing(halves[one], left), _facing(halves[other], right)
        sums = best[left, near][:, None] + far[np.ix_(near, after)] + best[after, right]
        at, to = np.unravel_index(sums.argmin(), sums.shape)
        waiting += [(other, int(after[to]), right), (one, left, int(near[at]))]
    return np.array(found, dtype=np.int64)


def _facing(halves: Halves, leaf: int) -> Rows:
    """Leaves that can be at the other end of a node that has this one at its end."""
    first, second = halves
    return second if leaf in first else first


def _turned(
    joins: Int[np.ndarray, "joins 2"], order: Int[np.ndarray, " tasks"]
) -> Int[np.ndarray, "joins 2"]:
    """The same tree, of every two nodes the one on the left first."""
    place = np.concatenate([np.argsort(order), np.zeros(len(joins), dtype=np.int64)])
    turned = joins.copy()
    for step, pair in enumerate(joins):
        turned[step] = pair[np.argsort(place[pair])]
        place[len(order) + step] = place[pair].min()
    return turned
