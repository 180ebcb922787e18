"""Ways to a picture: where they lead, and that what is owed adds up."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from core.explanation.ways import (
    BLUR,
    SLACK,
    STEPS,
    blurred,
    owed_to_blur,
    owed_when_guided,
)
from tests.core.explanation.toys import asked, colours


@pytest.fixture
def pictures():
    some = asked(3)
    x = colours().batch([one.picture for one in some])
    return x, torch.tensor([one.truth for one in some])


def gained(network, start, x, target):
    """What the logits gain from one end of a way to the other."""
    with torch.no_grad():
        logits = [network(one) for one in (x, start)]
    return (logits[0] - logits[1]).gather(1, target[:, None])[:, 0]


def test_blurs_are_those_of_scipy():
    x = torch.rand((1, 3, 20, 26), generator=torch.Generator().manual_seed(0))
    for spread in (0.8, 3.0):
        expected = gaussian_filter(
            x.double().numpy(), (0, 0, spread, spread), mode="constant", truncate=30
        )
        np.testing.assert_allclose(blurred(x, spread), expected, atol=1e-6)


def test_what_is_owed_to_a_blur_adds_up_to_what_it_takes(pictures):
    network, (x, target) = colours().network, pictures
    lost = gained(network, blurred(x, BLUR * 32), x, target)
    found = owed_to_blur(network, x, target).sum(dim=(1, 2, 3))
    torch.testing.assert_close(found, lost, rtol=1e-3, atol=1e-3)


def test_what_is_owed_on_a_guided_way_adds_up_to_what_is_gained():
    draw = torch.Generator().manual_seed(0)
    weight = torch.randn((48, 5), generator=draw)

    def network(x):
        return torch.sin(x.flatten(1) @ weight / 4)

    x, target = torch.randn((3, 3, 4, 4), generator=draw), torch.tensor([0, 3, 4])
    found = owed_when_guided(network, x, target).sum(dim=(1, 2, 3))
    gain = gained(network, torch.zeros_like(x), x, target)
    torch.testing.assert_close(found, gain, rtol=0, atol=0.03)


def test_a_guided_way_goes_where_it_is_flat_and_never_far_from_the_straight_one():
    seen = []

    def network(x):
        seen.append(x.detach().flatten(1).clone())
        steep = x.flatten(1) * torch.tensor([1.0, 10.0, -3.0, 0.5])
        return torch.stack([steep.sum(dim=1), x.sum(dim=(1, 2, 3))], dim=1)

    x = torch.tensor([2.0, 1.0, -1.0, 0.0]).reshape(1, 1, 2, 2)
    found = owed_when_guided(network, x, torch.tensor([0]))
    # Of a linear network the way makes no difference.
    np.testing.assert_allclose(found.flatten(), [2, 10, 3, 0], atol=1e-5)
    assert len(seen) == STEPS + 1
    for step, here in enumerate(seen):
        share = (here[0, :3] / x.flatten()[:3]).numpy()
        assert here.abs().sum() == pytest.approx(4 * step / STEPS, abs=1e-5)
        assert np.all(np.abs(share - step / STEPS) < SLACK + 1e-5)
        assert share[0] >= share[2] - 1e-6 >= share[1] - 2e-6
    flat, steep = seen[STEPS // 2][0, :2] / x.flatten()[:2]
    assert flat - steep > SLACK / 2
