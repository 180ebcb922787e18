"""Learning whose every step can be differentiated, and what is asked of its end."""

import math
from collections.abc import Iterable
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from core.discovery.networks import Forward, Stack


def unrolled(
    forward: Forward,
    stack: Stack,
    batches: Iterable[
        tuple[
            Float[Tensor, "members batch ..."], Float[Tensor, "members batch outputs"]
        ]
    ],
    rate: float,
    *,
    sparing: bool = False,
) -> Stack:
    """Parameters after a step of gradient descent on every batch.

    They hang on the targets, and can be differentiated by what these hang on.

    Args:
        forward: Of the networks.
        stack: Parameters to begin with.
        batches: Images and, of each, the share of every class that it is to have.
        rate: Of descent.
        sparing: Whether to keep parameters only and compute steps again on the way
            back: the memory of one step, for half as much time again.
    """
    for one in stack:
        one.requires_grad_(True)
    step = partial(_descended, forward, rate)
    for x, target in batches:
        if sparing:
            stack = [*checkpoint(step, x, target, *stack, use_reentrant=False)]
        else:
            stack = [*step(x, target, *stack)]
    return stack


def _descended(
    forward: Forward, rate: float, x: Tensor, target: Tensor, *now: Tensor
) -> tuple[Tensor, ...]:
    loss = soft_cross_entropy(forward([*now], x), target).sum()
    slopes = torch.autograd.grad(loss, now, create_graph=True)
    return tuple(one - rate * slope for one, slope in zip(now, slopes, strict=True))


def soft_cross_entropy(
    logits: Float[Tensor, "members batch outputs"],
    target: Float[Tensor, "members batch outputs"],
) -> Float[Tensor, " members"]:
    """Mean over images, in nats."""
    return -(target * logits.log_softmax(dim=-1)).sum(dim=-1).mean(dim=-1)


def disagreement(
    one: Float[Tensor, "tasks batch outputs"],
    other: Float[Tensor, "tasks batch outputs"],
) -> Float[Tensor, " tasks"]:
    """Cross-entropy of two networks' predictions, mean of both ways.

    Low only where both say the same and are sure of it (Atanov et al. 2022).
    """
    there = soft_cross_entropy(one, other.softmax(dim=-1))
    back = soft_cross_entropy(other, one.softmax(dim=-1))
    return (there + back) / 2


def uniformity(
    h: Float[Tensor, "images dim"], sharpness: float = 2.0
) -> Float[Tensor, ""]:
    """How far directions are from filling the sphere evenly (Wang & Isola 2020).

    The logarithm of the mean over pairs of exp(-t |a - b|^2), plus 4 t, at which
    opposite points would be 0. Hyperplanes at right angles through what is even on the
    sphere are independent tasks.
    """
    unit = torch.nn.functional.normalize(h, dim=1)
    apart = torch.nn.functional.pdist(unit).square()
    return (
        torch.logsumexp(-sharpness * apart, dim=0)
        - math.log(len(apart))
        + 4 * sharpness
    )
