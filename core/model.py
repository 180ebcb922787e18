"""The two encoders: from a set of members, or from one vector, to a box."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import normalize, softplus

from core.losses import soft_extremes
from core.reduction import main_axes

WIDTH = 256
BLOCK = 2048  # new members compared with the known ones at a time

Corners = tuple[Float[Tensor, "tasks dim"], Float[Tensor, "tasks dim"]]


class SetEncoder(nn.Module):
    """Members are points; the box of a task holds the points of its members.

    Known members have points of their own: a place, moved along by every task that
    they are members of, so that learning moves whole branches as easily as single
    points. The box of known members is the minimum and maximum of their points, widened
    by a margin that grows with their number: so the box of a strict subset lies
    strictly inside, whatever was learned. A task of one member is a cube of side 1.

    A new member lies where the known one lies that is most like it: the cosine between
    their features, centred and reduced to principal components. Which one that is can
    be wrong for single members, so the box of new members is that of the middle half of
    their points, axis by axis.

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
    known_row: Int[Tensor, " used"]
    known_view: Float[Tensor, "used axes"]

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
        super().__init__()
        self.frame = frame
        self.own = nn.Parameter(torch.zeros(rows, dim))
        self.shift = nn.Parameter(torch.zeros(tasks, dim))
        self.register_buffer("holder", torch.zeros(entries, dtype=torch.int32))
        self.register_buffer("holders", torch.zeros(rows, dtype=torch.int32))
        self.components = Components(channels, axes)
        # Known members as they are compared: made of their features, so not stored.
        self.register_buffer("known_row", torch.zeros(0).long(), persistent=False)
        self.register_buffer("known_view", torch.zeros(0, axes), persistent=False)

    def known(self) -> Float[Tensor, "members dim"]:
        """Points of the members that the encoder is fitted to, in their order."""
        moves = self.shift.index_select(0, self.holder)
        return self.own + torch.segment_reduce(
            moves, "sum", lengths=self.holders, axis=0, initial=0
        )

    def view(
        self, features: Float[Tensor, "members channels"]
    ) -> Float[Tensor, "members axes"]:
        """Members as they are compared: unit vectors of their main components."""
        return normalize(self.components(features))

    def remember(self, features: Float[Tensor, "members channels"]) -> None:
        """Take the features of the members that it is fitted to, to compare with.

        Members of no task have no place of their own, and are left out.
        """
        self.known_row = torch.nonzero(self.holders).squeeze(1)
        self.known_view = self.view(features.index_select(0, self.known_row))

    def likest(
        self,
        view: Float[Tensor, "members axes"],
        itself: Int[Tensor, " members"] | None = None,
    ) -> Int[Tensor, " members"]:
        """The known member most like each, but for the one that is `itself`."""
        found = []
        for rows in torch.arange(len(view), device=view.device).split(BLOCK):
            alike = view[rows] @ self.known_view.T
            if itself is not None:
                alike[self.known_row == itself[rows, None]] = -torch.inf
            found.append(self.known_row[alike.argmax(dim=1)])
        return torch.cat(found)

    def told(
        self, features: Float[Tensor, "members channels"]
    ) -> Float[Tensor, "members dim"]:
        """Points of new members; NaN where features are too extreme to compare."""
        view = self.view(features)
        points = self.known().index_select(0, self.likest(view))
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
        lower = quantile(rows, counts, 0.25)
        return self._widened(lower, quantile(rows, counts, 0.75), counts)

    def _widened(
        self,
        lower: Float[Tensor, "tasks dim"],
        upper: Float[Tensor, "tasks dim"],
        counts: Int[Tensor, " tasks"],
    ) -> Corners:
        margin = 0.5 * (1 + self.frame * torch.log2(counts.to(lower)))[:, None]
        return lower - margin, upper + margin


def quantile(
    rows: Float[Tensor, "entries dim"], counts: Int[Tensor, " tasks"], share: float
) -> Float[Tensor, "tasks dim"]:
    """A quantile of every task's rows, axis by axis, interpolated in between."""
    task = torch.repeat_interleave(counts)
    columns = []
    for column in rows.unbind(dim=1):
        by_value = column.argsort(stable=True)
        by_task = by_value[task[by_value].argsort(stable=True)]
        columns.append(column[by_task])
    ordered = torch.stack(columns, dim=1)
    first = counts.cumsum(0) - counts
    at = share * (counts - 1).to(rows)
    below = at.floor().long()
    above = (below + 1).minimum(counts - 1)
    part = (at - below)[:, None]
    return (1 - part) * ordered[first + below] + part * ordered[first + above]


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


def trunk(channels: int) -> nn.Sequential:
    """Two hidden layers; each row by itself, so that no task sways another's box."""
    layers: list[nn.Module] = []
    for width in (channels, WIDTH):
        layers += [nn.Linear(width, WIDTH), nn.LayerNorm(WIDTH), nn.GELU()]
    return nn.Sequential(*layers)
