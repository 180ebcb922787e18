"""Consistency, sensitivity and COSE of rows made by hand."""

import numpy as np
import pandas as pd
import pytest

from core.explanation.scores import ceiling, cose, curves, image_means, scores
from core.explanation.summary import summary

COLUMNS = ["image", "kind", "change", "magnitude", "truth", "told", "ssim"]
ROWS = [
    (0, "geometric", "rotate", 10.0, 1, 1, 0.8),
    (0, "geometric", "rotate", 20.0, 1, 1, 0.6),
    (0, "photometric", "blur", 0.0, 1, 1, 0.4),
    (0, "photometric", "colour", 0.5, 1, 2, 0.3),
    (1, "geometric", "flip-x", 0.0, 0, 0, 1.0),
    (1, "photometric", "blur", 0.0, 0, 2, 0.1),
    (1, "random", "random head", 0.0, 0, 2, 0.2),
    (1, "random", "random backbone", 0.0, 0, 0, 0.9),  # told right: counts nowhere
    (1, "checkpoint", "checkpoint", 1.0, 0, 3, 0.6),
]


def table(rows=ROWS):
    made = pd.DataFrame(rows, columns=COLUMNS)
    made["ssim_fixed"] = made["ssim"].where(made["told"] == made["truth"], 0.5)
    nothing = dict.fromkeys(("deletion", "insertion", "infidelity"), np.nan)
    return made.assign(ceiling=0.98, method="m", **nothing)


def test_by_hand():
    found = scores(table())
    consistency, sensitivity = 2.8 / 4, 1 - (0.3 + 0.1 + 0.2 + 0.6) / 4
    assert found["consistency"].value == pytest.approx(consistency)
    assert found["sensitivity"].value == pytest.approx(sensitivity)
    assert found["cose"].value == pytest.approx(np.sqrt(consistency * sensitivity))
    assert found["consistency geometric"].value == pytest.approx(0.8)
    assert found["consistency photometric"].value == pytest.approx(0.4)
    assert found["sensitivity random"].value == pytest.approx(0.8)
    assert found["sensitivity checkpoint"].value == pytest.approx(0.4)
    assert (found["consistency"].rows, found["sensitivity"].rows) == (4, 4)


def test_every_operation_counts_alike_in_the_macro_average():
    found = scores(table(), average="macro")
    assert found["consistency"].value == pytest.approx((0.7 + 0.4 + 1.0) / 3)
    assert found["sensitivity"].value == pytest.approx(1 - (0.3 + 0.1 + 0.2 + 0.6) / 4)


def test_maps_of_the_true_class_are_another_column():
    found = scores(table(), mode="fixed")
    assert found["consistency"].value == pytest.approx(0.7)
    assert found["sensitivity"].value == pytest.approx(0.5)


def test_no_wrong_prediction_leaves_sensitivity_undefined_not_0():
    some = table([one for one in ROWS if one[4] == one[5]])
    found = scores(some)
    assert found["consistency"].value == pytest.approx(0.7)
    assert np.isnan(found["sensitivity"].value) and found["sensitivity"].rows == 0
    assert np.isnan(found["cose"].value)
    told = summary(some)["m"]
    assert told["cose"]["value"] is None and told["sensitivity"]["rows"] == 0


def test_what_is_below_0_or_above_1_is_cut_before_the_root():
    assert cose(np.array([-0.1, 0.25]), np.array([0.5, 1.2])).tolist() == [0.0, 0.5]


def test_intervals_are_over_images_and_hold_the_figure():
    rng = np.random.default_rng(0)
    rows = [
        (image, "geometric", "rotate", 10.0, 0, int(k == 0), value)
        for image in range(40)
        for value in [rng.normal(0.5, 0.1)]
        for k in range(3)
    ]
    found = scores(table(rows))["consistency"]
    assert found.low < found.value < found.high
    # Rows of one image are no news: the interval is that of 40 values, not of 80.
    means = [one[6] for one in rows[::3]]
    expected = 2 * 1.96 * np.std(means) / np.sqrt(40)
    assert found.high - found.low == pytest.approx(expected, rel=0.15)
    assert scores(table(rows))["consistency"] == found


def test_what_is_told_once_of_an_image_is_averaged():
    some = pd.DataFrame({"kind": ["none", "rotate", "none"], "deletion": [0.2, 9, 0.4]})
    assert image_means(some, "deletion").value == pytest.approx(0.3)
    assert image_means(some.iloc[1:2], "deletion").rows == 0


def test_the_ceiling_is_that_of_geometric_rows():
    assert ceiling(table()).value == pytest.approx(0.98)
    assert ceiling(table()).rows == 3


def test_curves_by_operation_and_magnitude():
    found = curves(table()).set_index(["change", "magnitude"])
    blur = found.loc[("blur", 0.0)]
    assert (blur["rows"], blur["right"]) == (2, 0.5)
    assert (blur["like_right"], blur["like_wrong"]) == (0.4, 0.1)
    assert np.isnan(found.loc[("rotate", 10.0)]["like_wrong"])
