"""What rows say of every method: figures with intervals, JSON-ready."""

from typing import Any

import pandas as pd

from core.explanation.scores import (
    Average,
    Measure,
    Mode,
    Score,
    ceiling,
    image_means,
    scores,
)

FAITHFUL = ("deletion", "insertion", "infidelity")
CONTROL = "control-"


def summary(
    rows: pd.DataFrame,
    *,
    mode: Mode = "predicted",
    average: Average = "micro",
    measure: Measure = "ssim",
) -> dict[str, dict[str, Any]]:
    """Figures of every method of one task and model, the highest COSE first.

    Controls come last. A figure is its value, its interval and the number of its rows;
    where nothing defines it, the value is None.
    """
    found = {}
    for method in rows["method"].unique():
        some = rows[rows["method"] == method]
        told = scores(some, mode=mode, average=average, measure=measure)
        told |= {one: image_means(some, one) for one in FAITHFUL}
        told["ceiling"] = ceiling(some)
        found[str(method)] = {key: _figure(one) for key, one in told.items()}

    def place(method: str) -> tuple[bool, float, str]:
        value = found[method]["cose"]["value"]
        return method.startswith(CONTROL), 1.0 if value is None else -value, method

    return {method: found[method] for method in sorted(found, key=place)}


def _figure(score: Score) -> dict[str, Any]:
    def known(value: float) -> float | None:
        return None if value != value else round(value, 4)

    return {
        "value": known(score.value),
        "low": known(score.low),
        "high": known(score.high),
        "rows": score.rows,
    }
