"""What windows ask of a tree: what lies above and right inside, its colours."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.tree import Tree

FIRST_HUE = 20.0  # degrees; the wheel of colours begins here (assets/colors.js)
FREE = 0.05  # share of a branch's part of the wheel kept free at either end


@dataclass(frozen=True)
class Branches:
    """What lies directly in each task: a page or a count takes no walk through it.

    Attributes:
        rows: All tasks by what they lie directly in, those at the top first.
        begins: Where those at the top begin, then those of every task; and the end.
    """

    rows: Int[np.ndarray, " tasks"]
    begins: Int[np.ndarray, " tasks+2"]

    def inside(self, row: int, begin: int, most: int) -> list[int]:
        """Tasks directly in one, from number `begin`, at most so many; -1: the top."""
        first, end = self.begins[row + 1 : row + 3].tolist()
        found = self.rows[first + begin : min(first + begin + most, end)]
        return [int(one) for one in found]

    def count(self, row: int) -> int:
        """How many tasks lie directly in one, or at the top for -1."""
        first, end = self.begins[row + 1 : row + 3].tolist()
        return int(end - first)


def branches_of(tree: Tree) -> Branches:
    """All tasks of a tree, sorted by what they lie directly in."""
    counts = np.bincount(tree.parent + 1, minlength=len(tree.parent) + 1)
    begins = np.concatenate([[0], np.cumsum(counts)])
    rows = np.argsort(tree.parent, kind="stable")
    return Branches(rows.astype(np.int32), begins.astype(np.int32))


def closed(tree: Tree, rows: Int[np.ndarray, " some"]) -> Int[np.ndarray, " more"]:
    """These tasks and all that they lie in, in order, each once."""
    found = [rows]
    front = np.unique(rows)
    while len(front):
        above = np.unique(tree.parent[front])
        front = above[above >= 0]
        found.append(front)
    return np.unique(np.concatenate(found))


def wheel(
    tree: Tree, branches: Branches, members: Int[np.ndarray, " tasks"]
) -> Float[np.ndarray, "tasks 2"]:
    """Where the part of the wheel of colours begins that a branch has, and how wide.

    As the browser splits the wheel among branches (assets/colors.js), in degrees;
    whoever looks into a branch sees its part stretched to the whole wheel.
    """
    order = branches.rows
    above = tree.parent[order] + 1
    share = np.sqrt(members.astype(np.float64))[order]
    total = np.bincount(above, share)
    share /= total[above]
    first = np.flatnonzero(np.diff(above, prepend=-1))
    counts = np.diff(first, append=len(above))
    before = np.cumsum(share) - share
    before -= np.repeat(before[first], counts)
    free = np.where(np.repeat(counts, counts) > 1, FREE, 0)
    parts = np.empty((len(members), 2))  # of that of the parent: begin, width
    parts[order, 0] = before + share * free
    parts[order, 1] = share * (1 - 2 * free)
    found = parts * 360 + [FIRST_HUE, 0]
    for deep in range(1, int(tree.depth.max()) + 1):
        level = np.flatnonzero(tree.depth == deep)
        begin, width = found[tree.parent[level]].T
        found[level, 0] = begin + parts[level, 0] * width
        found[level, 1] = parts[level, 1] * width
    return found


def ranges(
    starts: Int[np.ndarray, " ranges"], ends: Int[np.ndarray, " ranges"]
) -> Int[np.ndarray, " numbers"]:
    """The numbers of some ranges, one after another."""
    counts = ends - starts
    return np.repeat(ends - np.cumsum(counts), counts) + np.arange(counts.sum())
