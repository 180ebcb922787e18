"""Images that are drawn, so that all that differs between them is known."""

import numpy as np
from jaxtyping import Int, UInt8

from core.discovery.images import LabelledImages

SIDE = 12
FACTORS = {
    "shape": ("disc", "cross"),
    "colour": ("red", "blue"),
    "texture": ("plain", "striped"),
    "position": ("left", "right"),
    "ground": ("dark", "light"),
}
CROSS = np.sqrt(np.pi / 5)  # breadth of a cross as large as a disc of radius 1
INKS = np.array([[0.85, 0.25, 0.2], [0.2, 0.35, 0.9]])


def drawn(count: int, *, seed: int = 0) -> LabelledImages:
    """Figures of 5 factors of two values each, all 32 combinations alike often.

    Beside the factors, height, size, brightness and noise differ by chance. The classes
    are the combinations of shape and colour.
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
    x = SIDE * ((0.35 if of["position"] == 0 else 0.65) + rng.uniform(-0.03, 0.03))
    y = SIDE * rng.uniform(0.47, 0.53)
    down, right = np.mgrid[:SIDE, :SIDE] + 0.5
    across, along = right - x, down - y
    if of["shape"] == 0:
        far = np.hypot(across, along) - radius
    else:
        thin = np.minimum(abs(across), abs(along)) - CROSS * radius / 2
        far = np.maximum(
            thin, np.maximum(abs(across), abs(along)) - CROSS * radius * 1.5
        )
    inside = np.clip(0.5 - far, 0, 1)[..., None]
    ground = np.full(3, 0.2 if of["ground"] == 0 else 0.4)
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
