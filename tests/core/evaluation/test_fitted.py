"""Above all: that a fit learns from nothing that it is asked about afterwards."""

from dataclasses import replace

import numpy as np
import pytest

from core.boxes import containment_pairs
from core.evaluation import evidence, fitted, scoring
from core.evaluation.protocols import case_of
from core.evaluation.subject import members_of, subject_of
from core.evaluation.truth import strictly_inside
from core.learning import placing, training
from core.relations import Relations, membership_of

PROTOCOLS = ("existing", "novel", "fresh")
KINDS = ("set", "neighbour", "task")


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


@pytest.fixture
def config_of(forest, quick):
    """Settings of few steps, for every kind of encoder."""

    def config(kind):
        name = "default" if kind == "set" else "network"
        config = quick(forest, name, dim=2, seed=0, steps=None)
        return replace(config, encoder=kind)

    return config


def case_with_positives(subject):
    for seed in range(20):
        case = case_of(subject, seed)
        if strictly_inside(subject.truth, *case.test).sum() > 1:
            return case
    raise ValueError("No case has positives.")


def with_lies(collection, subject, case):
    """The collection, with the truth of every test pair falsified where it can be."""
    known = collection.relations
    tasks, (child, parent) = len(collection.tasks), case.test
    child, parent = subject.rows[child], subject.rows[parent]
    asked = child * tasks + parent
    keys = known.child.astype(int) * tasks + known.parent
    keep = ~(np.isin(keys, asked) & (known.strength == 1))
    back = parent * tasks + child
    lied = ~np.isin(asked, keys) & ~np.isin(back, keys) & (child < parent)
    assert (~keep).any()
    assert lied.any()
    relations = Relations(
        np.concatenate([known.child[keep], child[lied]]),
        np.concatenate([known.parent[keep], parent[lied]]),
        np.concatenate([known.strength[keep], np.ones(lied.sum())]),
    )
    return replace(collection, relations=relations)


def assert_same(first, second):
    np.testing.assert_array_equal(first.lower, second.lower)
    np.testing.assert_array_equal(first.upper, second.upper)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_truth_of_test_pairs_changes_nothing_but_the_test_figure(
    forest, config_of, protocol, kind
):
    honest = subject_of(forest, protocol, "mean")
    case = case_with_positives(honest)
    lying = subject_of(with_lies(forest, honest, case), protocol, "mean")
    truths = [strictly_inside(one.truth, *case.test) for one in (honest, lying)]
    assert (truths[0] != truths[1]).sum() > 3
    first, second = (
        fitted.boxes_of(one, case, config_of(kind)) for one in (honest, lying)
    )
    assert_same(first, second)
    told = [
        scoring.told_apart(
            lambda a, b: containment_pairs(first, a, b), subject, case, truth
        )
        for subject, truth in zip((honest, lying), truths, strict=True)
    ]
    for key in ("threshold", "chosen"):
        assert told[0][key] == told[1][key]
    claims = [sorted(one["right"] + one["wrong"]) for one in told]
    assert claims[0] == claims[1]
    assert told[0]["missed"] != told[1]["missed"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_truth_of_test_pairs_reaches_no_baseline(forest, protocol):
    honest = subject_of(forest, protocol, "mean")
    case = case_with_positives(honest)
    lying = subject_of(with_lies(forest, honest, case), protocol, "mean")
    first, second = (
        evidence.evidence_of(one, case, "linear", 2) for one in (honest, lying)
    )
    for key, one in vars(first).items():
        np.testing.assert_array_equal(one, getattr(second, key), err_msg=key)


@pytest.mark.parametrize("protocol", ["existing", "novel"])
def test_measured_strengths_of_test_pairs_change_no_box(measured, config_of, protocol):
    subject = subject_of(measured, protocol, "mean")
    case = case_of(subject, 0)
    known = measured.relations
    asked = np.isin(known.child * 15 + known.parent, case.test[0] * 15 + case.test[1])
    shuffled = known.strength.copy()
    shuffled[asked] = np.random.default_rng(1).permutation(shuffled[asked])
    relations = replace(known, strength=shuffled)
    lying = subject_of(replace(measured, relations=relations), protocol, "mean")
    boxes = [fitted.boxes_of(one, case, config_of("task")) for one in (subject, lying)]
    assert_same(*boxes)
    for key, one in vars(evidence.evidence_of(subject, case, "linear", 2)).items():
        other = getattr(evidence.evidence_of(lying, case, "linear", 2), key)
        np.testing.assert_array_equal(one, other, err_msg=key)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protocol", ["novel", "fresh"])
def test_novel_tasks_and_their_members_change_no_known_box(
    forest, config_of, protocol, kind
):
    subject = subject_of(forest, protocol, "mean")
    case = case_of(subject, 0)
    known = members_of(subject.known.membership, case.train)
    features = forest.features.copy()
    strangers = np.setdiff1d(np.arange(48), known.member)
    features[strangers] += 1000
    novel = np.setdiff1d(np.arange(22), case.train)
    related = np.isin(forest.relations.child, novel)
    related |= np.isin(forest.relations.parent, novel)
    pairs = (forest.relations.child, forest.relations.parent, forest.relations.strength)
    relations = Relations(*(one[~related] for one in pairs))
    other = subject_of(
        replace(forest, features=features, relations=relations), protocol, "mean"
    )
    first, second = (
        fitted.boxes_of(one, case, config_of(kind)) for one in (subject, other)
    )
    np.testing.assert_array_equal(first.lower[case.train], second.lower[case.train])
    np.testing.assert_array_equal(first.upper[case.train], second.upper[case.train])
    moved = first.lower[novel] != second.lower[novel]
    assert moved.any() == (protocol == "fresh")  # else all are of known members


@pytest.mark.parametrize("kind", ("set", "task"))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_boxes_scored_are_what_placing_says_of_every_task_alone(
    forest, config_of, protocol, kind
):
    subject, config = subject_of(forest, protocol, "mean"), config_of(kind)
    case = case_of(subject, 0)
    boxes = fitted.boxes_of(subject, case, config)
    assert boxes.names == tuple(forest.tasks.index)
    data = fitted.known_data(subject, case, config)
    state = training.start(data, config)
    for _ in training.fit(data, state):
        pass
    fresh = protocol == "fresh"
    for row in range(22):
        known = row in case.train
        side = subject.known if known else subject.novel
        members = members_of(side.membership, np.array([row])).member
        if kind != "set":
            features, membership = side.vector[[row]], None
        elif fresh and not known:
            features, membership = forest.features[members], [[*range(len(members))]]
        else:
            rows = np.flatnonzero(forest.train) if fresh else np.arange(48)
            features = forest.features[rows]
            membership = [np.searchsorted(rows, members).tolist()]
        alone = placing.place(
            state.model,
            features,
            membership_of(membership) if membership else None,
            (boxes.names[row],),
            known=known or not fresh,
        )
        np.testing.assert_allclose(
            boxes.lower[[row]], alone.lower, rtol=1e-4, atol=1e-4
        )
        np.testing.assert_allclose(
            boxes.upper[[row]], alone.upper, rtol=1e-4, atol=1e-4
        )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_neighbours_tell_the_novel_tasks_that_are_scored(forest, config_of, protocol):
    subject, config = subject_of(forest, protocol, "mean"), config_of("neighbour")
    case = case_of(subject, 0)
    boxes = fitted.boxes_of(subject, case, config)
    data = fitted.known_data(subject, case, config)
    state = training.start(data, config)
    for _ in training.fit(data, state):
        pass
    names = tuple(forest.tasks.index)
    known = placing.place(
        state.model, data.features, None, tuple(names[row] for row in case.train)
    )
    np.testing.assert_array_equal(boxes.lower[case.train], known.lower)
    for row in np.setdiff1d(np.arange(22), case.train):
        vector = subject.novel.vector[[row]]
        alone = placing.place(state.model, vector, None, (names[row],), known=False)
        np.testing.assert_allclose(boxes.lower[[row]], alone.lower, rtol=1e-4)


def test_a_novel_task_with_a_member_that_no_known_task_has_is_placed_as_new(
    forest, config_of
):
    config = config_of("set")
    subject = subject_of(forest, "novel", "mean")
    known = np.array([row for row in range(22) if row not in {0, 1, 4, 10, 16}])
    case = replace(case_of(subject, 0), train=known)
    boxes = fitted.boxes_of(subject, case, config)
    data = fitted.known_data(subject, case, config)
    assert len(data.features) == 44  # all but those of species 0
    state = training.start(data, config)
    for _ in training.fit(data, state):
        pass
    for row, is_known in ((10, False), (1, False), (16, True)):
        members = members_of(forest.membership, np.array([row])).member
        features = data.features if is_known else forest.features[members]
        rows = members - 4 if is_known else np.arange(len(members))
        alone = placing.place(
            state.model,
            features,
            membership_of([rows.tolist()]),
            (boxes.names[row],),
            known=is_known,
        )
        np.testing.assert_allclose(
            boxes.lower[[row]], alone.lower, rtol=1e-4, atol=1e-4
        )


def test_what_is_known_of_some_tasks(forest, config_of):
    subject = subject_of(forest, "novel", "mean")
    case = replace(case_of(subject, 0), train=np.array([0, 4, 10, 21]))
    case = replace(case, withheld=np.array([4 * 22 + 0, 10 * 22 + 3, 21 * 22 + 0]))
    data = fitted.known_data(subject, case, config_of("set"))
    assert (data.tasks, len(data.features)) == (4, 48)
    assert data.withheld.tolist() == [1 * 4 + 0, 3 * 4 + 0]
    found = {*zip(data.relations.child, data.relations.parent, strict=True)}
    assert found == {(0, 1), (2, 0), (0, 2), (2, 1), (1, 2), (0, 3)}
    data = fitted.known_data(subject, case, config_of("task"))
    np.testing.assert_array_equal(data.features, subject.known.vector[case.train])


def test_features_asked_for_are_what_the_network_reads(forest, config_of):
    subject = subject_of(forest, "fresh", "quantiles")
    case = case_of(subject, 0)
    data = fitted.known_data(subject, case, config_of("task"))
    assert data.features.shape[1] == 15
    np.testing.assert_array_equal(data.features, subject.known.vector[case.train])


def test_sizes_of_tasks_are_those_of_the_known_ones(measured, config_of):
    size = np.arange(1.0, 16)
    sized = replace(measured, tasks=measured.tasks.assign(size=size))
    subject = subject_of(sized, "novel", "mean")
    case = case_of(subject, 0)
    data = fitted.known_data(subject, case, config_of("task"))
    np.testing.assert_array_equal(data.size, size[case.train])
