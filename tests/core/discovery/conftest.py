import numpy as np
import pytest

from core.discovery.images import LabelledImages
from core.discovery.sources import images_named


@pytest.fixture(scope="session")
def digit_images() -> LabelledImages:
    return images_named("digits", most=2_000, side=8)


@pytest.fixture
def specks() -> LabelledImages:
    """60 images of 2 x 2 pixels, of which one or the other half is bright."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    pixels = rng.integers(0, 60, (60, 2, 2, 1), dtype=np.uint8)
    pixels[np.arange(60), labels] += 150
    items = tuple(f"{k}.png" for k in range(60))
    return LabelledImages("specks", pixels, labels, ("up", "down"), items, "made up")
