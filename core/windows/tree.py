"""What windows ask of a tree: what lies above and right inside, its colours."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from jaxtyping import Float, Int

from core.tree import Tree

FIRST_HUE = 20.0  # degrees; the wheel of colours begins here (assets/colors.js)
FREE = 0.05  # share of a branch's part of the wheel kept free at either end


def inside(tree: Tree, row: int, begin: int, most: int) -> list[int]:
    """Tasks directly in one, from number `begin`, at most so many; -1 for the top."""
    return list(islice(_children(tree, row), begin, begin + most))


def _children(tree: Tree, row: int) -> Iterator[int]:
    at, end = row + 1, row + int(tree.size[row]) if row >= 0 else len(tree.size)
    while at < end:
        yield at
        at += int(tree.size[at])


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
    tree: Tree, members: Int[np.ndarray, " tasks"]
) -> Float[np.ndarray, "tasks 2"]:
    """Where the part of the wheel of colours begins that a branch has, and how wide.

    As the browser splits the wheel among branches (assets/colors.js), in degrees;
    whoever looks into a branch sees its part stretched to the whole wheel.
    """
    order = np.argsort(tree.parent, kind="stable")
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
