from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import f1_score

from core.evaluation import scoring
from core.evaluation.protocols import case_of
from core.evaluation.scoring import FALLBACK, told_apart, trial
from core.evaluation.subject import subject_of
from core.evaluation.truth import share, strictly_inside


def knowing(subject, case):
    """A model that knows all."""
    return lambda child, parent: share(subject.truth, child, parent)


def guessing(subject, case):
    """A model that knows nothing."""

    def shares(child, parent):
        return np.random.default_rng(case.seed).random(len(child))

    return shares


def never(subject, case):
    """A model that must not be asked to learn."""
    raise AssertionError


@pytest.mark.parametrize("protocol", ["existing", "novel", "fresh"])
def test_who_knows_all_is_always_right(forest, protocol):
    result = trial(subject_of(forest, protocol, "mean"), 0, knowing)
    assert result["score"] == 1
    assert len(result["right"]) == result["positives"] > 0
    assert not result["wrong"]
    assert not result["missed"]


@pytest.mark.parametrize("protocol", ["existing", "novel"])
def test_the_score_is_that_of_scikit_learn(forest, protocol):
    subject = subject_of(forest, protocol, "mean")
    case, result = case_of(subject, 3), trial(subject, 3, guessing)
    shares, (child, parent) = guessing(subject, case), case.test
    forth, back = shares(child, parent), shares(parent, child)
    claim = (forth > back) & (forth > result["threshold"])
    truth = strictly_inside(subject.truth, child, parent)
    assert result["score"] == pytest.approx(f1_score(truth, claim, zero_division=0))
    keys = child * 22 + parent
    assert result["wrong"] == keys[claim & ~truth].tolist()
    assert result["missed"] == keys[~claim & truth].tolist()
    assert (result["test_pairs"], result["positives"]) == (len(truth), truth.sum())


@pytest.mark.parametrize("protocol", ["existing", "novel"])
def test_measured_strengths_are_scored_by_their_order(measured, protocol):
    subject = subject_of(measured, protocol, "mean")
    case, result = case_of(subject, 0), trial(subject, 0, guessing)
    true = share(subject.truth, *case.test)
    expected = spearmanr(guessing(subject, case)(*case.test), true).statistic
    assert result["score"] == pytest.approx(expected)
    assert trial(subject, 0, knowing)["score"] == pytest.approx(1)
    assert result["positives"] == result["test_pairs"] == len(true)


def test_the_threshold_is_chosen_on_validation_pairs_alone(forest):
    subject = subject_of(forest, "existing", "mean")
    case = case_of(subject, 0)
    known = strictly_inside(subject.truth, *case.validation)
    assert known.any()
    # Where validation pairs are told apart at 0.75, test pairs would be at 0.25.
    keys = case.validation[0] * 22 + case.validation[1]

    def shares(child, parent):
        inside = share(subject.truth, child, parent) == 1
        validation = np.isin(child * 22 + parent, keys)
        return np.where(validation, np.where(inside, 0.75, 0.74), inside * 0.25)

    truth = strictly_inside(subject.truth, *case.test)
    result = told_apart(shares, subject, case, truth)
    assert (result["threshold"], result["score"]) == (0.7, 0)


def test_without_a_positive_validation_pair_the_threshold_falls_back(forest):
    subject = subject_of(forest, "existing", "mean")
    case = case_of(subject, 0)
    apart = np.array([10]), np.array([21])  # species of two families
    case = replace(case, validation=apart)
    truth = strictly_inside(subject.truth, *case.test)
    result = told_apart(knowing(subject, case), subject, case, truth)
    assert (result["threshold"], result["chosen"]) == (FALLBACK, False)
    assert result["score"] == 1


def test_nothing_is_learned_where_there_is_nothing_to_score_by(forest, measured):
    none = replace(forest.relations, strength=forest.relations.strength * 0.5)
    subject = subject_of(replace(forest, relations=none), "existing", "mean")
    result = trial(subject, 0, never)
    assert result["score"] is None
    assert result["positives"] == 0 < result["test_pairs"]
    known = measured.relations
    same = replace(measured, relations=replace(known, strength=known.strength * 0 + 1))
    assert trial(subject_of(same, "novel", "mean"), 0, never)["score"] is None


def test_seconds_are_those_of_learning(forest, monkeypatch):
    clock = iter([1.0, 3.5])
    monkeypatch.setattr(scoring.time, "perf_counter", lambda: next(clock))
    assert trial(subject_of(forest, "novel", "mean"), 0, knowing)["seconds"] == 2.5
