"""Whether explanations can be trusted, as the browser draws it: words and numbers.

What every figure says is decided here; assets/explanation.js only lays it out.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from flask import Flask, Response, abort

from core.atlas import Atlas
from core.explanation import published
from core.explanation.kept import Explanation, sheet_of
from core.explanation.scores import curves
from core.explanation.summary import CONTROL, summaries
from core.store import Store
from dashboard.shelf import Shelf

WORDS = {
    "gradcam": "GradCAM",
    "gradcam++": "GradCAM++",
    "gradient": "Gradient",
    "integrated-gradients": "Integrated gradients",
    "smoothgrad": "SmoothGrad",
    "occlusion": "Occlusion",
    "lime": "LIME",
    "blurig": "BlurIG",
    "guided-ig": "Guided IG",
    "control-constant": "Constant map",
    "control-centre": "Blob in the middle",
    "control-noise": "Noise",
    "control-input": "The image itself",
}
# In percent, then as they are.
SHARES = ("cose", "consistency", "sensitivity", "ceiling", "deletion", "insertion")
COLUMNS = {
    "cose": ("COSE", "square root of consistency times sensitivity"),
    "consistency": ("Consistency", "likeness of maps where a change is told right"),
    "sensitivity": ("Sensitivity", "unlikeness of maps where a change is told wrong"),
    "ceiling": ("Ceiling", "likeness of a map to itself, moved there and back"),
    "deletion": ("Deletion", "less is better: probability as the map's top goes"),
    "insertion": ("Insertion", "more is better: probability as the map's top comes"),
    "infidelity": ("Infidelity", "less is better: error of what maps say is lost"),
}
MEANING = (
    "A saliency map should stay as it is where an image is changed and still told "
    "right (consistency), and change where it is told wrong (sensitivity). COSE is the "
    "geometric mean; likeness is structural similarity after the change is undone, in "
    "percent, with 95 % intervals over images. Controls explain nothing."
)
STABLE = (
    "COSE rewards maps that are steady, not maps that are true to the model: deletion, "
    "insertion and infidelity ask for that."
)
OTHERS = (
    "Over five data sets and all models of the paper, by 48 changes an image: not the "
    "same test as ours."
)

UNITS = {
    "translate-x": "{:+g} pixels",
    "translate-y": "{:+g} pixels",
    "rotate": "{:+g}°",
    "checkpoint": "of {:g} steps",
}
POINT = ["magnitude", "like_right", "like_wrong", "right", "rows"]  # of a curve

Report = dict[str, Any]


def serve(server: Flask, shelf: Shelf, store: Store) -> None:
    """Answer with pictures of worst cases, which only a person's own rows have."""

    @server.get("/explanation/<name>/<int:number>.webp")
    def cases_webp(name: str, number: int) -> Response:
        kept = shelf[name].explanation if name in shelf else None
        sheets = () if kept is None else kept.sheets
        if number >= len(sheets) or sheets[number] is None:
            abort(404)
        answer = Response(sheet_of(store, name, number), mimetype="image/webp")
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def explanation(atlas: Atlas) -> Report | None:
    """Every figure of explanations of `atlas`; JSON-ready.

    None where the collection has no images to explain.
    """
    kept = atlas.explanation
    kind = str(atlas.provenance["command"]).removeprefix("python -m core build ")
    if kept is None and kind.split(" ")[0] not in {"cub", "folder"}:
        return None
    models = [] if kept is None else [_model(one, atlas) for one in kept.about]
    return {
        "atlas": atlas.name,
        "meaning": [MEANING, STABLE],
        "columns": [[key, *words] for key, words in COLUMNS.items()],
        "models": sorted(models, key=lambda one: (-one["classes"], one["word"])),
        "published": _published(models),
        "command": f"python -m core explain {atlas.name} --folder IMAGES",
    }


def _cases(about: Mapping[str, Any], kept: Explanation) -> Report:
    """Worst cases by method: the number of their sheet, and words of each."""
    return {
        str(one["method"]): {
            "sheet": number,
            "cases": [_case(case) for case in one["cases"]],
        }
        for number, one in enumerate(kept.sheets)
        if one is not None
        and (one["task"], one["model"]) == (about["task"], about["model"])
    }


def _case(case: Mapping[str, Any]) -> Report:
    change = str(case["change"]).replace("-", " ")
    amount = UNITS.get(str(case["change"]), "{:+g}").format(case["magnitude"])
    what = f"{change} {amount}" if case["magnitude"] else change
    return {
        "right": case["right"],
        "words": f"{what}: likeness {100 * case['ssim']:.0f} %, "
        f"probability of the true class {100 * case['share']:.0f} % before, "
        f"{100 * case['share_after']:.0f} % after",
    }


def _model(about: Mapping[str, Any], atlas: Atlas) -> Report:
    kept = atlas.explanation
    assert kept is not None
    task = _title(about["task"], atlas)
    rows = kept.of(about["task"], about["model"])
    figures = {
        average: {
            mode: [_row(method, told) for method, told in of_mode.items()]
            for mode, of_mode in of_average.items()
        }
        for average, of_average in summaries(rows).items()
    }
    images, changes = rows["image"].nunique(), _changes(rows)
    accuracy = about["accuracy"]
    told = "" if accuracy is None else f" (held out, {100 * accuracy:.1f} % right)"
    return {
        "word": f"{about['model']}, {task}",
        "classes": int(about["classes"]),
        "about": f"{task}: {about['classes']:,} classes told apart by a head "
        f"upon {about['model']}{told}. {images:,} images that no head has learned from "
        f"and that are told right, {changes:,} changes of each and of the model.",
        "figures": figures,
        "curves": {
            str(method): _curves(rows[rows["method"] == method])
            for method in rows["method"].unique()
        },
        "cases": _cases(about, kept),
        "again": about["command"],
        "command": f"{about['command']} --methods {_methods(rows)}",
    }


def _title(task: str, atlas: Atlas) -> str:
    """Of the task, but of the collection where it is the whole of a folder."""
    return str(atlas.provenance["title"]) if task == "." else task


def _methods(rows: pd.DataFrame) -> str:
    return ",".join(one for one in rows["method"].unique() if CONTROL not in str(one))


def _changes(rows: pd.DataFrame) -> int:
    changed = rows[rows["kind"] != "none"]
    return len(changed.groupby(["change", "magnitude"], observed=True))


def _row(method: str, told: Mapping[str, Any]) -> Report:
    return {
        "method": method,
        "word": WORDS.get(method, method.removeprefix(CONTROL)),
        "images": told["deletion"]["rows"],
        "control": method.startswith(CONTROL),
        "cells": {key: _cell(key, told[key]) for key in COLUMNS},
    }


def _cell(key: str, figure: Mapping[str, Any]) -> Report:
    """A figure in words, with its interval, and as numbers to draw."""
    value, low, high = (figure[one] for one in ("value", "low", "high"))
    if value is None:
        return {
            "words": "undefined",
            "interval": f"n = {figure['rows']}",
            "value": None,
        }
    scale, digits = (100, 1) if key in SHARES else (1, 2)
    known = low is not None and high is not None
    return {
        "words": f"{scale * value:.{digits}f}",
        "interval": f"{scale * low:.{digits}f} to {scale * high:.{digits}f}"
        if known
        else "",
        "rows": figure["rows"],
        "value": value,
        "low": low if known else value,
        "high": high if known else value,
    }


def _curves(rows: pd.DataFrame) -> list[Report]:
    """Of every operation its magnitudes: likeness where told right and wrong."""
    told = curves(rows)
    return [
        {
            "change": str(change),
            "kind": str(some["kind"].iloc[0]),
            "points": [
                [_known(one) for one in point]
                for point in some[POINT].to_numpy(dtype=float).tolist()
            ],
        }
        for change, some in told.groupby("change", sort=False, observed=True)
    ]


def _known(number: float) -> float | None:
    return None if number != number else round(number, 3)


def _published(models: list[Report]) -> Report | None:
    """COSE as printed beside what was found by the first model, method by method."""
    if not models:
        return None
    first = max(models, key=lambda one: one["classes"])
    found = {
        row["method"]: row["cells"]["cose"]
        for row in first["figures"]["micro"]["predicted"]
    }
    return {
        "title": "Published COSE",
        "source": published.AUTHORS,
        "address": published.ADDRESS,
        "warning": OTHERS,
        "columns": ["printed", f"here, {first['word']}"],
        "rows": [
            {
                "word": WORDS[method],
                "cells": [
                    f"{printed:.1f}",
                    found[method]["words"] if method in found else "",
                ],
            }
            for method, printed in published.METHODS.items()
        ]
        + [
            {"word": f"{model}, all methods", "cells": [f"{printed:.1f}", ""]}
            for model, printed in published.MODELS.items()
        ],
    }
