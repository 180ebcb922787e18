"""Embeddings as rows of numbers that encoders of boxes read."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from core.collection import Collection
from core.errors import DataError
from core.task2vec.embedding import Embeddings, some

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


def told_by(collection: Collection, embeddings: Embeddings) -> Collection:
    """A collection whose tasks are single vectors, in place of sets of members.

    Raises:
        DataError: A task has no embedding.
    """
    row_of = {name: row for row, name in enumerate(embeddings.names)}
    missing = [name for name in collection.tasks.index if name not in row_of]
    if missing:
        raise DataError(
            f"Task {missing[0]!r} of {collection.name!r} and {len(missing) - 1} more "
            f"have no embedding; make them with: python -m core embed "
            f"{collection.name}"
        )
    rows = [row_of[name] for name in collection.tasks.index]
    features = vectors(some(embeddings, rows))
    return replace(collection, features=features, membership=None, train=None)
