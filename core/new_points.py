"""Where new tasks lie in a point map that is there: no known point moves.

PCA is a projection on two axes, which the known points tell exactly. t-SNE and UMAP
know no axes: a new point lies at the mean of those of the known tasks most like it,
weighted as the method itself weighs neighbours, which is where openTSNE and UMAP start
from when they add points. It is not moved on from there, so a new task lies between its
neighbours, in no cluster of its own.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from core.projection import Projection

HALVINGS = 40  # of the interval in which the width of a kernel is sought
BLOCK = 256  # new tasks at a time, compared with all known ones

Weights = Float[np.ndarray, "new neighbours"]


def new_points(
    projection: Projection,
    known: Float[np.ndarray, "tasks channels"],
    new: Float[np.ndarray, "new channels"],
) -> Float[np.ndarray, "new dim"]:
    """Points of new tasks among those of a projection.

    Args:
        projection: Of the known tasks.
        known: Their directions (core/projection.py), as it was made of them.
        new: Those of the new tasks.
    """
    parts = [new[at : at + BLOCK] for at in range(0, len(new), BLOCK)]
    place = _on_axes if projection.method == "pca" else _between
    found = [np.zeros((0, projection.points.shape[1]))]
    return np.concatenate([*found, *(place(projection, known, one) for one in parts)])


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
    projection: Projection, known: np.ndarray, new: np.ndarray
) -> Float[np.ndarray, "new dim"]:
    """The weighted mean of the points of the likest known tasks."""
    told = projection.settings.get(
        "perplexity" if projection.method == "tsne" else "n_neighbors"
    )
    size = float(str(told))
    count = round(3 * size) if projection.method == "tsne" else round(size)
    count = max(1, min(count, len(known)))
    cosine = new @ known.T
    near = np.argpartition(-cosine, count - 1, axis=1)[:, :count]
    # Of unit vectors this is half their squared distance.
    far = 1.0 - np.take_along_axis(cosine, near, axis=1).astype(np.float64)
    if projection.method == "tsne":
        weight = tsne_weights(2 * far, min(size, count))
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
