"""Members of a task as the points that its box is made of."""

from typing import Any

import numpy as np
from jaxtyping import Int

from core.atlas import Atlas
from core.errors import DataError
from core.members import MemberPoints
from dashboard.arrays import base64_of

MOST = 2000  # points of a task that are sent; of more, these are a sample
SLACK = 1e-3  # of the longest side, by which a box may lie off its points


def members(atlas: Atlas, known: MemberPoints, row: int, dim: int) -> dict[str, Any]:
    """Members of task `row` among boxes of `dim` dimensions; JSON-ready.

    Of every member that is told: its point, the smallest task that has it (`finest`),
    and, as members have no names, its number among those of which this is so; there
    are `fellows` of them. `ends` has, axis by axis, those that are outermost below and
    above: they decide where the sides of the box are, and are never left out.

    Raises:
        DataError: The box is not made of these points, but of another fit.
    """
    rows = known.of(row)
    ends = known.at_ends(rows)
    _check(atlas, known, row, dim, rows)
    told = _some(len(rows), np.asarray(ends.any(axis=(0, 2))))
    finest = known.finest()
    number, fellows = _numbers(finest)
    shown = rows[told]
    return {
        "count": len(rows),
        "points": base64_of(known.points[shown], "<f4"),
        "finest": finest[shown].tolist(),
        "number": number[shown].tolist(),
        "fellows": fellows[shown].tolist(),
        "ends": [
            [np.flatnonzero(end[told, axis]).tolist() for end in ends]
            for axis in range(dim)
        ],
    }


def _check(
    atlas: Atlas,
    known: MemberPoints,
    row: int,
    dim: int,
    rows: Int[np.ndarray, " some"],
) -> None:
    """The margin around the points is the same on every side."""
    boxes, points = atlas.boxes[dim], known.points[rows]
    lower, upper = points.min(axis=0), points.max(axis=0)
    margins = np.concatenate([lower - boxes.lower[row], boxes.upper[row] - upper])
    longest = float((boxes.upper[row] - boxes.lower[row]).max())
    if margins.min() < 0 or np.ptp(margins) > SLACK * longest:
        raise DataError(
            f"The {dim}D boxes of {atlas.name!r} and their encoder are of two fits; "
            f"make both again: python -m core fit {atlas.name} --dim {dim}"
        )


def _some(count: int, needed: np.ndarray) -> Int[np.ndarray, " told"]:
    """At most about `MOST` of so many members, evenly, and all that are needed."""
    even = np.unique(np.linspace(0, count - 1, min(count, MOST)).round().astype(int))
    return np.union1d(even, np.flatnonzero(needed))


def _numbers(
    finest: Int[np.ndarray, " members"],
) -> tuple[Int[np.ndarray, " members"], Int[np.ndarray, " members"]]:
    """Which one of its smallest task, from 1, every member is, and of how many."""
    order = np.argsort(finest, kind="stable")
    _, start, count = np.unique(finest[order], return_index=True, return_counts=True)
    number, fellows = np.empty_like(finest), np.empty_like(finest)
    number[order] = 1 + np.arange(len(finest)) - np.repeat(start, count)
    fellows[order] = np.repeat(count, count)
    return number, fellows
