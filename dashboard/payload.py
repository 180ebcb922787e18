"""One atlas as the browser reads it: words as lists, numbers as float32 columns.

Sent once a collection; hovering, selecting and drilling down never ask the server.
"""

import base64

import numpy as np
import pandas as pd

from core.atlas import Atlas

Payload = dict[str, object]


def payload(atlas: Atlas) -> Payload:
    """Everything the browser draws of `atlas`; JSON-ready.

    Arrays are base64 of little-endian float32, row after row.
    """
    tasks = atlas.tasks
    return {
        "collection": atlas.name,
        "title": atlas.provenance["title"],
        "member": atlas.provenance["member"],
        "names": list(tasks.index),
        "labels": _words(tasks, "label"),
        "lemmas": _words(tasks, "lemmas"),
        "definitions": _words(tasks, "definition"),
        "parents": [list(above) for above in atlas.hierarchy.parents],
        "members": tasks["members"].tolist(),
        "depth": list(atlas.hierarchy.depth),
        "boxes": {
            str(dim): {"lower": _column(boxes.lower), "upper": _column(boxes.upper)}
            for dim, boxes in atlas.boxes.items()
        },
        "points": {
            method: _column(projection.points[:, :2])
            for method, projection in atlas.projections.items()
        },
    }


def _words(tasks: pd.DataFrame, column: str) -> list[str]:
    """A text for every task, empty where nothing is known: the browser searches it."""
    if column not in tasks:
        return [""] * len(tasks)
    return [word if isinstance(word, str) else "" for word in tasks[column]]


def _column(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()
