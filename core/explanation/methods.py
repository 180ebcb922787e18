"""Saliency methods: maps of what a class owes to which places of a picture.

Of captum, but for GradCAM++, BlurIG and Guided IG, which it lacks. All explain logits,
whose gradients do not vanish where a class is near certain. A map never hangs on the
others of its batch: what is drawn by chance is drawn from the seed of its row.
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
from core.explanation.ways import STEPS, owed_to_blur, owed_when_guided

SAMPLES, NOISE = 16, 0.15  # of SmoothGrad; noise as a share of the range of a picture
PATCHES = 7  # a side: patches of LIME, and of occlusion, which covers 2 x 2 of 8 x 8
PERTURBED = 100  # pictures that LIME learns of
TOP = 10  # patches that LIME tells of
CLIPPED = 0.99  # quantile that the highest values of gradients are lowered to

X = Float[Tensor, "rows channels height width"]
Target = Int[Tensor, " rows"]
Targets = Int[Tensor, "rows classes"]
Maps = Float[Tensor, "rows height width"]
MapsOfEach = Float[Tensor, "rows classes height width"]
Method = Callable[[Classifier, X, Target, Sequence[int]], Maps]
Watching = Callable[[Classifier, X, Targets, Sequence[int]], MapsOfEach]


def maps_of(
    method: str,
    classifier: Classifier,
    x: X,
    target: Target,
    seeds: Sequence[int],
    *,
    room: int = ROOM,
) -> Maps:
    """Saliency maps from 0 to 1 of every row for its class; see `maps_of_each`."""
    return maps_of_each(method, classifier, x, target[:, None], seeds, room=room)[:, 0]


def maps_of_each(
    method: str,
    classifier: Classifier,
    x: X,
    targets: Targets,
    seeds: Sequence[int],
    *,
    deep: Tensor | None = None,
    room: int = ROOM,
) -> MapsOfEach:
    """Saliency maps from 0 to 1 of every row for each of its classes.

    What the classes of a row share is computed once: all where they are the same, and
    every way through the network where a method only watches what it tells.

    Args:
        method: One of `METHODS`.
        classifier: Whose logits are explained.
        x: Prepared pictures.
        targets: Classes.
        seeds: Of what is drawn by chance, row by row.
        deep: What the lower half of the network makes of `x`, where it is known.
        room: Pixels that go through the network at a time.

    Raises:
        DataError: The network has no layer that the method needs, or a map is not
            finite.
    """
    rows = classifier.rows(room)
    if method in WATCHING:
        parts = [
            WATCHING[method](classifier, *some, seeds[k * rows :])
            for k, some in enumerate(
                zip(x.split(rows), targets.split(rows), strict=True)
            )
        ]
        found = torch.cat(parts)
    else:
        given = x
        if method in CAMS:
            _ = classifier.seen  # tells where there is nothing to make them of
            given = classifier.deep(x, room=room) if deep is None else deep
        row, column = (targets != targets[:, :1]).nonzero(as_tuple=True)
        every = torch.cat([torch.arange(len(x)), row])
        target = torch.cat([targets[:, 0], targets[row, column]])
        parts = [
            ONE_CLASS[method](
                classifier, given[some], one, [seeds[k] for k in some.tolist()]
            )
            for some, one in zip(every.split(rows), target.split(rows), strict=True)
        ]
        maps = torch.cat(parts)
        found = maps[: len(x), None].repeat(1, targets.shape[1], 1, 1)
        found[row, column] = maps[len(x) :]
    found = found.detach()
    if not found.isfinite().all():
        raise DataError(
            f"{method} of {classifier.name!r} gives values that are not finite, which "
            "its gradients are; use smooth layers, or another method."
        )
    return stretched(found)


def stretched(maps: MapsOfEach) -> MapsOfEach:
    """Maps from 0 to 1 each; constant ones are 0."""
    low = maps.amin(dim=(-2, -1), keepdim=True)
    extent = maps.amax(dim=(-2, -1), keepdim=True) - low
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


def blur_ig(classifier: Classifier, x: X, target: Target, _: Sequence[int]) -> Maps:
    """Gradients along the way of a blur that goes (Xu, Venugopalan et al. 2020)."""
    return _clipped(owed_to_blur(classifier.network, x, target))


def guided_ig(classifier: Classifier, x: X, target: Target, _: Sequence[int]) -> Maps:
    """Gradients along a way that keeps out of steep places (Kapishnikov et al. 2021).

    Pixels go one after another, not a tenth of them at a time.
    """
    return _clipped(owed_when_guided(classifier.network, x, target))


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


def gradcam(
    classifier: Classifier, deep: Tensor, target: Target, _: Sequence[int]
) -> Maps:
    """Channels of the last maps by their mean gradients (Selvaraju et al. 2017)."""
    explain = LayerGradCam(classifier.above, classifier.seen)
    told = explain.attribute(deep, target, relu_attributions=True)
    assert isinstance(told, Tensor)
    return _enlarged(told, classifier.size)


def gradcam_plus_plus(
    classifier: Classifier, deep: Tensor, target: Target, _: Sequence[int]
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
            logits = classifier.above(deep)
            told = logits.gather(1, target[:, None]).sum()
            (slope,) = torch.autograd.grad(told, kept["maps"])
    finally:
        handle.remove()
    maps = kept["maps"].detach()
    square = slope**2
    below = 2 * square + maps.sum(dim=(2, 3), keepdim=True) * square * slope
    alpha = torch.where(below != 0, square / torch.where(below != 0, below, 1), 0)
    weight = (alpha * slope.relu()).sum(dim=(2, 3), keepdim=True)
    return _enlarged((weight * maps).sum(dim=1, keepdim=True).relu(), classifier.size)


def occlusion(
    classifier: Classifier, x: X, targets: Targets, _: Sequence[int]
) -> MapsOfEach:
    """What the logit loses where a patch is covered (Zeiler and Fergus 2014)."""
    rows, channels, height, width = x.shape
    stride = (max(1, height // (PATCHES + 1)), max(1, width // (PATCHES + 1)))
    window = (channels, min(2 * stride[0], height), min(2 * stride[1], width))

    def logits(x: Tensor) -> Tensor:
        return classifier.network(x).gather(1, targets)

    with torch.no_grad():
        told = Occlusion(logits).attribute(
            x, window, strides=(channels, *stride), perturbations_per_eval=1
        )
    maps = told.reshape(rows, targets.shape[1], channels, height, width)
    return maps.sum(dim=2).relu()


def lime(
    classifier: Classifier, x: X, targets: Targets, seeds: Sequence[int]
) -> MapsOfEach:
    """A linear model of which patches are there (Ribeiro et al. 2016).

    The patches are those of a grid; the ten that weigh most are 1 or -1.
    """
    patch = _grid(x.shape[2], x.shape[3])
    found = []
    for row, target in enumerate(targets.tolist()):
        network = _Remembering(classifier)
        maps = {
            one: _lime(network, x[row : row + 1], patch, one, seeds[row])
            for one in dict.fromkeys(target)
        }
        found.append(torch.stack([maps[one] for one in target]))
    return torch.stack(found)


def _lime(
    network: "_Remembering", x: Tensor, patch: Tensor, target: int, seed: int
) -> Float[Tensor, "height width"]:
    from captum._utils.models.linear_model import SkLearnRidge

    network.rewind()
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        told = Lime(network, SkLearnRidge(alpha=1.0)).attribute(
            x,
            target=target,
            feature_mask=patch[None, None].to(x.device),
            n_samples=PERTURBED,
            perturbations_per_eval=max(1, ROOM // (x.shape[2] * x.shape[3])),
            return_input_shape=False,
        )
    weight = told.flatten()
    most = weight.abs().topk(min(TOP, len(weight))).indices
    signs = torch.zeros_like(weight).index_copy(0, most, weight[most].sign())
    return signs[patch]


class _Remembering:
    """A network that is asked the same once more, and then tells it from memory."""

    def __init__(self, classifier: Classifier) -> None:
        self.network = classifier.network
        self.told: list[Tensor] = []
        self.at = 0

    def rewind(self) -> None:
        self.at = 0

    def __call__(self, x: Tensor) -> Tensor:
        if self.at == len(self.told):
            self.told.append(self.network(x))
        self.at += 1
        return self.told[self.at - 1]


CAMS: dict[str, Method] = {"gradcam": gradcam, "gradcam++": gradcam_plus_plus}
# Of what they are told, so that several classes of a picture ask no more of a network.
WATCHING: dict[str, Watching] = {"occlusion": occlusion, "lime": lime}
ONE_CLASS: dict[str, Method] = {
    **CAMS,
    "gradient": gradient,
    "integrated-gradients": integrated_gradients,
    "blurig": blur_ig,
    "guided-ig": guided_ig,
    "smoothgrad": smoothgrad,
    **CONTROLS,
}
METHODS = (*(one for one in ONE_CLASS if one not in CONTROLS), *WATCHING, *CONTROLS)


def _input(x: Tensor) -> Tensor:
    return x.detach().clone().requires_grad_()


def _clipped(told: Tensor) -> Maps:
    """Channels summed without their signs, and the few highest values lowered."""
    maps = told.abs().sum(dim=1)
    most = maps.flatten(1).quantile(CLIPPED, dim=1)[:, None, None]
    return torch.minimum(maps, most)


def _enlarged(told: Tensor, size: tuple[int, int]) -> Maps:
    return functional.interpolate(told, [*size], mode="bilinear", align_corners=False)[
        :, 0
    ]


def _grid(height: int, width: int) -> Int[Tensor, "height width"]:
    down = torch.arange(height) * PATCHES // height
    across = torch.arange(width) * PATCHES // width
    return down[:, None] * PATCHES + across
