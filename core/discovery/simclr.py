"""A small SimCLR: features that do not change where an image is shifted or recoloured.

Chen et al. 2020: of two views of every image of a batch, each is to find the other.
Tasks found on these frozen features do not hang on what the views differ in.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.discovery.networks import Architecture

FEATURES = 64


@dataclass(frozen=True)
class Contrast:
    """How features are learned.

    Attributes:
        steps: Of Adam.
        batch: Images of a step, each seen twice.
        temperature: Of the similarity of views.
        rate: Of Adam.
        flips: Whether images are mirrored, which would make other digits of digits.
    """

    steps: int = 400
    batch: int = 128
    temperature: float = 0.2
    rate: float = 2e-3
    flips: bool = True


def features(
    images: Float[np.ndarray, "images channels height width"],
    known: np.ndarray,
    contrast: Contrast,
    *,
    seed: int = 0,
    device: str = "cpu",
) -> Float[np.ndarray, "images features 1 1"]:
    """Frozen features of all images, learned without labels from those that are known.

    The same for a seed on one thread.
    """
    from tqdm import tqdm

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        shape = images.shape[1:]
        backbone = Architecture("conv", (32, 64, 64)).module(shape, FEATURES)
        head = nn.Sequential(
            nn.ReLU(), nn.Linear(FEATURES, FEATURES), nn.ReLU(), nn.Linear(FEATURES, 32)
        )
        both = nn.Sequential(backbone, head).to(device)
        adam = torch.optim.Adam(both.parameters(), lr=contrast.rate)
        x = torch.from_numpy(images)
        rng = np.random.default_rng([seed, 23])
        size = min(contrast.batch, len(known))
        bar = tqdm(range(contrast.steps), desc="features", disable=None)
        for _ in bar:
            own = x[torch.from_numpy(rng.choice(known, size, replace=False))]
            views = torch.cat([view(own, contrast.flips), view(own, contrast.flips)])
            loss = contrastive(both(views.to(device)), contrast.temperature)
            adam.zero_grad()
            loss.backward()
            adam.step()
            bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
        with torch.no_grad():
            told = torch.cat([backbone(one.to(device)).cpu() for one in x.split(512)])
    told = (told - told.mean(dim=0)) / told.std(dim=0).clamp(min=1e-4)
    return told[:, :, None, None].numpy()


def view(
    x: Float[Tensor, "images channels height width"], flips: bool
) -> Float[Tensor, "images channels height width"]:
    """Every image cropped, scaled, perhaps mirrored, recoloured, with noise."""
    images, channels = x.shape[:2]
    scale = 0.6 + 0.4 * torch.rand(images, 1)
    move = (2 * torch.rand(images, 2) - 1) * (1 - scale)
    mirror = torch.ones(images)
    if flips:
        mirror = mirror - 2 * (torch.rand(images) < 0.5).float()
    frame = torch.zeros(images, 2, 3)
    frame[:, 0, 0], frame[:, 1, 1] = scale[:, 0] * mirror, scale[:, 0]
    frame[:, :, 2] = move
    grid = nn.functional.affine_grid(frame, list(x.shape), align_corners=False)
    seen = nn.functional.grid_sample(
        x, grid, align_corners=False, padding_mode="border"
    )
    contrast = 0.5 + torch.rand(images, channels, 1, 1)
    brightness = 0.6 * torch.randn(images, channels, 1, 1)
    return seen * contrast + brightness + 0.1 * torch.randn_like(seen)


def contrastive(h: Float[Tensor, "views dim"], temperature: float) -> Float[Tensor, ""]:
    """NT-Xent: row `k` and row `k + views / 2` are two views of one image."""
    unit = nn.functional.normalize(h, dim=1)
    alike = unit @ unit.T / temperature
    alike = alike.masked_fill(
        torch.eye(len(h), dtype=torch.bool, device=h.device), -torch.inf
    )
    half = len(h) // 2
    other = torch.arange(len(h)).roll(half)
    return nn.functional.cross_entropy(alike, other)
