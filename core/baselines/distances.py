"""Distances between tasks that differ by direction, read off their features alone."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from core.features import floored
from core.learning.sampling import Rows

Distances = Callable[[Rows, Rows], Float[np.ndarray, " pairs"]]
Metric = Literal["cosine", "euclidean"]

AT_ONCE = 4096  # pairs whose features are laid out at a time

Vectors = Float[np.ndarray, "pairs channels"]


def divergence(
    mean: Float[np.ndarray, "tasks channels"],
    variance: Float[np.ndarray, "tasks channels"],
    train: Int[np.ndarray, " train"],
) -> Distances:
    """Kullback-Leibler divergence of the parent's normal distribution from the child's.

    Channels are independent: half the sum of `log(w / v) + (v + (m - n)^2) / w - 1`
    for a child of mean m and variance v and a parent of mean n and variance w. It is
    small where the parent is likely wherever the child is. Variances have a floor,
    which tasks of a single member need: a share of the mean variance of known tasks.
    """
    mean = mean.astype(np.float64)
    usual = variance[train].astype(np.float64).mean(axis=0)
    variance = floored(variance, usual)
    log_volume = np.log(variance).sum(axis=1)

    def distances(child: Rows, parent: Rows) -> Float[np.ndarray, " pairs"]:
        apart = (mean[child] - mean[parent]) ** 2
        ratio = (variance[child] + apart) / variance[parent] - 1
        return (log_volume[parent] - log_volume[child] + ratio.sum(axis=1)) / 2

    return _piecewise(distances)


def from_trivial(
    features: Float[np.ndarray, "tasks channels"],
    train: Int[np.ndarray, " train"],
    metric: Metric,
) -> tuple[Distances, Float[np.ndarray, " tasks"]]:
    """Distance of tasks from each other, and of every task from a trivial one.

    What to make asymmetric distances of, as Task2Vec does (Achille et al., ICCV 2019).
    There the trivial task is one that nothing has to be learned for; here it is the one
    that tells nothing of itself: the mean of the known tasks.
    """
    features = features.astype(np.float64)
    measure = {"cosine": _cosine, "euclidean": _euclidean}[metric]
    special = measure(features, features[train].mean(axis=0))
    return (
        _piecewise(lambda child, parent: measure(features[child], features[parent])),
        special,
    )


def best_cut(
    forth: Float[np.ndarray, " pairs"],
    back: Float[np.ndarray, " pairs"],
    truth: Bool[np.ndarray, " pairs"],
) -> tuple[float, float]:
    """The F1 of claiming all pairs up to a distance, where that is best, and which.

    It is claimed only where the way back is farther. Of equally good cuts the nearest;
    it lies half way to the next distance.
    """
    order = np.argsort(forth, kind="stable")
    sorted_, claim = forth[order], (forth < back)[order]
    right = np.cumsum(claim & truth[order])
    scores = 2 * right / np.maximum(np.cumsum(claim) + truth.sum(), 1)
    scores[:-1][sorted_[:-1] == sorted_[1:]] = -1  # no cut lies between equal ones
    at = int(np.argmax(scores))
    past = sorted_[-1] + (np.ptp(sorted_) or 1.0)  # as if there were one more
    after = np.append(sorted_, past)[at + 1]
    return float(scores[at]), float((sorted_[at] + after) / 2)


def _cosine(
    one: Vectors, other: Vectors | Float[np.ndarray, " channels"]
) -> Float[np.ndarray, " pairs"]:
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return 1 - (one * other).sum(axis=-1) / np.where(lengths > 0, lengths, 1)


def _euclidean(
    one: Vectors, other: Vectors | Float[np.ndarray, " channels"]
) -> Float[np.ndarray, " pairs"]:
    return np.linalg.norm(one - other, axis=-1)


def _piecewise(distances: Distances) -> Distances:
    """The same distances, computed of so many pairs at a time."""

    def whole(child: Rows, parent: Rows) -> Float[np.ndarray, " pairs"]:
        found = np.empty(len(child))
        for first in range(0, len(child), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            found[some] = distances(child[some], parent[some])
        return found

    return whole
