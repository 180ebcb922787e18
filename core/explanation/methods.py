"""Saliency methods: maps of what a class owes to which places of a picture.

Of captum, but for GradCAM++, which it lacks. All explain logits, whose gradients do not
vanish where a class is near certain. A map never hangs on the others of its batch: what
is drawn by chance is drawn from the seed of its row.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from captum.attr import (
    IntegratedGradients,
    LayerGradCam,
    Lime,
    Occlusion,
    Saliency,
)
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from core.errors import DataError
from core.explanation.classifier import ROOM, Classifier
from core.explanation.controls import CONTROLS

STEPS = 25  # of integrated gradients, from what is zero once prepared
SAMPLES, NOISE = 16, 0.15  # of SmoothGrad; noise as a share of the range of a picture
PATCHES = 7  # a side: patches of LIME, and of occlusion, which covers 2 x 2 of 8 x 8
PERTURBED = 100  # pictures that LIME learns of
TOP = 10  # patches that LIME tells of
CLIPPED = 0.99  # quantile that the highest values of gradients are lowered to

X = Float[Tensor, "rows channels height width"]
Target = Int[Tensor, " rows"]
Maps = Float[Tensor, "rows height width"]
Method = Callable[[Classifier, X, Target, Sequence[int]], Maps]


def maps_of(
    method: str,
    classifier: Classifier,
    x: X,
    target: Target,
    seeds: Sequence[int],
    *,
    room: int = ROOM,
) -> Maps:
    """Saliency maps from 0 to 1 of every row for its class.

    Args:
        method: One of `METHODS`.
        classifier: Whose logits are explained.
        x: Prepared pictures.
        target: Classes.
        seeds: Of what is drawn by chance, row by row.
        room: Pixels that go through the network at a time.

    Raises:
        DataError: The network has no layer that the method needs, or a map is not
            finite.
    """
    batch = max(1, room // (x.shape[2] * x.shape[3]))
    parts = [
        METHODS[method](
            classifier, x[at : at + batch], target[at : at + batch], seeds[at:]
        )
        for at in range(0, len(x), batch)
    ]
    found = torch.cat(parts).detach()
    if not found.isfinite().all():
        raise DataError(
            f"{method} of {classifier.name!r} gives values that are not finite, which "
            "its gradients are; use smooth layers, or another method."
        )
    return stretched(found)


def stretched(maps: Maps) -> Maps:
    """Maps from 0 to 1 each; constant ones are 0."""
    low = maps.amin(dim=(1, 2), keepdim=True)
    extent = maps.amax(dim=(1, 2), keepdim=True) - low
    return (maps - low) / torch.where(extent > 0, extent, 1)


def gradient(classifier: Classifier, x: X, target: Target, _: Sequence[int]) -> Maps:
    """Gradients of the logit (Simonyan et al. 2014)."""
    return _clipped(Saliency(classifier.network).attribute(_input(x), target))


def integrated_gradients(
    classifier: Classifier, x: X, target: Target, _: Sequence[int]
) -> Maps:
    """Gradients along the way from zero to the picture (Sundararajan et al. 2017)."""
    told = IntegratedGradients(classifier.network).attribute(
        _input(x), target=target, n_steps=STEPS, internal_batch_size=max(len(x), STEPS)
    )
    return _clipped(told)


def smoothgrad(
    classifier: Classifier, x: X, target: Target, seeds: Sequence[int]
) -> Maps:
    """Mean gradients of noisy pictures (Smilkov et al. 2017)."""
    explain = Saliency(classifier.network)
    spread = NOISE * (x.amax(dim=(1, 2, 3)) - x.amin(dim=(1, 2, 3)))
    draws = [torch.Generator().manual_seed(seed) for seed in seeds[: len(x)]]
    total = torch.zeros_like(x)
    for _ in range(SAMPLES):
        noise = torch.stack([torch.randn(x.shape[1:], generator=one) for one in draws])
        noisy = x + spread[:, None, None, None] * noise.to(x.device)
        total += explain.attribute(_input(noisy), target)
    return _clipped(total / SAMPLES)


def gradcam(classifier: Classifier, x: X, target: Target, _: Sequence[int]) -> Maps:
    """Channels of the last maps by their mean gradients (Selvaraju et al. 2017)."""
    explain = LayerGradCam(classifier.network, classifier.seen)
    told = explain.attribute(x, target, relu_attributions=True)
    assert isinstance(told, Tensor)
    return _enlarged(told, x)


def gradcam_plus_plus(
    classifier: Classifier, x: X, target: Target, _: Sequence[int]
) -> Maps:
    """As GradCAM, places that raise the class by weights (Chattopadhay et al. 2018).

    Of activations `A` and gradients `g` the weight of a place is
    `g ** 2 / (2 * g ** 2 + sum(A) * g ** 3)`.
    """
    kept: dict[str, Tensor] = {}

    def look(_module: Any, _x: Any, out: Tensor) -> Tensor:
        kept["maps"] = out.detach().requires_grad_()
        return kept["maps"]

    handle = classifier.seen.register_forward_hook(look)
    try:
        with torch.enable_grad():
            logits = classifier.network(x)
            told = logits.gather(1, target[:, None]).sum()
            (slope,) = torch.autograd.grad(told, kept["maps"])
    finally:
        handle.remove()
    maps = kept["maps"].detach()
    square = slope**2
    below = 2 * square + maps.sum(dim=(2, 3), keepdim=True) * square * slope
    alpha = torch.where(below != 0, square / torch.where(below != 0, below, 1), 0)
    weight = (alpha * slope.relu()).sum(dim=(2, 3), keepdim=True)
    return _enlarged((weight * maps).sum(dim=1, keepdim=True).relu(), x)


def occlusion(classifier: Classifier, x: X, target: Target, _: Sequence[int]) -> Maps:
    """What the logit loses where a patch is covered (Zeiler and Fergus 2014)."""
    channels, height, width = x.shape[1:]
    stride = (max(1, height // (PATCHES + 1)), max(1, width // (PATCHES + 1)))
    window = (channels, min(2 * stride[0], height), min(2 * stride[1], width))
    with torch.no_grad():
        told = Occlusion(classifier.network).attribute(
            x,
            window,
            strides=(channels, *stride),
            target=target,
            perturbations_per_eval=1,
        )
    return told.sum(dim=1).relu()


def lime(classifier: Classifier, x: X, target: Target, seeds: Sequence[int]) -> Maps:
    """A linear model of which patches are there (Ribeiro et al. 2016).

    The patches are those of a grid; the ten that weigh most are 1 or -1.
    """
    from captum._utils.models.linear_model import SkLearnRidge

    explain = Lime(classifier.network, SkLearnRidge(alpha=1.0))
    patch = _grid(x.shape[2], x.shape[3])
    places = int(patch.max()) + 1
    at_once = max(1, ROOM // (x.shape[2] * x.shape[3]))
    found = []
    for row, seed in enumerate(seeds[: len(x)]):
        with torch.random.fork_rng([]):
            torch.manual_seed(seed)
            told = explain.attribute(
                x[row : row + 1],
                target=target[row : row + 1],
                feature_mask=patch[None, None].to(x.device),
                n_samples=PERTURBED,
                perturbations_per_eval=at_once,
                return_input_shape=False,
            )
        weight = told.flatten()
        most = weight.abs().topk(min(TOP, places)).indices
        signs = torch.zeros_like(weight).index_copy(0, most, weight[most].sign())
        found.append(signs[patch])
    return torch.stack(found)


METHODS: dict[str, Method] = {
    "gradcam": gradcam,
    "gradcam++": gradcam_plus_plus,
    "gradient": gradient,
    "integrated-gradients": integrated_gradients,
    "smoothgrad": smoothgrad,
    "occlusion": occlusion,
    "lime": lime,
    **CONTROLS,
}


def _input(x: Tensor) -> Tensor:
    return x.detach().clone().requires_grad_()


def _clipped(told: Tensor) -> Maps:
    """Channels summed without their signs, and the few highest values lowered."""
    maps = told.abs().sum(dim=1)
    most = maps.flatten(1).quantile(CLIPPED, dim=1)[:, None, None]
    return torch.minimum(maps, most)


def _enlarged(told: Tensor, x: Tensor) -> Maps:
    return functional.interpolate(
        told, [*x.shape[2:]], mode="bilinear", align_corners=False
    )[:, 0]


def _grid(height: int, width: int) -> Int[Tensor, "height width"]:
    down = torch.arange(height) * PATCHES // height
    across = torch.arange(width) * PATCHES // width
    return down[:, None] * PATCHES + across
