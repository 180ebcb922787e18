"""Stacks of small networks: parameters of all members along a leading axis.

A multilayer perceptron is a few batched products. Other networks go one after the other
through `torch.func.functional_call`, which on a processor costs no more than grouped
convolutions; on a graphics card, which would wait between small ones, they are computed
at once. All can be differentiated twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

Kind = Literal["mlp", "conv", "resnet18"]
Stack = list[Tensor]  # of every parameter, those of all members


@dataclass(frozen=True)
class Architecture:
    """Of one member.

    Attributes:
        kind: `mlp` (of flat pixels), `conv` (three strided convolutions) or `resnet18`.
        widths: Of the hidden layers, or of the convolutions.
    """

    kind: Kind
    widths: tuple[int, ...]

    def module(self, shape: tuple[int, ...], outputs: int) -> nn.Module:
        """One member for images of `shape` (channels, height, width)."""
        if self.kind == "mlp":
            return _mlp(shape, self.widths, outputs)
        if self.kind == "conv":
            return _conv(shape, self.widths, outputs)
        from core.discovery.resnet import resnet18

        return resnet18(shape[0], self.widths[0], outputs)


def initial(
    architecture: Architecture,
    shape: tuple[int, ...],
    outputs: int,
    seeds: Sequence[int],
    device: str = "cpu",
) -> Stack:
    """Members with weights of their own: each by its seed alone, on any device."""
    members = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            module = architecture.module(shape, outputs)
            members.append([one.detach() for one in module.parameters()])
    return [torch.stack(parts).to(device) for parts in zip(*members, strict=True)]


class Forward:
    """The logits of a stack of networks, each on images of its own."""

    def __init__(
        self, architecture: Architecture, shape: tuple[int, ...], outputs: int
    ) -> None:
        self.flat = architecture.kind == "mlp"
        with torch.device("meta"):  # its own weights are never used
            self.module = architecture.module(shape, outputs)
        self.names = [name for name, _ in self.module.named_parameters()]

    def __call__(
        self, stack: Stack, x: Float[Tensor, "members batch ..."]
    ) -> Float[Tensor, "members batch outputs"]:
        """Logits of every member on its images."""
        if self.flat:
            return _batched_mlp(stack, x.flatten(2))
        if x.is_cuda:
            return torch.vmap(self.member)(stack, x)
        members = zip(zip(*stack, strict=True), x, strict=True)
        return torch.stack([self.member(own, one) for own, one in members])

    def member(self, own: Sequence[Tensor], x: Tensor) -> Tensor:
        """Logits of one network, by its parameters."""
        named = dict(zip(self.names, own, strict=True))
        return functional_call(self.module, named, (x,))


def _batched_mlp(stack: Stack, h: Tensor) -> Tensor:
    """Weights are (members, outputs, inputs), as `nn.Linear` has them."""
    layers = [*zip(stack[::2], stack[1::2], strict=True)]
    for at, (weight, bias) in enumerate(layers):
        h = torch.baddbmm(bias[:, None], h, weight.transpose(1, 2))
        if at + 1 < len(layers):
            h = h.relu()
    return h


def _mlp(shape: tuple[int, ...], widths: tuple[int, ...], outputs: int) -> nn.Module:
    sizes = [torch.Size(shape).numel(), *widths]
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], outputs))


def _conv(shape: tuple[int, ...], widths: tuple[int, ...], outputs: int) -> nn.Module:
    """Convolutions of stride 2; GroupNorm has no statistics for members to share."""
    channels, height, width = shape
    layers: list[nn.Module] = []
    for before, after in zip((channels, *widths), widths, strict=False):
        layers += [
            nn.Conv2d(before, after, 3, stride=2, padding=1),
            nn.GroupNorm(min(8, after), after),
            nn.ReLU(),
        ]
        height, width = (height + 1) // 2, (width + 1) // 2
    features = widths[-1] * height * width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, outputs))
