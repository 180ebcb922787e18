"""Class activation maps: channels of a layer by what their gradients say of them."""

from collections.abc import Sequence

import torch
from captum.attr import LayerGradCam
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from core.explanation.classifier import Classifier

Target = Int[Tensor, " rows"]
Maps = Float[Tensor, "rows height width"]
Channels = Float[Tensor, "rows channels down across"]


def gradcam(
    classifier: Classifier, deep: Tensor, target: Target, _: Sequence[int]
) -> Maps:
    """Channels of the last maps by their mean gradients (Selvaraju et al. 2017)."""
    told = LayerGradCam(classifier.above, classifier.seen).attribute(
        deep.detach(), target, relu_attributions=True
    )
    return _enlarged(told, classifier.size)


def gradcam_plus_plus(
    classifier: Classifier, deep: Tensor, target: Target, _: Sequence[int]
) -> Maps:
    """As GradCAM, places that raise the class by weights (Chattopadhay et al. 2018).

    Of activations `A` and gradients `g` the weight of a place is
    `g ** 2 / (2 * g ** 2 + sum(A) * g ** 3)`.
    """
    maps, slope = _reached(classifier, deep, target)
    square = slope**2
    below = 2 * square + maps.sum(dim=(2, 3), keepdim=True) * square * slope
    alpha = torch.where(below != 0, square / torch.where(below != 0, below, 1), 0)
    weight = (alpha * slope.relu()).sum(dim=(2, 3), keepdim=True)
    told = (weight * maps).sum(dim=1, keepdim=True).relu()
    return _enlarged(told, classifier.size)


def _reached(
    classifier: Classifier, deep: Tensor, target: Target
) -> tuple[Channels, Channels]:
    """What comes out of the layer that is looked at, and the gradients of the logit."""
    kept: list[Tensor] = []

    def look(_module: nn.Module, _given: object, out: Tensor) -> Tensor:
        kept.append(out.detach().requires_grad_())
        return kept[-1]

    handle = classifier.seen.register_forward_hook(look)
    try:
        with torch.enable_grad():
            logits = classifier.above(deep)
            told = logits.gather(1, target[:, None]).sum()
            (slope,) = torch.autograd.grad(told, kept)
    finally:
        handle.remove()
    return kept[0].detach(), slope


def _enlarged(told: Float[Tensor, "rows 1 down across"], size: tuple[int, int]) -> Maps:
    """As large as the picture."""
    large = functional.interpolate(told, [*size], mode="bilinear", align_corners=False)
    return large[:, 0]
