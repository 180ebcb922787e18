"""Principal components: features made small enough to keep, or to compare."""

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
    centre, axes = main_axes(features[train], channels)
    rows = features - centre.astype(np.float64)
    points = rows @ axes
    seen = train if train.all() else ~train
    lost = 1 - (points[seen] ** 2).sum() / (rows[seen] ** 2).sum()
    return points.astype(features.dtype), (
        f", reduced to {axes.shape[1]} of {features.shape[1]} channels by PCA fitted "
        f"on training images, which loses {lost:.2%} of the variance of "
        f"{'them' if train.all() else 'the others'}"
    )


def main_axes(
    features: Float[np.ndarray, "rows channels"], count: int
) -> tuple[Float[np.ndarray, " channels"], Float[np.ndarray, "channels axes"]]:
    """Mean of the rows, and the directions along which they vary most.

    Unit vectors, the first one first. Of either direction of an axis it is the one in
    which the largest component is positive, the same on every machine.
    """
    rows = features.astype(np.float64)
    centre = rows.mean(axis=0)
    rows -= centre
    if len(rows) < rows.shape[1]:  # the smaller of two products has all there is
        variance, along = np.linalg.eigh(rows @ rows.T)
        axes = rows.T @ (along / np.sqrt(np.maximum(variance, 1e-12)))
    else:
        _, axes = np.linalg.eigh(rows.T @ rows)
    axes = axes[:, ::-1][:, :count]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return centre, np.ascontiguousarray(axes)
