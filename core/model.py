"""The two encoders: from a set of members, or from one vector, to a box."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import softplus

from core.losses import soft_extremes

WIDTH = 256

Corners = tuple[Float[Tensor, "tasks dim"], Float[Tensor, "tasks dim"]]


class SetEncoder(nn.Module):
    """Maps members to points; the box of a task holds its members' points.

    The box is the minimum and maximum of the points, widened by a margin that grows
    with the number of members: so the box of a strict subset lies strictly inside,
    whatever the map has learned. A task of one member is a cube of side 1.

    With `anchors`, the members that it is fitted to have points of their own, which the
    map learns to tell; new members get what the map says.
    """

    anchor: nn.Parameter | None

    def __init__(
        self, channels: int, dim: int, *, spread: float, frame: float, anchors: int = 0
    ) -> None:
        super().__init__()
        self.spread, self.frame = spread, frame
        self.scaler = Scaler(channels)
        self.trunk = trunk(channels)
        self.point = nn.Linear(WIDTH, dim)
        own = nn.Parameter(torch.zeros(anchors, dim)) if anchors else None
        self.register_parameter("anchor", own)

    def mapped(
        self, features: Float[Tensor, "members channels"]
    ) -> Float[Tensor, "members dim"]:
        """Where the map puts members, known or new."""
        return self.spread * self.point(self.trunk(self.scaler(features)))

    def known(
        self, features: Float[Tensor, "members channels"]
    ) -> Float[Tensor, "members dim"]:
        """Points of the members that the encoder is fitted to, in their order."""
        if self.anchor is None:
            return self.mapped(features)
        return self.spread * self.anchor

    def forward(
        self,
        points: Float[Tensor, "members dim"],
        member: Int[Tensor, " entries"],
        counts: Int[Tensor, " tasks"],
        softness: float,
    ) -> Corners:
        """Lower and upper corners; those of nested sets are nested."""
        lower, upper = soft_extremes(points, member, counts, softness)
        margin = 0.5 * (1 + self.frame * torch.log2(counts.to(points)))[:, None]
        return lower - margin, upper + margin


class TaskEncoder(nn.Module):
    """Maps one vector a task to the centre and the half sides of its box.

    Sides have no upper bound: a root needs a huge box and a leaf a tiny one.
    """

    def __init__(self, channels: int, dim: int, *, spread: float) -> None:
        super().__init__()
        self.spread = spread
        self.scaler = Scaler(channels)
        self.trunk = trunk(channels)
        self.centre = nn.Linear(WIDTH, dim)
        self.side = nn.Linear(WIDTH, dim)

    def forward(self, features: Float[Tensor, "tasks channels"]) -> Corners:
        """Lower and upper corners."""
        hidden = self.trunk(self.scaler(features))
        centre = self.spread * self.centre(hidden)
        half = softplus(self.spread * self.side(hidden)) + 0.01
        return centre - half, centre + half


class Scaler(nn.Module):
    """Standardises every channel with the statistics of the features it was set by."""

    mean: Float[Tensor, " channels"]
    deviation: Float[Tensor, " channels"]

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("deviation", torch.ones(channels))

    def set_by(self, features: Float[Tensor, "rows channels"]) -> None:
        """Take the statistics of `features`; a constant channel becomes 0."""
        deviation = features.std(dim=0, correction=0)
        self.mean.copy_(features.mean(dim=0))
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.inf))

    def forward(
        self, features: Float[Tensor, "rows channels"]
    ) -> Float[Tensor, "rows channels"]:
        """The standardised features."""
        return (features - self.mean) / self.deviation


def trunk(channels: int) -> nn.Sequential:
    """Two hidden layers; each row by itself, so that no task sways another's box."""
    layers: list[nn.Module] = []
    for width in (channels, WIDTH):
        layers += [nn.Linear(width, WIDTH), nn.LayerNorm(WIDTH), nn.GELU()]
    return nn.Sequential(*layers)
