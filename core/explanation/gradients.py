"""Maps of gradients of a logit with respect to the pixels, or of many along a way."""

from collections.abc import Sequence

import torch
from captum.attr import IntegratedGradients
from jaxtyping import Float, Int
from torch import Tensor

from core.explanation.classifier import Classifier
from core.explanation.ways import STEPS, owed_to_blur, owed_when_guided, slopes

SAMPLES, NOISE = 16, 0.15  # of SmoothGrad; noise as a share of the range of a picture
CLIPPED = 0.99  # quantile that the highest values are lowered to

X = Float[Tensor, "rows channels height width"]
Target = Int[Tensor, " rows"]
Maps = Float[Tensor, "rows height width"]


def gradient(classifier: Classifier, x: X, target: Target, _: Sequence[int]) -> Maps:
    """Gradients of the logit (Simonyan et al. 2014)."""
    return _clipped(slopes(classifier.network, x, target))


def integrated_gradients(
    classifier: Classifier, x: X, target: Target, _: Sequence[int]
) -> Maps:
    """Gradients along the way from zero to the picture (Sundararajan et al. 2017)."""
    told = IntegratedGradients(classifier.network).attribute(
        x, target=target, n_steps=STEPS, internal_batch_size=len(x)
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
    """Mean sizes of gradients of noisy pictures (Smilkov et al. 2017).

    The noise of captum's `NoiseTunnel` hangs on all pictures of a batch.
    """
    spread = NOISE * (x.amax(dim=(1, 2, 3)) - x.amin(dim=(1, 2, 3)))
    draws = [torch.Generator().manual_seed(seed) for seed in seeds]
    total = torch.zeros_like(x)
    for _ in range(SAMPLES):
        noise = torch.stack([torch.randn(x.shape[1:], generator=one) for one in draws])
        noisy = x + spread[:, None, None, None] * noise.to(x.device)
        total += slopes(classifier.network, noisy, target).abs()
    return _clipped(total / SAMPLES)


def _clipped(told: Tensor) -> Maps:
    """Channels summed without their signs, and the few highest values lowered."""
    maps = told.abs().sum(dim=1)
    most = maps.flatten(1).quantile(CLIPPED, dim=1)[:, None, None]
    return torch.minimum(maps, most)
