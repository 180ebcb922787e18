"""What lies near a task: by its features, and by its box."""

from typing import Any

import numpy as np
from jaxtyping import Float

from core.atlas import Atlas
from core.descriptions import Description
from core.hierarchy import ancestors, descendants
from core.nearest import distance_of, first
from dashboard.table import nested

NEAREST = 10
STRANGERS = 3  # that are listed where they are not among the nearest


def nearest(
    atlas: Atlas, description: Description | None, row: int, dim: int
) -> dict[str, Any]:
    """Tasks near task `row`, the nearest first: by features if known, and by box.

    Each list has its rows, the number that ranks them, and which of them are no kin:
    near though the hierarchy has nothing in common to say of them.
    """
    told = {"boxes": _ranked(atlas, row, distance_of(atlas.boxes[dim], row))}
    if description is None or not description.told[row]:
        return told
    every = np.arange(len(description.told))
    unlike = description.measures["cosine"](np.array([row]), every)[0]
    told["features"] = _ranked(atlas, row, unlike)
    told["features"]["numbers"] = [1 - far for far in told["features"]["numbers"]]
    return told


def kin(atlas: Atlas, row: int) -> set[int]:
    """Ancestors, descendants and siblings of task `row`, by any parent, and itself."""
    known = atlas.hierarchy
    parents = known.parents[row]
    siblings = [known.children[parent] for parent in parents] or [known.roots]
    above, below = ancestors(known, row), descendants(known, row)
    return {row, *above, *below, *(one for rows in siblings for one in rows)}


def _ranked(
    atlas: Atlas, row: int, far: Float[np.ndarray, " tasks"]
) -> dict[str, list[Any]]:
    # A task is not near itself, nor near one of which nothing is known.
    far = np.where(np.isnan(far), np.inf, far)
    far[row] = np.inf
    rows = first(far, min(NEAREST, int(np.isfinite(far).sum())))
    strange = np.zeros(len(far), dtype=bool)
    if nested(atlas):  # where none lies in any by its nature, all would be strangers
        strange[:] = True
        strange[list(kin(atlas, row))] = False
        others = np.flatnonzero(strange & np.isfinite(far))
        rows = np.union1d(rows, others[first(far[others], STRANGERS)])
        rows = rows[np.argsort(far[rows], kind="stable")]
    return {
        "rows": rows.tolist(),
        "numbers": far[rows].tolist(),
        "strange": strange[rows].tolist(),
    }
