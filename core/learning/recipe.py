"""The settings of a fit, and how they change while it runs."""

import math
from dataclasses import dataclass, replace

import numpy as np

from core.collection import Collection
from core.errors import DataError
from core.learning.training_data import Encoding, sizes_known
from core.relations import nests

LEARNED = ("default", "network")  # recipes that learn, where there is anything to
RECIPES = (*LEARNED, "tree")
MOST = 200_000  # tasks that a network is shown at every step


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides a fit, apart from its data; lengths in leaf sides."""

    dim: int = 2
    encoder: Encoding = "set"
    seed: int = 0
    steps: int = 400
    skippable: bool = False  # whether to learn only where sets cross
    learning_rate: float = 0.5  # of points, a length; of a network, a pure number
    weight_decay: float = 0.0
    warm_up: float = 0.1  # share of the steps in which the learning rate rises
    annealing: float = 0.7  # share of the steps until geometry is (nearly) exact
    temperature: tuple[float, float] = (2.0, 0.05)  # of the intersection
    softness: tuple[float, float] = (0.5, 0.02)  # of the extremes; 0 after annealing
    frame: float = 0.1  # growth of the margin with log2 of the number of members
    axes: int = 128  # principal components that members or tasks are known by
    seen: tuple[float, float] = (0.15, 0.95)  # share of a task's members in a step
    blanked: float = 0.0  # share of the components that a step leaves out
    told: float = 0.25  # share of the tasks that a step sees as neighbours tell them
    blends: int = 0  # tasks between known ones that a step makes up
    known: int = 1024  # related pairs a step
    unrelated: int = 2048  # pairs a step: siblings, cousins and any, each
    crowded: int = 8192  # pairs a step whose boxes are too close
    crowd_every: int = 10  # steps between looks at which boxes are too close
    crowd_looks: int = 2**21  # pairs of tasks compared in such a look, at most
    known_weight: float = 0.2
    crowd_weight: float = 8.0
    compactness: tuple[float, float] = (3.0, 1.0)  # weight of perimeters, then less
    settling: tuple[float, float] = (0.4, 0.8)  # shares of the steps between the two
    size_weight: float = 0.0  # of how far volumes are from what sizes ask for
    even_weight: float = 1.0  # of how uneven the sides of boxes are
    size_power: float = 0.5  # volume grows with this power of the number of examples


def config_for(
    collection: Collection, recipe: str, *, dim: int, seed: int, steps: int | None
) -> TrainingConfig:
    """The settings of a recipe.

    `network` is the task encoder. `default` is the set encoder where members are known,
    which learns only where sets cross, unless told how many steps to take; without
    members the neighbour encoder where relations are measured, else the task encoder.
    `tree` is the layout of a tree, which is the default of collections that are one.

    Raises:
        DataError: The recipe does not suit the collection.
    """
    config = TrainingConfig(dim=dim, seed=seed)
    if recipe == "tree" or (recipe == "default" and collection.tree is not None):
        _check_tree(collection, steps)
        return replace(config, encoder="tree", steps=0)
    if len(collection.tasks) > MOST:
        raise DataError(
            f"A network is shown all tasks at every step, and the "
            f"{len(collection.tasks):,} of {collection.name!r} are too many beyond "
            f"{MOST:,}; use --recipe tree if they nest as a tree."
        )
    if collection.membership is not None and recipe == "default":
        config = replace(config, skippable=steps is None)
    elif not collection.relations.complete and recipe == "default":
        config = replace(
            config,
            encoder="neighbour",
            steps=600,
            learning_rate=0.05,
            weight_decay=0.2,
            temperature=(1.0, 0.1),
            known_weight=1.0,
            compactness=(0.0, 0.0),
            even_weight=0.4,
        )
    else:
        # Boxes nest by learning only, which asks for more pairs that do.
        config = replace(
            config,
            encoder="task",
            steps=1000,
            learning_rate=4e-3,
            weight_decay=0.5,
            known=2048,
            known_weight=2.0,
            crowd_weight=4.0,
            compactness=(0.02, 0.0),
            blanked=0.2 if collection.membership is not None else 0.0,
            blends=256 if collection.membership is not None else 0,
            even_weight=0.0 if collection.membership is not None else 1.5,
            size_weight=1.0 if sizes_known(collection) is not None else 0.0,
        )
    return config if steps is None else replace(config, steps=steps)


def _check_tree(collection: Collection, steps: int | None) -> None:
    """Check that tasks nest as a tree, and that nobody asks to learn how."""
    if steps is not None:
        raise DataError(
            "The boxes of a tree are laid out, which takes no steps; leave --steps out."
        )
    known = collection.relations
    tree = collection.tree is not None or (
        known.complete and nests(known, len(collection.tasks))
    )
    if not tree:
        raise DataError(
            f"The tasks of {collection.name!r} are no tree: some overlap, or how they "
            "relate is not known; use --recipe default."
        )


def annealed(ends: tuple[float, float], progress: float) -> float:
    """From the first to the second of `ends` at an even rate, then staying there."""
    first, last = ends
    return first * (last / first) ** min(progress, 1.0)


def temperature_at(config: TrainingConfig, progress: float) -> float:
    """Temperature of the intersection, in leaf sides."""
    return annealed(config.temperature, progress / config.annealing)


def softness_at(config: TrainingConfig, progress: float) -> float:
    """Softness of the extremes: annealed, then none."""
    done = progress / config.annealing
    return annealed(config.softness, done) if done < 1 else 0.0


def compactness_at(config: TrainingConfig, progress: float) -> float:
    """Weight of the perimeters: high while boxes find their place, low at the end."""
    early, late = config.compactness
    return float(np.interp(progress, config.settling, (early, late)))


def learning_rate_at(config: TrainingConfig, progress: float) -> float:
    """A linear rise, then half a cosine down to a twentieth."""
    if progress < config.warm_up:
        share = progress / config.warm_up
    else:
        share = (progress - config.warm_up) / (1 - config.warm_up)
        share = 0.5 + 0.5 * math.cos(math.pi * share)
    return config.learning_rate * max(share, 0.05)
