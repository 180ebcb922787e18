from dataclasses import replace

import pytest

from core.errors import DataError
from core.evaluation.plan import Plan
from core.evaluation.summary import summary


def plan(protocol="existing", models=("default", "random"), **changes):
    settings = {"dim": 2, "features": "mean", "cases": 2} | changes
    return Plan(protocol=protocol, models=models, **settings)


def result(model, case, score, seconds=1.0, positives=4, **more):
    claims = {"right": [], "wrong": [], "missed": []} if model == "default" else {}
    told = {"model": model, "case": case, "score": score, "seconds": seconds}
    return {**told, "test_pairs": 10, "positives": positives, **claims, **more}


FOUND = [
    result("default", 1, 1.0, 2.0, 6),
    result("random", 1, 0.5),
    result("default", 0, 0.8),
    result("random", 0, 0.29),
]


def test_summary_of_hand_made_scores(forest):
    assert summary(forest, plan(), FOUND) == {
        "collection": "forest",
        "protocol": "existing",
        "dim": 2,
        "features": "mean",
        "measure": "f1",
        "cases": 2,
        "tasks": 22,
        "test_pairs": 10,
        "positives": 4,
        "note": "",
        "models": {
            "default": {
                "f1_mean": 0.9,
                "f1_std": 0.1,
                "seconds": 1.5,
                "f1": [0.8, 1.0],
            },
            "random": {
                "f1_mean": 0.395,
                "f1_std": 0.105,
                "seconds": 1.0,
                "f1": [0.29, 0.5],
            },
        },
        "subtrees": {},
    }


def test_no_figure_is_rounded_up(forest):
    found = [result("default", case, 0.99996) for case in range(2)]
    told = summary(forest, plan(models=("default",)), found)["models"]["default"]
    assert (told["f1_mean"], told["f1"]) == (0.9999, [0.9999] * 2)


def test_measured_collections_have_another_measure(measured):
    found = [result("linear", case, -0.25) for case in range(2)]
    told = summary(measured, plan(models=("linear",)), found)
    assert (told["measure"], told["subtrees"]) == ("rho", {})
    assert told["models"]["linear"]["rho"] == [-0.25, -0.25]


def test_subtrees_are_told_of_the_default_model(forest):
    # Species 0 in genus 0, in family 0; species 11 in genus 5, missed; a wrong claim.
    claims = {"right": [10 * 22 + 4], "missed": [21 * 22 + 9], "wrong": [10 * 22 + 5]}
    found = [result("default", 0, 0.5, **claims), result("default", 1, 1.0)]
    told = summary(forest, plan(models=("default",)), found)["subtrees"]
    assert told == {
        "root": {"f1": 0.5, "positives": 2},
        "family 0": {"f1": 0.6666, "positives": 1},
        "family 2": {"f1": 0.0, "positives": 1},
        "genus 0": {"f1": 1.0, "positives": 1},
        "genus 5": {"f1": 0.0, "positives": 1},
    }


def test_subtrees_of_a_part_of_the_tasks_have_their_names(forest):
    train = forest.train.copy()
    train[:4] = True  # species 0 has no other members: the rows after it move up
    halved = replace(forest, train=train)
    claims = {"right": [10 * 21 + 4]}
    found = [result("default", 0, 1.0, **claims), result("default", 1, 1.0)]
    told = summary(halved, plan("fresh", ("default",)), found)
    assert {*told["subtrees"]} == {"root", "family 0", "genus 0"}
    assert told["tasks"] == 21
    assert told["note"] == (
        "1 of 22 tasks have members on one side of the split only and are left out."
    )


def test_cases_without_positives_are_left_out_and_said(forest):
    found = [*FOUND, result("default", 2, None, 0, 0), result("random", 2, None, 0, 0)]
    told = summary(forest, plan(cases=3), found)
    assert told["models"]["default"]["f1"] == [0.8, 1.0]
    assert told["cases"] == 3
    assert told["note"] == "Case 2 has nothing to score by and is left out."


def test_a_threshold_that_nothing_chose_is_said(forest):
    found = [{**one, "chosen": False} for one in FOUND]
    assert summary(forest, plan(), found)["note"] == (
        "Cases 0, 1 have no positive among the validation pairs: the threshold is 0.5 "
        "there."
    )


def test_features_that_change_nothing_are_said(forest):
    note = summary(forest, plan(features="quantiles"), FOUND)["note"]
    assert note == "Whatever the features, default read members."


def test_sampled_pairs_are_said(forest, monkeypatch):
    monkeypatch.setattr("core.evaluation.summary.MANY", 21)
    note = summary(forest, plan(), FOUND)["note"]
    assert note.startswith(
        "Pairs are sampled: all positives held out and 100 negatives"
    )


def test_where_no_case_has_a_positive_that_is_an_error(forest, measured):
    found = [result("default", case, None, 0, 0) for case in range(2)]
    with pytest.raises(DataError) as caught:
        summary(forest, plan("novel", ("default",)), found)
    assert str(caught.value) == (
        "No positives in the test pairs of 'forest' (novel, 2 cases): none is of a "
        "task that lies strictly in the other. Try more --cases, or a collection whose "
        "tasks lie in each other."
    )
    with pytest.raises(DataError, match=r"^Too few measured strengths"):
        summary(measured, plan("novel", ("default",)), found)


def test_where_sets_give_the_answer_away_the_note_says_so(forest):
    shared = ("control-shared-members",)
    with_control = [*FOUND, *(result(shared[0], case, 1.0) for case in range(2))]
    said = summary(forest, plan(models=("default", *shared)), with_control)["note"]
    assert "starts from a floorplan of the sets of members" in said
    assert "not how well new members are placed" in said
    assert summary(forest, plan("fresh"), FOUND)["note"] == ""
    assert summary(forest, plan(models=("random", *shared)), with_control)["note"] == ""
