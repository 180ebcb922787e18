import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.baselines import distances
from core.baselines.distances import best_cut, divergence, from_trivial
from core.features import FLOOR
from core.metrics import f1


def test_divergence_of_two_gaussians_by_hand():
    mean = np.array([[0.0, 1.0], [2.0, 1.0]])
    variance = np.array([[1.0, 4.0], [4.0, 1.0]])
    apart = divergence(mean, variance, np.arange(2))
    forth, back = apart(np.array([0, 1]), np.array([1, 0]))
    # One channel after the other: log(w / v), (v + (m - n)^2) / w, less 1; halved.
    first = math.log(4) + (1 + 4) / 4 - 1
    second = math.log(1 / 4) + 4 - 1
    assert forth == pytest.approx((first + second) / 2)
    first = math.log(1 / 4) + (4 + 4) / 1 - 1
    second = math.log(4) + 1 / 4 - 1
    assert back == pytest.approx((first + second) / 2)


def test_a_narrow_task_is_nearer_to_a_wide_one_around_it_than_the_other_way():
    apart = divergence(np.zeros((2, 3)), np.array([[0.1] * 3, [1.0] * 3]), np.arange(2))
    forth, back = apart(np.array([0, 1]), np.array([1, 0]))
    assert 0 < forth < back


def test_a_task_of_a_single_member_has_the_least_variance():
    variance = np.array([[0.0], [2.0], [4.0]])
    apart = divergence(np.array([[0.0], [1.0], [1.0]]), variance, np.arange(3))
    least = 2 * FLOOR
    expected = (math.log(2 / least) + (least + 1) / 2 - 1) / 2
    assert apart(np.array([0]), np.array([1]))[0] == pytest.approx(expected)


def test_novel_tasks_do_not_move_the_least_variance():
    mean, variance = np.zeros((3, 1)), np.array([[0.0], [2.0], [4.0]])
    pair = np.array([0]), np.array([1])
    one = divergence(mean, variance, np.array([0, 1]))(*pair)
    variance[2] = 1e6
    np.testing.assert_array_equal(
        divergence(mean, variance, np.array([0, 1]))(*pair), one
    )


def test_distances_from_each_other_and_from_the_mean_of_known_tasks():
    features = np.array([[3.0, 0.0], [1.0, 4.0], [-100.0, 0.0]])
    between, special = from_trivial(features, np.array([0, 1]), "euclidean")
    assert between(np.array([0]), np.array([1])) == pytest.approx([math.sqrt(20)])
    np.testing.assert_allclose(special[:2], math.sqrt(5))  # from (2, 2)
    between, special = from_trivial(features, np.array([0, 1]), "cosine")
    assert between(np.array([0]), np.array([1])) == pytest.approx([1 - 1 / 17**0.5])
    assert special[0] == pytest.approx(1 - 0.5**0.5)


def test_a_task_at_the_origin_has_a_distance_too():
    between, _ = from_trivial(np.array([[0.0], [1.0]]), np.arange(2), "cosine")
    assert between(np.array([0]), np.array([1])) == pytest.approx([1])


def test_many_pairs_are_measured_piece_by_piece(monkeypatch):
    features = np.random.default_rng(0).normal(size=(6, 2))
    child, parent = np.nonzero(np.ones((6, 6)))
    between, _ = from_trivial(features, np.arange(6), "euclidean")
    whole = between(child, parent)
    monkeypatch.setattr(distances, "AT_ONCE", 5)
    np.testing.assert_array_equal(between(child, parent), whole)


def test_best_cut_by_hand():
    forth = np.array([1.0, 2.0, 3.0, 0.5])
    back = np.array([5.0, 5.0, 5.0, 0.1])  # the last is nearer the other way round
    truth = np.array([True, True, False, True])
    score, cut = best_cut(forth, back, truth)
    assert score == pytest.approx(2 * 2 / (2 + 3))
    assert cut == 2.5


@given(st.integers(0, 200))
def test_no_cut_is_better_than_the_best(seed):
    rng = np.random.default_rng(seed)
    forth, back = rng.integers(0, 6, size=(2, 12)).astype(np.float64)
    truth = rng.random(12) < 0.4
    truth[0] = True

    def at(cut):
        return f1((forth < back) & (forth < cut), truth)

    score, cut = best_cut(forth, back, truth)
    assert score == pytest.approx(max(at(other) for other in np.arange(-0.5, 7)))
    assert at(cut) == pytest.approx(score)
