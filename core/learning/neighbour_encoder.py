"""The encoder of tasks of one vector each, some pairs of which were measured."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from core.learning.model import Corners
from core.learning.resemblance import Resemblance

NEIGHBOURS = 4  # known tasks that tell the box of a new one


class NeighbourEncoder(Resemblance):
    """Known tasks have boxes of their own; new ones lie where similar ones do.

    For tasks of one vector each, of which little more is known than how some pairs of
    them are related. The box of a new task is the mean of those of the known ones most
    like it: of their centres, and of the logs of their sides.

    Args:
        channels: Of the vectors.
        axes: Principal components compared.
        rows: Tasks that the encoder is fitted to.
        dim: Of the boxes.
    """

    def __init__(self, *, channels: int, axes: int, rows: int, dim: int) -> None:
        super().__init__(channels, axes)
        self.centre = nn.Parameter(torch.zeros(rows, dim))
        self.log_half = nn.Parameter(torch.zeros(rows, dim))

    def neighbours(
        self,
        view: Float[Tensor, "rows axes"],
        itself: Int[Tensor, " rows"] | None = None,
    ) -> Int[Tensor, "rows neighbours"]:
        """The known tasks most like each, but for the one that is `itself`."""
        others = len(self.centre) - (itself is not None)
        return self.likest(view, min(NEIGHBOURS, others), itself)

    def known(self) -> Corners:
        """Boxes of the tasks that the encoder is fitted to, in their order."""
        return _around(self.centre, self.log_half)

    def told(self, features: Float[Tensor, "tasks channels"]) -> Corners:
        """Boxes of new tasks; NaN where features are too extreme to compare."""
        view = self.view(features)
        near = self.neighbours(view)
        lost = ~view.isfinite().all(dim=1)[:, None]
        lower, upper = self.mean_box(near)
        return lower.masked_fill(lost, torch.nan), upper.masked_fill(lost, torch.nan)

    def mean_box(self, near: Int[Tensor, "tasks neighbours"]) -> Corners:
        """The mean of the boxes of every task's neighbours."""
        return _around(mean_of(self.centre, near), mean_of(self.log_half, near))

    def forward(
        self,
        near: Int[Tensor, "tasks neighbours"],
        seen: Bool[Tensor, " tasks"],
    ) -> Corners:
        """Boxes of the known tasks, those `seen` so as their neighbours tell them."""
        centre, log_half = (
            torch.where(seen[:, None], mean_of(one, near), one)
            for one in (self.centre, self.log_half)
        )
        return _around(centre, log_half)


def mean_of(
    values: Float[Tensor, "known dim"], near: Int[Tensor, "tasks neighbours"]
) -> Float[Tensor, "tasks dim"]:
    """Mean of the values of every task's neighbours."""
    # index_select and not [...]: its gradient is summed in a fixed order.
    rows = values.index_select(0, near.ravel())
    return rows.view(*near.shape, -1).mean(dim=1)


def _around(
    centre: Float[Tensor, "tasks dim"], log_half: Float[Tensor, "tasks dim"]
) -> Corners:
    half = log_half.exp()
    return centre - half, centre + half
