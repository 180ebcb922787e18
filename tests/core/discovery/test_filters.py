import numpy as np
import pytest
import torch

from core.discovery.filters import ABOVE, FLAT, _sums, filtered, learned_from
from core.discovery.images import standardised


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (30, 9, 8, 3), dtype=np.uint8)


def test_sums_of_filters_are_those_of_a_loop(pixels):
    """Every patch of 6 x 6 against every filter, one at a time."""
    weight = np.random.default_rng(1).normal(size=(108, 4)).astype(np.float32)
    below = np.array([ABOVE, 0, 1, -1], dtype=np.float32)
    x = pixels[:2].transpose(0, 3, 1, 2)
    told = _sums(torch.from_numpy(x), torch.from_numpy(weight), torch.from_numpy(below))
    for image, found in zip(x, told.numpy().reshape(2, 4, 2, 2), strict=True):
        maps = np.zeros((4, 4, 3))  # 4 x 3 patches
        for a in range(4):
            for b in range(3):
                patch = image[:, a : a + 6, b : b + 6].ravel().astype(float)
                level = (patch - patch.mean()) / np.sqrt(patch.var() + FLAT)
                maps[:, a, b] = np.maximum(level @ weight - below, 0)
        for a, b in np.ndindex(2, 2):  # of three columns the middle is in both parts
            part = maps[:, 2 * a : 2 * a + 2, b : b + 2].mean(axis=(1, 2))
            assert found[:, a, b] == pytest.approx(part, rel=1e-4, abs=1e-4)


def test_features_are_level_over_what_is_known_and_hang_on_nothing_else(pixels):
    known = np.arange(20)
    found = filtered(pixels, known, 5)
    assert found.shape == (30, 5 * 4, 1, 1)
    assert found[:20].mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert found[:20].std(axis=0) == pytest.approx(1, abs=0.05)
    others = pixels.copy()
    others[20:] = 0
    assert (filtered(others, known, 5)[:20] == found[:20]).all()
    assert not np.allclose(filtered(pixels, known, 5, seed=1), found)


def test_without_filters_networks_see_pixels(specks):
    x = learned_from(specks, np.arange(40), 0)
    assert (x == standardised(specks.pixels)).all()
