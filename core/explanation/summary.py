"""What rows say of every method: figures with intervals, JSON-ready."""

from typing import Any

import pandas as pd

from core.explanation.scores import (
    Average,
    Mode,
    Score,
    ceiling,
    image_means,
    scores,
)

AVERAGES: tuple[Average, ...] = ("micro", "macro")
MODES: tuple[Mode, ...] = ("predicted", "fixed")
FAITHFUL = ("deletion", "insertion", "infidelity")
CONTROL = "control-"

Figures = dict[str, dict[str, dict[str, Any]]]  # of methods


def summary(
    rows: pd.DataFrame, *, mode: Mode = "predicted", average: Average = "micro"
) -> Figures:
    """Figures of every method of one task and model, the highest COSE first.

    Controls come last. A figure is its value, its interval and the number of its rows;
    where nothing defines it, the value is None.
    """
    return summaries(rows)[average][mode]


def summaries(rows: pd.DataFrame) -> dict[Average, dict[Mode, Figures]]:
    """The summary of rows by every average and mode."""
    parts = {str(one): rows[rows["method"] == one] for one in rows["method"].unique()}
    same = {
        method: {
            **{one: image_means(some, one) for one in FAITHFUL},
            "ceiling": ceiling(some),
        }
        for method, some in parts.items()
    }

    def told(average: Average, mode: Mode) -> Figures:
        found = {}
        for method, some in parts.items():
            figures = scores(some, mode=mode, average=average) | same[method]
            found[method] = {key: _figure(one) for key, one in figures.items()}
        return dict(sorted(found.items(), key=_place))

    return {
        average: {mode: told(average, mode) for mode in MODES} for average in AVERAGES
    }


def _place(entry: tuple[str, dict[str, dict[str, Any]]]) -> tuple[bool, float, str]:
    method, figures = entry
    value = figures["cose"]["value"]
    return method.startswith(CONTROL), 1.0 if value is None else -value, method


def _figure(score: Score) -> dict[str, Any]:
    def known(value: float) -> float | None:
        return None if value != value else round(value, 4)

    return {
        "value": known(score.value),
        "low": known(score.low),
        "high": known(score.high),
        "rows": score.rows,
    }
