"""Where new tasks lie in a point map that is there: no known point moves.

PCA is a projection on two axes, which the known points tell exactly. t-SNE and UMAP
know no axes: a new point lies at the mean of those of the known tasks most like it,
weighted as the method itself weighs neighbours, which is where openTSNE and UMAP start
from when they add points. It is not moved on from there, so a new task lies between its
neighbours, in no cluster of its own.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

from core.projection import Projection

HALVINGS = 40  # of the interval in which the width of a kernel is sought
BLOCK = 256  # new tasks at a time, compared with all known ones

Weights = Float[np.ndarray, "new neighbours"]


def new_points(
    projections: Sequence[Projection],
    known: Float[np.ndarray, "tasks channels"],
    new: Float[np.ndarray, "new channels"],
) -> list[Float[np.ndarray, "new dim"]]:
    """Points of new tasks among those of projections, of each in turn.

    Args:
        projections: Of the known tasks.
        known: Their directions (core/projection.py), as these were made of them.
        new: Those of the new tasks.
    """
    counts = [_neighbours(one, len(known)) for one in projections]
    near, far = _likest(known, new, max(counts, default=0))
    return [
        _between(one, near[:, :count], far[:, :count])
        if count
        else _on_axes(one, known, new)
        for one, count in zip(projections, counts, strict=True)
    ]


def _neighbours(projection: Projection, known: int) -> int:
    """How many known tasks a new one lies between; 0 where axes tell its place."""
    if projection.method == "pca":
        return 0
    size = _size(projection)
    return max(1, min(round(3 * size if projection.method == "tsne" else size), known))


def _size(projection: Projection) -> float:
    """Neighbours that the method was told to keep."""
    setting = "perplexity" if projection.method == "tsne" else "n_neighbors"
    return float(str(projection.settings.get(setting)))


def _likest(
    known: np.ndarray, new: np.ndarray, count: int
) -> tuple[Int[np.ndarray, "new count"], Float[np.ndarray, "new count"]]:
    """Known rows most like each new one, the likest first, and 1 - cosine to each."""
    near = np.zeros((len(new), count), dtype=np.int64)
    far = np.zeros((len(new), count))
    for at in range(0, len(new) if count else 0, BLOCK):
        block = slice(at, at + BLOCK)
        cosine = new[block] @ known.T
        some = np.argpartition(cosine, len(known) - count, axis=1)[:, -count:]
        beyond = 1.0 - np.take_along_axis(cosine, some, axis=1).astype(np.float64)
        order = np.argsort(beyond, axis=1, kind="stable")
        near[block] = np.take_along_axis(some, order, axis=1)
        far[block] = np.take_along_axis(beyond, order, axis=1)
    return near, far


def _on_axes(
    projection: Projection, known: np.ndarray, new: np.ndarray
) -> Float[np.ndarray, "new dim"]:
    """By the axes that the known points are projected on.

    With centred features X and points Y = XV of principal axes V, X'Y is V scaled by
    the squared lengths of Y's columns.
    """
    middle = known.mean(axis=0, dtype=np.float64)
    points = projection.points.astype(np.float64)
    length = (points**2).sum(axis=0)
    axes = (known - middle).T @ points / np.where(length > 0, length, 1)
    return np.asarray((new - middle) @ axes)


def _between(
    projection: Projection, near: np.ndarray, far: np.ndarray
) -> Float[np.ndarray, "new dim"]:
    """The weighted mean of the points of the likest known tasks."""
    if projection.method == "tsne":
        size = min(_size(projection), near.shape[1])
        weight = tsne_weights(2 * far, size)  # of unit vectors, the squared distance
    else:
        weight = umap_weights(far)
    return np.asarray((weight[..., None] * projection.points[near]).sum(axis=1))


def tsne_weights(square: Weights, perplexity: float) -> Weights:
    """Shares of neighbours at these squared distances, as many of them as perplexity.

    A Gaussian of each new task's own width, whose entropy is the log of the perplexity
    (van der Maaten and Hinton, JMLR 2008).
    """

    def weights(width: np.ndarray) -> np.ndarray:
        kernel = np.exp(-(square - square.min(axis=1, keepdims=True)) / width)
        return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))

    def entropy(width: np.ndarray) -> np.ndarray:
        share = weights(width)
        logs = np.log(np.where(share > 0, share, 1))
        return np.asarray(-(share * logs).sum(axis=1, keepdims=True))

    return weights(_width(entropy, np.log(perplexity), len(square)))


def umap_weights(distance: Weights) -> Weights:
    """Shares of neighbours at these distances, as UMAP's graph has them.

    The nearest one counts in full, the others fall off so that all sum to the log2 of
    their number (McInnes, Healy and Melville, 2018).
    """
    beyond = distance - distance.min(axis=1, keepdims=True)

    def total(width: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(-beyond / width).sum(axis=1, keepdims=True))

    wanted = np.log2(max(distance.shape[1], 2))
    kernel = np.exp(-beyond / _width(total, wanted, len(distance)))
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def _width(
    grows: Callable[[np.ndarray], np.ndarray], wanted: float, rows: int
) -> Float[np.ndarray, "rows 1"]:
    """The width of every row's kernel at which what grows with it is what is wanted."""
    low, high = np.full((rows, 1), 1e-8), np.full((rows, 1), 1e8)
    for _ in range(HALVINGS):
        width = np.sqrt(low * high)
        small = grows(width) < wanted
        low, high = np.where(small, width, low), np.where(small, high, width)
    return np.sqrt(low * high)
