"""Changes of an image whose effect upon a map can be undone, and where it can.

The set is that of COSE (Daroya et al. 2023): five geometric and eight photometric
operations at up to 31 magnitudes, applied to the picture that the network sees, before
it is normalised.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Shaped
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from torch import Tensor
from torch.nn import functional

from core.errors import DataError

# Of 224 pixels a side; smaller pictures are moved by as large a share of theirs.
SHIFT, SIDE = 32, 224
TURN = 135.0  # degrees
FACTOR = 0.99  # an enhancement by 0 leaves nothing, by 2 is the most
MAGNITUDES = 31  # equally spaced from none to the most
SHIFTS = ("translate-x", "translate-y")
FLIPS = ("flip-x", "flip-y")
GEOMETRIC = (*SHIFTS, "rotate", *FLIPS)
ENHANCE = {
    "brightness": ImageEnhance.Brightness,
    "colour": ImageEnhance.Color,
    "contrast": ImageEnhance.Contrast,
    "sharpness": ImageEnhance.Sharpness,
}
FIXED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "autocontrast": ImageOps.autocontrast,
    "equalise": ImageOps.equalize,
    "blur": lambda image: image.filter(ImageFilter.BLUR),
    "smooth": lambda image: image.filter(ImageFilter.SMOOTH),
}
PHOTOMETRIC = (*ENHANCE, *FIXED)
WHOLE = 1e-3  # a pixel that comes back whole from both ways misses less

Maps = Shaped[Tensor, "*maps height width"]


@dataclass(frozen=True)
class Change:
    """An operation, and how much of it.

    Attributes:
        name: One of `GEOMETRIC` or `PHOTOMETRIC`.
        magnitude: Whole pixels to the right or down, degrees against the clock, or what
            is added to the factor 1; 0 of operations that have no more or less.
    """

    name: str
    magnitude: float = 0.0

    @property
    def kind(self) -> str:
        """Whether it moves the picture."""
        return "geometric" if self.name in GEOMETRIC else "photometric"


def changes(side: int, *, each: int = 6, seed: int = 0) -> tuple[Change, ...]:
    """Changes of a picture of `side` pixels: `each` of what has magnitudes, drawn.

    Args:
        side: Pixels, of which shifts are whole ones.
        each: Magnitudes of either sign an operation, fewer where there are no more.
        seed: Of the draw.
    """
    rng = np.random.default_rng(seed)
    steps = np.linspace(0, 1, MAGNITUDES)[1:]
    steps = np.concatenate([-steps[::-1], steps])
    found = []
    for name in (*GEOMETRIC, *PHOTOMETRIC):
        if name in FLIPS or name in FIXED:
            found.append(Change(name))
            continue
        grid = steps * {"rotate": TURN}.get(name, FACTOR)
        if name in SHIFTS:
            grid = np.unique(np.round(steps * SHIFT * side / SIDE))
            grid = grid[grid != 0]
        drawn = rng.choice(grid, min(each, len(grid)), replace=False)
        found += [Change(name, round(float(one), 4)) for one in sorted(drawn)]
    return tuple(found)


def changed(image: Image.Image, change: Change) -> Image.Image:
    """A picture after a change; what comes from outside of it is black."""
    if change.name in ENHANCE:
        return ENHANCE[change.name](image).enhance(1 + change.magnitude)
    if change.name in FIXED:
        return FIXED[change.name](image)
    if change.name == "rotate":
        return image.rotate(change.magnitude, Image.Resampling.NEAREST)
    pixels = np.asarray(image)
    channels = torch.from_numpy(pixels.copy()).movedim(-1, 0)
    return Image.fromarray(moved(channels, change).movedim(0, -1).numpy())


def moved(maps: Maps, change: Change) -> Maps:
    """Maps after what a change does to places."""
    return _placed(maps, change, 1)


def undone(maps: Maps, change: Change) -> Maps:
    """Maps of a changed picture, where their places were before the change."""
    return _placed(maps, change, -1)


def validity(
    change: Change, height: int, width: int
) -> Bool[Tensor, "{height} {width}"]:
    """Places that a change leaves in the picture, so that a map tells of them.

    Raises:
        DataError: There is none.
    """
    ones = torch.ones(height, width)
    valid = (undone(moved(ones, change), change) - 1).abs() < WHOLE
    if not valid.any():
        raise DataError(
            f"{change.name} by {change.magnitude:g} moves all of a picture of {width} "
            f"x {height} pixels out of the frame; use a smaller magnitude."
        )
    return valid


def _placed(maps: Tensor, change: Change, way: int) -> Tensor:
    if change.name == "flip-x":
        return maps.flip(-1)
    if change.name == "flip-y":
        return maps.flip(-2)
    if change.name in SHIFTS:
        axis = -1 if change.name == "translate-x" else -2
        return _shifted(maps, way * round(change.magnitude), axis)
    if change.name == "rotate":
        return _turned(maps, way * change.magnitude)
    return maps


def _shifted(maps: Tensor, pixels: int, axis: int) -> Tensor:
    length = maps.shape[axis]
    kept = max(length - abs(pixels), 0)
    shifted = torch.zeros_like(maps)
    source = maps.narrow(axis, max(-pixels, 0) if kept else 0, kept)
    shifted.narrow(axis, max(pixels, 0) if kept else 0, kept).copy_(source)
    return shifted


def _turned(maps: Tensor, degrees: float) -> Tensor:
    """Maps turned about the middle, against the clock, by cubic resampling."""
    height, width = maps.shape[-2:]
    turn = np.deg2rad(degrees)
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    # Where a pixel comes from, in units of half a side of each axis.
    theta = torch.tensor(
        [
            [cosine, -sine * height / width, 0.0],
            [sine * width / height, cosine, 0.0],
        ],
        device=maps.device,
    )
    stack = maps.reshape(1, -1, height, width)
    grid = functional.affine_grid(theta[None], [*stack.shape], align_corners=False)
    turned = functional.grid_sample(
        stack, grid, "bicubic", "zeros", align_corners=False
    )
    return turned.reshape(maps.shape)
