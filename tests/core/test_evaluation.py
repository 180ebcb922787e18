import json
from dataclasses import replace

import numpy as np
import pytest

from core import cache, evaluation, sampling, training
from core.__main__ import main
from core.evaluation import CONTROL, existing_case, novel_case, results, score, summary
from core.recipe import TrainingConfig
from core.relations import Relations
from core.training_data import training_data

QUICK = TrainingConfig(steps=3, known=64, unrelated=64, crowded=64)


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


def pairs(split):
    return {*zip(*(rows.tolist() for rows in split), strict=True)}


def with_truth(collection, drop):
    """The collection, its relations of the pairs in `drop` forgotten."""
    known = collection.relations
    keep = ~np.isin(known.child * 7 + known.parent, [a * 7 + b for a, b in drop])
    relations = Relations(known.child[keep], known.parent[keep], known.strength[keep])
    return replace(collection, relations=relations)


def test_existing_holds_out_a_tenth_of_all_ordered_pairs_twice():
    case = existing_case(300, 0)
    every = 300 * 299
    assert len(case.test[0]) / every == pytest.approx(0.1, abs=0.005)
    assert len(case.validation[0]) / every == pytest.approx(0.1, abs=0.005)
    assert not pairs(case.test) & pairs(case.validation)
    held = pairs(case.test) | pairs(case.validation)
    assert {child * 300 + parent for child, parent in held} == {*case.withheld}
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


@pytest.mark.parametrize("split", [existing_case, novel_case])
def test_a_case_is_its_seed(split):
    assert pairs(split(50, 3).test) == pairs(split(50, 3).test)
    assert pairs(split(50, 3).test) != pairs(split(50, 4).test)


@pytest.mark.parametrize("encoder", ["set", "task"])
def test_relations_of_test_pairs_change_nothing_but_the_test_figure(
    collection, encoder
):
    case = existing_case(7, 1)
    known = evaluation.known_pairs(collection)
    asked = pairs(case.test) & pairs(np.divmod(known.keys[known.strength == 1], 7))
    assert asked
    changed = with_truth(collection, asked)
    config = replace(QUICK, encoder=encoder)
    names = tuple(collection.tasks.index)
    first, second = (
        evaluation.fitted(training_data(one, encoder), case, config, names)
        for one in (collection, changed)
    )
    np.testing.assert_array_equal(first.lower, second.lower)
    np.testing.assert_array_equal(first.upper, second.upper)
    shares = evaluation._box_shares(first)
    before = score(shares, known, case)
    after = score(shares, evaluation.known_pairs(changed), case)
    assert before["threshold"] == after["threshold"]
    assert before["positives"] > after["positives"]


@pytest.mark.parametrize("encoder", ["set", "task"])
def test_novel_tasks_change_nothing_about_the_others(collection, encoder):
    case = novel_case(7, 0)
    novel = {*case.test[0]} | {*case.validation[0]}
    changed = with_truth(
        collection, {(a, b) for a in range(7) for b in range(7) if {a, b} & novel}
    )
    config = replace(QUICK, encoder=encoder)
    names = tuple(collection.tasks.index)
    first, second = (
        evaluation.fitted(training_data(one, encoder), case, config, names)
        for one in (collection, changed)
    )
    np.testing.assert_array_equal(first.lower, second.lower)


def test_restricted_data_keeps_members_and_relations_of_its_tasks(collection):
    data = training_data(collection, "set")
    part = evaluation.restricted(data, np.array([0, 3, 5]))  # animal, pet, parrot
    assert part.tasks == 3
    np.testing.assert_array_equal(part.membership.member, [0, 1, 2, 3, 1, 2, 1])
    found = {*zip(part.relations.child, part.relations.parent, strict=True)}
    assert found == {(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)}


def test_strict_containment_is_not_mere_equality():
    same = Relations(np.array([0, 1, 0]), np.array([1, 0, 2]), np.ones(3))
    known = sampling.pairs_of(3, same, np.zeros(0, dtype=np.int64))
    truth = evaluation.strictly_inside(known, np.array([0, 1, 0]), np.array([1, 0, 2]))
    np.testing.assert_array_equal(truth, [False, False, True])


def test_results_are_kept_and_the_control_is_one_by_definition(collection):
    kept = {}
    arguments = (collection, "existing", 2, 1, ("default",))
    first = list(results(*arguments, kept))
    assert len(kept) == 1
    assert list(results(*arguments, kept)) == first
    assert len(kept) == 1
    document = summary(collection, "existing", 2, 1, first)
    assert {*document["models"]} == {CONTROL, "default"}
    assert document["models"][CONTROL]["f1_mean"] == 1
    assert document["tasks"] == 7


def test_summary_of_hand_made_scores(collection):
    found = [
        {"model": "default", "f1": f1, "seconds": s, "test_pairs": 10, "positives": p}
        for f1, s, p in ((0.8, 1.0, 4), (1.0, 2.0, 6))
    ]
    assert summary(collection, "existing", 2, 2, found) == {
        "collection": "animals",
        "protocol": "existing",
        "dim": 2,
        "cases": 2,
        "tasks": 7,
        "test_pairs": 10,
        "positives": 5,
        "models": {
            "default": {
                "f1_mean": 0.9,
                "f1_std": 0.1,
                "seconds": 1.5,
                "f1": [0.8, 1.0],
            }
        },
    }


def test_evaluate_prints_one_document_and_keeps_it(store, capsys):
    command = ["evaluate", "animals", "--data", str(store.data), "--cases", "1"]
    command += ["--protocol", "novel", "--models", "default"]
    assert main([*command, "--json"]) == 0
    out, _ = capsys.readouterr()
    document = json.loads(out)
    assert document in cache.load_evaluation(store, "animals")
    assert (store.data / ".cache").stat().st_mode & 0o777 == 0o700
    assert main(command) == 0  # kept: the same figures, now as a table
    table = capsys.readouterr().out
    assert f"{document['models']['default']['f1_mean']:.3f}" in table
    assert CONTROL in table


def test_an_unknown_model_is_named(store, capsys):
    with pytest.raises(SystemExit):
        main(["evaluate", "animals", "--protocol", "novel", "--models", "magic"])
    assert "unknown model 'magic'" in capsys.readouterr().err
