"""What a fit makes small: pairs told wrongly, and boxes that look badly."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.learning import sampling
from core.learning.blends import Blends, draw_known_of
from core.learning.distributed import ALONE, Group
from core.learning.losses import cross_entropy, log_containment, relative_perimeter
from core.learning.model import Corners
from core.learning.recipe import TrainingConfig, compactness_at, temperature_at
from core.learning.sampling import Pairs, Rows
from core.learning.training_data import TrainingData

Crowd = Int[np.ndarray, "2 close"]  # pairs of unrelated tasks whose boxes are close
Loss = Callable[[Corners, Blends, Crowd, np.random.Generator, float], Float[Tensor, ""]]


def objective(
    data: TrainingData,
    pairs: Pairs,
    config: TrainingConfig,
    device: str,
    group: Group = ALONE,
) -> Loss:
    """The loss of corners at a share of the steps, on pairs that are drawn anew.

    The corners are those of all tasks and, behind them, of what is made up of them. Of
    the pairs drawn each process of a group looks at a part, so that the mean of their
    losses is the loss.
    """
    size = torch.from_numpy(_sizes(data, pairs)).to(device)
    log_size = torch.from_numpy(_log_sizes(data, config)).to(device)
    free = torch.from_numpy(_free_sides(data)).to(device)

    def loss_at(
        every: Corners,
        blends: Blends,
        crowd: Crowd,
        rng: np.random.Generator,
        progress: float,
    ) -> Float[Tensor, ""]:
        lower, upper = every
        corners = lower[: data.tasks], upper[: data.tasks]
        loss = _pair_loss(pairs, config, corners, crowd, rng, progress, group)
        if len(blends.one):
            told = _blend_loss(pairs, config, every, blends, rng, progress, group)
            loss = loss + told
        loss = loss + compactness_at(config, progress) * _looseness(corners, size)
        if config.even_weight:
            loss = loss + config.even_weight * _unevenness(corners, free)
        if data.size is not None:
            loss = loss + config.size_weight * _size_error(corners, log_size)
        return loss

    return loss_at


def crowd_of(
    pairs: Pairs,
    rng: np.random.Generator,
    corners: Corners,
    config: TrainingConfig,
    progress: float,
) -> Crowd:
    """Unrelated tasks whose boxes are closer than the intersection is soft."""
    lower, upper = (corner[: pairs.tasks].detach().cpu().numpy() for corner in corners)
    rows = max(config.crowd_looks // pairs.tasks, 1)
    reach = temperature_at(config, progress)
    return np.stack(
        sampling.draw_crowded(pairs, rng, lower, upper, reach=reach, rows=rows)
    )


def _pair_loss(
    pairs: Pairs,
    config: TrainingConfig,
    corners: Corners,
    crowd: Crowd,
    rng: np.random.Generator,
    progress: float,
    group: Group,
) -> Float[Tensor, ""]:
    """Weighted cross-entropy on a sample of pairs, each kind of pair by its weight."""
    most = pairs.tasks**2  # more draws than pairs tell nothing new
    known, unrelated = min(config.known, most), min(config.unrelated, most)
    kinds: list[tuple[Rows, Rows]] = [
        sampling.draw_known(pairs, rng, known),
        sampling.draw_siblings(pairs, rng, unrelated),
        sampling.draw_cousins(pairs, rng, unrelated),
        sampling.draw_any(pairs, rng, unrelated),
        _some(crowd, rng, config.crowded),
    ]
    counts = (known, *3 * (unrelated,), config.crowded)
    child = np.concatenate([rows for rows, _ in kinds])
    parent = np.concatenate([rows for _, rows in kinds])
    each = np.divide((1, 1, 1, 1, config.crowd_weight), counts)
    weight = np.repeat(each, [len(rows) for rows, _ in kinds])
    use = sampling.open_pairs(pairs, child, parent)
    child, parent, weight = child[use], parent[use], weight[use]
    strength = sampling.known_strength(pairs, child, parent)
    weight = np.where(strength == 1, config.known_weight * weight, weight)
    temperature = temperature_at(config, progress)
    return _entropy(corners, (child, parent), strength, weight, temperature, group)


def _blend_loss(
    pairs: Pairs,
    config: TrainingConfig,
    every: Corners,
    blends: Blends,
    rng: np.random.Generator,
    progress: float,
    group: Group,
) -> Float[Tensor, ""]:
    """Cross-entropy of what is known of made-up tasks; both answers weigh as such."""
    blend, task, strength = draw_known_of(pairs, rng, blends)
    counts = np.bincount(strength.astype(int), minlength=2)
    each = np.array((1, config.known_weight)) / np.maximum(counts, 1)
    weight, temperature = each[strength.astype(int)], temperature_at(config, progress)
    return _entropy(every, (blend, task), strength, weight, temperature, group)


def _entropy(
    corners: Corners,
    pairs: tuple[Rows, Rows],
    strength: Float[np.ndarray, " pairs"],
    weight: Float[np.ndarray, " pairs"],
    temperature: float,
    group: Group,
) -> Float[Tensor, ""]:
    """Cross-entropy of what boxes say of children in parents, by weight."""

    def tensor(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array[group.part]).to(corners[0].device)

    child, parent = (tensor(rows) for rows in pairs)
    log_share = log_containment(*corners, child, parent, temperature)
    entropy = cross_entropy(log_share, tensor(strength))
    return group.size * (tensor(weight.astype(np.float32)) * entropy).sum()


def _some(crowd: Crowd, rng: np.random.Generator, count: int) -> tuple[Rows, Rows]:
    found = crowd.shape[1]
    child, parent = (
        crowd[:, rng.integers(found, size=count)] if found > count else crowd
    )
    return child, parent


def _looseness(corners: Corners, size: Float[Tensor, " tasks"]) -> Float[Tensor, ""]:
    """How much larger than need be the boxes are that hold others, large ones first."""
    weight = torch.where(size > 1, size.sqrt(), 0)
    excess = weight * relative_perimeter(*corners, size)
    return excess.sum() / weight.sum().clamp(min=1)


def _unevenness(corners: Corners, free: Bool[Tensor, " tasks"]) -> Float[Tensor, ""]:
    """Mean variance of the logs of a box's sides: 0 where all boxes are cubes."""
    lower, upper = corners
    variance = (upper - lower).log().var(dim=-1, correction=0)
    return variance[free].sum() / free.sum().clamp(min=1)


def _size_error(
    corners: Corners, log_size: Float[Tensor, " tasks"]
) -> Float[Tensor, ""]:
    """Variance of the log of volume per size: 0 where volumes are as sizes ask for."""
    lower, upper = corners
    return ((upper - lower).log().sum(dim=-1) - log_size).var(correction=0)


def _sizes(data: TrainingData, pairs: Pairs) -> Float[np.ndarray, " tasks"]:
    """How many leaves a box should have room for: members, or tasks contained."""
    if data.membership is not None:
        return data.membership.counts.astype(np.float32)
    below = np.bincount(pairs.container, minlength=data.tasks)
    return np.maximum(below, 1).astype(np.float32)


def _log_sizes(
    data: TrainingData, config: TrainingConfig
) -> Float[np.ndarray, " tasks"]:
    """Log of the volume that sizes ask for, up to a constant.

    An unknown size counts as the median of those known: a box must not look like much
    data, or like little, where nothing is known of it.
    """
    if data.size is None:
        return np.zeros(data.tasks, dtype=np.float32)
    known = np.isfinite(data.size)
    size = np.where(known, data.size, np.median(data.size[known]))
    return (config.size_power * np.log(size)).astype(np.float32)


def _free_sides(data: TrainingData) -> Bool[np.ndarray, " tasks"]:
    """Boxes whose sides can differ: that of a single member is a cube."""
    if data.membership is None:
        return np.ones(data.tasks, dtype=bool)
    return data.membership.counts > 1
