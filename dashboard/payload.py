"""One atlas as the browser reads it: words as lists, numbers as float32 columns.

Sent once a collection; hovering, selecting and drilling down never ask the server.
What only search and tooltips need comes after the first picture (`words`), boxes of
more than two dimensions when they are first seen (`corners`).
"""

from typing import Any

import numpy as np
import pandas as pd

from core.atlas import Atlas
from core.boxes import Boxes
from core.replay import Replay
from dashboard.about import notes
from dashboard.arrays import base64_of
from dashboard.columns import DIFFICULTY, PREFIX, columns_of
from dashboard.matrix import offered
from dashboard.metadata import plural, said, sizes, texts, word
from dashboard.subtrees import Subtrees, subtrees_of
from dashboard.view import besides_of, colors_of

Payload = dict[str, object]


def payload(atlas: Atlas) -> Payload:
    """Everything the browser draws of `atlas`; JSON-ready.

    Arrays are base64 of little-endian float32, row after row.
    """
    tasks, member = atlas.tasks, str(atlas.provenance["member"])
    return {
        "collection": atlas.name,
        "title": atlas.provenance["title"],
        "member": [member, plural(member)],
        "notes": notes(atlas.provenance),
        "colors": colors_of(atlas),
        "besides": besides_of(atlas),
        "described": offered(atlas),
        "columns": _named(atlas),
        "placed": atlas.placed,
        "replayed": atlas.replayed,
        "names": tasks.index.tolist(),
        "labels": _texts(tasks, "label"),
        "parents": atlas.hierarchy.parents,
        "members": tasks["members"].tolist(),
        "complete": atlas.relations.complete,
        "depth": atlas.hierarchy.depth,
        "dims": sorted(atlas.boxes),
        "boxes": {"2": corners(atlas.boxes[2])},
        "points": {
            method: base64_of(projection.points[:, :2], "<f4")
            for method, projection in atlas.projections.items()
        },
        **_optional(tasks),
        **_scored(atlas),
    }


def corners(boxes: Boxes | Replay) -> Payload:
    """Where boxes are, or were at some steps, one after another; JSON-ready."""
    return {
        "lower": base64_of(boxes.lower, "<f4"),
        "upper": base64_of(boxes.upper, "<f4"),
    }


def frames(replay: Replay) -> Payload:
    """How boxes came about: steps, their losses where known, corners; JSON-ready."""
    known = [None if np.isnan(loss) else float(loss) for loss in replay.loss]
    return {"steps": replay.steps.tolist(), "loss": known, **corners(replay)}


def matrix_sent(told: dict[str, Any]) -> Payload:
    """Distances of some tasks (dashboard/matrix.py); JSON-ready."""
    numbers = {
        key: base64_of(np.asarray(told[key]), "<f4") for key in ("far", "height")
    }
    return {**told, **numbers}


def words(atlas: Atlas) -> Payload:
    """All texts that search and tooltips know beside the labels; JSON-ready."""
    return {
        "lemmas": _texts(atlas.tasks, "lemmas"),
        "definitions": _texts(atlas.tasks, "definition"),
        "texts": texts(atlas.tasks),
    }


def values(atlas: Atlas) -> dict[str, Payload]:
    """What every column that can be a colour says, by that colour; JSON-ready."""
    known = columns_of(atlas)
    return {color: column.sent() for color, column in known.items()}


def _named(atlas: Atlas) -> dict[str, str]:
    """What the columns are called that can be colours: a person chooses by the word."""
    own = {color: word(color.removeprefix(PREFIX)) for color in columns_of(atlas)}
    known = "task2vec" in atlas.described
    return own | ({DIFFICULTY: "Difficulty (norm of Task2Vec)"} if known else {})


def _optional(tasks: pd.DataFrame) -> Payload:
    """Columns that some collections have and the picture shows."""
    told: Payload = {}
    if "rank" in tasks:
        told["ranks"] = [said(rank) for rank in tasks["rank"].tolist()]
    if (known := sizes(tasks)) is not None:
        told["sizes"] = [None if np.isnan(size) else size for size in known.tolist()]
    return told


def _scored(atlas: Atlas) -> Payload:
    """F1 of subtrees, for the tasks that have one, by dimension of the boxes shown.

    The first serves wherever nothing is said of a dimension.
    """
    told: dict[str, Payload] = {}
    first: Subtrees | None = None
    for dim in sorted(atlas.boxes):
        known = subtrees_of(atlas, dim)
        if known is None or known == first:
            continue
        first = first or known
        found = {name: known.of(name) for name in known.told if name in atlas.row_of}
        scored = {name: one for name, one in found.items() if one}
        told[str(dim)] = {
            "of": known.source,
            "rows": [atlas.row_of[name] for name in scored],
            "f1": [round(one.f1, 4) for one in scored.values()],
        }
    return {"subtrees": told} if told else {}


def _texts(tasks: pd.DataFrame, column: str) -> list[str]:
    """A text for every task, empty where nothing is known: the browser searches it."""
    if column not in tasks:
        return [""] * len(tasks)
    found = tasks[column].tolist()
    return [text if isinstance(text, str) else "" for text in found]
