"""The encoder of tasks that nest as a tree."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.learning.model import Corners
from core.learning.resemblance import Resemblance


class TreeEncoder(Resemblance):
    """Known tasks have the boxes that the tree is laid out with, which nothing learns.

    A new task has the box of the known one most like it.

    Args:
        channels: Of the vectors of tasks.
        axes: Principal components compared.
        rows: Tasks in the tree.
        dim: Of the boxes.
    """

    def __init__(self, *, channels: int, axes: int, rows: int, dim: int) -> None:
        super().__init__(channels, axes)
        self.lower = nn.Parameter(torch.zeros(rows, dim), requires_grad=False)
        self.upper = nn.Parameter(torch.ones(rows, dim), requires_grad=False)

    def known(self) -> Corners:
        """Boxes of the tasks in the tree, in their order."""
        return self.lower, self.upper

    def told(self, features: Float[Tensor, "tasks channels"]) -> Corners:
        """Boxes of new tasks; NaN where features are too extreme to compare."""
        view = self.view(features)
        row = self.likest(view, 1).squeeze(1)
        lost = ~view.isfinite().all(dim=1)[:, None]
        lower, upper = (
            corner.index_select(0, row).masked_fill(lost, torch.nan)
            for corner in self.known()
        )
        return lower, upper
