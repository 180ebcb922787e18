"""Embeddings as rows of numbers that encoders of boxes read."""

import numpy as np
from jaxtyping import Float

from core.task2vec.embedding import Embeddings

LEAST = 1e-3  # of the mean filter of a task: less is as if it were none


def vectors(embeddings: Embeddings) -> Float[np.ndarray, "tasks filters"]:
    """Logarithms of the Fisher information, each task's own mean taken as 1.

    What a task needs more of than of other things, whatever its difficulty; of tasks by
    themselves, so that new ones are seen as known ones were.
    """
    fisher = embeddings.fisher.astype(np.float64)
    mean = fisher.mean(axis=1, keepdims=True)
    share = np.divide(fisher, mean, out=np.zeros_like(fisher), where=mean > 0)
    return np.log(share + LEAST).astype(np.float32)
