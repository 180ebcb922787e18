"""How one task lies to others: ranked by what the boxes say, the truth beside it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from core.atlas import Atlas
from core.evaluation.edges import THRESHOLD
from core.metrics import claimed
from dashboard.table import PART, Shares, shares, truth

LISTED = 10  # tasks of one list
MOST = 20  # tasks that are compared with one another


def ranked(atlas: Atlas, row: int, dim: int) -> dict[str, Any]:
    """Lists of other tasks, by what they are to task `row`: those that there are.

    `contains` and `contained` by the boxes in `dim`D, `overlaps` what is neither; where
    relations were measured, also `to` and `from`: what the task transfers to, and what
    transfers to it, by what was measured.
    """
    known = shares(atlas, row, dim)
    found = _boxed(known)
    if not atlas.relations.complete:
        found |= _measured(known)
    return {kind: _told(known, rows) for kind, rows in found.items() if len(rows)}


def _boxed(known: Shares) -> dict[str, Int[np.ndarray, " ranked"]]:
    inside, around = known.inside, known.around
    others = np.arange(len(inside)) != known.row
    within = claimed(inside, around, THRESHOLD) & others
    above = claimed(around, inside, THRESHOLD) & others
    largest = np.maximum(inside, around)
    across = others & ~within & ~above & (largest >= PART)
    return {
        "contains": _first(within, inside, around),
        "contained": _first(above, around, inside),
        "overlaps": _first(across, largest, inside + around),
    }


def _measured(known: Shares) -> dict[str, Int[np.ndarray, " ranked"]]:
    others = np.arange(len(known.inside)) != known.row
    return {
        kind: _first(others & ~np.isnan(true), true, learned)
        for kind, true, learned in (
            ("to", known.true_inside, known.inside),
            ("from", known.true_around, known.around),
        )
    }


def _first(
    some: Bool[np.ndarray, " tasks"],
    key: Float[np.ndarray, " tasks"],
    then: Float[np.ndarray, " tasks"],
) -> Int[np.ndarray, " ranked"]:
    rows = np.flatnonzero(some)
    return rows[np.lexsort((rows, -then[rows], -key[rows]))]


def _told(known: Shares, rows: Int[np.ndarray, " ranked"]) -> dict[str, Any]:
    first = rows[:LISTED]
    return {
        "count": len(rows),
        "rows": first.tolist(),
        **{
            name: column(getattr(known, name)[first])
            for name in ("inside", "true_inside", "around", "true_around")
        },
    }


def truths(atlas: Atlas, rows: Sequence[int]) -> list[list[float | None]]:
    """True share of every one of these tasks inside every one, None where unknown."""
    return [column(truth(atlas, row)[1][list(rows)]) for row in rows]


def column(share: Float[np.ndarray, " listed"]) -> list[float | None]:
    """Shares for JSON, which has no NaN."""
    rounded = np.round(share, 3).tolist()
    return [None if np.isnan(one) else one for one in rounded]
