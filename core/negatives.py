"""Pairs that are not true, drawn where there are too many to ask about all of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from core.truth import Rows, Truth, strictly_inside

Keys = Int[np.ndarray, " keys"]
AT_ONCE = 2**20  # candidates looked at together


@dataclass(frozen=True)
class Mask:
    """The pairs to draw from, by key, and which share of all pairs they are."""

    allows: Callable[[Keys], Bool[np.ndarray, " keys"]]
    density: float


def negatives(
    truth: Truth,
    parent: Int[np.ndarray, " tasks"],
    positive: Keys,
    mask: Mask,
    rng: np.random.Generator,
    *,
    each: int,
) -> Int[np.ndarray, " drawn"]:
    """Sorted keys of `each` negatives for every positive, with the same child.

    Half of them are hard: what is asked to hold the child is a sibling of the child or
    of one of its ancestors. (In a tree these are what ancestors of siblings come down
    to: a sibling's other ancestors are the child's own.) The other half is any task.
    No pair is drawn twice; where the mask holds too few hard ones, others take their
    place.

    Args:
        truth: What is true.
        parent: Canonical parent of every task, the number of tasks where there is none.
        positive: Keys of the positives, all in the mask.
        mask: Of what pairs to draw.
        rng: Decides.
        each: How many.
    """
    tree = _tree_of(parent)
    child, count = np.unique(positive // truth.tasks, return_counts=True)
    tries = int(1.5 * each / mask.density) + 10  # so that nearly all get enough
    pieces = int(np.ceil(count.sum() * tries / AT_ONCE))
    found = [np.zeros(0, dtype=np.int64)]
    for some in np.array_split(np.arange(len(child)), max(pieces, 1)):
        wanted = np.bincount(child[some], each * count[some], truth.tasks).astype(int)
        asked = np.repeat(child[some], tries * count[some])

        def drawn(other: Rows, asked: Rows = asked) -> Int[np.ndarray, " found"]:
            use = (other != asked) & ~strictly_inside(truth, asked, other)
            keys = (asked * truth.tasks + other)[use]
            return keys[mask.allows(keys)]

        hard = _first(drawn(_cousin(tree, rng, asked)), truth.tasks, wanted // 2)
        wanted -= np.bincount(hard // truth.tasks, minlength=truth.tasks)
        easy = drawn(rng.integers(truth.tasks, size=len(asked)))
        easy = _first(easy[~np.isin(easy, hard)], truth.tasks, wanted)
        found += [hard, easy]
    return np.sort(np.concatenate(found))


def _first(
    keys: Keys, tasks: int, wanted: Int[np.ndarray, " tasks"]
) -> Int[np.ndarray, " first"]:
    """The first distinct keys of every child, as many as are wanted of it."""
    once, place = np.unique(keys, return_index=True)
    once = once[np.lexsort((place, once // tasks))]
    child = once // tasks
    rank = np.arange(len(once)) - np.searchsorted(child, child)
    return once[rank < wanted[child]]


@dataclass(frozen=True)
class _Tree:
    """Canonical parents, depths, and tasks in the order of their parents."""

    parent: Int[np.ndarray, " tasks"]
    depth: Int[np.ndarray, " tasks"]
    order: Int[np.ndarray, " tasks"]
    start: Int[np.ndarray, " bounds"]


def _tree_of(parent: Int[np.ndarray, " tasks"]) -> _Tree:
    tasks = len(parent)
    above, depth = parent.copy(), np.zeros(tasks, dtype=np.int64)
    while (inner := above < tasks).any():
        depth += inner
        above[inner] = parent[above[inner]]
    order = np.argsort(parent, kind="stable")
    start = np.searchsorted(parent[order], np.arange(tasks + 2))
    return _Tree(parent, depth, order, start)


def _cousin(tree: _Tree, rng: np.random.Generator, child: Rows) -> Rows:
    """A sibling of every child or of one of its ancestors, maybe the same task."""
    row, steps = child.copy(), rng.integers(tree.depth[child] + 1)
    for step in range(int(tree.depth.max(initial=0))):
        climbs = steps > step
        row[climbs] = tree.parent[row[climbs]]
    first = tree.start[tree.parent[row]]
    siblings = tree.start[tree.parent[row] + 1] - first
    return tree.order[first + rng.integers(siblings)]
