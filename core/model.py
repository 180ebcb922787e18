"""What encoders are made of."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import normalize

from core.reduction import main_axes

BLOCK = 2048  # new ones compared with the known ones at a time

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


class Resemblance(nn.Module):
    """What is known, by features, and which of it is most like something new.

    Like is what has a high cosine between features, centred and reduced to principal
    components.

    Args:
        channels: Of the features.
        axes: Principal components compared.
    """

    known_row: Int[Tensor, " used"]
    known_view: Float[Tensor, "used axes"]

    def __init__(self, channels: int, axes: int) -> None:
        super().__init__()
        self.components = Components(channels, axes)
        # The known ones as they are compared: made of their features, so not stored.
        self.register_buffer("known_row", torch.zeros(0).long(), persistent=False)
        self.register_buffer("known_view", torch.zeros(0, axes), persistent=False)

    def view(
        self, features: Float[Tensor, "rows channels"]
    ) -> Float[Tensor, "rows axes"]:
        """Rows as they are compared: unit vectors of their main components."""
        return normalize(self.components(features))

    def remember(self, features: Float[Tensor, "rows channels"]) -> None:
        """Take the features of what it is fitted to, to compare with."""
        self.known_row = torch.nonzero(self.placed(len(features))).squeeze(1)
        self.known_view = self.view(features.index_select(0, self.known_row))

    def placed(self, rows: int) -> Bool[Tensor, " rows"]:
        """Which rows of the features have a place of their own, to be told from."""
        return torch.ones(rows, dtype=torch.bool)

    def likest(
        self,
        view: Float[Tensor, "rows axes"],
        count: int,
        itself: Int[Tensor, " rows"] | None = None,
    ) -> Int[Tensor, "rows count"]:
        """The known rows most like each, but for the one that is `itself`."""
        found = []
        for rows in torch.arange(len(view), device=view.device).split(BLOCK):
            alike = view[rows] @ self.known_view.T
            if itself is not None:
                alike[self.known_row == itself[rows, None]] = -torch.inf
            found.append(self.known_row[alike.topk(count, dim=1).indices])
        return torch.cat(found)
