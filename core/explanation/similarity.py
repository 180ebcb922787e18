"""How alike two saliency maps are where both tell of the picture."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from core.errors import DataError
from core.explanation.classifier import ROOM

WINDOW = 5  # pixels a side, uniform
LUMINANCE, CONTRAST = 0.01, 0.03  # of the range, which steady the ratio
CELLS = 56  # a side at the most, of which ranks and tops are
TOP = 0.1  # share of the cells that are on top

Maps = Float[Tensor, "rows height width"]
Masks = Bool[Tensor, "rows height width"]
Scores = Float[Tensor, " rows"]


def structural_similarity(one: Maps, other: Maps, mask: Masks) -> Scores:
    """Mean structural similarity (Wang et al. 2004) of windows that lie in the mask.

    The range is the larger one of both maps' inside the mask. Two constant maps are as
    alike as maps can be, whatever their constants are, for neither singles out a place.

    Returns:
        From -1 to 1; NaN where no window lies in the mask.

    Raises:
        DataError: Maps are smaller than the window.
    """
    height, width = one.shape[1:]
    if min(height, width) < WINDOW:
        raise DataError(
            f"Pictures of {width} x {height} pixels are smaller than the window of "
            f"{WINDOW} x {WINDOW} that maps are compared by; give larger ones."
        )
    rows = max(1, ROOM[one.device.type] // (height * width))
    parts = zip(*(x.split(rows) for x in (one, other, mask)), strict=True)
    return torch.cat([_structural_similarity(*some) for some in parts])


def _structural_similarity(one: Maps, other: Maps, mask: Masks) -> Scores:
    low, high = _ends(one, mask)
    other_low, other_high = _ends(other, mask)
    extent = torch.maximum(high - low, other_high - other_low)
    unit = torch.where(extent > 0, extent, 1)[:, None, None]
    # Offsets from the lowest value keep the digits that variances are of.
    low = low[:, None, None]
    x, y = (one - low) / unit, (other - low) / unit
    mean_x, mean_y = _windows(x), _windows(y)
    bias = WINDOW**2 / (WINDOW**2 - 1)  # variances are of a sample
    variance_x = bias * (_windows(x * x) - mean_x**2)
    variance_y = bias * (_windows(y * y) - mean_y**2)
    covariance = bias * (_windows(x * y) - mean_x * mean_y)
    # The ratio of means is of the values themselves, not of their offsets.
    mean_x, mean_y = mean_x + low / unit, mean_y + low / unit
    told = (2 * mean_x * mean_y + LUMINANCE**2) * (2 * covariance + CONTRAST**2)
    most = (mean_x**2 + mean_y**2 + LUMINANCE**2) * (
        variance_x + variance_y + CONTRAST**2
    )
    inside = _windows(mask.to(one.dtype)) > 1 - 0.5 / WINDOW**2
    total = torch.where(inside, told / most, 0).sum(dim=(1, 2))
    found = total / inside.sum(dim=(1, 2))
    return torch.where((extent == 0) & inside.any(2).any(1), 1.0, found)


def agreement(one: Maps, other: Maps, mask: Masks) -> tuple[Scores, Scores]:
    """How alike maps order cells that lie in the mask wholly.

    Returns:
        Spearman's rank correlation, from -1 to 1, and the share of cells on top of both
        maps among those on top of either, from 0 to 1: on top are the highest tenth, of
        equal ones the first. NaN where one of the maps is constant there.
    """
    a, b, inside = _cells(one, other, mask)
    (x, on_x), (y, on_y) = _ranked(a, inside), _ranked(b, inside)
    size = x.norm(dim=1) * y.norm(dim=1)
    rank = (x * y).sum(1) / size
    share = (on_x & on_y).sum(1) / (on_x | on_y).sum(1)
    overlap = torch.where(size > 0, share, torch.nan)
    return rank.to(one.dtype), overlap.to(one.dtype)


def _ranked(
    cells: Float[Tensor, "rows cells"], inside: Bool[Tensor, "rows cells"]
) -> tuple[Float[Tensor, "rows cells"], Bool[Tensor, "rows cells"]]:
    """Ranks inside less their mean, 0 outside, and which cells are on top.

    Equal cells have the mean of their ranks.
    """
    known = torch.where(inside, cells, -torch.inf)
    ordered, order = known.sort(dim=1, descending=True, stable=True)
    place = torch.arange(cells.shape[1], device=cells.device)
    ends = torch.ones_like(inside[:, :1])
    differs = ordered[:, 1:] != ordered[:, :-1]
    first, last = torch.cat([ends, differs], 1), torch.cat([differs, ends], 1)
    begin = torch.where(first, place, 0).cummax(dim=1).values
    end = torch.where(last, place, len(place)).flip(1).cummin(dim=1).values.flip(1)
    rank = torch.empty_like(cells, dtype=torch.float64)
    rank = rank.scatter(1, order, (begin + end).double() / 2)
    mean = torch.where(inside, rank, 0).sum(1) / inside.sum(1)
    most = (TOP * inside.sum(1)).round().clamp(min=1)
    top = torch.zeros_like(inside).scatter_(1, order, place < most[:, None])
    return torch.where(inside, rank - mean[:, None], 0), top


def _windows(maps: Tensor) -> Tensor:
    """Means over windows, in a tenth of the time that pooling takes."""
    rows = maps.unfold(1, WINDOW, 1).sum(-1)
    return rows.unfold(2, WINDOW, 1).sum(-1) / WINDOW**2


def _ends(maps: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The lowest and the highest value inside; 0 where there is none."""
    low = torch.where(mask, maps, torch.inf).flatten(1).amin(dim=1)
    high = torch.where(mask, maps, -torch.inf).flatten(1).amax(dim=1)
    none = low > high
    return torch.where(none, 0, low), torch.where(none, 0, high)


def _cells(
    one: Tensor, other: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor, Bool[Tensor, "rows cells"]]:
    """Means over cells of both maps, and which cells the mask holds wholly."""
    size = (min(CELLS, one.shape[1]), min(CELLS, one.shape[2]))
    a, b, whole = (
        functional.adaptive_avg_pool2d(x[:, None].to(one.dtype), size).flatten(1)
        for x in (one, other, mask)
    )
    return a, b, whole > 1 - 1e-4
