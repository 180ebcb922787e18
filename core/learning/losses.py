"""Soft geometry of boxes and the loss terms, in torch: a gradient wherever boxes lie.

Every function tends to its exact counterpart as softness or temperature go to 0.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import softplus

EULER = 0.5772156649015329
TINY = 1e-30


def soft_maximum(
    points: Float[Tensor, "members dim"],
    member: Int[Tensor, " entries"],
    counts: Int[Tensor, " tasks"],
    softness: float,
) -> Float[Tensor, "tasks dim"]:
    """Largest coordinate of every task's members, exact where `softness` is 0.

    `softness * log(sum(exp(x / softness)))`, never below the maximum and never smaller
    for a superset, so that boxes of nested sets are nested while they are soft too.
    """
    rows = points.index_select(0, member)
    top = torch.segment_reduce(rows, "max", lengths=counts, axis=0)
    if softness == 0:
        return top
    shift = top.detach().repeat_interleave(counts, dim=0)
    summed = torch.segment_reduce(
        torch.exp((rows - shift) / softness), "sum", lengths=counts, axis=0
    )
    return top.detach() + softness * torch.log(summed)


def soft_extremes(
    points: Float[Tensor, "members dim"],
    member: Int[Tensor, " entries"],
    counts: Int[Tensor, " tasks"],
    softness: float,
) -> tuple[Float[Tensor, "tasks dim"], Float[Tensor, "tasks dim"]]:
    """Soft minimum and soft maximum of every task's members."""
    lower = -soft_maximum(-points, member, counts, softness)
    return lower, soft_maximum(points, member, counts, softness)


def log_containment(
    lower: Float[Tensor, "tasks dim"],
    upper: Float[Tensor, "tasks dim"],
    child: Int[Tensor, " pairs"],
    parent: Int[Tensor, " pairs"],
    temperature: float,
) -> Float[Tensor, " pairs"]:
    """Log of the share of the child's box inside the parent's, by Gumbel boxes.

    Corners of the intersection are log-sum-exps of the corners and a side `s` counts as
    `T softplus(s / T - 2 gamma)`, its expectation when corners are Gumbel variables
    (Dasgupta et al., NeurIPS 2020). Written as what the intersection lacks of the
    child's sides, so that a child deep inside (share 1 - 1e-20) and one far away
    (share exp(-2000)) both keep their gradient in single precision.
    """
    # index_select and not [...]: its gradient is summed in a fixed order.
    inside_low, inside_high = lower.index_select(0, child), upper.index_select(0, child)
    around_low, around_high = (
        lower.index_select(0, parent),
        upper.index_select(0, parent),
    )
    side = (inside_high - inside_low) / temperature - 2 * EULER
    lacking = softplus((inside_high - around_high) / temperature) + softplus(
        (around_low - inside_low) / temperature
    )
    return -_log_ratio(side, lacking).sum(dim=-1)


def _log_ratio(
    side: Float[Tensor, "*batch dim"], lacking: Float[Tensor, "*batch dim"]
) -> Float[Tensor, "*batch dim"]:
    """`log(softplus(side) / softplus(side - lacking))`, never negative."""
    near = lacking < 0.1
    own = softplus(side)
    few = torch.where(near, lacking, 0.1)
    lost = torch.log1p(torch.sigmoid(side - few) * torch.expm1(few))
    many = torch.where(near, 0.1, lacking)
    far = _log_softplus(side) - _log_softplus(side - many)
    return torch.where(near, -torch.log1p(-lost / own), far)


def _log_softplus(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    negative = x < -15  # softplus(x) is exp(x) to single precision
    return torch.where(negative, x, torch.log(softplus(torch.where(negative, 0.0, x))))


def cross_entropy(
    log_share: Float[Tensor, " pairs"], strength: Float[Tensor, " pairs"]
) -> Float[Tensor, " pairs"]:
    """Binary cross-entropy of predicted shares, given as logs, and known ones."""
    log_share = log_share.clamp(max=-TINY)
    half = log_share > -math.log(2)
    # log(1 - exp(x)) by two formulas, each exact on its side (Maechler 2012).
    close = torch.log(-torch.expm1(torch.where(half, log_share, -1.0)))
    apart = torch.log1p(-torch.exp(torch.where(half, -1.0, log_share)))
    log_rest = torch.where(half, close, apart)
    return -(strength * log_share + (1 - strength) * log_rest)


def relative_perimeter(
    lower: Float[Tensor, "tasks dim"],
    upper: Float[Tensor, "tasks dim"],
    size: Float[Tensor, " tasks"],
) -> Float[Tensor, " tasks"]:
    """Mean side of every box against that of a cube which just holds `size` unit cubes.

    Small for compact boxes of even sides, which is why circuits are placed by their
    half-perimeter too (Naylor et al., US patent 6301693, 2001).
    """
    return (upper - lower).mean(dim=-1) / size ** (1 / lower.shape[-1])
