"""The encoder of tasks of one vector each, by a network."""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from core.learning.model import Components, Corners, Scaler

WIDTH = 256


class TaskEncoder(nn.Module):
    """Maps one vector a task to the centre and the half sides of its box.

    Vectors are reduced to principal components first. Sides have no upper bound: a root
    needs a huge box and a leaf a tiny one.
    """

    def __init__(self, *, channels: int, axes: int, dim: int, spread: float) -> None:
        super().__init__()
        self.spread = spread
        self.components = Components(channels, axes)
        self.scaler = Scaler(axes)
        self.trunk = trunk(axes)
        self.centre = nn.Linear(WIDTH, dim)
        self.side = nn.Linear(WIDTH, dim)

    def view(
        self, features: Float[Tensor, "tasks channels"]
    ) -> Float[Tensor, "tasks axes"]:
        """Vectors as the network reads them; that of a mean is the mean of views."""
        return self.scaler(self.components(features))

    def around(self, view: Float[Tensor, "tasks axes"]) -> Corners:
        """Lower and upper corners of what is viewed so."""
        hidden = self.trunk(view)
        centre = self.spread * self.centre(hidden)
        half = softplus(self.spread * self.side(hidden)) + 0.01
        return centre - half, centre + half

    def forward(self, features: Float[Tensor, "tasks channels"]) -> Corners:
        """Lower and upper corners."""
        return self.around(self.view(features))


def trunk(channels: int) -> nn.Sequential:
    """Two hidden layers; each row by itself, so that no task sways another's box."""
    layers: list[nn.Module] = []
    for width in (channels, WIDTH):
        layers += [nn.Linear(width, WIDTH), nn.LayerNorm(WIDTH), nn.GELU()]
    return nn.Sequential(*layers)
