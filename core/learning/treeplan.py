"""The layout of a tree: every task a box of its own, for a million of them at once.

The slicing floorplan of core/learning/floorplan.py, of all families of a tree together:
what lies in a task is halved again and again, with what is alike on the same side, and
on the way back two halves are put beside each other so that the longest side of both
stays shortest. Each pass goes over the whole tree, a round of cuts or a rank of tasks
at a time, so that time grows with n log n and nothing is done task by task.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.tree import Tree

AIR = 0.015  # around every box, as a share of the shortest side of what lies in it
FRAME = 0.01  # inside it, so that what is small in it does not lie on its edge
STRETCH = 1.5  # how much longer than need be a side is made to fill room
ASPECT = 2.0  # of the room that a task should have, at most
ROUNDS = 3  # of laying out, each by the volumes that the one before has come to
POWER_STEPS = 4  # of the power iteration that finds how siblings differ most

Corners = tuple[Float[np.ndarray, "tasks dim"], Float[np.ndarray, "tasks dim"]]
Rows = Int[np.ndarray, " rows"]
Joined = tuple[np.ndarray, np.ndarray, np.ndarray]  # rows of parts, and of their halves
_Steps = list[tuple[np.ndarray, list[Joined]]]  # parts put together, then their tasks


@dataclass(frozen=True)
class _Cuts:
    """Families halved until single tasks are left.

    Parts are numbered: tasks first, by their rows, then what is cut in two. Each of
    `rounds` says what was cut then and into which two parts. `content` is the part that
    lies in each task, and in last place all at the top; -1 where there is nothing.
    """

    rounds: Sequence[Joined]
    content: Int[np.ndarray, " tasks_and_top"]
    family: Int[np.ndarray, " parts"]


def tree_layout(
    tree: Tree, features: Float[np.ndarray, "tasks channels"], *, dim: int, seed: int
) -> Corners:
    """Boxes that lie inside those of their parents, and apart from their siblings.

    Lengths are sides of the box of a task with nothing in it, at least; that of all
    lies around the origin. Sides end up as large as room is left, up to `STRETCH`.

    Args:
        tree: What lies in what.
        features: Say what is alike, and so comes to lie close together.
        dim: Dimensions of the layout.
        seed: Of the first guess at how siblings differ.
    """
    cuts = _cuts(tree, features, seed)
    steps = _steps(tree, cuts)
    volume = np.ones(len(cuts.family))
    for _ in range(ROUNDS):  # how much room things take shows when they are laid out
        axis = _axes(cuts, steps, volume, dim)
        side = _sides(cuts, steps, axis, dim)
        volume = side.prod(axis=1)
    lower, given = np.zeros_like(side), side.copy()
    lower[cuts.content[-1]] = -side[cuts.content[-1]] / 2
    for tasks, joined in reversed(steps):
        inner = cuts.content[tasks]
        air = (side[tasks] - side[inner]) / 2
        lower[inner], given[inner] = lower[tasks] + air, given[tasks] - 2 * air
        for whole, one, other in reversed(joined):
            _share(whole, (one, other), axis, side, lower, given)
    inner = cuts.content[:-1, None]
    air = AIR * np.where(inner < 0, 1, side.min(axis=1)[inner])
    corner, room = lower[: len(inner)], given[: len(inner)]
    return corner + air, corner + room - air


def separated(tree: Tree, corners: Corners) -> bool:
    """Whether every box lies strictly inside that of its parent, on all sides."""
    lower, upper = corners
    inner = np.flatnonzero(tree.parent >= 0)
    above = tree.parent[inner]
    return bool(
        (lower < upper).all()
        and (lower[inner] > lower[above]).all()
        and (upper[inner] < upper[above]).all()
    )


def _cuts(
    tree: Tree, features: Float[np.ndarray, "tasks channels"], seed: int
) -> _Cuts:
    tasks = len(tree.parent)
    guess = np.random.default_rng(seed).normal(size=features.shape[1:]).astype("f4")
    # From the largest, as all above a family is laid out after it.
    owner = np.where(tree.parent < 0, tasks, tree.parent)
    item = np.argsort(owner, kind="stable")
    home, first = np.unique(owner[item], return_index=True)
    counts = np.diff(np.append(first, tasks))
    content, family = np.full(tasks + 1, -1), [owner]
    part = np.where(counts > 1, tasks + np.cumsum(counts > 1) - 1, item[first])
    content[home] = part
    family.append(home[counts > 1])
    several = np.repeat(counts > 1, counts)
    item, part = item[several], np.repeat(part, counts)[several]
    rounds, next_part = [], tasks + int((counts > 1).sum())
    while len(item):
        start = np.flatnonzero(np.diff(part, prepend=-1))
        counts = np.diff(np.append(start, len(item)))
        along = _main_directions(features[item], start, counts, guess)
        order = np.lexsort((item, along, part))  # parts stay where they are
        item, place = item[order], np.repeat(np.arange(len(start)), counts)
        cut = _middles(tree.size[item], start, counts)
        right = np.arange(len(item)) > cut[place]
        halves = np.stack([cut + 1 - start, counts - (cut + 1 - start)], axis=1)
        new = halves.ravel() > 1
        number = np.where(new, next_part + np.cumsum(new) - 1, 0).reshape(halves.shape)
        alone = np.stack([item[start], item[cut + 1]], axis=1)
        child = np.where(halves > 1, number, alone)
        whole = part[start]
        rounds.append((whole, child[:, 0], child[:, 1]))
        next_part += int(new.sum())
        family.append(np.repeat(owner[item[start]], 2)[new])
        part = child[place, right.astype(np.int64)]
        left = halves[place, right.astype(np.int64)] > 1
        item, part = item[left], part[left]
    return _Cuts(rounds, content, np.concatenate(family))


def _main_directions(
    features: Float[np.ndarray, "items channels"],
    start: Int[np.ndarray, " parts"],
    counts: Int[np.ndarray, " parts"],
    guess: Float[np.ndarray, " channels"],
) -> Float[np.ndarray, " items"]:
    """Where items lie along the direction in which those of their part differ most."""
    apart = features - np.repeat(
        np.add.reduceat(features, start) / counts[:, None].astype("f4"), counts, axis=0
    )
    along = apart @ guess
    for _ in range(POWER_STEPS):
        direction = np.add.reduceat(apart * along[:, None], start)
        length = np.linalg.norm(direction, axis=1, keepdims=True)
        direction /= np.where(length > 0, length, 1)
        along = np.einsum("ic,ic->i", apart, np.repeat(direction, counts, axis=0))
    return along


def _middles(
    size: Int[np.ndarray, " items"],
    start: Int[np.ndarray, " parts"],
    counts: Int[np.ndarray, " parts"],
) -> Int[np.ndarray, " parts"]:
    """The last item before the cut nearest to the middle of every part, by size."""
    total = np.cumsum(size)
    before = np.where(start > 0, total[start - 1], 0)
    half = (total[start + counts - 1] - before) / 2
    off = np.abs(total - np.repeat(before + half, counts))
    off[start + counts - 1] = np.inf  # something is left on both sides
    least = np.minimum.reduceat(off, start)
    at = np.flatnonzero(off == np.repeat(least, counts))
    part = np.repeat(np.arange(len(start)), counts)[at]
    return at[np.flatnonzero(np.diff(part, prepend=-1))]


def _steps(tree: Tree, cuts: _Cuts) -> _Steps:
    """What is put together, in this order: parts within families, then their tasks.

    Families by how much lies below them, and those of equal height together.
    """
    tasks = len(tree.parent)
    height = np.zeros(tasks + 1, dtype=np.int64)
    for depth in range(int(tree.depth.max()), -1, -1):
        rows = np.flatnonzero(tree.depth == depth)
        above = np.where(tree.parent[rows] < 0, tasks, tree.parent[rows])
        np.maximum.at(height, above, height[rows] + 1)
    joined: list[list[Joined]] = [[] for _ in range(height[-1] + 1)]
    for whole, one, other in reversed(cuts.rounds):
        level = height[cuts.family[whole]]
        for at in np.unique(level):
            some = level == at
            joined[at].append((whole[some], one[some], other[some]))
    inner = [np.flatnonzero(height[:-1] == at) for at in range(1, len(joined))]
    none = np.zeros(0, dtype=np.int64)
    return list(zip([none, *inner], joined, strict=True))


def _axes(
    cuts: _Cuts, steps: _Steps, volume: Float[np.ndarray, " parts"], dim: int
) -> Int[np.ndarray, " parts"]:
    """The axis along which every part is cut: the longest of the room it should have.

    Halves share room by their volumes. A task has room of nearly equal sides, whatever
    is left for it: a strip is for several of them.
    """
    volume = volume.copy()
    for _, joined in steps:
        for whole, one, other in joined:
            volume[whole] = volume[one] + volume[other]
    room = np.ones((len(volume), dim))
    axis = np.zeros(len(volume), dtype=np.int64)
    for tasks, joined in reversed(steps):
        middle = np.exp(np.log(room[tasks]).mean(axis=1, keepdims=True))
        widest = ASPECT**0.5 * middle
        room[cuts.content[tasks]] = room[tasks].clip(middle**2 / widest, widest)
        for whole, one, other in reversed(joined):
            axis[whole] = room[whole].argmax(axis=1)
            for half in (one, other):
                room[half] = room[whole]
                share = volume[half] / (volume[one] + volume[other])
                room[half, axis[whole]] *= share
    return axis


def _sides(
    cuts: _Cuts, steps: _Steps, axis: Int[np.ndarray, " parts"], dim: int
) -> Float[np.ndarray, "parts dim"]:
    """The least sides of every part, of tasks with the air around them."""
    side = np.ones((len(cuts.family), dim))
    side[: len(cuts.content) - 1] += 2 * AIR
    for tasks, joined in steps:
        for whole, one, other in joined:
            larger, both = np.maximum(side[one], side[other]), side[one] + side[other]
            along = np.arange(dim) == axis[whole, None]
            side[whole] = np.where(along, both, larger)
        inner = side[cuts.content[tasks]]
        side[tasks] = inner + 2 * (AIR + FRAME) * inner.min(axis=1, keepdims=True)
    return side


def _share(
    whole: Rows,
    halves: tuple[Rows, Rows],
    axis: Int[np.ndarray, " parts"],
    side: Float[np.ndarray, "parts dim"],
    lower: Float[np.ndarray, "parts dim"],
    given: Float[np.ndarray, "parts dim"],
) -> None:
    """Give both halves the room of the whole, up to what sides may be stretched."""
    row, along = np.arange(len(whole)), axis[whole]
    room = given[whole]
    split = side[halves[0]][row, along] + side[halves[1]][row, along]
    growth = room[row, along] / split
    start = lower[whole].copy()
    for half in halves:
        least = side[half]
        filled = room.copy()
        filled[row, along] = least[row, along] * growth
        given[half] = np.minimum(filled, STRETCH * least)
        lower[half] = start + (filled - given[half]) / 2
        start[row, along] += filled[row, along]
