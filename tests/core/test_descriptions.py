"""Distances by every description: by hand, against plain NumPy, and what has none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.baselines.distances import divergence
from core.descriptions import (
    DIRECTED,
    KINDS,
    MEASURES,
    by_directions,
    by_embeddings,
    by_moments,
)
from core.task2vec import distances as task2vec
from core.task2vec.embedding import Embeddings, Origin


def moments(seed, tasks=6, channels=4):
    draw = np.random.default_rng(seed)
    return (
        draw.normal(size=(tasks, channels)).astype(np.float32),
        draw.gamma(1, size=(tasks, channels)).astype(np.float32),
    )


def every(count):
    return np.arange(count)


def test_directions_by_hand():
    known = by_directions(np.array([[1, 0], [0, 1], [-1, 0], [0, 0]], dtype=np.float32))
    far = known.measures["cosine"](every(4), every(4))
    assert far[:3, :3].tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
    # A task in the very middle has no direction.
    assert known.told.tolist() == [True, True, True, False]
    assert np.isnan(far[0, 3])


def test_the_divergence_by_hand():
    # Variances 1 and 4, means 0 and 2: (log 4 + (1 + 4) / 4 - 1) / 2, and back.
    mean, variance = np.array([[0.0], [2]], "f4"), np.array([[1.0], [4]], "f4")
    far = by_moments(mean, variance).measures["divergence"](every(2), every(2))
    forth, back = (np.log(4) + 5 / 4 - 1) / 2, (-np.log(4) + 8 - 1) / 2
    np.testing.assert_allclose(far, [[0, forth], [back, 0]], atol=1e-12)


@given(st.integers(0, 100))
def test_the_divergence_is_that_of_the_baseline(seed):
    mean, variance = moments(seed)
    variance[0] = 0  # a task of one member
    far = by_moments(mean, variance).measures["divergence"](every(6), every(6))
    child, parent = np.divmod(np.arange(36), 6)
    known = divergence(mean, variance, every(6))(child, parent)
    np.testing.assert_allclose(far.ravel(), known, rtol=1e-6, atol=1e-8)


@given(st.integers(0, 100))
def test_the_cosine_of_moments_is_the_mean_of_two(seed):
    mean, variance = moments(seed)
    far = by_moments(mean, variance).measures["cosine"](every(6), every(6))

    def cosines(rows):
        away = rows - rows.mean(axis=0)
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        return away @ away.T

    expected = 1 - (cosines(mean) + cosines(variance)) / 2
    np.testing.assert_allclose(far, expected, atol=1e-5)


@pytest.mark.parametrize("measure", MEASURES["mean+variance"])
def test_some_tasks_are_part_of_all(measure):
    between = by_moments(*moments(0)).measures[measure]
    rows, others = np.array([4, 1]), np.array([0, 1, 5])
    whole = between(every(6), every(6))
    np.testing.assert_allclose(
        between(rows, others), whole[np.ix_(rows, others)], atol=1e-6
    )


@pytest.fixture
def embeddings():
    fisher = np.array([[1, 3, 2], [3, 1, 2], [1, 1, 0]], dtype=np.float32)
    three = np.ones(3)
    return Embeddings(
        names=("b", "a", "d"),
        origin=Origin("toy", "0" * 16, ("all",), "exact", ("conv",), (3,)),
        fisher=fisher,
        precision=fisher,
        scale=np.ones_like(fisher),
        classes=np.array([2, 2, 2]),
        samples=np.array([9, 9, 9]),
        accuracy=three,
        noise=0 * three,
    )


@pytest.mark.parametrize("kind", task2vec.KINDS)
def test_embeddings_are_of_some_tasks_in_any_order(embeddings, kind):
    known = by_embeddings(embeddings, ("a", "b", "c", "d"))
    assert known.told.tolist() == [True, True, False, True]
    assert known.difficulty[[0, 1, 3]].tolist() == [6, 6, 2]
    assert np.isnan(known.difficulty[2])
    far = known.measures[kind](every(4), every(4))
    assert np.isnan(far[2]).all() and np.isnan(far[:, 2]).all()
    whole = task2vec.distances(embeddings, kind)
    assert far[0, 1] == whole[1, 0]
    assert far[3, 1] == whole[2, 0]
    one = known.measures[kind](np.array([0]), every(4))
    np.testing.assert_allclose(one, far[:1], atol=1e-12)
    assert np.isnan(known.measures[kind](np.array([2]), every(4))).all()


def test_every_description_has_its_distances(embeddings):
    known = {
        "mean": by_directions(np.eye(3, dtype=np.float32)),
        "mean+variance": by_moments(*moments(0)),
        "task2vec": by_embeddings(embeddings, ("a", "b", "d")),
    }
    assert {kind: tuple(known[kind].measures) for kind in KINDS} == dict(MEASURES)
    assert {one for names in MEASURES.values() for one in names} >= DIRECTED
