"""Soft relations of data sets: shares of common labels, or how their vectors lie.

Where the names of the labels of both are known, the share of i inside j is the share of
i's labels that are labels of j too. Of other pairs it is read off Gaussians: several
vectors that describe a data set (texts, or images of it) are its sample of a normal
distribution with a mean and a variance per channel, and

    strength[i in j] = exp(-KL(i || j) / tau)

    KL(i || j) = 1/2 sum_c (ln(v_jc / v_ic) + (v_ic + (m_ic - m_jc)^2) / v_jc - 1)

where tau is chosen so that the nearest neighbour of the median data set has a strength
of 1/2. KL(i || j) is small where i lies in j: a narrow distribution inside a wide one
costs little, a wide one inside a narrow one costs much.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.relations import Relations

LEAST = 0.05  # pairs with less in common are not listed
CHANNELS = 32
# A data set's variance counts as many vectors as it has, the common one this many more:
# of two or three vectors a variance cannot be told.
PRIOR = 8
FLOOR = 1e-6  # least variance of a channel


@dataclass(frozen=True)
class Gaussians:
    """A normal distribution per data set, without covariances."""

    mean: Float[np.ndarray, "tasks channels"]
    variance: Float[np.ndarray, "tasks channels"]


def soft_relations(
    labels: Sequence[Sequence[str]], gaussians: Gaussians
) -> tuple[Relations, dict[str, float]]:
    """Strengths of all pairs above `LEAST`, and the figures that a reader needs.

    Args:
        labels: Names of the labels of every data set; none where they are unknown.
        gaussians: Of the vectors that describe every data set.
    """
    divergence = divergences(gaussians)
    tau = temperature(divergence)
    strength = np.exp(-divergence / tau)
    shared, known = common_labels(labels)
    strength = np.where(known, shared, strength)
    np.fill_diagonal(strength, 0)
    child, parent = np.nonzero(strength >= LEAST)
    relations = Relations(
        child.astype(np.int32),
        parent.astype(np.int32),
        np.minimum(strength[child, parent], 1).astype(np.float32),
    )
    by_label = int(known[child, parent].sum())
    return relations, {
        "tau": tau,
        "by labels": by_label,
        "by Gaussians": len(child) - by_label,
    }


def gaussians_of(
    vectors: Float[np.ndarray, "rows channels"], task: Int[np.ndarray, " rows"]
) -> Gaussians:
    """The distribution of every task's vectors in at most `CHANNELS` principal ones.

    Variances are shrunk towards the mean variance within a task, which counts as
    `PRIOR` vectors.

    Args:
        vectors: One a row.
        task: Which task each belongs to; all of 0 ... max occur.
    """
    points = _principal(vectors)
    tasks = int(task.max()) + 1
    count = np.bincount(task, minlength=tasks)[:, None]
    mean, spread = np.zeros((2, tasks, points.shape[1]))
    np.add.at(mean, task, points)
    mean /= count
    np.add.at(spread, task, (points - mean[task]) ** 2)
    # Where no task has two vectors, the spread of all of them is the only one there is.
    free = len(points) - tasks
    common = spread.sum(axis=0) / free if free else points.var(axis=0)
    variance = (spread + PRIOR * common) / (count + PRIOR)
    return Gaussians(mean, np.maximum(variance, FLOOR))


def divergences(gaussians: Gaussians) -> Float[np.ndarray, "tasks tasks"]:
    """KL(i || j) in nats, row i, column j; see the top of this module."""
    mean, variance = gaussians.mean, gaussians.variance
    weight, log = 1 / variance, np.log(variance).sum(axis=1)
    # Multiplied out, so that no array of tasks x tasks x channels is needed.
    square = (mean**2 + variance) @ weight.T - 2 * mean @ (mean * weight).T
    square += (mean**2 * weight).sum(axis=1)
    found = (log[None, :] - log[:, None] + square - mean.shape[1]) / 2
    np.fill_diagonal(found, 0)
    return np.maximum(found, 0)


def temperature(divergence: Float[np.ndarray, "tasks tasks"]) -> float:
    """Tau: the median data set's nearest neighbour gets a strength of 1/2.

    Neighbours that cannot be told apart say nothing of distances and are left out.
    """
    apart = np.where(divergence > 1e-9, divergence, np.inf)
    nearest = apart.min(axis=1, initial=np.inf)
    known = nearest[np.isfinite(nearest)]
    return float(np.median(known) / np.log(2)) if known.size else 1.0


def common_labels(
    labels: Sequence[Sequence[str]],
) -> tuple[Float[np.ndarray, "tasks tasks"], Bool[np.ndarray, "tasks tasks"]]:
    """Share of i's labels among j's, and for which pairs labels of both are known."""
    sets = [frozenset(map(plain, names)) - {""} for names in labels]
    shared = np.array([[len(a & b) / (len(a) or 1) for b in sets] for a in sets])
    have = np.array([bool(names) for names in sets])
    return shared, have[:, None] & have[None, :]


def plain(label: str) -> str:
    """A label without case, accents, marks, plurals: `T-shirts/tops`: `t shirt top`."""
    letters = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label))
    spoken = "".join(one for one in letters if not unicodedata.combining(one))
    found = re.findall(r"[^\W_]+", spoken.lower())
    return " ".join(map(_singular, found)) or label.strip()


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _principal(
    vectors: Float[np.ndarray, "rows channels"],
) -> Float[np.ndarray, "rows kept"]:
    rows = vectors.astype(np.float64)
    rows -= rows.mean(axis=0)
    _, directions = np.linalg.eigh(rows.T @ rows)
    most = min(CHANNELS, len(rows), rows.shape[1])
    return rows @ directions[:, ::-1][:, :most]
