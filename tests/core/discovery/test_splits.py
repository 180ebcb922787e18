from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.discovery.breaking import outcome
from core.discovery.images import standardised
from core.discovery.learning import Learning
from core.discovery.networks import Architecture
from core.discovery.splits import (
    MEDIAN,
    adversarial,
    adversarial_classes,
    control,
    cue_of,
    cues,
    splits_by,
)
from core.errors import DataError

LEARNING = Learning(
    Architecture("mlp", (16,)), rate=1e-2, batch=8, steps=80, enough=1.0, check=20
)


def coins(seed, images=4_000):
    return np.random.default_rng(seed).integers(2, size=images)


def test_one_learns_from_where_both_agree():
    split = adversarial(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0]))
    assert (split.learn.tolist(), split.test.tolist()) == ([0, 2, 3], [1, 4])


def test_a_task_that_mostly_disagrees_is_turned():
    target, task = np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1])
    assert adversarial(target, task).learn.tolist() == [0, 1, 2]


@pytest.mark.parametrize("flip", [0, 1])
def test_a_task_that_is_its_target_leaves_nothing_to_test(flip):
    target = coins(0, 10)
    with pytest.raises(DataError, match="each of 10 images"):
        adversarial(target, target ^ flip)


def test_an_independent_task_halves_the_images():
    split = adversarial(coins(0), coins(1))
    assert len(split.learn) == pytest.approx(2_000, abs=120)
    assert len(split.learn) + len(split.test) == 4_000


def test_two_tasks_leave_out_where_they_differ():
    target = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    one = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    other = 1 - np.array([0, 0, 1, 1, 1, 1, 1, 0])  # turned
    split = adversarial(target, one, other)
    assert split.learn.tolist() == [0, 1, 4, 5, 6]
    assert split.test.tolist() == [3, 7]
    fair = control(split, seed=1)
    assert len(fair.learn) == 5
    assert sorted([*fair.learn, *fair.test]) == [0, 1, 3, 4, 5, 6, 7]


def test_of_many_classes_each_is_on_both_sides():
    labels = np.arange(4_000) % 10
    split = adversarial_classes(labels, [0, 2, 4, 6, 8], coins(1))
    for rows in (split.learn, split.test):
        assert len(np.unique(labels[rows])) == 10


def test_a_class_that_is_on_one_side_only_is_named():
    labels = np.arange(40) % 4
    task = np.isin(labels, [0, 1]).astype(int)
    task[labels == 2] = np.arange(10) % 2
    task[labels == 3] = np.arange(10) % 2
    with pytest.raises(DataError, match="No image of class 0 is left to test on"):
        adversarial_classes(labels, [0, 1], task)


def test_tasks_whose_sides_look_most_unlike_come_first():
    pixels = np.array([[0.0, 0, 0], [0, 1, 2], [9, 0, 2], [9, 1, 0]])
    tasks = np.array([[0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 0]])  # apart by 1, 9 and 2
    assert cues(pixels, tasks, 1) == [(1,), (2,), (0,)]
    assert cues(pixels, tasks, 2) == [(1, 2), (0, 1), (0, 2)]
    assert cues(pixels, 1 - tasks, 1) == [(1,), (2,), (0,)]  # a flip is the same task


def test_splits_are_by_the_first_that_leave_every_class_on_both_sides():
    labels = np.arange(400) % 4
    aligned = np.isin(labels, [0, 2]).astype(int)  # classes lie on one side of it
    tasks = np.array([aligned, coins(1, 400), coins(2, 400), coins(3, 400)])
    found = splits_by(labels, [0, 1], tasks, [(0,), (2,), (0, 2), (1,), (3,)], 2)
    assert [cue for cue, _ in found] == [(2,), (1,)]
    for (row,), split in found:
        target = np.isin(labels, [0, 1])
        assert len(np.unique((target == tasks[row])[split.learn])) == 1


def test_of_a_class_on_one_side_the_nearest_go_to_the_other():
    labels = np.repeat([0, 1, 2], 4)
    margin = np.array([3.0, 1, 2, 4, -4, -1, -3, -2, 1, -1, 2, 3])
    sides = cue_of(labels, margin, 1 / 4)
    assert sides.tolist() == [1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1]
    assert (cue_of(labels, margin, 0.0) == (margin > 0)).all()


def test_of_one_image_none_goes_to_the_other_side():
    assert cue_of(np.array([0, 1]), np.array([1.0, -1.0])).tolist() == [1, 0]


@given(
    hnp.arrays(float, 40, elements=st.floats(-2, 2)),
    hnp.arrays(int, 40, elements=st.integers(0, 3)),
    st.floats(0.0, 0.5),
)
def test_a_share_of_every_class_is_on_either_side(margin, labels, least):
    sides = cue_of(labels, margin, least)
    for one in np.unique(labels):
        own = sides[labels == one]
        few = min(np.ceil(least * len(own)), len(own) // 2)
        assert few <= own.sum() <= len(own) - few
        assert margin[labels == one][own == 1].min(initial=9) >= margin[labels == one][
            own == 0
        ].max(initial=-9)
    moved = sides != (margin > 0)
    assert (moved.sum() == 0) or least > 0


def test_the_median_halves_every_class():
    labels = np.arange(60) % 3
    margin = np.random.default_rng(0).normal(size=60) + labels
    sides = cue_of(labels, margin, MEDIAN)
    assert np.bincount(labels[sides == 1]).tolist() == [10, 10, 10]
    split = adversarial_classes(labels, [0], sides)
    assert np.bincount(labels[split.learn]).tolist() == [10, 10, 10]


def test_a_control_has_the_same_sizes_and_hangs_on_the_seed():
    split = adversarial(coins(0), coins(1))
    same = control(split, seed=3)
    assert len(same.learn) == len(split.learn)
    every = np.concatenate([same.learn, same.test])
    assert (np.sort(every) == np.arange(4_000)).all()
    assert (same.learn != control(split, seed=4).learn).any()


def test_networks_take_the_easy_way_and_break(specks):
    """The target is a faint row of pixels, the task a bright one."""
    rng = np.random.default_rng(0)
    target, task = rng.integers(2, size=(2, 400))
    pixels = rng.normal(size=(400, 1, 2, 2)).astype(np.float32)
    pixels[:, 0, 0] += 1.5 * (2 * target[:, None] - 1)
    pixels[:, 0, 1] += 6 * (2 * task[:, None] - 1)
    split = adversarial(target, task)
    hit = outcome(pixels, target, split, LEARNING)
    fair = outcome(pixels, target, control(split), LEARNING)
    assert hit.accuracy.max() < 0.35
    assert hit.held_out.min() > 0.9
    assert fair.accuracy.min() > 0.85
    assert hit.confusion.sum(axis=1) == pytest.approx([1, 1])
    assert 1 - np.average(
        np.diag(hit.confusion), weights=np.bincount(target[split.test])
    ) == pytest.approx(1 - hit.accuracy.mean())
    assert set(hit.mistakes.tolist()) <= set(split.test.tolist())
    assert (hit.taken_for != target[hit.mistakes]).all()


def test_a_split_of_fewer_images_than_a_batch(specks):
    split = adversarial(specks.labels, coins(1, 60))
    pixels = standardised(specks.pixels)
    with pytest.raises(DataError, match="fewer than a batch of 64"):
        outcome(pixels, specks.labels, split, replace(LEARNING, batch=64))
