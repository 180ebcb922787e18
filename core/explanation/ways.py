"""Ways to a picture, and what its pixels owe to every step: BlurIG and Guided IG.

Captum has neither; its gradients are used. A method that is true to its network owes in
all what its logit gains from the beginning of the way to its end. The package saliency
has both, of one picture at a time (docs/dependencies.md).
"""

from collections.abc import Callable

import torch
from captum.attr import Saliency
from jaxtyping import Float, Int
from torch import Tensor

STEPS = 25  # of a way
BLUR = 50 / 224  # of a side, where the way of BlurIG begins
SLACK = 0.1  # share of the way that a pixel may be ahead or behind on that of Guided IG

X = Float[Tensor, "rows channels height width"]
Target = Int[Tensor, " rows"]
Network = Callable[[Tensor], Tensor]


def owed_to_blur(network: Network, x: X, target: Target) -> X:
    """What the logit gains as a blur goes, by pixel and channel."""
    most = BLUR * max(x.shape[2:])
    total = torch.zeros_like(x)
    for step in range(STEPS):
        ends = [blurred(x, most * (step + one) / STEPS) for one in (0, 1)]
        here = blurred(x, most * (step + 0.5) / STEPS)
        total += slopes(network, here, target) * (ends[0] - ends[1])
    return total


def owed_when_guided(network: Network, x: X, target: Target) -> X:
    """What the logit gains from zero to the picture, what changes it least going first.

    Every step takes the picture as much nearer, in the sum of all pixels and channels:
    those of the least slope go first, as far as they may, the last of them part of it.
    What a step owes is by the slopes at both its ends.
    """
    whole = x.abs().flatten(1)
    share = torch.zeros_like(whole)  # of the way, that is gone
    total = torch.zeros_like(x)
    slope = slopes(network, total, target)
    for step in range(1, STEPS + 1):
        least, most = max(step / STEPS - SLACK, 0.0), min(step / STEPS + SLACK, 1.0)
        gone = share.clamp(min=least)
        room = (most - gone).clamp(min=0) * whole
        asked = whole.sum(dim=1) * step / STEPS - (gone * whole).sum(dim=1)
        order = slope.flatten(1).abs().argsort(dim=1, stable=True)
        there = room.gather(1, order)
        before = there.cumsum(dim=1) - there
        taken = torch.minimum((asked[:, None] - before).clamp(min=0), there)
        moved = torch.zeros_like(room).scatter(1, order, taken)
        gone = gone + torch.where(whole > 0, moved / whole.clamp(min=1e-12), 0)
        after = slopes(network, gone.reshape(x.shape) * x, target)
        total += (slope + after) / 2 * (gone - share).reshape(x.shape) * x
        share, slope = gone, after
    return total


def slopes(network: Network, x: X, target: Target) -> X:
    """Gradients of the logits."""
    x = x.detach().requires_grad_()
    found: X = Saliency(network).attribute(x, target, abs=False)
    return found


def blurred(x: X, spread: float) -> X:
    """Pictures under a Gaussian blur of so many pixels, zero outside of them."""
    if not spread:
        return x
    down, across = (_bell(length, spread).to(x) for length in x.shape[2:])
    return down @ x @ across.T


def _bell(length: int, spread: float) -> Float[Tensor, "length length"]:
    """What every pixel gets of every other one."""
    place = torch.arange(-length, length + 1, dtype=torch.float64)
    weight = torch.exp(-(place**2) / (2 * spread**2))
    offset = torch.arange(length)
    return (weight / weight.sum())[offset[:, None] - offset + length]
