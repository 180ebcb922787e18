"""How the tasks of a collection are described, read from disk."""

from core import cache
from core.descriptions import (
    Description,
    Kind,
    by_directions,
    by_embeddings,
    by_moments,
)
from core.errors import DataError
from core.features import pooled
from core.store import Store


def load_description(store: Store, name: str, kind: Kind) -> Description:
    """Read how the tasks of collection `name` are described.

    Raises:
        DataError: They are not described so, or what describes them is damaged.
    """
    if kind == "task2vec":
        embeddings = cache.load_embeddings(store, name)
        return by_embeddings(embeddings, tuple(cache.load_tasks(store, name).index))
    if kind == "mean":
        return by_directions(cache.load_directions(store, name))
    collection = cache.load_collection(store, name)
    if collection.membership is None:
        raise DataError(
            f"Tasks of {name!r} are single vectors, without members to take {kind} of."
        )
    return by_moments(*pooled(collection.features, collection.membership))
