import numpy as np
import pytest

from core.baselines.controls import by_neighbours, matrix_of, row_times_column

N = np.nan


def test_row_times_column_by_hand():
    known = matrix_of(
        3,
        np.array([0, 0, 1, 2]),
        np.array([1, 2, 2, 0]),
        np.array([0.2, 0.6, 0.4, 0.8]),
    )
    np.testing.assert_array_equal(known, [[N, 0.2, 0.6], [N, N, 0.4], [0.8, N, N]])
    rows, columns, every = [0.4, 0.4, 0.8], [0.8, 0.2, 0.5], 0.5
    np.testing.assert_allclose(row_times_column(known), np.outer(rows, columns) / every)


def test_a_task_of_which_nothing_is_known_counts_as_the_mean_of_all():
    known = matrix_of(3, np.array([0, 1]), np.array([1, 0]), np.array([0.2, 0.6]))
    guess = row_times_column(known)
    assert guess[2, 1] == pytest.approx(0.2)
    assert guess[1, 2] == pytest.approx(0.6)
    assert guess[2, 2] == pytest.approx(0.4)


def test_of_nothing_known_nothing_is_guessed():
    none = np.zeros(0, dtype=np.int64)
    known = matrix_of(2, none, none, np.zeros(0))
    np.testing.assert_array_equal(row_times_column(known), np.zeros((2, 2)))


def test_a_novel_task_takes_the_strengths_of_the_nearest_known_one():
    features = np.array([[0.0], [1.0], [5.0], [5.5]])  # the last is novel
    child, parent = np.array([0, 0, 1, 2, 2]), np.array([1, 2, 2, 0, 1])
    known = matrix_of(4, child, parent, np.array([0.1, 0.2, 0.3, 0.4, 0.5]))
    guess = by_neighbours(known, features, np.arange(3), 1)
    assert guess[3, 0] == pytest.approx(0.4)  # as 2 in 0
    assert guess[3, 1] == pytest.approx(0.5)
    assert guess[0, 3] == pytest.approx(0.2)  # as 0 in 2
    assert guess[1, 3] == pytest.approx(0.3)


def test_a_known_pair_is_guessed_by_neighbours_of_both():
    features = np.array([[0.0], [1.0], [5.0], [6.0]])
    child, parent = np.array([1, 0]), np.array([2, 3])
    known = matrix_of(4, child, parent, np.array([0.3, 0.9]))
    guess = by_neighbours(known, features, np.arange(4), 1)
    assert guess[0, 2] == pytest.approx(0.6)  # as 1 in 2, and as 0 in 3
    assert guess[2, 0] == pytest.approx(0.6)  # nothing of it: the mean of all


def test_more_neighbours_than_tasks_are_all_others():
    features = np.arange(3.0)[:, None]
    child, parent = np.nonzero(~np.eye(3, dtype=bool))
    known = matrix_of(3, child, parent, np.arange(6.0))
    guess = by_neighbours(known, features, np.arange(3), 9)
    # 0 in 1 as 2 in 1 and as 0 in 2
    assert guess[0, 1] == pytest.approx((known[2, 1] + known[0, 2]) / 2)
