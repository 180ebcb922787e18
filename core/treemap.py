"""A nested layout to start from: every member a point, every task a cell of its own.

Cells are halved along their longest side, with what is alike on the same side (after
the ordered treemaps of Shneiderman and Wattenberg, InfoVis 2001), in any dimension.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from core.features import pooled
from core.relations import Membership, relations_of
from core.sampling import closest_containers

POWER_STEPS = 4  # of the power iteration that finds how siblings differ most


@dataclass(frozen=True)
class _Items:
    """What lies in cells: members first, then tasks; each with size and features."""

    volume: Float[np.ndarray, " items"]
    margin: Float[np.ndarray, " items"]
    features: Float[np.ndarray, "items channels"]
    inside: Sequence[np.ndarray]


def layout(
    features: Float[np.ndarray, "members channels"],
    membership: Membership,
    *,
    dim: int,
    frame: float,
    seed: int,
) -> Float[np.ndarray, "members dim"]:
    """A point for every member, so that boxes around tasks nest and lie apart.

    Lengths are sides of the box of one member. Members of no task lie in the middle.

    Args:
        features: Say what is alike, and so comes to lie close together.
        membership: Members of every task.
        dim: Dimensions of the layout.
        frame: Growth of a task's margin with log2 of the number of its members.
        seed: Of the first guesses at how siblings differ.
    """
    container = _containers(membership)
    items = _items(features, membership, container, dim, frame)
    points = np.zeros((len(features), dim))
    guess = np.random.default_rng(seed).normal(size=(features.shape[1], dim))
    members, tasks = len(features), len(container)
    roots = members + np.flatnonzero(container == tasks)
    roots = roots[items.volume[roots] > 0]
    side = items.volume[roots].sum() ** (1 / dim)
    waiting = [(roots, np.zeros(dim) - side / 2, np.zeros(dim) + side / 2)]
    while waiting:
        some, lower, upper = waiting.pop()
        if len(some) > 1:
            waiting += _halves(items, some, lower, upper, guess)
        elif some[0] < members:
            points[some[0]] = (lower + upper) / 2
        else:
            pad = np.minimum(items.margin[some[0]], (upper - lower) / 4)
            waiting.append((items.inside[some[0] - members], lower + pad, upper - pad))
    return points


def _containers(membership: Membership) -> Int[np.ndarray, " tasks"]:
    """The closest task around every task; the number of tasks where there is none."""
    known, counts = relations_of(membership), membership.counts
    inside = (known.strength == 1) & (counts[known.child] < counts[known.parent])
    child, parent = known.child[inside], known.parent[inside]
    return closest_containers(len(counts), child, parent)


def _items(
    features: Float[np.ndarray, "members channels"],
    membership: Membership,
    container: Int[np.ndarray, " tasks"],
    dim: int,
    frame: float,
) -> _Items:
    members, tasks = len(features), len(container)
    inside = _contents(members, membership, container)
    margin = (
        0.5 * frame * np.log2(np.concatenate([np.ones(members), membership.counts]))
    )
    volume = np.ones(members + tasks)
    # From the smallest: what lies in a task has fewer members, or is one.
    for task in np.argsort(membership.counts, kind="stable"):
        # Where tasks have several parents, all that one holds may lie elsewhere.
        inside[task] = inside[task][volume[inside[task]] > 0]
        if held := volume[inside[task]].sum():
            side = held ** (1 / dim) + 2 * margin[members + task]
            volume[members + task] = side**dim
        else:
            volume[members + task] = 0
    means = pooled(features, membership)[0]
    return _Items(volume, margin, np.concatenate([features, means]), inside)


def _contents(
    members: int, membership: Membership, container: Int[np.ndarray, " tasks"]
) -> list[Int[np.ndarray, " some"]]:
    """Items directly in every task: tasks, and members that no smaller task holds."""
    tasks = len(container)
    order = np.argsort(-membership.counts[membership.task], kind="stable")
    home = np.full(members, tasks)
    home[membership.member[order]] = membership.task[order]  # the smallest comes last
    above = np.concatenate([home, container])
    ranked = np.argsort(above, kind="stable")
    bounds = np.searchsorted(above[ranked], np.arange(tasks + 1))
    return [ranked[a:b] for a, b in pairwise(bounds)]


def _halves(
    items: _Items,
    some: Int[np.ndarray, " some"],
    lower: Float[np.ndarray, " dim"],
    upper: Float[np.ndarray, " dim"],
    guess: Float[np.ndarray, "channels dim"],
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Two halves of the items and the parts of the cell that they get."""
    axis = int(np.argmax(upper - lower))
    order = some[np.argsort(_main_direction(items.features[some], guess[:, axis]))]
    volume = np.cumsum(items.volume[order])
    # The cut nearest to the middle that leaves something on both sides.
    cut = 1 + int(np.argmin(np.abs(volume[:-1] - volume[-1] / 2)))
    at = lower[axis] + (upper - lower)[axis] * volume[cut - 1] / volume[-1]
    below, above = upper.copy(), lower.copy()
    below[axis] = above[axis] = at
    return [(order[:cut], lower, below), (order[cut:], above, upper)]


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
