"""What a new box holds of the known ones, and what lies across its sides."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.boxes import Boxes

MOST = 0.5  # a box holds another if it has more than this share of it
PART = 0.01  # a smaller share of either is not worth telling


@dataclass(frozen=True)
class Surroundings:
    """Rows of known boxes, by what they are to a new one.

    Attributes:
        holders: Have more than half of it, the smallest first.
        contents: Of which it has more than half, the largest first.
        across: Share something with it, and are neither; those that share most first.
        inside: Share of every known box inside it.
        around: Share of it inside every known box.
    """

    holders: Int[np.ndarray, " some"]
    contents: Int[np.ndarray, " some"]
    across: Int[np.ndarray, " some"]
    inside: Float[np.ndarray, " known"]
    around: Float[np.ndarray, " known"]


def surroundings(new: Boxes, row: int, known: Boxes) -> Surroundings:
    """How the known boxes lie to a new one; of equal boxes each holds the other."""
    lower, upper = new.lower[row].astype(np.float64), new.upper[row].astype(np.float64)
    shared = np.minimum(upper, known.upper) - np.maximum(lower, known.lower)
    shared = np.maximum(shared, 0)
    side = known.upper.astype(np.float64) - known.lower
    inside = np.minimum(shared / side, 1).prod(axis=1)
    around = np.minimum(shared / (upper - lower), 1).prod(axis=1)
    size = np.log(side).sum(axis=1)
    holds, held = around > MOST, inside > MOST
    largest = np.maximum(inside, around)
    across = ~holds & ~held & (largest >= PART)
    return Surroundings(
        _ordered(holds, size),
        _ordered(held & ~holds, -size),
        _ordered(across, -largest),
        inside,
        around,
    )


def _ordered(some: np.ndarray, key: np.ndarray) -> Int[np.ndarray, " some"]:
    rows = np.flatnonzero(some)
    return rows[np.argsort(key[rows], kind="stable")]
