"""A nested layout to start from: every member a point, every task a block of its own.

A slicing floorplan, as circuits have (Otten, DAC 1982): what is in a task is halved
again and again, with what is alike on the same side, and on the way back two halves are
put beside each other so that the longest side of both stays shortest. So blocks are
nearly square and lie apart, in any number of dimensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from core.features import pooled
from core.learning.sampling import closest_containers
from core.relations import Membership, relations_of

POWER_STEPS = 4  # of the power iteration that finds how siblings differ most


@dataclass(frozen=True)
class _Items:
    """What blocks are made of: members first, then tasks.

    Sides are NaN until a task is laid out, and all 0 where it takes no room.
    """

    side: Float[np.ndarray, "items dim"]
    features: Float[np.ndarray, "items channels"]
    guess: Float[np.ndarray, " channels"]


@dataclass(frozen=True)
class _Block:
    """Items and the centres of their own blocks, from the lower corner of this one."""

    items: Int[np.ndarray, " some"]
    centre: Float[np.ndarray, "some dim"]
    side: Float[np.ndarray, " dim"]


def layout(
    features: Float[np.ndarray, "members channels"],
    membership: Membership,
    *,
    dim: int,
    frame: float,
    seed: int,
) -> Float[np.ndarray, "members dim"]:
    """A point for every member, so that boxes around tasks nest and lie apart.

    They all do where any two tasks are nested or have nothing in common. Lengths are
    sides of the box of one member. Members of no task lie in the middle.

    Args:
        features: Say what is alike, and so comes to lie close together.
        membership: Members of every task.
        dim: Dimensions of the layout.
        frame: Growth of a task's margin with log2 of the number of its members.
        seed: Of the first guess at how siblings differ.
    """
    members, tasks = len(features), len(membership.counts)
    container = _containers(membership)
    inside = _contents(members, membership, container)
    items = _Items(
        side=np.ones((members + tasks, dim)),
        features=np.concatenate([features, pooled(features, membership)[0]]),
        guess=np.random.default_rng(seed).normal(size=features.shape[1:]),
    )
    blocks: dict[int, _Block] = {}
    # From the smallest: what lies in a task has fewer members, or is one.
    order = np.argsort(membership.counts, kind="stable")
    for task in order:
        blocks[task] = _block(items, inside[task])
        pad = frame * np.log2(membership.counts[task])
        filled = blocks[task].side.any()
        items.side[members + task] = blocks[task].side + pad if filled else 0.0
    everything = _block(items, members + np.flatnonzero(container == tasks))
    points = np.zeros((members + tasks, dim))
    points[everything.items] = everything.centre - everything.side / 2
    for task in order[::-1]:
        block = blocks[task]
        corner = points[members + task] - block.side / 2
        points[block.items] = corner + block.centre
    return points[:members]


def _containers(membership: Membership) -> Int[np.ndarray, " tasks"]:
    """The closest task around every task; the number of tasks where there is none."""
    known, counts = relations_of(membership), membership.counts
    inside = (known.strength == 1) & (counts[known.child] < counts[known.parent])
    child, parent = known.child[inside], known.parent[inside]
    return closest_containers(len(counts), child, parent)


def _contents(
    members: int, membership: Membership, container: Int[np.ndarray, " tasks"]
) -> Sequence[Int[np.ndarray, " some"]]:
    """Items directly in every task: tasks, and members that no smaller task holds."""
    tasks = len(container)
    order = np.argsort(-membership.counts[membership.task], kind="stable")
    home = np.full(members, tasks)
    home[membership.member[order]] = membership.task[order]  # the smallest comes last
    above = np.concatenate([home, container])
    ranked = np.argsort(above, kind="stable")
    bounds = np.searchsorted(above[ranked], np.arange(tasks + 1))
    return [ranked[a:b] for a, b in pairwise(bounds)]


def _block(items: _Items, some: Int[np.ndarray, " some"]) -> _Block:
    """Items side by side, but for those of no size, all of which lies elsewhere."""
    some = some[items.side[some].any(axis=1)]
    dim = items.side.shape[1]
    if not len(some):
        return _Block(some, np.zeros((0, dim)), np.zeros(dim))
    if len(some) == 1:
        side = items.side[some[0]]
        return _Block(some, side[None] / 2, side)
    order = some[np.argsort(_main_direction(items.features[some], items.guess))]
    volume = np.cumsum(items.side[order].prod(axis=1))
    # The cut nearest to the middle that leaves something on both sides.
    cut = 1 + int(np.argmin(np.abs(volume[:-1] - volume[-1] / 2)))
    return _beside(_block(items, order[:cut]), _block(items, order[cut:]))


def _beside(one: _Block, other: _Block) -> _Block:
    """Two blocks in a row, along the axis that keeps the longest side of both short."""
    dim = len(one.side)
    larger, both = np.maximum(one.side, other.side), one.side + other.side
    joined = np.where(np.eye(dim, dtype=bool), both, larger)
    axis = int(np.argmin(joined.max(axis=1)))
    side = joined[axis]
    start = (side - [one.side, other.side]) / 2
    start[0, axis], start[1, axis] = 0, one.side[axis]
    return _Block(
        np.concatenate([one.items, other.items]),
        np.concatenate([one.centre + start[0], other.centre + start[1]]),
        side,
    )


def _main_direction(
    features: Float[np.ndarray, "some channels"], guess: Float[np.ndarray, " channels"]
) -> Float[np.ndarray, " some"]:
    """Where items lie along the direction in which they differ most."""
    apart = features - features.mean(axis=0)
    along = apart @ guess
    for _ in range(POWER_STEPS):
        direction = apart.T @ along
        length = np.linalg.norm(direction)
        if length == 0:
            return along
        along = apart @ (direction / length)
    return along
