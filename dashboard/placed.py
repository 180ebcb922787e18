"""New tasks among known ones, as the browser reads them: JSON-ready."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.collections.table.novel import NovelTasks
from core.placement import Placement, spreads
from core.surroundings import Surroundings, surroundings

LISTED = 5  # known tasks of one kind that are told of a new one
NOTES = 5


def document(
    placement: Placement, points: Mapping[str, np.ndarray], novel: NovelTasks
) -> dict[str, Any]:
    """Every new task with its corners, its points, and what it lies among.

    Known tasks are rows of the collection, each with its share: of the new box inside a
    holder, of contents inside the new box, and both of what lies across.
    """
    boxes = placement.boxes
    spread = spreads(placement)
    counts = None if novel.membership is None else novel.membership.counts.tolist()
    tasks = []
    for row, name in enumerate(boxes.names):
        known = surroundings(boxes, row, placement.known)
        tasks.append(
            {
                "name": name,
                "members": None if counts is None else counts[row],
                "lower": boxes.lower[row].tolist(),
                "upper": boxes.upper[row].tolist(),
                "spread": spread[row],
                "outside": placement.outside[row],
                "points": {method: at[row].tolist() for method, at in points.items()},
                **_lists(known),
            }
        )
    more = len(novel.notes) - NOTES
    notes = [*novel.notes[:NOTES], *([f"{more:,} more like these"] if more > 0 else [])]
    return {"dim": boxes.dim, "tasks": tasks, "notes": notes}


def _lists(known: Surroundings) -> dict[str, Any]:
    """The first of each kind with their shares, and how many there are."""
    found = {
        "holders": (known.holders, [known.around]),
        "contents": (known.contents, [known.inside]),
        "across": (known.across, [known.inside, known.around]),
    }
    return {
        kind: {
            "count": len(places),
            "first": [
                [int(known.rows[at]), *(round(float(share[at]), 4) for share in shares)]
                for at in places[:LISTED]
            ],
        }
        for kind, (places, shares) in found.items()
    }
