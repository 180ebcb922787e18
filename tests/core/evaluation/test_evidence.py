from dataclasses import replace

import numpy as np
import pytest

from core.evaluation import evidence, protocols, scoring
from core.evaluation.evidence import evidence_of, learnable
from core.evaluation.protocols import case_of
from core.evaluation.subject import subject_of
from core.evaluation.truth import share, strictly_inside


def keys(split):
    child, parent = split
    return {*(child * 22 + parent).tolist()}


@pytest.mark.parametrize("protocol", ["existing", "novel", "fresh"])
def test_all_open_pairs_of_known_tasks_can_be_learned_from(forest, protocol):
    subject = subject_of(forest, protocol, "mean")
    case = case_of(subject, 0)
    every = {a * 22 + b for a in case.train for b in case.train if a != b}
    assert keys(learnable(subject, case)) == every - {*case.withheld.tolist()}


def test_of_many_tasks_related_pairs_and_some_others_are_learned_from(
    forest, monkeypatch
):
    for module in (protocols, evidence):
        monkeypatch.setattr(module, "MANY", 0)
    monkeypatch.setattr(protocols, "EACH", 4)
    monkeypatch.setattr(evidence, "EACH", 2)
    for protocol in ("existing", "novel"):
        subject = subject_of(forest, protocol, "mean")
        case = case_of(subject, 1)
        found = keys(learnable(subject, case))
        train, withheld = {*case.train.tolist()}, {*case.withheld.tolist()}
        assert not found & (withheld | keys(case.test) | keys(case.validation))
        assert {row for key in found for row in divmod(key, 22)} <= train
        related = {
            key for key in subject.truth.keys.tolist() if {*divmod(key, 22)} <= train
        }
        assert related - withheld < found
        positive = strictly_inside(subject.truth, *np.divmod([*found], 22)).sum()
        assert 0 < len(found - related) <= 2 * positive


@pytest.mark.parametrize("protocol", ["existing", "novel", "fresh"])
def test_evidence_is_what_the_case_lets_be_known(forest, protocol):
    subject = subject_of(forest, protocol, "quantiles")
    case = case_of(subject, 0)
    found = evidence_of(subject, case, "linear", 3)
    assert (found.dim, found.seed, found.measured) == (3, 0, False)
    np.testing.assert_array_equal(
        found.strength, share(subject.truth, found.child, found.parent)
    )
    np.testing.assert_array_equal(
        found.truth, strictly_inside(subject.truth, *case.validation)
    )
    for row in range(22):
        side = subject.known if row in case.train else subject.novel
        np.testing.assert_array_equal(found.mean[row], side.vector[row])
        np.testing.assert_array_equal(found.variance[row], side.variance[row])


def test_what_is_defined_by_mean_and_variance_gets_these(forest):
    subject = subject_of(forest, "existing", "quantiles")
    found = evidence_of(subject, case_of(subject, 0), "kl", 2)
    np.testing.assert_array_equal(found.mean, subject.known.mean)
    assert found.mean.shape == found.variance.shape


def test_measured_evidence_has_strengths_to_choose_by(measured):
    subject = subject_of(measured, "novel", "mean")
    case = case_of(subject, 0)
    found = evidence_of(subject, case, "linear", 2)
    assert found.measured
    assert found.variance is None
    assert (found.strength > 0).all()
    known = share(subject.truth, *case.validation)
    np.testing.assert_array_equal(found.truth, known)
    novel = {*range(15)} - {*case.train.tolist()}
    assert not novel & {*found.child.tolist(), *found.parent.tolist()}


def test_a_baseline_is_asked_with_the_evidence(forest, monkeypatch):
    def nearest(known):
        assert known.dim == 2
        return lambda child, parent: (
            1.0 * (known.mean[child] > known.mean[parent])[:, 0]
        )

    monkeypatch.setattr(evidence, "BASELINES", {"nearest": nearest})
    subject = subject_of(forest, "existing", "mean")
    shares = evidence.shares(subject, case_of(subject, 0), name="nearest", dim=2)
    mean = subject.known.mean[:, 0]
    expected = [mean[1] > mean[2], mean[2] > mean[1]]
    np.testing.assert_array_equal(shares(np.array([1, 2]), np.array([2, 1])), expected)


@pytest.mark.parametrize("protocol", ["existing", "novel"])
def test_common_members_are_right_by_definition(forest, protocol):
    subject = subject_of(forest, protocol, "mean")
    assert scoring.trial(subject, 0, evidence.common_members)["score"] == 1
    twins = replace(subject.truth, strength=np.ones_like(subject.truth.strength))
    shares = evidence.common_members(replace(subject, truth=twins), case_of(subject, 0))
    assert shares(np.array([0, 10]), np.array([1, 21])).tolist() == [1, 0]
