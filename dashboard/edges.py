"""Truth against boxes: which containments they learned, missed, or only claim."""

from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

from core.atlas import Atlas
from core.evaluation.edges import Edges
from core.hierarchy import descendants
from core.metrics import f1
from dashboard.arrays import base64_of
from dashboard.table import nested

# What a task is by the pairs of which it is the child: the worst of them counts, but no
# error that it shares with a parent, which it only follows.
STATES = ("none", "learned", "spurious", "missed")
LISTED = 40  # errors, the worst of them


def judged(atlas: Atlas) -> bool:
    """Whether the boxes can be held against a hierarchy of which all is known.

    Measured relations have no containments that are true or not.
    """
    known = atlas.relations
    return nested(atlas) and known.complete and len(known.child) > 0


def colors(atlas: Atlas) -> dict[str, int]:
    """What the browser asks for, when these are colours: boxes of which dimension."""
    return {f"edges:{dim}": dim for dim in atlas.boxes} if judged(atlas) else {}


def states(edges: Edges, tasks: int) -> UInt8[np.ndarray, " tasks"]:
    """The place in `STATES` of every task."""
    found = np.zeros(tasks, dtype=np.uint8)
    for state, name in enumerate(STATES[1:], start=1):
        some = getattr(edges, name) & (edges.learned | edges.begins)
        found[edges.child[some]] = state
    return found


def sent(edges: Edges, tasks: int) -> dict[str, object]:
    """What the browser colours; JSON-ready."""
    return {"states": base64_of(states(edges, tasks), "u1")}


def errors(atlas: Atlas, edges: Edges, focus: str, task: str) -> dict[str, Any]:
    """How right the boxes are within the focus, and of the task; the worst errors.

    Only those that begin are listed; `follow` counts the others. An error is the worse,
    the more of the child the boxes misplace; of equal ones, the more members the child
    has.
    """
    some = _of(atlas, edges, focus)
    wrong = np.flatnonzero(edges.begins & some)
    follow = int(((edges.claimed != edges.truly) & ~edges.begins & some).sum())
    apart = np.abs(edges.share - edges.true)[wrong]
    members = atlas.tasks["members"].to_numpy()[edges.child[wrong]]
    worst = wrong[np.lexsort((edges.parent[wrong], -members, -apart))][:LISTED]
    places = dict.fromkeys([focus, *([task] if task else [])])
    return {
        "places": [_scored(atlas, edges, place) for place in places],
        "count": len(wrong),
        "follow": follow,
        "child": edges.child[worst].tolist(),
        "parent": edges.parent[worst].tolist(),
        "learned": edges.share[worst].round(3).tolist(),
        "true": edges.true[worst].round(3).tolist(),
        "missed": edges.missed[worst].tolist(),
    }


def _of(atlas: Atlas, edges: Edges, task: str) -> Bool[np.ndarray, " pairs"]:
    """Pairs within a task, and those of which it is the child; all for no task."""
    if not task:
        return np.ones(len(edges.child), dtype=bool)
    row = atlas.row_of[task]
    inside = np.zeros(len(atlas.tasks), dtype=bool)
    inside[[row, *descendants(atlas.hierarchy, row)]] = True
    within: Bool[np.ndarray, " pairs"] = inside[edges.child] & inside[edges.parent]
    return within | (edges.child == row)


def _scored(atlas: Atlas, edges: Edges, task: str) -> dict[str, Any]:
    """Counts, precision, recall and F1 of the pairs of a task (or all).

    A measure is None where it would be of nothing.
    """
    some = _of(atlas, edges, task)
    claimed, truly = edges.claimed[some], edges.truly[some]
    right = int((claimed & truly).sum())
    known = {name: int(getattr(edges, name)[some].sum()) for name in STATES[1:]}
    return {
        "row": atlas.row_of[task] if task else -1,
        **known,
        "precision": right / int(claimed.sum()) if claimed.any() else None,
        "recall": right / int(truly.sum()) if truly.any() else None,
        "f1": f1(claimed, truly) if (claimed | truly).any() else None,
    }
