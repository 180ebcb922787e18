"""The encoder of tasks that are sets of members."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from core.learning.losses import soft_extremes
from core.learning.model import Corners
from core.learning.resemblance import Resemblance


class SetEncoder(Resemblance):
    """Members are points; the box of a task holds the points of its members.

    Known members have points of their own: a place, moved along by every task that
    they are members of, so that learning moves whole branches as easily as single
    points. The box of known members is the minimum and maximum of their points, widened
    by a margin that grows with their number: so the box of a strict subset lies
    strictly inside, whatever was learned. A task of one member is a cube of side 1.

    A new member lies where the known one lies that is most like it. Which one that is
    can be wrong for single members, so the box of new members is that of the middle
    half of their points, axis by axis.

    Args:
        channels: Of the features of members.
        axes: Principal components compared.
        rows: Of the features that the encoder is fitted to.
        tasks: That it is fitted to.
        entries: Pairs of a member and a task that it belongs to.
        dim: Of the boxes.
        frame: Growth of the margin with log2 of the number of members.
    """

    holder: Int[Tensor, " entries"]
    holders: Int[Tensor, " members"]

    def __init__(
        self,
        *,
        channels: int,
        axes: int,
        rows: int,
        tasks: int,
        entries: int,
        dim: int,
        frame: float,
    ) -> None:
        super().__init__(channels, axes)
        self.frame = frame
        self.own = nn.Parameter(torch.zeros(rows, dim))
        self.shift = nn.Parameter(torch.zeros(tasks, dim))
        self.register_buffer("holder", torch.zeros(entries, dtype=torch.int32))
        self.register_buffer("holders", torch.zeros(rows, dtype=torch.int32))

    def known(self) -> Float[Tensor, "members dim"]:
        """Points of the members that the encoder is fitted to, in their order."""
        moves = self.shift.index_select(0, self.holder)
        return self.own + torch.segment_reduce(
            moves, "sum", lengths=self.holders, axis=0, initial=0
        )

    def placed(self, rows: int) -> Bool[Tensor, " rows"]:
        """Members of some task: others have no place of their own."""
        return self.holders > 0

    def told(
        self, features: Float[Tensor, "members channels"]
    ) -> Float[Tensor, "members dim"]:
        """Points of new members; NaN where features are too extreme to compare."""
        view = self.view(features)
        points = self.known().index_select(0, self.likest(view, 1).squeeze(1))
        return torch.where(view.isfinite().all(dim=1)[:, None], points, torch.nan)

    def forward(
        self,
        points: Float[Tensor, "members dim"],
        member: Int[Tensor, " entries"],
        counts: Int[Tensor, " tasks"],
        softness: float,
    ) -> Corners:
        """Boxes around all points of every task; those of nested sets are nested."""
        lower, upper = soft_extremes(points, member, counts, softness)
        return self._widened(lower, upper, counts)

    def around_most(
        self,
        points: Float[Tensor, "members dim"],
        member: Int[Tensor, " entries"],
        counts: Int[Tensor, " tasks"],
    ) -> Corners:
        """Boxes around the middle half of the points of every task, axis by axis."""
        rows = points.index_select(0, member)
        lower, upper = quantiles(rows, counts, (0.25, 0.75))
        return self._widened(lower, upper, counts)

    def _widened(
        self,
        lower: Float[Tensor, "tasks dim"],
        upper: Float[Tensor, "tasks dim"],
        counts: Int[Tensor, " tasks"],
    ) -> Corners:
        margin = 0.5 * (1 + self.frame * torch.log2(counts.to(lower)))[:, None]
        return lower - margin, upper + margin


def quantiles(
    rows: Float[Tensor, "entries dim"],
    counts: Int[Tensor, " tasks"],
    shares: Sequence[float],
) -> list[Float[Tensor, "tasks dim"]]:
    """Quantiles of every task's rows, axis by axis, interpolated in between."""
    start = counts.cumsum(0) - counts
    found = [rows.new_empty(len(counts), rows.shape[1]) for _ in shares]
    # Tasks of about as many rows are sorted side by side, the shorter filled up.
    size = torch.log2(counts.to(torch.float64)).ceil().long()
    for one in size.unique():
        some = torch.nonzero(size == one).squeeze(1)
        count, at = counts[some, None], torch.arange(int(counts[some].max()))
        values = rows[(start[some, None] + at).clamp(max=len(rows) - 1)]
        values[at >= count] = torch.inf
        ordered = values.sort(dim=1).values
        for quantile, share in zip(found, shares, strict=True):
            place = share * (count - 1).to(rows)
            below = place.floor().long()
            above = (below + 1).minimum(count - 1)
            low, high = (
                ordered.gather(1, end[..., None].expand(-1, 1, rows.shape[1]))
                for end in (below, above)
            )
            part = (place - below)[..., None]
            quantile[some] = ((1 - part) * low + part * high).squeeze(1)
    return found
