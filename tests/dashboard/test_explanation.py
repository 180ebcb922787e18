"""What the page says of explanations, from rows that are shipped and rows by hand."""

import json
from dataclasses import replace

import pytest

from core.cache import Store, load_atlas
from core.explanation.summary import CONTROL, summary
from core.store import PRECOMPUTED
from dashboard.evaluation import report
from dashboard.explanation import COLUMNS, explanation

ABOUT = {"member": "image", "command": "python -m core build folder mine"}


@pytest.fixture(scope="module")
def cub(tmp_path_factory):
    return load_atlas(Store(tmp_path_factory.mktemp("none"), PRECOMPUTED), "cub")


@pytest.fixture(scope="module")
def told(cub):
    return explanation(cub)


def first(told, average="micro", mode="predicted"):
    rows = told["models"][0]["figures"][average][mode]
    return {row["method"]: row for row in rows}


def test_shipped_rows_say_every_figure_that_is_shown(cub, told):
    about = cub.explanation.about[0]
    rows = cub.explanation.of(about["task"], about["model"])
    expected = summary(rows, average="macro", mode="fixed")
    for method, row in first(told, "macro", "fixed").items():
        shown = [row["cells"][key]["value"] for key in COLUMNS]
        assert shown == [expected[method][key]["value"] for key in COLUMNS]
    assert json.dumps(told)


def test_controls_score_low_and_a_constant_map_nothing(told):
    for model in told["models"]:
        rows = model["figures"]["micro"]["predicted"]
        cose = {row["method"]: row["cells"]["cose"]["value"] for row in rows}
        controls = {one: cose[one] for one in cose if one.startswith(CONTROL)}
        assert cose["gradcam"] > 0.35
        if model["word"].startswith(
            "efficientnet"
        ):  # of the other only GradCAM is there
            assert controls["control-constant"] == 0 and len(controls) == 4
            assert max(controls.values()) <= 0.35
        # Methods come first, the best of them at the top.
        assert [row["control"] for row in rows] == sorted(
            row["control"] for row in rows
        )


def test_maps_come_back_from_there_as_they_were(told):
    for row in first(told).values():
        assert row["cells"]["ceiling"]["value"] >= 0.95


def test_a_figure_has_words_an_interval_and_numbers(told):
    cell = first(told)["gradcam"]["cells"]["consistency"]
    assert float(cell["words"]) == pytest.approx(100 * cell["value"], abs=0.05)
    assert cell["low"] < cell["value"] < cell["high"]
    assert " to " in cell["interval"] and cell["rows"] > 100


def test_operations_have_curves_and_the_published_figures_stand_beside(told):
    changes = {one["change"] for one in told["models"][0]["curves"]["gradcam"]}
    assert {"rotate", "flip-x", "equalise", "random head", "checkpoint"} <= changes
    rows = {row["word"]: row["cells"] for row in told["published"]["rows"]}
    assert rows["GradCAM"] == ["64.7", first(told)["gradcam"]["cells"]["cose"]["words"]]
    assert rows["BlurIG"] == ["63.2", first(told)["blurig"]["cells"]["cose"]["words"]]


def test_what_has_no_wrong_prediction_is_undefined(cub):
    rows = cub.explanation.rows
    some = rows[rows["told"] == rows["truth"]]
    right = replace(cub, explanation=replace(cub.explanation, rows=some))
    cell = first(explanation(right))["gradcam"]["cells"]["cose"]
    assert (cell["words"], cell["value"]) == ("undefined", None)
    assert first(explanation(right))["gradcam"]["cells"]["sensitivity"]["interval"] == (
        "n = 0"
    )


def test_images_that_nobody_explained_have_a_command_and_others_nothing(atlas):
    assert explanation(atlas) is None
    mine = replace(atlas, provenance={**atlas.provenance, **ABOUT})
    told = report(mine)["explanation"]
    assert told["models"] == [] and told["published"] is None
    assert told["command"] == f"python -m core explain {atlas.name} --folder IMAGES"


def test_worst_cases_are_told_where_there_are_pictures(cub):
    about = cub.explanation.about[0]
    case = {
        "kind": "geometric",
        "change": "rotate",
        "magnitude": -45.0,
        "ssim": 0.123,
        "share": 0.9,
        "share_after": 0.6,
        "right": True,
    }
    sheet = {
        "task": about["task"],
        "model": about["model"],
        "method": "gradcam",
        "cases": [case],
    }
    kept = replace(cub.explanation, sheets=(None, sheet))
    models = explanation(replace(cub, explanation=kept))["models"]
    assert [one["cases"] for one in models[1:]] == [{}] * (len(models) - 1)
    assert models[0]["cases"] == {
        "gradcam": {
            "sheet": 1,
            "cases": [
                {
                    "right": True,
                    "words": "rotate -45°: likeness 12 %, probability of the true "
                    "class 90 % before, 60 % after",
                }
            ],
        }
    }


def test_methods_of_fewer_images_say_so(cub):
    kept = cub.explanation
    few = kept.rows["image"].isin(kept.rows["image"].unique()[:3])
    some = kept.rows[few | (kept.rows["method"] != "gradcam")]
    told = explanation(replace(cub, explanation=replace(kept, rows=some)))
    counts = {row["method"]: row["images"] for row in first(told).values()}
    assert counts["gradcam"] < counts["gradient"]
