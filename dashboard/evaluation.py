"""All figures of a collection, as the browser draws them: words, and numbers of bars.

What every figure says is decided here; assets/evaluation.js only lays it out.
"""

import shlex
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from core.atlas import Atlas
from dashboard.explanation import explanation
from dashboard.matrix import WORDS
from dashboard.published import printed, published
from dashboard.scores import Measure, Result, Score, figure, order, results_of

Report = dict[str, Any]

OURS = {"default": "Default recipe", "network": "Network on task features"}
OTHERS = {
    "published": "Task2Box, published recipe",
    "published-small": "Task2Box, published, small",
    "published-linear": "Task2Box, published, linear",
    "mlp": "MLP classifier",
    "linear": "Linear classifier",
    "kl": "KL divergence",
    "asymmetric-cosine": "Asymmetric cosine",
    "asymmetric-euclidean": "Asymmetric Euclidean",
    "random": "Random",
}
CONTROLS = {
    "control-shared-members": "Share of common members",
    "control-row-column": "Row mean times column mean",
    "control-nearest": "Nearest by attributes",
}
CONTROL = "control-"
# Models that read one vector a task, and the vectors that the paper has as well.
READING = ("network", "published")
DESCRIBED = ("mean", "mean+variance", "task2vec")
MODELS = (*OURS, *OTHERS)

TITLES = {
    "existing": "Existing tasks",
    "novel": "Novel tasks",
    "fresh": "Fresh members",
}
# What a protocol means where the question is what lies in what, and where it is how
# much one task helps another.
MEANINGS: dict[tuple[str, Measure], str] = {
    ("existing", "f1"): "Every task is known, but a tenth of all pairs is not: does "
    "the first of two tasks lie in the second?",
    ("novel", "f1"): "Some tasks are left out of the fit and placed afterwards: in "
    "which of the known tasks does each of them lie? They may share members with "
    "those.",
    ("fresh", "f1"): "As with novel tasks, but known tasks are described by one half "
    "of the members and novel ones by the other: none is shared, so what lies in what "
    "must have been learned.",
    ("existing", "rho"): "Every task is known, but a tenth of the measured pairs is "
    "not: how much does the one task help the other?",
    ("novel", "rho"): "Some tasks are left out of the fit and placed afterwards: how "
    "much do they and the known tasks help one another?",
}
MEASURES: dict[Measure, str] = {
    "f1": "F1 in percent, mean ± standard deviation of the cases, on pairs of tasks "
    "that the fit has not seen. A pair is positive where the members of the first task "
    "are some, but not all, of the members of the second.",
    "rho": "Spearman's rho of predicted and measured affinity, mean ± standard "
    "deviation of the cases, on pairs of tasks that the fit has not seen.",
}
SHARED = (
    "Controls learn nothing. Common members say which task lies in which: 100 by "
    "definition, and no measure of learning."
)
MEASURED = "Controls are plain arithmetic that any model has to beat."


def report(atlas: Atlas) -> Report:
    """Every figure of `atlas` beside the published ones; JSON-ready."""
    results, faults = results_of(atlas)
    protocols = [
        _protocol(atlas, name, list(some))
        for name, some in groupby(results, lambda one: one.protocol)
    ]
    return {
        "title": str(atlas.provenance["title"]),
        "measures": [MEASURES[one] for one in MEASURES if one in _measures(results)],
        "protocols": protocols,
        "explanation": explanation(atlas),
        "command": _evaluate(atlas, "existing", 2),
        "faults": faults,
    }


def headlines(atlas: Atlas) -> list[tuple[str, str]]:
    """What each protocol found, in a line each: its title and the default's figure."""
    results, _ = results_of(atlas)
    told = []
    for protocol, some in groupby(results, lambda one: one.protocol):
        first = next(some)
        if scores := [one for one in first.scores if one.model == "default"]:
            mean, spread = figure(scores[0].mean, scores[0].deviation, first.measure)
            unit = "F1 {} {} %" if first.measure == "f1" else "rho {} {}"
            line = f"{unit.format(mean, spread)} in {first.dim}D"
            told.append((_title(protocol), line))
    return told


def _measures(results: Sequence[Result]) -> set[Measure]:
    return {one.measure for one in results}


def _title(protocol: str) -> str:
    return TITLES.get(protocol, protocol)


def _protocol(atlas: Atlas, name: str, results: Sequence[Result]) -> Report:
    measure = results[0].measure
    return {
        "name": name,
        "title": _title(name),
        "meaning": MEANINGS.get((name, measure), ""),
        "headline": _headline(results[0]),
        "tables": [
            _table(atlas, list(some))
            for _, some in groupby(results, lambda one: one.features)
        ],
        "published": published(atlas, name, results),
        "described": described(atlas, name, results),
    }


def _headline(result: Result) -> Report:
    """The figure of the default, and of the best competitor, for the tab."""
    own = next((one for one in result.scores if one.model == "default"), None)
    best = _best(result)
    return {
        "dim": f"{result.dim}D",
        "own": figure(own.mean, None, result.measure)[0] if own else "",
        "best": figure(best.mean, None, result.measure)[0] if best else "",
        "model": _word(best.model) if best else "",
    }


def _table(atlas: Atlas, results: Sequence[Result]) -> Report:
    """One table of a protocol: all dimensions on one description of the tasks."""
    models = {score.model for result in results for score in result.scores}
    known = sorted(models, key=lambda model: order((*MODELS, *CONTROLS), model))
    rows = [_row(model, results) for model in known]
    features = results[0].features
    return {
        "features": features,
        "word": _described(features),
        "columns": [_column(atlas, result) for result in results],
        "least": min((row["least"] for row in rows), default=0),
        "rows": rows,
        "controls": _controls(rows, results[0].measure),
        "notes": list(dict.fromkeys(one.note for one in results if one.note)),
    }


def _described(features: str) -> str:
    return WORDS.get(features, features.replace("+", " + "))


def described(atlas: Atlas, protocol: str, results: Sequence[Result]) -> Report | None:
    """One table by what describes a task, of models that read one vector a task.

    Dimension by dimension, what the paper prints of such descriptions below what was
    found here; None where it knows of no such tasks, or nothing was found.
    """
    known = printed(atlas.name, protocol)
    found = {(one.dim, one.features): one for one in results}
    lines = [
        {"dim": f"{dim}D", **line}
        for dim in sorted({dim for dim, _ in found} | {*known})
        for line in _by_description(found, dim, known.get(dim))
    ]
    if not known or not any(line["kind"] != "printed" for line in lines):
        return None
    return {"columns": [_described(one) for one in DESCRIBED], "rows": lines}


def _by_description(
    found: Mapping[tuple[int, str], Result], dim: int, known: Sequence[Any] | None
) -> list[Report]:
    lines = []
    for model in READING:
        each = [found.get((dim, features)) for features in DESCRIBED]
        cells = [_cell(model, one) if one else None for one in each]
        if any(cells):
            kind = _kind(model)
            lines.append({"word": _word(model), "kind": kind, "cells": cells})
    if known:
        word = "Task2Box as printed, other tasks"
        lines.append({"word": word, "kind": "printed", "cells": [*known]})
    return lines


def _column(atlas: Atlas, result: Result) -> Report:
    counts = {"test pairs": result.pairs, "positive": result.positives}
    if result.measure == "rho":  # every measured pair is asked about
        counts.pop("positive")
    words = [f"{count:,} {word}" for word, count in counts.items() if count is not None]
    cases = f"{result.cases:,} {'case' if result.cases == 1 else 'cases'}"
    models = [one.model for one in result.scores if not one.model.startswith(CONTROL)]
    return {
        "title": f"{result.dim}D",
        "counts": [*words, cases],
        "command": _evaluate(
            atlas,
            result.protocol,
            result.dim,
            cases=result.cases,
            features=result.features,
            models=sorted(models, key=lambda model: order(MODELS, model)),
        ),
    }


def _row(model: str, results: Sequence[Result]) -> Report:
    cells = [_cell(model, result) for result in results]
    return {
        "word": _word(model),
        "kind": _kind(model),
        "cells": cells,
        "least": min((cell["low"] for cell in cells if cell), default=0),
    }


def _cell(model: str, result: Result) -> Report | None:
    """One figure: in words, and as numbers for its bar, of which 1 is the most."""
    score = next((one for one in result.scores if one.model == model), None)
    if score is None:
        return None
    mean, spread = figure(score.mean, score.deviation, result.measure)
    best = _best(result)
    return {
        "mean": mean,
        "spread": spread,
        "seconds": _seconds(score),
        "share": score.mean,
        "low": max(-1 if result.measure == "rho" else 0, score.mean - score.deviation),
        "high": min(1, score.mean + score.deviation),
        "best": best is not None and best.model == model,
        "cases": [figure(one, None, result.measure)[0] for one in score.each],
    }


def _best(result: Result) -> Score | None:
    """The best of those that are neither ours nor controls."""
    others = [one for one in result.scores if _kind(one.model) == "other"]
    return max(others, key=lambda one: one.mean, default=None)


def _kind(model: str) -> str:
    if model.startswith(CONTROL):
        return "control"
    return "own" if model in OURS else "other"


def _word(model: str) -> str:
    return (OURS | OTHERS | CONTROLS).get(model) or model.removeprefix(CONTROL)


def _seconds(score: Score) -> str:
    if not score.seconds or _kind(score.model) == "control":
        return ""
    few = score.seconds < 9.95
    return f"{score.seconds:.1f} s" if few else f"{score.seconds:,.0f} s"


def _controls(rows: Sequence[Report], measure: Measure) -> str:
    if not any(row["kind"] == "control" for row in rows):
        return ""
    return SHARED if measure == "f1" else MEASURED


def _evaluate(
    atlas: Atlas,
    protocol: str,
    dim: int,
    *,
    cases: int | None = None,
    features: str = "mean",
    models: Sequence[str] = (),
) -> str:
    """The command that makes a result."""
    words = ["python", "-m", "core", "evaluate", atlas.name, "--protocol", protocol]
    words += ["--dim", str(dim)]
    words += ["--features", features] if features != "mean" else []
    words += ["--cases", str(cases)] if cases else []
    words += ["--models", ",".join(models)] if models else []
    return shlex.join(words)
