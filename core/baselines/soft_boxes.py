"""Containment of boxes with soft volumes, and its squared error over pairs of tasks.

The geometry of the published recipe of Task2Box (Daroya et al., CVPR 2024): corners of
an intersection are plain maxima and minima, and every side `s` counts as
`T log(1 + exp(s / T))`, also where it is negative because boxes are apart (Li et al.,
ICLR 2019). A recipe that looks at all pairs at every step needs them in milliseconds,
so pairs are laid out once, and slopes are computed beside the values.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import softplus

from core.learning.sampling import Rows

BLOCK = 128  # rows of the matrix of pairs at a time, which then stay in the cache
DENSE = 0.25  # share of all pairs from which on the whole matrix is looked at
NOTHING = 1e-12  # affinities up to here are of tasks that share nothing
LEAST_SIDE = -40.0  # in temperatures; what such a side counts is nothing, but not 0

Block = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class KnownPairs:
    """Ordered pairs with a known share of the child in the parent, as the loss reads.

    `related` are children and parents of the pairs that share anything. `blocks` are
    there where most pairs are known: stripes of the matrix [child, parent] right of its
    diagonal, of `BLOCK` rows; of each its strengths, its weights (1 where known, else
    0), and both of the mirrored pairs.
    """

    tasks: int
    child: Int[Tensor, " pairs"]
    parent: Int[Tensor, " pairs"]
    strength: Float[Tensor, " pairs"]
    related: Int[Tensor, "2 related"]
    blocks: tuple[Block, ...]


def known_pairs(
    tasks: int, child: Rows, parent: Rows, strength: Float[np.ndarray, " pairs"]
) -> KnownPairs:
    """Lay out pairs of two different tasks each."""
    dense = len(child) > DENSE * tasks**2
    related = np.stack([child, parent])[:, strength > NOTHING]
    return KnownPairs(
        tasks,
        torch.from_numpy(child.astype(np.int64)),
        torch.from_numpy(parent.astype(np.int64)),
        torch.from_numpy(strength.astype(np.float32)),
        torch.from_numpy(related.astype(np.int64)),
        _blocks(tasks, child, parent, strength) if dense else (),
    )


def soft_containment(
    lower: Float[np.ndarray, "tasks dim"],
    upper: Float[np.ndarray, "tasks dim"],
    child: Rows,
    parent: Rows,
    *,
    temperature: float,
) -> Float[np.ndarray, " pairs"]:
    """Share of box `child[k]` inside box `parent[k]`, for every pair k."""

    def log_soft(
        low: Float[np.ndarray, "pairs dim"], high: Float[np.ndarray, "pairs dim"]
    ) -> Float[np.ndarray, "pairs dim"]:
        side = (high.astype(np.float64) - low) / temperature
        return np.log(np.logaddexp(0, np.maximum(side, LEAST_SIDE)))

    shared = log_soft(
        np.maximum(lower[child], lower[parent]), np.minimum(upper[child], upper[parent])
    )
    return np.exp((shared - log_soft(lower[child], upper[child])).sum(axis=1))


def log_volume(
    lower: Float[Tensor, "tasks dim"],
    upper: Float[Tensor, "tasks dim"],
    temperature: float,
) -> Float[Tensor, " tasks"]:
    """Log of the soft volume of every box."""
    return _soft(upper - lower, temperature).log().sum(dim=1)


def squared_error(
    lower: Float[Tensor, "tasks dim"],
    upper: Float[Tensor, "tasks dim"],
    known: KnownPairs,
    temperature: float,
) -> Float[Tensor, ""]:
    """Sum over the known pairs of (containment - strength) squared."""
    if not known.blocks:
        return _error_of_pairs(lower, upper, known, temperature)
    with torch.no_grad():
        value, by_lower, by_upper = _error_of_blocks(
            lower.T.contiguous(), upper.T.contiguous(), known, temperature
        )
    # What is added is 0, and has the slopes.
    value = value + (by_lower.T * (lower - lower.detach())).sum()
    return value + (by_upper.T * (upper - upper.detach())).sum()


def _soft(side: Float[Tensor, "*sides"], temperature: float) -> Float[Tensor, "*sides"]:
    return softplus(side.clamp(min=LEAST_SIDE * temperature), beta=1 / temperature)


def _error_of_pairs(
    lower: Float[Tensor, "tasks dim"],
    upper: Float[Tensor, "tasks dim"],
    known: KnownPairs,
    temperature: float,
) -> Float[Tensor, ""]:
    inner = [corner.index_select(0, known.child) for corner in (lower, upper)]
    outer = [corner.index_select(0, known.parent) for corner in (lower, upper)]
    shared = log_volume(
        torch.maximum(inner[0], outer[0]),
        torch.minimum(inner[1], outer[1]),
        temperature,
    )
    own = log_volume(lower, upper, temperature).index_select(0, known.child)
    return ((torch.exp(shared - own) - known.strength) ** 2).sum()


def _error_of_blocks(
    lower: Float[Tensor, "dim tasks"],
    upper: Float[Tensor, "dim tasks"],
    known: KnownPairs,
    temperature: float,
) -> tuple[Float[Tensor, ""], Float[Tensor, "dim tasks"], Float[Tensor, "dim tasks"]]:
    """The error and its slopes by either corner; automatic ones take thrice the time.

    Both directions of a pair share an overlap, which is computed once. With its soft
    sides x and the share p = prod(x) / volume: (p - t)^2 has the slope 2 (p - t) p by
    log(prod(x)), and its negative by the log of the child's volume; and log(x) has the
    slope sigmoid(side / T) / x by the side.
    """
    side = upper - lower
    own = _soft(side, temperature)
    volume = own.prod(dim=0)
    value, by_log_volume = torch.zeros(()), torch.zeros_like(volume)
    by_lower, by_upper = torch.zeros_like(lower), torch.zeros_like(upper)
    for number, (target, weight, back_target, back_weight) in enumerate(known.blocks):
        rows = slice(number * BLOCK, (number + 1) * BLOCK)
        start, rest = slice(rows.start, None), slice(rows.stop, None)
        overlap = [
            torch.minimum(high[rows, None], high[start])
            - torch.maximum(low[rows, None], low[start])
            for low, high in zip(lower, upper, strict=True)
        ]
        soft = [_soft(one, temperature) for one in overlap]
        shared = math.prod(soft[1:], start=soft[0])
        error, slope = _error_and_slope(shared / volume[rows, None], target, weight)
        by_log_volume[rows] -= slope.sum(dim=1)
        value += error
        error, back = _error_and_slope(
            shared[:, BLOCK:] / volume[rest], back_target, back_weight
        )
        by_log_volume[rest] -= back.sum(dim=0)
        value += error
        slope[:, BLOCK:] += back
        for axis, (one, width) in enumerate(zip(overlap, soft, strict=True)):
            by_side = one.div_(temperature).sigmoid_().div_(width).mul_(slope)
            low, high = lower[axis], upper[axis]
            _share_out(by_upper[axis], by_side, high[rows, None] < high[start], rows)
            _share_out(by_lower[axis], -by_side, low[rows, None] > low[start], rows)
    by_own = by_log_volume * torch.sigmoid(side / temperature) / own
    return value, by_lower - by_own, by_upper + by_own


def _error_and_slope(
    share: Float[Tensor, "rows columns"],
    target: Float[Tensor, "rows columns"],
    weight: Float[Tensor, "rows columns"],
) -> tuple[Float[Tensor, ""], Float[Tensor, "rows columns"]]:
    """Sum of squared errors, and the slope of each by the log of its share."""
    error = (share - target).mul_(weight)
    return (error**2).sum(), error.mul_(share).mul_(2)


def _share_out(
    slopes: Float[Tensor, " tasks"],
    of_pairs: Float[Tensor, "rows columns"],
    of_row: Bool[Tensor, "rows columns"],
    rows: slice,
) -> None:
    """Add the slope of every pair to the task of its row or to that of its column."""
    mine = of_pairs * of_row
    slopes[rows] += mine.sum(dim=1)
    slopes[rows.start :] += (of_pairs - mine).sum(dim=0)


def _blocks(
    tasks: int, child: Rows, parent: Rows, strength: Float[np.ndarray, " pairs"]
) -> tuple[Block, ...]:
    target, weight = np.zeros((2, tasks, tasks), dtype=np.float32)
    target[child, parent] = strength
    weight[child, parent] = 1
    blocks = []
    for first in range(0, tasks, BLOCK):
        rows, rest = slice(first, first + BLOCK), slice(first + BLOCK, None)
        parts = (
            target[rows, first:],
            weight[rows, first:],
            target[rest, rows].T,
            weight[rest, rows].T,
        )
        one, two, three, four = (torch.from_numpy(part.copy()) for part in parts)
        blocks.append((one, two, three, four))
    return tuple(blocks)
