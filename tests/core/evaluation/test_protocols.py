import numpy as np
import pytest

from core.evaluation import protocols
from core.evaluation.protocols import case_of, chance, existing_case, novel_case
from core.evaluation.subject import subject_of
from core.evaluation.truth import share, strictly_inside


def pairs(split):
    return {*zip(*(rows.tolist() for rows in split), strict=True)}


def keys(case):
    return {*case.withheld.tolist()}


@pytest.fixture
def many(monkeypatch):
    """Every collection has too many tasks to ask about all pairs."""
    monkeypatch.setattr(protocols, "MANY", 0)
    monkeypatch.setattr(protocols, "EACH", 6)


def test_existing_holds_out_a_tenth_of_all_ordered_pairs_twice():
    case = existing_case(300, 0)
    every = 300 * 299
    assert len(case.test[0]) / every == pytest.approx(0.1, abs=0.005)
    assert len(case.validation[0]) / every == pytest.approx(0.1, abs=0.005)
    assert not pairs(case.test) & pairs(case.validation)
    held = pairs(case.test) | pairs(case.validation)
    assert {child * 300 + parent for child, parent in held} == keys(case)
    assert (case.test[0] != case.test[1]).all()
    assert (np.diff(case.withheld) > 0).all()


def test_novel_holds_out_15_and_10_percent_of_the_tasks_as_children():
    case = novel_case(100, 0)
    test, validation = {*case.test[0]}, {*case.validation[0]}
    assert (len(test), len(validation), len(case.train)) == (15, 10, 75)
    assert {*case.train} | test | validation == {*range(100)}
    assert {*case.test[1]} == {*case.validation[1]} == {*case.train}
    assert len(case.test[0]) == 15 * 75
    assert not len(case.withheld)


@pytest.mark.parametrize("protocol", ["existing", "novel", "fresh"])
def test_no_test_pair_is_a_training_pair(forest, protocol):
    case = case_of(subject_of(forest, protocol, "mean"), 3)
    assert len(case.test[0])
    train = {*case.train.tolist()}
    for child, parent in pairs(case.test) | pairs(case.validation):
        assert parent in train
        assert child not in train or child * 22 + parent in keys(case)
    assert not pairs(case.test) & pairs(case.validation)


@pytest.mark.parametrize("protocol", ["existing", "novel"])
def test_a_case_is_its_seed(forest, measured, protocol):
    for collection in (forest, measured):
        subject = subject_of(collection, protocol, "mean")
        assert pairs(case_of(subject, 3).test) == pairs(case_of(subject, 3).test)
        assert pairs(case_of(subject, 3).test) != pairs(case_of(subject, 4).test)


def test_existing_asks_about_measured_pairs_only_and_withholds_what_is_unknown(
    measured,
):
    subject = subject_of(measured, "existing", "mean")
    case = case_of(subject, 0)
    known = {*subject.truth.keys.tolist()}
    asked = {a * 15 + b for a, b in pairs(case.test) | pairs(case.validation)}
    assert asked < known
    assert len(case.test[0]) + len(case.validation[0]) == len(asked)
    itself = {row * 16 for row in range(15)}
    assert keys(case) - itself == ({*range(225)} - known - itself) | asked


def test_novel_asks_about_all_measured_pairs_between_held_out_and_known(measured):
    subject = subject_of(measured, "novel", "mean")
    case = case_of(subject, 0)
    novel = {*range(15)} - {*case.train.tolist()}
    assert len(novel) == 3
    expected = {
        (int(a), int(b))
        for a, b in zip(*np.divmod(subject.truth.keys, 15), strict=True)
        if (a in novel) != (b in novel)
    }
    assert pairs(case.test) == expected
    assert {a in novel for a, _ in expected} == {True, False}  # both directions
    assert pairs(case.validation)
    for child, parent in pairs(case.validation):
        assert not {child, parent} & novel
        assert child * 15 + parent in keys(case)
    assert (share(subject.truth, *case.test) > 0).all()


def test_chance_is_even_and_another_for_every_seed():
    drawn = [chance(seed, np.arange(100_000)) for seed in (0, 1)]
    for one in drawn:
        counts, _ = np.histogram(one, bins=20, range=(0, 1))
        assert abs(counts - 5000).max() < 300  # more than four standard deviations
    assert abs(np.corrcoef(*drawn)[0, 1]) < 0.02
    np.testing.assert_array_equal(chance(0, np.array([7, 7])), drawn[0][[7, 7]])


def test_of_many_tasks_existing_asks_about_positives_and_negatives_of_a_part(
    forest, many
):
    subject = subject_of(forest, "existing", "mean")
    case = case_of(subject, 0)
    everything = np.arange(22 * 22)
    part = {"test": chance(0, everything) >= 0.9}
    part["validation"] = (chance(0, everything) >= 0.8) & ~part["test"]
    for name in ("test", "validation"):
        child, parent = getattr(case, name)
        assert part[name][child * 22 + parent].all()
        truth = strictly_inside(subject.truth, child, parent)
        strict = strictly_inside(subject.truth, *np.divmod(everything, 22))
        assert truth.sum() == (strict & part[name]).sum() > 0
        assert 0 < (~truth).sum() <= 6 * truth.sum()
        assert {
            child * 22 + parent for child, parent in pairs((child, parent))
        } <= keys(case)
    related = subject.truth.keys[chance(0, subject.truth.keys) >= 0.8]
    assert {*related.tolist()} <= keys(case)


def test_of_many_tasks_novel_asks_about_all_positives_of_novel_tasks(
    forest, many, monkeypatch
):
    monkeypatch.setattr(protocols, "EACH", 1)
    subject = subject_of(forest, "novel", "mean")
    case, whole = case_of(subject, 2), novel_case(22, 2)
    np.testing.assert_array_equal(case.train, whole.train)
    for name in ("test", "validation"):
        asked, every = getattr(case, name), getattr(whole, name)
        assert pairs(asked) < pairs(every)
        right = strictly_inside(subject.truth, *every).sum()
        assert strictly_inside(subject.truth, *asked).sum() == right > 0
