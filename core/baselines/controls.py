"""Plain ways to guess measured strengths, which a model has to be better than."""

import numpy as np
from jaxtyping import Float, Int

from core.learning.sampling import Rows

Matrix = Float[np.ndarray, "tasks tasks"]


def matrix_of(
    tasks: int, child: Rows, parent: Rows, strength: Float[np.ndarray, " pairs"]
) -> Matrix:
    """Known strengths by child and parent; NaN where nothing is known."""
    known = np.full((tasks, tasks), np.nan)
    known[child, parent] = strength
    return known


def row_times_column(known: Matrix) -> Matrix:
    """Mean of the child's strengths times mean of the parent's, over the mean of all.

    That is how good a child is at being served, and a parent at serving, whoever the
    other one is. A task of which nothing is known counts as the mean of all.
    """
    every = _mean_of_all(known)
    rows, columns = (_means(known, axis, otherwise=every) for axis in (1, 0))
    return np.outer(rows, columns) / (every or 1.0)


def by_neighbours(
    known: Matrix,
    features: Float[np.ndarray, "tasks channels"],
    train: Int[np.ndarray, " train"],
    neighbours: int,
) -> Matrix:
    """Mean of what is known of the nearest tasks with the other task of the pair.

    Those are `neighbours` known tasks nearest to the child, with the parent, and as
    many nearest to the parent, with the child; where none of these pairs is known, the
    mean of all.
    """
    near = _nearest(features, train, neighbours)
    there = ~np.isnan(known)
    strength = np.where(there, known, 0.0)
    total = near @ strength + strength @ near.T
    count = near @ there + there @ near.T
    return np.where(count > 0, total / np.maximum(count, 1), _mean_of_all(known))


def _nearest(
    features: Float[np.ndarray, "tasks channels"],
    train: Int[np.ndarray, " train"],
    neighbours: int,
) -> Matrix:
    """1 where a known task is among the nearest to a task, itself left out."""
    squares = (features**2).sum(axis=1)
    apart = squares[:, None] + squares[train] - 2 * features @ features[train].T
    apart[train, np.arange(len(train))] = np.inf
    order = np.argsort(apart, axis=1, kind="stable")[:, :neighbours]
    near = np.zeros((len(features), len(features)))
    np.put_along_axis(near, train[order], 1.0, axis=1)
    near[np.arange(len(near)), np.arange(len(near))] = 0.0
    return near


def _means(
    known: Matrix, axis: int, *, otherwise: float
) -> Float[np.ndarray, " tasks"]:
    """Means of what is known along an axis, and something else where nothing is."""
    there = ~np.isnan(known)
    count = there.sum(axis=axis)
    total = np.where(there, known, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)


def _mean_of_all(known: Matrix) -> float:
    return float(known[~np.isnan(known)].mean()) if not np.isnan(known).all() else 0.0
