"""Features made small enough to keep."""

import io

import numpy as np
from jaxtyping import Bool, Float


def small_enough(
    features: Float[np.ndarray, "members channels"],
    train: Bool[np.ndarray, " members"],
    most: int,
) -> tuple[Float[np.ndarray, "members fewer"], str]:
    """Features of at most `most` bytes on disk, and what was done to them in words.

    They stay as they are where they fit. Otherwise they are projected on as many of
    their principal components as do, fitted on the members that `train` says: others
    may stand for what is not known yet.
    """
    whole = io.BytesIO()
    np.savez_compressed(whole, allow_pickle=False, features=features)
    if len(whole.getbuffer()) <= most:
        return features, ""
    channels = max(1, most // (len(features) * features.itemsize))
    rows = features.astype(np.float64)
    rows -= rows[train].mean(axis=0)
    _, axes = np.linalg.eigh(rows[train].T @ rows[train])
    axes = axes[:, ::-1][:, :channels]
    # Of either direction of an axis take one, the same on every machine.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    points = rows @ axes
    seen = train if train.all() else ~train
    lost = 1 - (points[seen] ** 2).sum() / (rows[seen] ** 2).sum()
    return points.astype(features.dtype), (
        f", reduced to {axes.shape[1]} of {features.shape[1]} channels by PCA fitted "
        f"on training images, which loses {lost:.2%} of the variance of "
        f"{'them' if train.all() else 'the others'}"
    )
