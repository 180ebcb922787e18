"""How far some tasks are from one another, and how that goes with their taxonomy."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core import paper
from core.atlas import Atlas
from core.dendrogram import dendrogram
from core.descriptions import DIRECTED, MEASURES, Description, Kind
from core.neighbourhoods import (
    LEAST,
    innermost,
    neighbourhood_curve,
    recovered,
    taxonomic_distances,
)
from dashboard.table import nested

MOST = 400  # tasks at once
ASKED = (1, 5, 10)  # neighbours whose share is told
# By which they are found: Fisher information spans decades (docs/task2vec.md).
NEAREST: dict[Kind, str] = {
    "mean": "cosine",
    "mean+variance": "cosine",
    "task2vec": "log-cosine",
}

WORDS: dict[str, str] = {
    "mean": "mean",
    "mean+variance": "mean + variance",
    "task2vec": "Task2Vec",
}
DISTANCES = {
    "cosine": "cosine",
    "divergence": "KL divergence",
    "normalised-cosine": "normalised cosine",
    "correlation": "correlation",
    "kl": "KL, the larger way",
    "asymmetric-kl": "KL divergence",
    "jensen-shannon": "Jensen-Shannon",
    "entropy": "entropy",
    "transfer": "transfer",
    "log-cosine": "cosine of logarithms",
}


def offered(atlas: Atlas) -> dict[str, Any]:
    """By what tasks can be compared, and by which distances of it; JSON-ready.

    Every distance has a word, and whether it tells from row to column.
    """
    return {
        kind: {
            "word": WORDS[kind],
            "measures": {
                one: [DISTANCES[one], one in DIRECTED] for one in MEASURES[kind]
            },
        }
        for kind in atlas.described
    }


def matrix(
    description: Description, rows: Sequence[int], measure: str
) -> dict[str, Any]:
    """Distances of tasks `rows` in the order of their dendrogram.

    The dendrogram of a distance that has a direction is that of the mean of both. What
    nothing is told of is left out.
    """
    known = np.array([row for row in rows if description.told[row]], dtype=np.int64)
    if not len(known):
        return {"rows": [], "far": [], "joins": [], "height": []}
    far = description.measures[measure](known, known)
    tree = dendrogram((far + far.T) / 2)
    return {
        "rows": known[tree.order].tolist(),
        "far": far[np.ix_(tree.order, tree.order)],
        "joins": _by_place(tree.joins, tree.order).tolist(),
        "height": tree.height,
    }


def _by_place(joins: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Joins of tasks by their places in the order."""
    tasks = len(order)
    place = np.concatenate([np.argsort(order), np.arange(tasks, 2 * tasks)])
    return place[joins]


def neighbourhoods(
    atlas: Atlas, descriptions: dict[Kind, Description], rows: Sequence[int]
) -> dict[str, Any]:
    """How near their taxonomy the nearest tasks are, by every description; JSON-ready.

    Of nested tasks the inner ones are compared; the share is of what could be found
    (core/neighbourhoods.py). Nothing of tasks that are too few or lie in nothing.
    """
    every = descriptions.values()
    told = [row for row in rows if all(one.told[row] for one in every)]
    inner = innermost(atlas.hierarchy, told)
    if not nested(atlas) or len(inner) < LEAST:
        return {}
    far = taxonomic_distances(atlas.hierarchy, inner)
    oracle = neighbourhood_curve(far, far)
    known = np.array(inner)
    curves = {
        kind: neighbourhood_curve(far, one.measures[NEAREST[kind]](known, known))
        for kind, one in descriptions.items()
    }
    asked = [count for count in ASKED if count < len(oracle)]
    published = paper.NEIGHBOURHOOD if atlas.name == "cub" else {}
    return {
        "tasks": len(inner),
        "oracle": _figures(oracle),
        "curves": {kind: _figures(curve) for kind, curve in curves.items()},
        "nearest": {kind: DISTANCES[NEAREST[kind]] for kind in curves},
        "asked": asked,
        "shares": {
            kind: [_share(recovered(curve, oracle)[count - 1]) for count in asked]
            for kind, curve in curves.items()
        },
        "published": [published.get(count) for count in asked] if published else [],
        "source": paper.NEIGHBOURHOOD_OF if published else "",
    }


def _figures(curve: np.ndarray) -> list[float]:
    return [round(float(one), 4) for one in curve]


def _share(number: float) -> float | None:
    return None if np.isnan(number) else round(float(number), 4)
