"""Squared gradients of single images, filter by filter, without the gradients.

The gradient of an image with respect to the weights of a filter is a sum over positions
`p` of the gradient `d[p]` at its output times the patch `a[:, p]` that it saw there.
Its squared length is `d @ (a.T @ a) @ d`, where `a.T @ a` is the same for all filters,
and for all gradients. Where patches are smaller than positions are many, the sum is
cheaper.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from core.errors import DataError

Patches = Float[Tensor, "images groups weights positions"]
Slopes = Float[Tensor, "images groups filters positions"]


@dataclass(frozen=True)
class Seen:
    """What a layer read and gave in a forward pass."""

    layer: nn.Module
    x: Tensor
    out: Tensor


@contextmanager
def watching(layers: Mapping[str, nn.Module]) -> Iterator[dict[str, Seen]]:
    """What the layers read and give while the context lasts; nothing stays behind."""
    seen: dict[str, Seen] = {}

    def hook(name: str) -> Callable[..., None]:
        def look(layer: nn.Module, x: tuple[Tensor, ...], out: Tensor) -> None:
            if name in seen:
                raise DataError(
                    f"Layer {name} runs twice in a forward pass, so it has no gradient "
                    "of its own; leave its stage out."
                )
            seen[name] = Seen(layer, x[0].detach(), out)

        return look

    handles = [one.register_forward_hook(hook(name)) for name, one in layers.items()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def filters_of(layer: nn.Module) -> int:
    """Number of filters, or of outputs, of a layer."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return weight.shape[0]


def weights_of(layer: nn.Module) -> int:
    """Number of weights of each of its filters."""
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return weight[0].numel()


def patches(layer: nn.Module, x: Tensor) -> Patches:
    """What every filter of a group sees at every position."""
    if isinstance(layer, nn.Linear):
        rows = x.reshape(len(x), -1, x.shape[-1])
        return rows.transpose(1, 2)[:, None]
    assert isinstance(layer, nn.Conv2d)
    padded = functional.pad(x, layer._reversed_padding_repeated_twice)
    if layer.kernel_size == (1, 1) and layer.stride == (1, 1):
        columns = padded.flatten(2)
    else:
        columns = functional.unfold(
            padded, layer.kernel_size, layer.dilation, 0, layer.stride
        )
    return columns.reshape(len(x), layer.groups, -1, columns.shape[-1])


def slopes(layer: nn.Module, gradient: Tensor) -> Slopes:
    """Gradients at the output of a layer, laid out as its patches are."""
    if isinstance(layer, nn.Linear):
        rows = gradient.reshape(len(gradient), -1, gradient.shape[-1])
        return rows.transpose(1, 2)[:, None]
    assert isinstance(layer, nn.Conv2d)
    return gradient.reshape(
        len(gradient), layer.groups, filters_of(layer) // layer.groups, -1
    )


def squares(seen: Seen) -> Callable[[Tensor], Float[Tensor, "images filters"]]:
    """From gradients at its output to squared lengths of each image's, by filter."""
    a = patches(seen.layer, seen.x)
    gram = a.transpose(2, 3) @ a if a.shape[3] < a.shape[2] else None

    def squared(gradient: Tensor) -> Float[Tensor, "images filters"]:
        d = slopes(seen.layer, gradient)
        if gram is None:
            return (d @ a.transpose(2, 3)).square().sum(dim=3).flatten(1)
        return ((d @ gram) * d).sum(dim=3).clamp(min=0).flatten(1)

    return squared


def summed_squares(seen: Seen, gradient: Tensor) -> Float[Tensor, " filters"]:
    """Squared length of the sum of all images' gradients, by filter."""
    a, d = patches(seen.layer, seen.x), slopes(seen.layer, gradient)
    return torch.einsum("bgop,bgip->goi", d, a).square().sum(dim=2).flatten()
