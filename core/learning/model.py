"""What encoders are made of."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.reduction import main_axes

Corners = tuple[Float[Tensor, "tasks dim"], Float[Tensor, "tasks dim"]]


class Components(nn.Module):
    """Principal components of the features that it was set by."""

    centre: Float[Tensor, " channels"]
    axes: Float[Tensor, "channels axes"]

    def __init__(self, channels: int, axes: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(channels))
        self.register_buffer("axes", torch.zeros(channels, axes))

    def set_by(self, features: Float[np.ndarray, "rows channels"]) -> None:
        """Take the directions along which `features` vary most."""
        centre, axes = main_axes(features, self.axes.shape[1])
        self.centre.copy_(torch.from_numpy(centre))
        self.axes.copy_(torch.from_numpy(axes))

    def forward(
        self, features: Float[Tensor, "rows channels"]
    ) -> Float[Tensor, "rows axes"]:
        """The components of each row."""
        # Subtracting after the product spares a copy of all features.
        return features @ self.axes - self.centre @ self.axes


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
        deviation = features.double().std(dim=0, correction=0)  # squares may be vast
        self.mean.copy_(features.double().mean(dim=0))
        self.deviation.copy_(torch.where(deviation > 1e-6, deviation, torch.inf))

    def forward(
        self, features: Float[Tensor, "rows channels"]
    ) -> Float[Tensor, "rows channels"]:
        """The standardised features."""
        return (features - self.mean) / self.deviation
