"""What is lost where tasks are points: the figures of boxes and of every point map."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.atlas import Atlas
from core.boxes import Boxes
from core.metrics import rank_correlation
from core.preservation import (
    LEAST,
    Containments,
    Distances,
    apartness,
    box_apartness,
    containments_of,
    neighbours_of,
    recovered_by_boxes,
    recovered_by_distance,
    sampled,
    subset,
    trustworthiness,
    unlikeness,
)
from dashboard.metadata import counted, sizes

FEW = 5  # containments, below which nothing can be said of them
SEED = 0


def preservation(
    atlas: Atlas, directions: np.ndarray | None, names: Sequence[str], dim: int
) -> dict[str, Any]:
    """What boxes in `dim`D and point maps keep of the tasks called `names`.

    Why there are no figures, where these are too few.
    """
    asked = np.array([atlas.row_of[name] for name in names], dtype=np.int64)
    rows = sampled(asked, SEED)
    if len(rows) < LEAST:
        have = "task has" if len(rows) == 1 else "tasks have"
        fault = f"{len(rows)} {have} no neighbourhoods: select at least {LEAST}, or "
        return {"fault": f"{fault}look inside a larger one."}
    known = containments_of(atlas.relations, rows, len(atlas.tasks))
    true = None if directions is None else unlikeness(directions[rows])
    return {
        "tasks": len(asked),
        "measured": len(rows),
        "neighbours": neighbours_of(len(rows)),
        "containments": known.count,
        "boxes": _of_boxes(atlas, rows, subset(atlas.boxes[dim], rows), true, known),
        "points": {
            method: _of_points(one.points[rows, :2], true, known)
            for method, one in atlas.projections.items()
        },
    }


def _of_boxes(
    atlas: Atlas,
    rows: np.ndarray,
    boxes: Boxes,
    true: Distances | None,
    known: Containments,
) -> dict[str, float]:
    told = _neighbours(true, box_apartness(boxes))
    if known.count >= FEW:
        told["either"], told["directed"] = recovered_by_boxes(boxes, known)
    if (extent := _extent(atlas, rows)) is not None:
        there = np.isfinite(extent)
        told["size"] = rank_correlation(boxes.volume[there], extent[there])
    return told


def _of_points(
    points: np.ndarray, true: Distances | None, known: Containments
) -> Mapping[str, float]:
    far = apartness(points)
    told = _neighbours(true, far)
    if known.count >= FEW:
        told["either"], told["directed"] = recovered_by_distance(far, known)
    return told


def _neighbours(true: Distances | None, seen: Distances) -> dict[str, float]:
    if true is None:
        return {}
    near = neighbours_of(len(seen))
    return {
        "trustworthiness": trustworthiness(true, seen, near),
        "continuity": trustworthiness(seen, true, near),
    }


def _extent(atlas: Atlas, rows: np.ndarray) -> np.ndarray | None:
    """How large the tasks are, where they differ in what is known of it."""
    if counted(atlas.tasks):
        extent = atlas.tasks["members"].to_numpy(np.float64)[rows]
    elif (known := sizes(atlas.tasks)) is not None:
        extent = np.asarray(known, dtype=np.float64)[rows]
    else:
        return None
    there = extent[np.isfinite(extent)]
    return extent if len(there) >= LEAST and np.ptp(there) else None
