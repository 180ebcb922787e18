"""Distances between embeddings of tasks: all of Task2Vec's, and between any two tasks.

`h` is what is compared (`Embeddings.precision`) and `s` its scale, filter by filter.
Formulas are those of the published code, but for `log-cosine`, which is ours, and for
what filters without information do there: here a filter that is dead in both tasks of a
pair counts as absent, and one that is dead in one of them counts as `LEAST` of the
pair's usual filter. So no distance is ever NaN, and no distance changes when both tasks
are measured in another unit.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float

from core.task2vec.embedding import Embeddings, check_comparable
from core.task2vec.vectors import LEAST as FAINT

Kind = Literal[
    "cosine",
    "normalised-cosine",
    "correlation",
    "kl",
    "asymmetric-kl",
    "jensen-shannon",
    "entropy",
    "transfer",
    "log-cosine",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
DIRECTED = frozenset({"asymmetric-kl", "transfer"})  # d(a, b) is not d(b, a)
LEAST = 1e-6  # of the median filter of a pair: less is no information
# Share of the distance to a task without information that is taken off a transfer
# distance. Achille et al. chose it by experts' errors on other data; it is a setting.
ALPHA = 0.15

Rows = Float[np.ndarray, "tasks filters"]
Others = Float[np.ndarray, "others filters"]
Alive = Bool[np.ndarray, "tasks filters"]
Row = Float[np.ndarray, " filters"]
# Of one task to many: its filters and theirs (both above 0), which of them count, and
# the scale of it and of them.
Formula = Callable[[Rows, Rows, Alive, Row, Rows], Float[np.ndarray, " tasks"]]


def distances(
    embeddings: Embeddings,
    kind: Kind = "cosine",
    others: Embeddings | None = None,
    alpha: float = ALPHA,
) -> Float[np.ndarray, "tasks others"]:
    """Distance from every task to every other one, or to those of `others`.

    Args:
        embeddings: From which.
        kind: Which distance; those of `DIRECTED` tell from row to column.
        others: To which, if they are not the same.
        alpha: Of `transfer` only.

    Raises:
        DataError: They are not of one probe, of the same stages and estimator.
    """
    to = embeddings if others is None else others
    check_comparable(embeddings.origin, to.origin)
    if kind == "transfer":
        plain = distances(embeddings, "cosine", others)
        return plain - alpha * trivial_distances(embeddings)[:, None]
    found = _pairwise(
        embeddings.precision, to.precision, embeddings.scale, to.scale, FORMULAS[kind]
    )
    if others is None:
        np.fill_diagonal(found, 0.0)
        if kind not in DIRECTED:
            found = (found + found.T) / 2  # rounding only
    return found


def trivial_distances(embeddings: Embeddings) -> Float[np.ndarray, " tasks"]:
    """Cosine distance of every task to one without information, whose `h` is `s`."""
    return np.array(
        [
            _pairwise(h[None], s[None], s[None], s[None], _cosine)[0, 0]
            for h, s in zip(embeddings.precision, embeddings.scale, strict=True)
        ]
    )


def rms_normalised(fisher: Rows) -> Rows:
    """Every filter by its root mean square over tasks; 0 where it is dead in all."""
    size = np.sqrt((fisher.astype(np.float64) ** 2).mean(axis=0))
    return np.divide(fisher, size, out=np.zeros(fisher.shape), where=size > 0)


def _pairwise(
    h: Rows, other: Others, scale: Rows, other_scale: Others, formula: Formula
) -> Float[np.ndarray, "tasks others"]:
    h, other = h.astype(np.float64), other.astype(np.float64)
    scale, other_scale = scale.astype(np.float64), other_scale.astype(np.float64)
    usual, other_usual = _usual(h), _usual(other)
    found = np.empty((len(h), len(other)))
    for row, one in enumerate(h):
        least = LEAST * (usual[row] + other_usual)[:, None] / 2
        least = np.where(least > 0, least, LEAST)  # dead in both, all of it
        alive = (one > least) | (other > least)
        mine, theirs = np.maximum(one, least), np.maximum(other, least)
        found[row] = formula(mine, theirs, alive, scale[row], other_scale)
        found[row, ~alive.any(axis=1)] = 0.0  # both tell nothing
    return found


def _usual(h: Rows) -> Float[np.ndarray, " tasks"]:
    """The median filter of every task among those that are not dead."""
    middle = [np.median(row[row > 0]) if (row > 0).any() else 0.0 for row in h]
    return np.array(middle)


def _cosine(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    share = h / (h + other)
    return _one_minus_cosine(alive * share, alive * (1 - share))


def _normalised_cosine(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    return _one_minus_cosine(alive * scale / h, alive * other_scale / other)


def _correlation(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    return _one_minus_cosine(_centred(1 / h, alive), _centred(1 / other, alive))


def _kl(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    return (alive * np.maximum(_divergence(h, other), _divergence(other, h))).sum(1)


def _asymmetric_kl(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    return (alive * _divergence(h, other)).sum(axis=1)


def _jensen_shannon(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    """By the Gaussian of the mean variance, averaged over filters."""
    middle = 2 / (1 / h + 1 / other)
    both = _divergence(h, middle) + _divergence(other, middle)
    return _mean(both / 2, alive)


def _entropy(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    """One bit (ln 2) less the entropy of how the two share a filter's information."""
    share, rest = h / (h + other), other / (h + other)
    told = -(share * np.log(share) + rest * np.log(rest))
    return np.log(2) - _mean(told, alive)


def _log_cosine(
    h: Rows, other: Rows, alive: Alive, scale: Row, other_scale: Rows
) -> Float[np.ndarray, " tasks"]:
    """Of the rows of numbers that boxes are learned of: what stands out in a task.

    A share of many times the mean counts a few times as much as it, not many times, and
    how hard the tasks are does not count.
    """
    means = (_mean(one, alive)[:, None] for one in (h, other))
    rows = [
        alive * np.log(one / np.where(mean > 0, mean, 1.0) + FAINT)
        for one, mean in zip((h, other), means, strict=True)
    ]
    return _one_minus_cosine(*rows)


def _divergence(h: Rows, other: Rows) -> Rows:
    """KL divergence of N(0, 1/h) from N(0, 1/other), filter by filter."""
    ratio = other / h
    return (ratio - 1 - np.log(ratio)) / 2


def _mean(values: Rows, alive: Alive) -> Float[np.ndarray, " tasks"]:
    return (alive * values).sum(axis=1) / np.maximum(alive.sum(axis=1), 1)


def _centred(values: Rows, alive: Alive) -> Rows:
    centred = alive * (values - _mean(values, alive)[:, None])
    # What is left of equal numbers is rounding.
    same = np.abs(centred).max(axis=1) <= LEAST**2 * np.abs(values).max(axis=1)
    return np.where(same[:, None], 0.0, centred)


def _one_minus_cosine(one: Rows, other: Rows) -> Float[np.ndarray, " tasks"]:
    product = (one * other).sum(axis=1)
    mine, theirs = (np.sqrt((rows**2).sum(axis=1)) for rows in (one, other))
    same = np.where((mine == 0) & (theirs == 0), 1.0, 0.0)
    np.divide(product, mine * theirs, out=same, where=mine * theirs > 0)
    return 1 - np.clip(same, -1, 1)


FORMULAS: dict[str, Formula] = {
    "cosine": _cosine,
    "normalised-cosine": _normalised_cosine,
    "correlation": _correlation,
    "kl": _kl,
    "asymmetric-kl": _asymmetric_kl,
    "jensen-shannon": _jensen_shannon,
    "entropy": _entropy,
    "log-cosine": _log_cosine,
}
