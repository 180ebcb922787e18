"""Which of what is known is most like something new."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import normalize

from core.learning.model import Components

FEW = 512  # known ones that are compared one by one, all of them
ROUNDS = 5  # of gathering known ones around centres
PROBES = 4  # groups of known ones that something new is compared with
BLOCK = 16384  # new ones compared at a time
SHOWN = 2**17  # known ones that say where groups lie, at most, evenly from all


class Resemblance(nn.Module):
    """The features of what is known, to compare new ones with.

    Like is what has a high cosine between features, centred and reduced to principal
    components. Many known ones are put into groups of like ones, about as many groups
    as members of each; a new one is compared with those of the groups nearest to it
    only (Sivic and Zisserman, ICCV 2003). How often that finds the most like one is a
    matter of the features: see docs/learning.md.

    Args:
        channels: Of the features.
        axes: Principal components compared.
    """

    known_row: Int[Tensor, " used"]
    known_view: Float[Tensor, "used axes"]
    group_view: Float[Tensor, "groups axes"]
    group_start: Int[Tensor, " bounds"]

    def __init__(self, channels: int, axes: int) -> None:
        super().__init__()
        self.components = Components(channels, axes)
        # The known ones, group by group: made of their features, so not stored.
        none = torch.zeros(0).long()
        self.register_buffer("known_row", none, persistent=False)
        self.register_buffer("known_view", torch.zeros(0, axes), persistent=False)
        self.register_buffer("group_view", torch.zeros(0, axes), persistent=False)
        self.register_buffer("group_start", none, persistent=False)

    def view(
        self, features: Float[Tensor, "rows channels"]
    ) -> Float[Tensor, "rows axes"]:
        """Rows as they are compared: unit vectors of their main components."""
        return normalize(self.components(features))

    def remember(self, features: Float[Tensor, "rows channels"]) -> None:
        """Take the features of what it is fitted to, to compare with."""
        rows = torch.nonzero(self.placed(len(features))).squeeze(1)
        view = self.view(features.index_select(0, rows))
        centres = _centres(view)
        group = _nearest(view, centres)
        order = group.argsort(stable=True)
        self.known_row, self.known_view = rows[order], view[order]
        self.group_view = centres
        counts = torch.bincount(group, minlength=len(centres))
        self.group_start = torch.cat([counts.new_zeros(1), counts.cumsum(0)])

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
        return self.compared(view, count, itself)[1]

    def compared(
        self,
        view: Float[Tensor, "rows axes"],
        count: int,
        itself: Int[Tensor, " rows"] | None = None,
    ) -> tuple[Float[Tensor, "rows count"], Int[Tensor, "rows count"]]:
        """Cosines with the known rows most like each, and which these are."""
        cosines, found = [], []
        for rows in torch.arange(len(view), device=view.device).split(BLOCK):
            own = None if itself is None else itself[rows]
            cosine, place = self._likest(view[rows], count, own)
            cosines.append(cosine)
            found.append(self.known_row[place])
        return torch.cat(cosines), torch.cat(found)

    def _likest(
        self,
        view: Float[Tensor, "rows axes"],
        count: int,
        itself: Int[Tensor, " rows"] | None,
    ) -> tuple[Float[Tensor, "rows count"], Int[Tensor, "rows count"]]:
        """Cosines with the likest ones, and their places in `known_row`."""
        probes = min(PROBES, len(self.group_view))
        nearest = (view @ self.group_view.T).topk(probes, dim=1).indices
        shape = (len(view), probes, count)
        alike, place = view.new_full(shape, -torch.inf), nearest.new_zeros(shape)
        for probe, groups in enumerate(nearest.unbind(dim=1)):
            for group, rows in _by_group(groups, len(self.group_view)):
                first, last = self.group_start[group : group + 2].tolist()
                cosine = view[rows] @ self.known_view[first:last].T
                if itself is not None:
                    own = self.known_row[first:last] == itself[rows, None]
                    cosine[own] = -torch.inf
                cosines, columns = _highest(cosine, min(count, last - first))
                there = slice(columns.shape[1])
                alike[rows, probe, there] = cosines
                place[rows, probe, there] = first + columns
        cosines, columns = _highest(alike.flatten(1), count)
        found = place.flatten(1).gather(1, columns)
        # Where so few are near, the likest one stands for those that lack.
        lacks = cosines == -torch.inf
        cosines = torch.where(lacks, cosines[:, :1], cosines)
        return cosines, torch.where(lacks, found[:, :1], found)


def _highest(
    values: Float[Tensor, "rows columns"], count: int
) -> tuple[Float[Tensor, "rows count"], Int[Tensor, "rows count"]]:
    """The highest values of every row, and their columns."""
    if count == 1:  # by far the most frequent, and faster so
        return values.max(dim=1, keepdim=True)
    return values.topk(count, dim=1)


def _by_group(
    group: Int[Tensor, " rows"], groups: int
) -> list[tuple[int, Int[Tensor, " some"]]]:
    """Which rows ask for every group that any does."""
    order = group.argsort(stable=True)
    counts = torch.bincount(group, minlength=groups).tolist()
    parts = order.split(counts)
    return [(one, rows) for one, rows in enumerate(parts) if len(rows)]


def _nearest(
    view: Float[Tensor, "rows axes"], centres: Float[Tensor, "groups axes"]
) -> Int[Tensor, " rows"]:
    """The centre nearest to every row."""
    parts = [(rows @ centres.T).argmax(dim=1) for rows in view.split(BLOCK)]
    return torch.cat(parts)


def _centres(view: Float[Tensor, "rows axes"]) -> Float[Tensor, "groups axes"]:
    """Directions that like rows lie around (spherical k-means); one for few rows."""
    if len(view) < FEW:
        return normalize(view.mean(dim=0, keepdim=True))
    groups = round(len(view) ** 0.5)
    view = view[:: -(-len(view) // SHOWN)]
    centres = view[torch.linspace(0, len(view) - 1, groups).long()]
    for _ in range(ROUNDS):
        group = _nearest(view, centres)
        sums = torch.zeros_like(centres).index_add_(0, group, view)
        full = torch.bincount(group, minlength=groups)[:, None] > 0
        centres = torch.where(full, normalize(sums), centres)
    return centres
