"""What a new box holds of the known ones, and what lies across its sides."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.boxes import Boxes

MOST = 0.5  # a box holds another if it has more than this share of it
PART = 0.01  # a smaller share of either is not worth telling


@dataclass(frozen=True)
class Surroundings:
    """Known boxes that have something in common with a new one.

    Attributes:
        rows: Of the known boxes.
        inside: Share of each inside the new one.
        around: Share of the new one inside each.
        holders: Those with more than half of it, the smallest first; like what follows,
            places in the arrays above.
        contents: Those of which it has more than half, the largest first.
        across: Those that are neither, the one that shares most first.
    """

    rows: Int[np.ndarray, " shared"]
    inside: Float[np.ndarray, " shared"]
    around: Float[np.ndarray, " shared"]
    holders: Int[np.ndarray, " some"]
    contents: Int[np.ndarray, " others"]
    across: Int[np.ndarray, " neither"]


def surroundings(new: Boxes, row: int, known: Boxes) -> Surroundings:
    """How the known boxes lie to a new one; one that is equal to it is a holder."""
    lower, upper = new.lower[row], new.upper[row]
    meets = np.ones(len(known.names), dtype=bool)
    for axis in range(new.dim):  # three times as fast as all axes in one go
        meets &= known.lower[:, axis] < upper[axis]
        meets &= known.upper[:, axis] > lower[axis]
    rows = np.flatnonzero(meets)
    low, high = (end[rows].astype(np.float64) for end in (known.lower, known.upper))
    shared, side = np.minimum(upper, high) - np.maximum(lower, low), high - low
    inside = np.minimum(shared / side, 1).prod(axis=1)
    around = np.minimum(shared / (upper.astype(np.float64) - lower), 1).prod(axis=1)
    size = np.log(side).sum(axis=1)
    holds, held = around > MOST, inside > MOST
    largest = np.maximum(inside, around)
    return Surroundings(
        rows,
        inside,
        around,
        _ordered(holds, size),
        _ordered(held & ~holds, -size),
        _ordered(~holds & ~held & (largest >= PART), -largest),
    )


def _ordered(some: np.ndarray, key: np.ndarray) -> Int[np.ndarray, " some"]:
    at = np.flatnonzero(some)
    return at[np.argsort(key[at], kind="stable")]
