"""Tasks that nest as a tree, in an order in which what lies in a task follows it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from core.errors import DataError
from core.hierarchy import Hierarchy
from core.relations import Relations

Rows = Int[np.ndarray, " rows"]


@dataclass(frozen=True)
class Tree:
    """What lies in what, where every task lies directly in one other at most.

    Rows are in depth-first order: what lies in task `t`, itself first, are the rows
    `t` to `t + size[t] - 1`. So a million tasks need two numbers each, and whether one
    lies in another is a comparison. `parent` is -1 at the top.
    """

    parent: Int[np.ndarray, " tasks"]
    size: Int[np.ndarray, " tasks"]

    def __post_init__(self) -> None:
        row = np.arange(len(self.parent))
        if len(self.size) != len(row):
            raise ValueError(f"{len(row)} parents but {len(self.size)} sizes.")
        above, inner = self.parent[self.parent >= 0], row[self.parent >= 0]
        sound = (
            len(row) > 0
            and (self.size > 0).all()
            and (row + self.size <= len(row)).all()
            and (above < inner).all()
            and (inner + self.size[inner] <= above + self.size[above]).all()
            and (self.depth[inner] == self.depth[above] + 1).all()
            and (self.depth[self.parent < 0] == 0).all()
        )
        if not sound:
            raise DataError("Parents and sizes do not describe a depth-first tree.")

    @cached_property
    def depth(self) -> Int[np.ndarray, " tasks"]:
        """How many tasks every task lies in."""
        row = np.arange(len(self.size))
        ended = np.bincount(row + self.size, minlength=len(row) + 1)[:-1]
        return row - np.cumsum(ended)

    @property
    def hierarchy(self) -> Hierarchy:
        """The same as lists of parents and children, for who goes task by task."""
        parents = [(row,) if row >= 0 else () for row in self.parent.tolist()]
        children: list[list[int]] = [[] for _ in parents]
        for row, above in enumerate(parents):
            for parent in above:
                children[parent].append(row)
        depth = tuple(self.depth.tolist())
        return Hierarchy(tuple(parents), tuple(map(tuple, children)), depth)

    def contains(self, child: Rows, parent: Rows) -> Bool[np.ndarray, " rows"]:
        """Whether every child lies strictly in its parent."""
        return (parent < child) & (child < parent + self.size[parent])

    def children(self, row: int) -> Int[np.ndarray, " children"]:
        """Tasks directly in a task, in their order; in -1 those at the top."""
        if row < 0:
            return np.flatnonzero(self.parent < 0)
        below = slice(row + 1, row + self.size[row])
        return below.start + np.flatnonzero(self.parent[below] == row)

    def path(self, row: int) -> tuple[int, ...]:
        """The task and all that it lies in, the outermost first."""
        rows = [row]
        while (above := int(self.parent[rows[-1]])) >= 0:
            rows.append(above)
        return tuple(reversed(rows))


def depth_first(
    parent: Int[np.ndarray, " tasks"],
) -> tuple[Tree, Int[np.ndarray, " tasks"]]:
    """The tree of tasks in any order, and which task stands in each of its rows.

    Of the tasks in one task the one with most in it comes first, equals as they were.

    Args:
        parent: Of every task, -1 at the top.

    Raises:
        DataError: Tasks lie in each other.
    """
    levels = _levels(parent)
    size = np.ones(len(parent), dtype=np.int64)
    for rows in reversed(levels[1:]):
        np.add.at(size, parent[rows], size[rows])
    row = np.zeros(len(parent), dtype=np.int64)
    for rows in levels:
        rows = rows[np.lexsort((rows, -size[rows], parent[rows]))]
        before = np.cumsum(size[rows]) - size[rows]
        first = np.flatnonzero(np.diff(parent[rows], prepend=-2))
        family = np.repeat(first, np.diff(np.append(first, len(rows))))
        top = parent[rows] < 0
        start = np.where(top, 0, row[parent[rows]] + 1)
        row[rows] = start + before - before[family]
    order = np.empty_like(row)
    order[row] = np.arange(len(row))
    above = parent[order]
    within = np.where(above < 0, -1, row[above])
    tree = Tree(within.astype(np.int32), size[order].astype(np.int32))
    return tree, order


def closure(tree: Tree) -> Relations:
    """All containments, and of the larger task the share that lies in the smaller.

    A task is the set of all in it, itself too. Sorted by child, then by parent.
    """
    child, parent = _ancestors(tree)
    share = tree.size[child] / tree.size[parent]
    tasks = np.int64(len(tree.parent))
    key = np.concatenate([child * tasks + parent, parent * tasks + child])
    order = np.argsort(key, kind="stable")
    one, other = np.divmod(key[order], tasks)
    strength = np.concatenate([np.ones(len(child)), share]).astype(np.float32)
    return Relations(one.astype(np.int32), other.astype(np.int32), strength[order])


def means(
    tree: Tree, vectors: Float[np.ndarray, "tasks channels"]
) -> Float[np.ndarray, "tasks channels"]:
    """Mean of the vectors of all that lies in every task, itself too."""
    found = np.empty_like(vectors)
    end = np.arange(len(tree.size)) + tree.size
    for channel, column in enumerate(vectors.T):
        sums = np.concatenate([[0.0], np.cumsum(column, dtype=np.float64)])
        found[:, channel] = (sums[end] - sums[:-1]) / tree.size
    return found


def _ancestors(tree: Tree) -> tuple[Rows, Rows]:
    """Every task with everything that it lies in."""
    child, parent = [], []
    rows = np.arange(len(tree.parent))
    above = tree.parent.astype(np.int64)
    while len(rows := rows[inner := above >= 0]):
        above = above[inner]
        child.append(rows)
        parent.append(above)
        above = tree.parent[above].astype(np.int64)
    none = np.zeros(0, dtype=np.int64)
    return np.concatenate([none, *child]), np.concatenate([none, *parent])


def _levels(parent: Int[np.ndarray, " tasks"]) -> list[Rows]:
    """Tasks by how deep they lie, from the top."""
    order = np.argsort(parent, kind="stable")
    start = np.searchsorted(parent[order], np.arange(-1, len(parent) + 1))
    levels = [order[: start[1]]]
    while len(levels[-1]):
        first, last = start[levels[-1] + 1], start[levels[-1] + 2]
        counts = last - first
        offset = np.repeat(first - np.cumsum(counts) + counts, counts)
        levels.append(order[offset + np.arange(counts.sum())])
    found = sum(map(len, levels))
    if found < len(parent):
        raise DataError(
            f"{len(parent) - found:,} tasks lie in each other; remove a parent of one."
        )
    return levels[:-1]
