"""Statistics of a task's members: one vector per task."""

import numpy as np
from jaxtyping import Float

from core.collection import Collection
from core.relations import Membership


def pooled(
    features: Float[np.ndarray, "members channels"], membership: Membership
) -> tuple[Float[np.ndarray, "tasks channels"], Float[np.ndarray, "tasks channels"]]:
    """Mean and (population) variance of every task's members, channel by channel."""
    rows = features[membership.member].astype(np.float64)
    counts = membership.counts[:, None]
    mean = np.add.reduceat(rows, membership.start[:-1]) / counts
    deviation = rows - mean[membership.task]
    variance = np.add.reduceat(deviation**2, membership.start[:-1]) / counts
    return mean.astype(np.float32), variance.astype(np.float32)


def task_features(collection: Collection) -> Float[np.ndarray, "tasks channels"]:
    """One vector per task: mean and variance of its members, or the task's own."""
    if collection.membership is None:
        return collection.features.astype(np.float32)
    return np.hstack(pooled(collection.features, collection.membership))
