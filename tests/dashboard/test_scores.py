import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.scores import figure, results_of
from tests.dashboard.evaluations import document, evaluated

SHIPPED = sorted(Path(__file__).parents[2].glob("precomputed/*/evaluation.json"))
OLD = {
    "protocol": "novel",
    "dim": 2,
    "cases": 3,
    "models": {"default": {"f1_mean": 0.8, "f1_std": 0.1}},
}


def test_a_document_is_read_whole(atlas):
    (one,), faults = results_of(evaluated(atlas, document(note="Texts.")))
    assert faults == []
    assert (one.protocol, one.dim, one.features, one.measure) == (
        "existing",
        2,
        "mean",
        "f1",
    )
    assert (one.cases, one.tasks, one.pairs, one.positives) == (2, 7, 1809, 37)
    assert one.note == "Texts."
    default, mlp = one.scores
    assert (default.model, default.mean, default.deviation) == ("default", 0.9, 0.05)
    assert (default.seconds, default.each) == (2.13, (0.9, 0.9))
    assert mlp.model == "mlp"


def test_an_old_document_says_less(atlas):
    (one,), faults = results_of(evaluated(atlas, OLD))
    assert faults == []
    assert (one.features, one.measure, one.note) == ("mean", "f1", "")
    assert one.tasks is one.pairs is one.positives is None
    assert one.scores[0].seconds is None
    assert one.scores[0].each == ()


def test_correlations_may_be_negative(atlas):
    told = document(measure="rho", scores={"random": -0.2})
    (one,), faults = results_of(evaluated(atlas, told))
    assert faults == []
    assert (one.measure, one.scores[0].mean) == ("rho", -0.2)


def test_results_come_in_one_order_and_the_last_of_a_kind_stays(atlas):
    kinds = [
        ("fresh", 2, "mean"),
        ("odd", 2, "mean"),
        ("existing", 5, "quantiles"),
        ("existing", 3, "mean"),
        ("novel", 2, "mean+variance"),
        ("existing", 2, "mean"),
    ]
    told = [document(name, dim, features=of) for name, dim, of in kinds]
    again = document("existing", 2, cases=10)
    found, _ = results_of(evaluated(atlas, *told, again))
    assert [(one.protocol, one.dim, one.features) for one in found] == [
        ("existing", 2, "mean"),
        ("existing", 3, "mean"),
        ("existing", 5, "quantiles"),
        ("novel", 2, "mean+variance"),
        ("fresh", 2, "mean"),
        ("odd", 2, "mean"),
    ]
    assert found[0].cases == 10


def scored(**more):
    return {"models": {"mlp": {"f1_mean": 0.5, "f1_std": 0.1} | more}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"models": {}}, "models is {}"),
        ({"models": [1]}, "models is [1]"),
        ({"models": {"mlp": 3}}, "the scores of 'mlp' are 3"),
        (scored(f1_mean="good"), "f1_mean of 'mlp' is 'good'"),
        (scored(f1_mean=1.5), "f1_mean of 'mlp' is 1.5, expected a number from 0 to 1"),
        (scored(f1_mean=-0.1), "f1_mean of 'mlp' is -0.1"),
        (scored(f1_mean=math.nan), "f1_mean of 'mlp' is nan"),
        (scored(f1_mean=True), "f1_mean of 'mlp' is True"),
        (scored(f1_std=None), "f1_std of 'mlp' is None"),
        (scored(seconds=math.inf), "seconds of 'mlp' is inf, expected a number from 0"),
        (scored(f1="0.5"), "f1 of 'mlp' is '0.5', expected a list"),
        (scored(f1=[0.5, 2]), "f1 of 'mlp' is 2"),
        ({"measure": "accuracy"}, "measure is 'accuracy', expected 'f1' or 'rho'"),
        ({"measure": "rho", **scored()}, "rho_mean of 'mlp' is None"),
        ({"protocol": 3}, "protocol is 3, expected a text"),
        ({"features": ""}, "features is '', expected a text"),
        ({"dim": "2"}, "dim is '2', expected a whole number"),
        ({"dim": 0}, "dim is 0"),
        ({"cases": True}, "cases is True"),
        ({"test_pairs": -1}, "test_pairs is -1"),
        ({"note": ["x" * 99]}, "note is ['xxx"),
    ],
)
def test_what_is_malformed_is_left_out_and_said(atlas, wrong, said):
    found, (fault,) = results_of(
        evaluated(atlas, document() | wrong, document("novel"))
    )
    assert [one.protocol for one in found] == ["novel"]
    assert said in fault
    assert fault.startswith("A result in evaluation.json of 'animals' is left out: ")
    assert "python -m core evaluate animals" in fault
    assert "\n" not in fault
    assert len(fault) < 300


@pytest.mark.parametrize(
    ("mean", "deviation", "measure", "said"),
    [
        (0.9766, 0.0116, "f1", ("97.6", "± 1.2")),
        (0.29, 0.1, "f1", ("29.0", "± 10.0")),
        (0.9999, 0, "f1", ("99.9", "± 0.0")),
        (1, 0, "f1", ("100.0", "± 0.0")),
        (0, None, "f1", ("0.0", "")),
        (0.845, 0.055, "rho", ("0.84", "± 0.06")),
        (-0.121, 0.1, "rho", ("-0.13", "± 0.10")),
        (0.29, 0.1, "rho", ("0.29", "± 0.10")),
        (0.9999, 0.1, "rho", ("0.99", "± 0.10")),
    ],
)
def test_figures_are_said_in_the_unit_of_their_measure(mean, deviation, measure, said):
    assert figure(mean, deviation, measure) == said


@given(st.floats(0, 1), st.sampled_from(["f1", "rho"]))
def test_no_figure_is_rounded_up(mean, measure):
    word, _ = figure(mean, None, measure)
    scale, places = (100, 1) if measure == "f1" else (1, 2)
    below = scale * mean - float(word)
    assert -1e-6 <= below <= 10**-places


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_what_is_shipped_can_be_shown(atlas, path):
    documents = json.loads(path.read_text(encoding="utf-8"))
    found, faults = results_of(evaluated(atlas, *documents))
    assert faults == []
    assert len(found) == len(documents)
