"""Fits by any recipe: ours, and the published one that they are compared with."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.baselines import published
from core.baselines.published import PublishedConfig
from core.baselines.soft_boxes import KnownPairs, known_pairs
from core.collection import Collection
from core.errors import DataError
from core.learning import recipe, training
from core.learning.distributed import ALONE, Group
from core.learning.recipe import TrainingConfig
from core.learning.sampling import known_strength, open_pairs, pairs_of
from core.learning.training_data import TrainingData, training_data

MOST = 4096  # tasks that the published recipe is given: it looks at all pairs

Config = TrainingConfig | PublishedConfig
State = training.State | published.State


def config_for(
    collection: Collection, name: str, *, dim: int, seed: int, steps: int | None
) -> Config:
    """The settings of a recipe.

    Raises:
        DataError: The published recipe is asked to look at too many pairs.
    """
    if name != "published":
        return recipe.config_for(collection, name, dim=dim, seed=seed, steps=steps)
    tasks = len(collection.tasks)
    if tasks > MOST:
        raise DataError(
            f"The published recipe looks at all {tasks * (tasks - 1):,} pairs of the "
            f"{tasks:,} tasks of {collection.name!r} at every step, which is too many "
            f"beyond {MOST:,} tasks; use --recipe default or network."
        )
    measured = not collection.relations.complete
    config = published.config_for(
        dim=dim, trunk="published", seed=seed, measured=measured
    )
    return config if steps is None else replace(config, steps=steps)


def data_for(collection: Collection, config: Config) -> TrainingData:
    """All of a collection, as the recipe reads it."""
    encoder = "task" if isinstance(config, PublishedConfig) else config.encoder
    return training_data(collection, encoder)


def start(data: TrainingData, config: Config, device: str) -> State:
    """A fit before its first step; the published recipe is fitted on the processor."""
    if isinstance(config, PublishedConfig):
        return published.start(data.features.shape[1], config)
    return training.start(data, config, device)


def fit(
    data: TrainingData, state: State, device: str, group: Group = ALONE
) -> Iterator[State]:
    """Train on from `state`, handing it over after every step; the last is the result.

    Raises:
        DataError: The loss is not finite; the encoder is as it was before that step. Or
            several processes are to share the published recipe.
    """
    if isinstance(state, published.State):
        if group.size > 1:
            raise DataError(
                "The published recipe is fitted by one process; leave torchrun out."
            )
        return published.fit(data.features, _all_pairs(data), state)
    return training.fit(data, state, device, group)


def _all_pairs(data: TrainingData) -> KnownPairs:
    """All ordered pairs that may be learned from, 0 where nothing is shared."""
    pairs = pairs_of(data.tasks, data.relations, data.withheld)
    child, parent = np.divmod(np.arange(data.tasks**2), data.tasks)
    use = open_pairs(pairs, child, parent)
    child, parent = child[use], parent[use]
    return known_pairs(data.tasks, child, parent, known_strength(pairs, child, parent))
