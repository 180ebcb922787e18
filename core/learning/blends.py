"""Made-up tasks between two siblings: what new ones of their family may look like.

A network that has seen a few hundred vectors knows them by heart, and lays a new one
outside of what holds all of its siblings. What lies between two siblings, or a little
beyond one of them, belongs to whatever holds both: examples of a region rather than of
its known points (vicinal risk; Zhang et al., "mixup", ICLR 2018).
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.learning.sampling import (
    Pairs,
    Rows,
    draw_container,
    draw_siblings,
    known_strength,
    open_pairs,
    sibling,
)

BEYOND = 0.3  # of the way between two siblings, past either


@dataclass(frozen=True)
class Blends:
    """Mixtures of tasks `one`, of which each has its `share`, and tasks `other`."""

    one: Rows
    other: Rows
    share: Float[np.ndarray, " blends"]


def draw_blends(pairs: Pairs, rng: np.random.Generator, count: int) -> Blends:
    """Mixtures of any task and one of its family."""
    one, other = draw_siblings(pairs, rng, count)
    return Blends(one, other, rng.uniform(-BEYOND, 1 + BEYOND, size=count))


def blended(
    view: Float[Tensor, "tasks axes"], blends: Blends
) -> Float[Tensor, "blends axes"]:
    """What is seen of the mixtures."""
    one, other = (
        torch.from_numpy(rows).to(view.device) for rows in (blends.one, blends.other)
    )
    share = torch.from_numpy(blends.share).to(view)[:, None]
    return share * view[one] + (1 - share) * view[other]


def draw_known_of(
    pairs: Pairs, rng: np.random.Generator, blends: Blends
) -> tuple[Rows, Rows, Float[np.ndarray, " pairs"]]:
    """Mixtures, tasks, and 1 where the task holds both that are mixed, 0 where neither.

    Asked about are one container of each mixture, one of that container's family, and
    two tasks by chance; nothing is known where the two that are mixed differ, nor of
    these themselves. Mixtures are numbered from `pairs.tasks`.
    """
    container = draw_container(pairs, rng, blends.one)
    chance = rng.integers(pairs.tasks, size=(2, len(blends.one)))
    asked = np.concatenate([container, sibling(pairs, rng, container), *chance])
    one, other = np.tile(blends.one, 4), np.tile(blends.other, 4)
    held, too = (known_strength(pairs, rows, asked) for rows in (one, other))
    use = (held == too) & np.isin(held, (0, 1))
    use &= open_pairs(pairs, one, asked) & open_pairs(pairs, other, asked)
    number = np.tile(pairs.tasks + np.arange(len(blends.one)), 4)
    return number[use], asked[use], held[use]
