"""Fixed features of images: how much of every filter is in every quarter of them.

Coates, Lee & Ng 2011, An analysis of single-layer networks: patches of mean 0 and
variance 1 are whitened; filters are some of them, drawn by chance; of a patch and a
filter what is above a threshold is kept, and added up over parts of the image. They are
computed once, without labels. Perceptrons that learn from them tell photographs apart
better than small convolutions that are learned anew every time, and much sooner.
"""

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from core.discovery.images import LabelledImages, standardised

PATCH = 6  # pixels
DRAWN = 20_000  # patches that whitening is told from
PARTS = 2  # of a side, over which features are added up
FLAT = 10.0  # variance, of values up to 255, below which a patch is noise
STILL = 0.1  # added to every variance before whitening
ABOVE = 0.5  # threshold, of the product with a filter of length 1
BLOCK = 64  # images at a time


def learned_from(
    images: LabelledImages,
    known: Int[np.ndarray, " known"],
    filters: int,
    *,
    seed: int = 0,
    device: str = "cpu",
) -> Float[np.ndarray, "images channels height width"]:
    """What networks see of images: pixels, or features where there are filters."""
    if not filters:
        return standardised(images.pixels)
    return filtered(images.pixels, known, filters, seed=seed, device=device)


@torch.no_grad()
def filtered(
    pixels: UInt8[np.ndarray, "images height width channels"],
    known: Int[np.ndarray, " known"],
    filters: int,
    *,
    seed: int = 0,
    device: str = "cpu",
) -> Float[np.ndarray, "images features 1 1"]:
    """Features of mean 0 and variance 1 over the images that are known.

    Filters are patches of these, too.
    """
    rng = np.random.default_rng([seed, 31])
    patches = _drawn(pixels, rng.choice(known, DRAWN), rng)
    middle = patches.mean(dim=0)
    spread = torch.cov(patches.T) + STILL * torch.eye(patches.shape[1])
    value, axes = torch.linalg.eigh(spread)
    white = axes * value.rsqrt() @ axes.T
    chosen = nn.functional.normalize((patches[:filters] - middle) @ white, dim=1)
    weight = (white @ chosen.T).to(device)
    below = (middle @ white @ chosen.T + ABOVE).to(device)
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    told = torch.cat([_sums(one.to(device), weight, below) for one in x.split(BLOCK)])
    own = told[torch.from_numpy(known).to(device)]
    told = (told - own.mean(dim=0)) / own.std(dim=0).clamp(min=1e-4)
    return told[:, :, None, None].cpu().numpy()


def _drawn(
    pixels: UInt8[np.ndarray, "images height width channels"],
    rows: Int[np.ndarray, " drawn"],
    rng: np.random.Generator,
) -> Float[Tensor, "drawn values"]:
    """A patch of every row, from anywhere in its image."""
    height, width = pixels.shape[1:3]
    top = rng.integers(height - PATCH + 1, size=len(rows))
    left = rng.integers(width - PATCH + 1, size=len(rows))
    cut = [
        pixels[row, a : a + PATCH, b : b + PATCH].transpose(2, 0, 1).ravel()
        for row, a, b in zip(rows, top, left, strict=True)
    ]
    return _level(torch.from_numpy(np.stack(cut)).float())


def _level(patches: Float[Tensor, "... values"]) -> Float[Tensor, "... values"]:
    """Of mean 0 and variance 1, but for those that are flat."""
    patches = patches - patches.mean(dim=-1, keepdim=True)
    return patches / (patches.square().mean(dim=-1, keepdim=True) + FLAT).sqrt()


def _sums(
    x: UInt8[Tensor, "images channels height width"],
    weight: Float[Tensor, "values filters"],
    below: Float[Tensor, " filters"],
) -> Float[Tensor, "images features"]:
    """Of every image, filter by filter and part by part."""
    patches = nn.functional.unfold(x.float(), PATCH).transpose(1, 2)
    alike = (_level(patches) @ weight - below).relu()
    maps = alike.transpose(1, 2).unflatten(2, (x.shape[2] - PATCH + 1, -1))
    return nn.functional.adaptive_avg_pool2d(maps, PARTS).flatten(1)
