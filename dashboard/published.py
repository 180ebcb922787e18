"""What the paper reports, to stand beside the figures of a collection like its own."""

import re
from collections.abc import Sequence
from typing import Any

from core import paper
from core.atlas import Atlas
from dashboard.scores import Measure, Result, figure

OTHER: dict[Measure, str] = {
    "f1": "Other tasks, other pairs, other features: not the same test as ours.",
    "rho": "Other pairs held out and other attributes: not the same test as ours.",
}
SAME = "The published recipe on our pairs and features is in our table."
ABSENT = "The paper has no such test."


def published(
    atlas: Atlas, protocol: str, results: Sequence[Result]
) -> dict[str, Any] | None:
    """What the paper reports of tasks like these; None where it knows of none."""
    table, measure = paper.BESIDE.get(atlas.name), results[0].measure
    if table is None or table.measure != measure:
        return None
    ours = {score.model for result in results for score in result.scores}
    warning = f"{OTHER[measure]} {SAME}" if "published" in ours else OTHER[measure]
    wanted = [k for k, one in enumerate(table.columns) if one.protocol == protocol]
    rows = [
        {"word": word, "cells": [_printed(row[k], measure) for k in wanted]}
        for word, row in table.rows.items()
    ]
    return {
        "title": f"Published: {table.title}",
        "source": f"{paper.AUTHORS}, Table {table.number}",
        "address": paper.ADDRESS,
        "warning": warning if wanted else ABSENT,
        "columns": [table.columns[k].features for k in wanted],
        "rows": rows if wanted else [],
    }


def printed(name: str, protocol: str) -> dict[int, list[dict[str, Any] | None]]:
    """Figures of the paper's own boxes by their dimension, description by description.

    Means, means and variances, and the Fisher information of Task2Vec, of tasks like
    those of collection `name`; nothing where the paper has no such tasks.
    """
    table = paper.BESIDE.get(name)
    if table is None or table.measure != "f1":
        return {}
    wanted = [k for k, one in enumerate(table.columns) if one.protocol == protocol]
    found = {}
    for word, row in table.rows.items():
        if (boxes := re.fullmatch(r"Task2Box (\d)D", word)) and wanted:
            found[int(boxes[1])] = [_printed(row[k], "f1") for k in wanted]
    return found


def _printed(told: paper.Printed, measure: Measure) -> dict[str, Any] | None:
    if told is None:
        return None
    mean, deviation = told if isinstance(told, tuple) else (told, None)
    if measure == "f1":  # percent as printed, two decimals
        return {"mean": f"{mean:.2f}", "spread": "", "share": mean / 100}
    words = figure(mean, deviation, measure)
    return {
        "mean": words[0],
        "spread": words[1],
        "share": mean,
        "low": mean - (deviation or 0),
        "high": min(1, mean + (deviation or 0)),
    }
