"""The published recipe of Task2Box (Daroya et al., CVPR 2024): what ours has to beat.

Network, geometry, loss and schedule are the published ones; only the arithmetic is
arranged anew, so that a step over all pairs costs milliseconds. Where the publication
says too little: batch normalisation uses the statistics of the batch while learning,
and its running ones (momentum 0.1) whenever a task is placed, so that a box never
depends on which others are placed with it; containment is read off by the recipe's own
soft volumes, as it was learned, and not off the exact boxes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.baselines.soft_boxes import KnownPairs, log_volume, squared_error
from core.errors import DataError
from core.learning.model import Corners

Trunk = Literal["published", "small", "linear"]
HIDDEN: dict[Trunk, tuple[int, ...]] = {
    "published": (1024, 256, 128),
    "small": (16,),
    "linear": (),
}


@dataclass(frozen=True)
class PublishedConfig:
    """Everything that decides a fit, apart from its data; defaults as published."""

    dim: int = 2
    trunk: Trunk = "published"
    seed: int = 0
    steps: int = 1350
    learning_rate: float = 1e-3
    temperature: float = 0.1  # of volumes
    containment_weight: float = 100.0
    volume_weight: float = 0.7
    centre_weight: float = 0.01


def config_for(*, dim: int, trunk: Trunk, seed: int, measured: bool) -> PublishedConfig:
    """The published settings, which differ where relations are measured affinities."""
    if measured:
        return PublishedConfig(dim, trunk, seed, steps=3000, volume_weight=0.01)
    return PublishedConfig(dim, trunk, seed)


class PublishedEncoder(nn.Module):
    """Maps raw features to the lower corner and the sides, each in (0, 1), of a box."""

    def __init__(self, channels: int, dim: int, trunk: Trunk) -> None:
        super().__init__()
        widths = (channels, *HIDDEN[trunk])
        self.trunk = hidden_layers(widths)
        self.lower = nn.Linear(widths[-1], dim)
        self.side = nn.Linear(widths[-1], dim)

    def forward(self, features: Float[Tensor, "tasks channels"]) -> Corners:
        """Lower and upper corners."""
        hidden = self.trunk(features)
        lower = self.lower(hidden)
        return lower, lower + torch.sigmoid(self.side(hidden))


def hidden_layers(widths: tuple[int, ...]) -> nn.Sequential:
    """Linear, ReLU, batch normalisation; from each width to the next."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU(), nn.BatchNorm1d(after)]
    return nn.Sequential(*layers)


def loss(
    lower: Float[Tensor, "tasks dim"],
    upper: Float[Tensor, "tasks dim"],
    known: KnownPairs,
    config: PublishedConfig,
) -> Float[Tensor, ""]:
    """The published loss, summed over pairs and boxes.

    100 x squared error of containment; 0.7 x (1 / volume)^(1/d) of every box; 0.01 x
    squared distance of the centres of related tasks; and 1/d^2 x |difference| of every
    two sides of a box.
    """
    dim = lower.shape[1]
    volume = log_volume(lower, upper, config.temperature)
    centre = (lower + upper) / 2
    child, parent = known.related
    apart = centre.index_select(0, child) - centre.index_select(0, parent)
    side = upper - lower
    first, second = torch.triu_indices(dim, dim, offset=1)
    uneven = (side[:, first] - side[:, second]).abs().sum() / dim**2
    return (
        config.containment_weight
        * squared_error(lower, upper, known, config.temperature)
        + config.volume_weight * torch.exp(-volume / dim).sum()
        + config.centre_weight * (apart**2).sum()
        + uneven
    )


@dataclass
class State:
    """A fit under way, changed in place by every step."""

    config: PublishedConfig
    model: PublishedEncoder
    optimizer: torch.optim.Adam
    step: int = 0
    loss: float = math.nan


def start(channels: int, config: PublishedConfig) -> State:
    """A fit before its first step."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = PublishedEncoder(channels, config.dim, config.trunk)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=config.learning_rate, fused=True
    )
    return State(config, model.eval(), optimizer)


def fit(
    features: Float[np.ndarray, "tasks channels"], known: KnownPairs, state: State
) -> Iterator[State]:
    """Train on from `state`, handing it over after every step; the last is the result.

    The encoder is handed over in evaluation mode, ready to place tasks. Equal arguments
    give an equal fit on the same machine.

    Raises:
        DataError: There is one task only, or the loss is not finite; the encoder is
            then as it was before that step.
    """
    if known.tasks < 2:
        raise DataError(
            f"The published recipe needs two known tasks and has {known.tasks}; "
            "give it more."
        )
    config, model = state.config, state.model
    inputs = torch.from_numpy(features.astype(np.float32))
    while state.step < config.steps:
        statistics = [buffer.clone() for buffer in model.buffers()]
        model.train()
        lower, upper = model(inputs)
        value = loss(lower, upper, known, config)
        model.eval()
        if not math.isfinite(value.item()):
            for buffer, before in zip(model.buffers(), statistics, strict=True):
                buffer.copy_(before)
            raise DataError(
                f"The loss is {value.item()} at step {state.step + 1} of "
                f"{config.steps}. Look for extreme values in the features, or try "
                "another --seed."
            )
        state.optimizer.zero_grad()
        value.backward()
        state.optimizer.step()
        state.step, state.loss = state.step + 1, value.item()
        yield state


def corners(
    model: PublishedEncoder, features: Float[np.ndarray, "tasks channels"]
) -> tuple[Float[np.ndarray, "tasks dim"], Float[np.ndarray, "tasks dim"]]:
    """Lower and upper corners of tasks, known to the encoder or new."""
    with torch.no_grad():
        lower, upper = model(torch.from_numpy(features.astype(np.float32)))
    return lower.numpy(), upper.numpy()
