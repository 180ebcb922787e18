"""How far the nearest tasks are by their taxonomy, beside the best possible and chance.

The neighbourhood curve of Task2Vec (Achille et al., ICCV 2019): the mean taxonomic
distance of the `k` nearest tasks, for every `k`.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float

from core.hierarchy import Hierarchy, ancestors

LEAST = 4  # tasks, below which there is no neighbourhood to speak of

Distances = Float[np.ndarray, "tasks tasks"]
Curve = Float[np.ndarray, " k"]


def innermost(hierarchy: Hierarchy, rows: Sequence[int]) -> list[int]:
    """Those of some tasks in which none of the others lies.

    A task shares its members with what lies in it, which would be its nearest by any
    description of them.
    """
    above = frozenset().union(*(ancestors(hierarchy, row) for row in rows))
    return [row for row in rows if row not in above]


def taxonomic_distances(hierarchy: Hierarchy, rows: Sequence[int]) -> Distances:
    """How many levels above a sibling two tasks are first in one task.

    By the height of the lowest task that both lie in: 0 where all in it are leaves, one
    more for every level that the longest way down from it has more. Where none holds
    both, one more than all others. A task is at distance 0 from itself.
    """
    place = {row: at for at, row in enumerate(rows)}
    holding: dict[int, list[int]] = {}  # positions of tasks, by what they lie in
    for row, at in place.items():
        for above in ancestors(hierarchy, row):
            holding.setdefault(above, []).append(at)
    height = _heights(hierarchy, holding)
    most = max((height[above] for above in holding), default=0)
    found = np.full((len(rows), len(rows)), float(most))
    for above in sorted(holding, key=lambda one: -height[one]):  # the lowest one last
        found[np.ix_(holding[above], holding[above])] = height[above] - 1
    np.fill_diagonal(found, 0)
    return found


def _heights(hierarchy: Hierarchy, tasks: Iterable[int]) -> dict[int, int]:
    """The longest way down from each of some tasks; no task comes before its parts."""
    height: dict[int, int] = {}
    for top in tasks:
        waiting = [top]
        while waiting:
            row = waiting[-1]
            below = hierarchy.children[row]
            unknown = [one for one in below if one not in height]
            if unknown:
                waiting += unknown
                continue
            height[waiting.pop()] = 1 + max((height[one] for one in below), default=-1)
    return height


def neighbourhood_curve(far: Distances, seen: Distances) -> Curve:
    """Mean distance `far` of the `k` tasks that are `seen` nearest, for every `k`.

    Args:
        far: By the taxonomy; the diagonal does not count.
        seen: By what is looked at; with `far` itself it is the best there is, and the
            last number, of all tasks, that of chance.
    """
    tasks = len(far)
    apart = seen.copy()
    np.fill_diagonal(apart, -np.inf)  # itself comes first, and is left out
    order = np.argsort(apart, axis=1, kind="stable")[:, 1:]
    sums = np.cumsum(np.take_along_axis(far, order, axis=1), axis=1).mean(axis=0)
    return np.asarray(sums / np.arange(1, tasks))


def recovered(curve: Curve, oracle: Curve) -> Float[np.ndarray, " k"]:
    """Share of the structure that could be found: 1 as the oracle, 0 as by chance.

    `(chance - curve) / (chance - oracle)` for every `k`, NaN where the two are equal.
    """
    room = oracle[-1] - oracle
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(room > 1e-9, (oracle[-1] - curve) / room, np.nan)
