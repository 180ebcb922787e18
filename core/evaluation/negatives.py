"""Pairs that are not true, drawn where there are too many to ask about all of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from core.evaluation.truth import Rows, Truth, listed, strictly_inside

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

    Half of them are hard: what is asked to hold the child is a task of its own branch,
    see `_relative`. The other half is any task. No pair is drawn twice; where the mask
    holds too few hard ones, others take their place.

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

        def drawn(asked: Rows, other: Rows) -> Int[np.ndarray, " found"]:
            keys = (asked * truth.tasks + other)[other != asked]
            keys = keys[mask.allows(keys)]
            return keys[~strictly_inside(truth, *np.divmod(keys, truth.tasks))]

        asked = np.repeat(child[some], tries * count[some] // 2)
        hard = drawn(asked, _relative(tree, rng, asked))
        hard = np.sort(_first(hard, truth.tasks, wanted // 2))
        wanted -= np.bincount(hard // truth.tasks, minlength=truth.tasks)
        asked = np.repeat(child[some], tries * count[some])
        easy = drawn(asked, rng.integers(truth.tasks, size=len(asked)))
        easy = _first(easy[~listed(easy, hard)], truth.tasks, wanted)
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
    """Tasks by their canonical parents; the number of tasks stands for what holds all.

    What lies below a task are the `size - 1` tasks after it in `order`, where it has
    the place `start`.
    """

    parent: Int[np.ndarray, " tasks"]
    depth: Int[np.ndarray, " all"]
    size: Int[np.ndarray, " all"]
    start: Int[np.ndarray, " all"]
    order: Int[np.ndarray, " tasks"]


def _tree_of(parent: Int[np.ndarray, " tasks"]) -> _Tree:
    tasks = len(parent)
    above, depth = parent.copy(), np.zeros(tasks + 1, dtype=np.int64)
    depth[-1] = -1
    while (inner := above < tasks).any():
        depth[:-1] += inner
        above[inner] = parent[above[inner]]
    down = np.argsort(depth[:-1], kind="stable").tolist()
    size, start = np.ones(tasks + 1, dtype=np.int64), np.full(tasks + 1, -1)
    for row in reversed(down):
        size[parent[row]] += size[row]
    free = np.zeros(tasks + 1, dtype=np.int64)
    for row in down:
        start[row] = free[parent[row]]
        free[parent[row]] += size[row]
        free[row] = start[row] + 1
    return _Tree(parent, depth, size, start, np.argsort(start[:-1]))


def _relative(tree: _Tree, rng: np.random.Generator, child: Rows) -> Rows:
    """A task of the branch of every child, the nearer ones rather than far ones.

    From the child up to any of its ancestors, from there down to any task below, and
    from that up again to any task that is still below that ancestor: an ancestor of a
    relative. It may hold the child.
    """
    steps = rng.integers(tree.depth[child].clip(min=1))
    branch = tree.parent[_up(tree, child, steps)]
    below = tree.start[branch] + 1 + rng.integers(tree.size[branch] - 1)
    relative = tree.order[below]
    steps = rng.integers(tree.depth[relative] - tree.depth[branch])
    return _up(tree, relative, steps)


def _up(tree: _Tree, row: Rows, steps: Rows) -> Rows:
    row = row.copy()
    for step in range(int(steps.max(initial=0))):
        climbs = steps > step
        row[climbs] = tree.parent[row[climbs]]
    return row
