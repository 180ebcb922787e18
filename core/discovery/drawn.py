"""Images that are drawn, so that all that differs between them is known."""

import numpy as np
from jaxtyping import Int, UInt8

from core.discovery.images import LabelledImages

SIDE = 12
FACTORS = {
    "shape": ("disc", "ring"),
    "colour": ("amber", "blue"),
    "texture": ("plain", "striped"),
    "position": ("left", "right"),
    "ground": ("dark", "light"),
}
HOLE = 0.8  # of a ring, in radii of the disc that it is as large as
INKS = np.array([[0.9, 0.75, 0.5], [0.5, 0.75, 0.9]])


def drawn(count: int, *, seed: int = 0) -> LabelledImages:
    """Figures of 5 factors of two values each, all 32 combinations alike often.

    Each changes the pixels of an image about as much. Beside them height, size,
    brightness and noise differ by chance. The classes are the combinations of shape
    and colour.
    """
    rng = np.random.default_rng([seed, 5])
    bits = rng.permutation(np.arange(count) % 2 ** len(FACTORS))
    values = {name: bits >> k & 1 for k, name in enumerate(FACTORS)}
    pixels = np.stack(
        [
            _figure({key: int(one[k]) for key, one in values.items()}, rng)
            for k in range(count)
        ]
    )
    shapes, colours = FACTORS["shape"], FACTORS["colour"]
    return LabelledImages(
        "drawn",
        pixels,
        values["shape"] * 2 + values["colour"],
        tuple(f"{colour} {shape}" for shape in shapes for colour in colours),
        tuple(map(str, range(count))),
        "drawn by core/discovery/drawn.py",
        values,
    )


def _figure(
    of: dict[str, int], rng: np.random.Generator
) -> UInt8[np.ndarray, "height width 3"]:
    radius = SIDE * rng.uniform(0.22, 0.25)
    x = SIDE * ((0.4 if of["position"] == 0 else 0.6) + rng.uniform(-0.03, 0.03))
    y = SIDE * rng.uniform(0.47, 0.53)
    down, right = np.mgrid[:SIDE, :SIDE] + 0.5
    hole, rim = (-1.0, 1.0) if of["shape"] == 0 else (HOLE, np.hypot(1, HOLE))
    far = np.hypot(right - x, down - y)
    deep = np.minimum(rim * radius - far, far - hole * radius)
    inside = np.clip(0.5 + deep, 0, 1)[..., None]
    ground = np.full(3, 0.2 if of["ground"] == 0 else 0.3)
    ink = INKS[of["colour"]] * rng.uniform(0.95, 1.05)
    stripes = np.ones((SIDE, SIDE, 1))
    if of["texture"] == 1:
        stripes = np.where(down % 4 < 2, 1.0, 0.35)[..., None]
    picture = ground * (1 - inside) + ink * stripes * inside
    picture = picture + rng.normal(0, 0.04, picture.shape)
    return np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)


def factor_recovered(
    labellings: Int[np.ndarray, "tasks images"], factor: Int[np.ndarray, " images"]
) -> float:
    """The largest absolute correlation of a binary factor with any labelling."""
    table = np.corrcoef(np.vstack([factor, labellings]))
    return float(np.nanmax(abs(table[0, 1:])))
