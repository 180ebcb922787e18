"""Descriptions of tasks: statistics of their members, one vector per task."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from core.relations import Membership

# What describes a task: statistics of its members, side by side, or its embedding
# (core/task2vec), a vector of its own.
Features = Literal["mean", "mean+variance", "quantiles", "task2vec"]
KINDS: tuple[Features, ...] = get_args(Features)
QUANTILES = (0.1, 0.5, 0.9)
FLOOR = 1e-3  # least variance of a channel, as a share of the usual one
BLOCK = 64  # channels at a time, as every task's members are laid out one by one


def pooled(
    features: Float[np.ndarray, "members channels"], membership: Membership
) -> tuple[Float[np.ndarray, "tasks channels"], Float[np.ndarray, "tasks channels"]]:
    """Mean and (population) variance of every task's members, channel by channel."""
    shape = (len(membership.counts), features.shape[1])
    mean, variance = np.empty(shape, np.float32), np.empty(shape, np.float32)
    counts, start = membership.counts[:, None], membership.start[:-1]
    for first in range(0, features.shape[1], BLOCK):
        some = slice(first, first + BLOCK)
        rows = features[:, some].astype(np.float64)[membership.member]
        middle = np.add.reduceat(rows, start) / counts
        rows -= np.repeat(middle, membership.counts, axis=0)
        mean[:, some] = middle
        variance[:, some] = np.add.reduceat(rows**2, start) / counts
    return mean, variance


def mean(
    features: Float[np.ndarray, "members channels"], membership: Membership
) -> Float[np.ndarray, "tasks channels"]:
    """Mean of every task's members, channel by channel."""
    found = np.empty((len(membership.counts), features.shape[1]), np.float32)
    for first in range(0, features.shape[1], BLOCK):
        some = slice(first, first + BLOCK)
        rows = features[:, some].astype(np.float32)[membership.member]
        sums = np.add.reduceat(rows, membership.start[:-1], dtype=np.float64)
        found[:, some] = sums / membership.counts[:, None]
    return found


def quantiles(
    features: Float[np.ndarray, "members channels"], membership: Membership
) -> Float[np.ndarray, "tasks three_channels"]:
    """10, 50 and 90 % of every task's members, channel by channel, side by side.

    A box is a pair of quantiles as well: where most of a task lies, strays left out.
    """
    rows = [
        np.quantile(features[part].astype(np.float64), QUANTILES, axis=0).ravel()
        for part in np.split(membership.member, membership.start[1:-1])
    ]
    return np.array(rows, dtype=np.float32)


def described(
    features: Float[np.ndarray, "members channels"],
    membership: Membership,
    kind: Features,
) -> Float[np.ndarray, "tasks described"]:
    """What an encoder of single vectors and the baselines read of tasks."""
    if kind == "task2vec":
        raise ValueError("Embeddings of tasks are not statistics of members.")
    if kind == "quantiles":
        return quantiles(features, membership)
    mean, variance = pooled(features, membership)
    return mean if kind == "mean" else np.hstack([mean, variance])


def floored(
    variance: Float[np.ndarray, "tasks channels"],
    usual: Float[np.ndarray, " channels"],
) -> Float[np.ndarray, "tasks channels"]:
    """Variances that can be divided by, which those of single members are not.

    None is less than `FLOOR` of the usual one of its channel, or, where a channel
    never varies, of that which varies most.
    """
    least = FLOOR * np.where(usual > 0, usual, usual.max() or 1.0)
    return np.maximum(variance.astype(np.float64), least)
