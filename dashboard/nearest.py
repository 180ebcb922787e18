"""What lies near a task: by its features, and by its box."""

from typing import Any

import numpy as np
from jaxtyping import Float

from core.atlas import Atlas
from core.hierarchy import ancestors, descendants
from core.nearest import distance_of, first, similarity_of
from dashboard.table import nested

NEAREST = 10
STRANGERS = 3  # that are listed where they are not among the nearest

Directions = Float[np.ndarray, "tasks channels"]


def nearest(
    atlas: Atlas, directions: Directions | None, row: int, dim: int
) -> dict[str, Any]:
    """Tasks near task `row`, the nearest first: by features if known, and by box.

    Each list has its rows, the number that ranks them, and which of them are no kin:
    near though the hierarchy has nothing in common to say of them.
    """
    told = {"boxes": _ranked(atlas, row, distance_of(atlas.boxes[dim], row))}
    if directions is None or not directions[row].any():
        return told
    unlike = 1 - similarity_of(directions, row).astype(np.float64)
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
    far = far.copy()
    far[row] = np.inf  # a task is not near itself
    rows = first(far, min(NEAREST, len(far) - 1))
    strange = np.zeros(len(far), dtype=bool)
    if nested(atlas):  # where none lies in any by its nature, all would be strangers
        strange[:] = True
        strange[list(kin(atlas, row))] = False
        others = np.flatnonzero(strange)
        rows = np.union1d(rows, others[first(far[others], STRANGERS)])
        rows = rows[np.argsort(far[rows], kind="stable")]
    return {
        "rows": rows.tolist(),
        "numbers": far[rows].tolist(),
        "strange": strange[rows].tolist(),
    }
