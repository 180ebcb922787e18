"""What tasks are described by, and how far apart they are by each description.

A distance from row to column: most are the same both ways, those of `DIRECTED` are not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int

from core.features import floored
from core.nearest import centre_of, towards
from core.task2vec import distances as task2vec
from core.task2vec.embedding import Embeddings, some

Kind = Literal["mean", "mean+variance", "task2vec"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Rows = Int[np.ndarray, " _"]
# From some tasks to others, NaN where one of the two is not described.
Measure = Callable[[Rows, Rows], Float[np.ndarray, "rows others"]]

# Distances of every description, the usual one first.
MEASURES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "mean": ("cosine",),
        "mean+variance": ("cosine", "divergence"),
        "task2vec": task2vec.KINDS,
    }
)
DIRECTED = frozenset({"divergence", *task2vec.DIRECTED})


@dataclass(frozen=True)
class Description:
    """All tasks of a collection by one description.

    `told` says which tasks it tells something of; `measures` are its distances by name,
    and `difficulty` the norm of the description where that means something, NaN where
    nothing is told.
    """

    told: Bool[np.ndarray, " tasks"]
    measures: Mapping[str, Measure]
    difficulty: Float[np.ndarray, " tasks"] | None = None


def by_directions(directions: Float[np.ndarray, "tasks channels"]) -> Description:
    """By unit vectors (core/nearest.py): one less their cosine."""
    told, every = np.asarray(directions.any(axis=1)), np.arange(len(directions))

    def of(rows: Rows) -> Float[np.ndarray, "rows channels"]:
        # Of all tasks, as one asks for the nearest, they are not copied.
        return directions if np.array_equal(rows, every) else directions[rows]

    return Description(told, {"cosine": _unlike(of, told)})


def by_moments(
    mean: Float[np.ndarray, "tasks channels"],
    variance: Float[np.ndarray, "tasks channels"],
) -> Description:
    """By the mean and the variance of members, channel by channel.

    `cosine` is one less the mean of two cosines, of means and of variances, each seen
    from the middle of all tasks. `divergence` is that of normal distributions, of the
    column's from the row's: small where the column is likely wherever the row is.
    """
    parts = [(one, centre_of(one)) for one in (mean, variance)]
    told = np.any([towards(*part).any(axis=1) for part in parts], axis=0)

    def directions(rows: Rows) -> Float[np.ndarray, "rows both"]:
        both = [towards(one[rows], centre) for one, centre in parts]
        return np.hstack(both) / np.float32(np.sqrt(2))

    def divergence(rows: Rows, others: Rows) -> Float[np.ndarray, "rows others"]:
        usual = variance.mean(axis=0, dtype=np.float64)
        middle = [mean[some].astype(np.float64) for some in (rows, others)]
        spread = [floored(variance[some], usual) for some in (rows, others)]
        return _divergences(*middle, *spread)

    measures = {"cosine": _unlike(directions, told), "divergence": divergence}
    return Description(told, measures)


def by_embeddings(embeddings: Embeddings, names: Sequence[str]) -> Description:
    """By Task2Vec, whose distances core/task2vec/distances.py has.

    Args:
        embeddings: Of some of the tasks, or of all.
        names: Of all tasks.
    """
    at = {name: row for row, name in enumerate(embeddings.names)}
    place = np.array([at.get(name, -1) for name in names])

    def measure(kind: task2vec.Kind) -> Measure:
        def between(rows: Rows, others: Rows) -> Float[np.ndarray, "rows others"]:
            found = np.full((len(rows), len(others)), np.nan)
            known = [np.flatnonzero(place[some] >= 0) for some in (rows, others)]
            if not all(map(len, known)):
                return found
            one, other = (
                some(embeddings, place[part][there].tolist())
                for part, there in zip((rows, others), known, strict=True)
            )
            # Of the same tasks half as much is computed, and it is nothing to itself.
            to = None if np.array_equal(rows, others) else other
            found[np.ix_(*known)] = task2vec.distances(one, kind, to)
            return found

        return between

    told = place >= 0
    difficulty = np.where(told, embeddings.difficulty[place], np.nan)
    measures: dict[str, Measure] = {kind: measure(kind) for kind in task2vec.KINDS}
    return Description(told, measures, difficulty)


def _unlike(
    directions: Callable[[Rows], Float[np.ndarray, "rows channels"]],
    told: Bool[np.ndarray, " tasks"],
) -> Measure:
    def between(rows: Rows, others: Rows) -> Float[np.ndarray, "rows others"]:
        likeness = directions(rows) @ directions(others).T
        found = 1 - np.clip(likeness.astype(np.float64), -1, 1)
        found[~told[rows]], found[:, ~told[others]] = np.nan, np.nan
        found[rows[:, None] == others] = 0
        return found

    return between


def _divergences(
    mean: Float[np.ndarray, "rows channels"],
    other: Float[np.ndarray, "others channels"],
    variance: Float[np.ndarray, "rows channels"],
    other_variance: Float[np.ndarray, "others channels"],
) -> Float[np.ndarray, "rows others"]:
    """KL divergence of every other normal distribution from every one.

    Half the sum of `log(w / v) + (v + (m - n)^2) / w - 1` over channels, as products of
    matrices.
    """
    volume, other_volume = (
        np.log(one).sum(axis=1) for one in (variance, other_variance)
    )
    precision = 1 / other_variance
    spread = (variance + mean**2) @ precision.T - 2 * mean @ (other * precision).T
    spread += (other**2 * precision).sum(axis=1)
    found = other_volume - volume[:, None] + spread - mean.shape[1]
    return np.maximum(found, 0) / 2  # less is rounding
