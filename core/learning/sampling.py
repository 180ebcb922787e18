"""Pairs of tasks to learn from: a sample at every step, so cost never grows with n².

What most tells a hierarchy apart is drawn most: siblings, tasks below siblings, and
unrelated tasks whose boxes lie on each other at the moment (Rozonoyer et al., NeurIPS
2024, show that a small set of such negatives does the work of all).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.relations import Relations

Rows = Int[np.ndarray, " pairs"]


@dataclass(frozen=True)
class Pairs:
    """What is known of pairs of tasks, laid out so that drawing is a few look-ups.

    A pair has the key `child * tasks + parent`. `withheld` are the keys of pairs that
    must not be learned from; a pair that is neither there nor in `keys` shares nothing.
    The family of a task are the tasks with the same closest container.
    """

    tasks: int
    keys: Int[np.ndarray, " known"]
    strength: Float[np.ndarray, " known"]
    withheld: Int[np.ndarray, " withheld"]
    container: Int[np.ndarray, " strict"]
    container_start: Int[np.ndarray, " bounds"]
    family: Int[np.ndarray, " tasks"]
    family_order: Int[np.ndarray, " tasks"]
    family_start: Int[np.ndarray, " family_bounds"]


def pairs_of(
    tasks: int, relations: Relations, withheld: Int[np.ndarray, " withheld"]
) -> Pairs:
    """The pairs of `relations` but for those withheld (sorted keys)."""
    keys = relations.child.astype(np.int64) * tasks + relations.parent
    open_ = ~_listed(keys, withheld)
    order = np.argsort(keys[open_])
    keys, strength = keys[open_][order], relations.strength[open_][order]
    child, parent = np.divmod(keys[strength == 1], tasks)
    family = closest_containers(tasks, child, parent)
    family_order = np.argsort(family, kind="stable")
    return Pairs(
        tasks=tasks,
        keys=keys,
        strength=strength.astype(np.float32),
        withheld=withheld,
        container=parent,
        container_start=np.searchsorted(child, np.arange(tasks + 1)),
        family=family,
        family_order=family_order,
        family_start=np.searchsorted(family[family_order], np.arange(tasks + 2)),
    )


def closest_containers(
    tasks: int, child: Rows, parent: Rows
) -> Int[np.ndarray, " tasks"]:
    """Of the containers of every task the one with most containers itself.

    That is its parent where pairs are the closure of a tree; `tasks` stands for none.
    """
    depth = np.bincount(child, minlength=tasks)
    order = np.lexsort((parent, -depth[parent], child))
    first = np.flatnonzero(np.diff(child[order], prepend=-1))
    closest = np.full(tasks, tasks)
    closest[child[order][first]] = parent[order][first]
    return closest


def known_strength(
    pairs: Pairs, child: Rows, parent: Rows
) -> Float[np.ndarray, " pairs"]:
    """Strength of pairs that are not withheld; 0 where nothing is shared."""
    keys = child * pairs.tasks + parent
    at = np.searchsorted(pairs.keys, keys).clip(max=len(pairs.keys) - 1)
    if not len(pairs.keys):
        return np.zeros(len(keys), dtype=np.float32)
    return np.where(pairs.keys[at] == keys, pairs.strength[at], np.float32(0))


def open_pairs(pairs: Pairs, child: Rows, parent: Rows) -> Bool[np.ndarray, " pairs"]:
    """Which pairs may be learned from: two tasks, and not withheld."""
    return (child != parent) & ~_listed(child * pairs.tasks + parent, pairs.withheld)


def draw_known(pairs: Pairs, rng: np.random.Generator, count: int) -> tuple[Rows, Rows]:
    """Related pairs, contained or overlapping."""
    if not len(pairs.keys):
        return _none(), _none()
    return np.divmod(pairs.keys[rng.integers(len(pairs.keys), size=count)], pairs.tasks)


def draw_any(pairs: Pairs, rng: np.random.Generator, count: int) -> tuple[Rows, Rows]:
    """Any two tasks."""
    return rng.integers(pairs.tasks, size=count), rng.integers(pairs.tasks, size=count)


def draw_siblings(
    pairs: Pairs, rng: np.random.Generator, count: int
) -> tuple[Rows, Rows]:
    """A task and one of its family."""
    task = rng.integers(pairs.tasks, size=count)
    return task, sibling(pairs, rng, task)


def draw_cousins(
    pairs: Pairs, rng: np.random.Generator, count: int
) -> tuple[Rows, Rows]:
    """A task and a sibling of itself or of one of its containers."""
    task = rng.integers(pairs.tasks, size=count)
    return task, sibling(pairs, rng, draw_container(pairs, rng, task, itself=True))


def draw_container(
    pairs: Pairs, rng: np.random.Generator, task: Rows, *, itself: bool = False
) -> Rows:
    """One of the containers of every task, or of these and the task itself.

    A task without containers stands for itself.
    """
    start = pairs.container_start[task]
    held = pairs.container_start[task + 1] - start
    choice = rng.integers(held + 1 if itself else np.maximum(held, 1))
    above = task.copy()
    found = choice < held
    above[found] = pairs.container[(start + choice)[found]]
    return above


def draw_crowded(
    pairs: Pairs,
    rng: np.random.Generator,
    lower: Float[np.ndarray, "tasks dim"],
    upper: Float[np.ndarray, "tasks dim"],
    *,
    reach: float,
    rows: int,
) -> tuple[Rows, Rows]:
    """Unrelated tasks whose boxes come closer than `reach`, among `rows` random ones.

    Looks at `rows` x tasks boxes, in either direction of each pair found.
    """
    some = rng.choice(pairs.tasks, size=min(rows, pairs.tasks), replace=False)
    near = (lower[some][:, None] < upper + reach) & (
        upper[some][:, None] + reach > lower
    )
    one, other = np.nonzero(near.all(axis=-1))
    one = some[one]
    swap = rng.random(len(one)) < 0.5
    child, parent = np.where(swap, other, one), np.where(swap, one, other)
    use = open_pairs(pairs, child, parent) & (known_strength(pairs, child, parent) == 0)
    return child[use], parent[use]


def sibling(pairs: Pairs, rng: np.random.Generator, task: Rows) -> Rows:
    """One of the family of every task, by chance the task itself."""
    start = pairs.family_start[pairs.family[task]]
    count = pairs.family_start[pairs.family[task] + 1] - start
    return pairs.family_order[start + rng.integers(count)]


def _listed(
    keys: Int[np.ndarray, " pairs"], listed: Int[np.ndarray, " listed"]
) -> Bool[np.ndarray, " pairs"]:
    if not len(listed):
        return np.zeros(len(keys), dtype=bool)
    return listed[np.searchsorted(listed, keys).clip(max=len(listed) - 1)] == keys


def _none() -> Rows:
    return np.zeros(0, dtype=np.int64)
