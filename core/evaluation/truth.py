"""What is true of pairs of tasks, to look up: what predictions are held against."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.relations import Relations

Rows = Int[np.ndarray, " pairs"]


@dataclass(frozen=True)
class Truth:
    """The known share of tasks in each other, by sorted keys `child * tasks + parent`.

    Pairs without a key share nothing; where strengths are `measured`, nothing is known
    of them.
    """

    tasks: int
    keys: Int[np.ndarray, " known"]
    strength: Float[np.ndarray, " known"]
    measured: bool


def truth_of(relations: Relations, tasks: int) -> Truth:
    """All relations, in order."""
    keys = relations.child.astype(np.int64) * tasks + relations.parent
    order = np.argsort(keys)
    return Truth(tasks, keys[order], relations.strength[order], not relations.complete)


def share(truth: Truth, child: Rows, parent: Rows) -> Float[np.ndarray, " pairs"]:
    """True share of every child in its parent; 0 where they share nothing."""
    if not len(truth.keys):
        return np.zeros(len(child))
    keys = child * truth.tasks + parent
    at = np.searchsorted(truth.keys, keys).clip(max=len(truth.keys) - 1)
    return np.where(truth.keys[at] == keys, truth.strength[at], 0.0)


def strictly_inside(
    truth: Truth, child: Rows, parent: Rows
) -> Bool[np.ndarray, " pairs"]:
    """Whether the child's members are some of the parent's, but not all."""
    return (share(truth, child, parent) == 1) & (share(truth, parent, child) < 1)


def strict_pairs(truth: Truth) -> tuple[Rows, Rows]:
    """All pairs of which the child lies strictly in the parent."""
    child, parent = np.divmod(truth.keys, truth.tasks)
    strict = strictly_inside(truth, child, parent)
    return child[strict], parent[strict]


def listed(
    keys: Int[np.ndarray, " some"], known: Int[np.ndarray, " known"]
) -> Bool[np.ndarray, " some"]:
    """Which keys are among the sorted ones."""
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    return known[np.searchsorted(known, keys).clip(max=len(known) - 1)] == keys
