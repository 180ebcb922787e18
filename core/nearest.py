"""Tasks near one another: by what describes them, and by where their boxes lie."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.boxes import Boxes
from core.features import mean
from core.relations import Membership


def directions(
    features: Float[np.ndarray, "rows channels"], membership: Membership | None
) -> Float[np.ndarray, "tasks channels"]:
    """Unit vectors from the middle of all tasks towards every one.

    A task lies at its features, or at the mean of its members' features. Where it lies
    in the very middle there is no direction: zeros.
    """
    rows = features if membership is None else mean(features, membership)
    return towards(rows, centre_of(rows))


@dataclass(frozen=True)
class Centre:
    """The middle of all tasks; what lies `near` it is there but for rounding."""

    middle: Float[np.ndarray, " channels"]
    near: float


def centre_of(rows: Float[np.ndarray, "tasks channels"]) -> Centre:
    """The middle of the rows."""
    near = 1e-6 * max(float(np.abs(rows).max()), 1e-30)
    return Centre(rows.mean(axis=0, dtype=np.float64), near)


def towards(
    rows: Float[np.ndarray, "some channels"], centre: Centre
) -> Float[np.ndarray, "some channels"]:
    """Unit vectors from the middle towards some rows; zeros where these are there."""
    away = rows - centre.middle
    length = np.linalg.norm(away, axis=1, keepdims=True)
    somewhere = length > centre.near
    return np.where(somewhere, away / np.where(somewhere, length, 1), 0).astype("f4")


def distance_of(boxes: Boxes, row: int) -> Float[np.ndarray, " tasks"]:
    """How far box `row` would have to be moved and stretched to become every other.

    The Hausdorff distance of two boxes under the maximum norm,
    `max(|lower_i - lower_j|, |upper_i - upper_j|)` over all dimensions, each measured
    in the extent of all boxes: 0 between equal boxes, at most 1.
    """
    lower, upper = boxes.lower.astype(np.float64), boxes.upper.astype(np.float64)
    extent = upper.max(axis=0) - lower.min(axis=0)
    ends = np.maximum(np.abs(lower - lower[row]), np.abs(upper - upper[row]))
    return (ends / extent).max(axis=1)


def first(order: Float[np.ndarray, " tasks"], count: int) -> Int[np.ndarray, " first"]:
    """Rows of the `count` least numbers, the least first, ties by row."""
    count = min(count, len(order))
    if not count:
        return np.zeros(0, dtype=np.int64)
    least = np.partition(order, count - 1)[count - 1]
    rows = np.flatnonzero(order <= least)
    return rows[np.argsort(order[rows], kind="stable")][:count]
