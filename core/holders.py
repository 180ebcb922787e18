"""Which known boxes hold new ones, and how much of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.boxes import Boxes, containment_pairs

MOST = 0.5  # a box holds another if it has more than this share of it
AT_ONCE = 2**20  # pairs of a point and a box that are looked at in one go


Pairs = Int[np.ndarray, " pairs"]


@dataclass(frozen=True)
class Holders:
    """The known boxes that hold most of each new one, innermost first.

    Those of new box `i` are `known[start[i]:start[i + 1]]`, rows of the known boxes,
    and have the shares `share[start[i]:start[i + 1]]` of it.
    """

    known: Int[np.ndarray, " holders"]
    share: Float[np.ndarray, " holders"]
    start: Int[np.ndarray, " bounds"]


def holders(new: Boxes, known: Boxes) -> Holders:
    """Known boxes with more than half of a new box, the smallest first.

    More than half of a box reaches past its middle in every dimension, so that only
    boxes around its centre need be measured.
    """
    inner, outer = _around((new.lower.astype(np.float64) + new.upper) / 2, known)
    both = Boxes(
        np.concatenate([new.lower, known.lower]),
        np.concatenate([new.upper, known.upper]),
        new.names + known.names,
    )
    share = containment_pairs(both, inner, outer + len(new.names))
    # The logs: a product of many sides may overflow.
    size = np.log(known.upper.astype(np.float64) - known.lower).sum(axis=1)
    order = np.lexsort((outer, size[outer], inner))
    order = order[share[order] > MOST]
    counts = np.bincount(inner[order], minlength=len(new.names))
    return Holders(outer[order], share[order], np.concatenate([[0], counts.cumsum()]))


def _around(
    points: Float[np.ndarray, "points dim"], known: Boxes
) -> tuple[Pairs, Pairs]:
    """Pairs of a point and a box around it.

    Along the first axis the points of a box are neighbours, so time and memory grow
    with those pairs only, not with all.
    """
    order = np.argsort(points[:, 0])
    first = np.searchsorted(points[order, 0], known.lower[:, 0], side="left")
    last = np.searchsorted(points[order, 0], known.upper[:, 0], side="right")
    part = (last - first).cumsum() // AT_ONCE
    inner, outer = [], []
    for rows in np.split(np.arange(len(first)), np.flatnonzero(np.diff(part)) + 1):
        counts = last[rows] - first[rows]
        box = np.repeat(rows, counts)
        offset = np.repeat(first[rows] - counts.cumsum() + counts, counts)
        point = order[offset + np.arange(len(box))]
        inside = (known.lower[box] <= points[point]) & (
            points[point] <= known.upper[box]
        )
        inner.append(point[inside.all(axis=1)])
        outer.append(box[inside.all(axis=1)])
    return np.concatenate(inner), np.concatenate(outer)
