"""How alike two saliency maps are where both tell of the picture."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from core.errors import DataError

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
    extent = torch.maximum(_range(one, mask), _range(other, mask))
    unit = torch.where(extent > 0, extent, 1)[:, None, None]
    # Offsets from the lowest value keep the digits that variances are of.
    low = _lowest(one, mask)[:, None, None]
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


def rank_correlation(one: Maps, other: Maps, mask: Masks) -> Scores:
    """Spearman's rank correlation of cells that lie in the mask wholly.

    Returns:
        From -1 to 1; NaN where one of the maps is constant there.
    """
    a, b, inside = _cells(one, other, mask)
    x, y = _centred_ranks(a, inside), _centred_ranks(b, inside)
    return ((x * y).sum(1) / (x.norm(dim=1) * y.norm(dim=1))).to(one.dtype)


def top_overlap(one: Maps, other: Maps, mask: Masks) -> Scores:
    """Share of cells on top of both maps among those on top of either.

    On top are the highest tenth of the cells that lie in the mask wholly.

    Returns:
        From 0 to 1; NaN where one of the maps is constant there.
    """
    a, b, inside = _cells(one, other, mask)
    x, y = _on_top(a, inside), _on_top(b, inside)
    share = (x & y).sum(1) / (x | y).sum(1)
    told = _varies(a, inside) & _varies(b, inside)
    return torch.where(told, share, torch.nan).to(one.dtype)


def _centred_ranks(
    cells: Float[Tensor, "rows cells"], inside: Bool[Tensor, "rows cells"]
) -> Float[Tensor, "rows cells"]:
    """Ranks inside, the mean of equal cells' one, less their mean; 0 outside."""
    known = torch.where(inside, cells, torch.inf)
    ordered = known.sort(dim=1).values
    below = torch.searchsorted(ordered, known)
    most = torch.searchsorted(ordered, known, right=True)
    rank = (below + most).double() / 2
    mean = torch.where(inside, rank, 0).sum(1) / inside.sum(1)
    return torch.where(inside, rank - mean[:, None], 0)


def _on_top(
    cells: Float[Tensor, "rows cells"], inside: Bool[Tensor, "rows cells"]
) -> Bool[Tensor, "rows cells"]:
    """The highest tenth of cells inside; of equal ones the first."""
    known = torch.where(inside, cells, -torch.inf)
    order = known.sort(dim=1, descending=True, stable=True).indices
    most = (TOP * inside.sum(1)).round().clamp(min=1)
    places = torch.arange(cells.shape[1], device=cells.device)
    return torch.zeros_like(inside).scatter_(1, order, places < most[:, None])


def _varies(
    cells: Float[Tensor, "rows cells"], inside: Bool[Tensor, "rows cells"]
) -> Bool[Tensor, " rows"]:
    most = torch.where(inside, cells, -torch.inf).amax(1)
    return most > torch.where(inside, cells, torch.inf).amin(1)


def _windows(maps: Tensor) -> Tensor:
    """Means over windows."""
    return functional.avg_pool2d(maps[:, None], WINDOW, stride=1)[:, 0]


def _range(maps: Tensor, mask: Tensor) -> Tensor:
    highest = torch.where(mask, maps, -torch.inf).amax(dim=(1, 2))
    return (highest - _lowest(maps, mask)).nan_to_num(0, 0, 0)


def _lowest(maps: Tensor, mask: Tensor) -> Tensor:
    lowest = torch.where(mask, maps, torch.inf).amin(dim=(1, 2))
    return torch.where(lowest.isinf(), 0, lowest)


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
