"""What boxes claim of all pairs of tasks, beside what is true of them.

An evaluation asks about held-out pairs, of boxes that did not learn from them; this
reads every pair off the boxes that are shown, for who wants to see which are amiss.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.boxes import Boxes, containment_pairs
from core.evaluation.scoring import FALLBACK
from core.evaluation.truth import (
    Rows,
    listed,
    share,
    strict_pairs,
    truth_of,
)
from core.hierarchy import Hierarchy
from core.metrics import claimed
from core.relations import Relations

# An evaluation chooses it anew in every case, by validation pairs; here are none.
THRESHOLD = FALLBACK


@dataclass(frozen=True)
class Edges:
    """Every pair of which the child lies in the parent, by the boxes or in truth.

    `share` is that of the child in the parent by the boxes, `true` the true one. Where
    a box lies amiss, so do all boxes inside it: an error `begins` with a child of which
    no direct parent has the same error with the same task.
    """

    child: Rows
    parent: Rows
    share: Float[np.ndarray, " pairs"]
    true: Float[np.ndarray, " pairs"]
    claimed: Bool[np.ndarray, " pairs"]
    truly: Bool[np.ndarray, " pairs"]
    begins: Bool[np.ndarray, " pairs"]

    @property
    def learned(self) -> Bool[np.ndarray, " pairs"]:
        """Pairs that the boxes rightly claim."""
        return self.claimed & self.truly

    @property
    def missed(self) -> Bool[np.ndarray, " pairs"]:
        """Pairs that they should claim."""
        return ~self.claimed & self.truly

    @property
    def spurious(self) -> Bool[np.ndarray, " pairs"]:
        """Pairs that they should not."""
        return self.claimed & ~self.truly


def edges_of(boxes: Boxes, relations: Relations, hierarchy: Hierarchy) -> Edges:
    """All pairs that boxes claim or should; relations must be complete."""
    tasks = len(boxes.names)
    truth = truth_of(relations, tasks)
    claims, strict = (
        np.sort(child.astype(np.int64) * tasks + parent)
        for child, parent in (claims_of(boxes), strict_pairs(truth))
    )
    keys = np.union1d(claims, strict)
    child, parent = np.divmod(keys, tasks)
    claim, truly = listed(keys, claims), listed(keys, strict)
    begins = np.zeros(len(keys), dtype=bool)
    for wrong in (claim & ~truly, ~claim & truly):
        begins[_beginning(np.flatnonzero(wrong), keys, hierarchy)] = True
    return Edges(
        child=child,
        parent=parent,
        share=containment_pairs(boxes, child, parent),
        true=share(truth, child, parent),
        claimed=claim,
        truly=truly,
        begins=begins,
    )


def claims_of(boxes: Boxes) -> tuple[Rows, Rows]:
    """Child and parent of every pair in which one box lies in the other.

    More than half of the child does (`THRESHOLD`), so more than half of each of its
    sides, and so its middle: pairs without that are not looked at, as there may be 500
    million of them.
    """
    middle = (boxes.lower.astype(np.float64) + boxes.upper) / 2
    order = np.argsort(middle[:, 0])
    along = middle[order]
    first = np.searchsorted(along[:, 0], boxes.lower[:, 0])
    last = np.searchsorted(along[:, 0], boxes.upper[:, 0], side="right")
    found = []
    for row, (start, end) in enumerate(zip(first, last, strict=True)):
        near = along[start:end]
        held = ((boxes.lower[row] <= near) & (near <= boxes.upper[row])).all(axis=1)
        found.append(order[start:end][held])
    child = np.concatenate(found)
    parent = np.repeat(np.arange(len(found)), [len(rows) for rows in found])
    claim = claimed(
        containment_pairs(boxes, child, parent),
        containment_pairs(boxes, parent, child),
        THRESHOLD,
    )
    return child[claim], parent[claim]


def _beginning(
    wrong: Rows, keys: Int[np.ndarray, " all"], hierarchy: Hierarchy
) -> Int[np.ndarray, " some"]:
    """Errors of one kind, as places in `keys`, that no parent of the child has."""
    tasks = len(hierarchy.parents)
    counts = np.array([len(rows) for rows in hierarchy.parents])
    above = np.array(
        [row for rows in hierarchy.parents for row in rows], dtype=np.int64
    )
    child, parent = np.divmod(keys[wrong], tasks)
    # Every error as often as its child has parents, each time with another of them.
    error = np.repeat(np.arange(len(wrong)), counts[child])
    turn = np.arange(len(error)) - np.searchsorted(error, error)
    parents = above[(counts.cumsum() - counts)[child[error]] + turn]
    inherited = error[listed(parents * tasks + parent[error], keys[wrong])]
    return np.delete(wrong, inherited)
