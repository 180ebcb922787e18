"""Probes: stages by name, gradients through them, and nothing changed."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from core.errors import DataError
from core.task2vec.probe import (
    check_untouched,
    layers_of,
    probe_of,
    stages_looked_at,
)


def small(mode=False):
    torch.manual_seed(0)
    stages = {
        "first": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4)),
        "last": nn.Sequential(nn.ReLU(), nn.Conv2d(4, 6, 3), nn.ReLU()),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    return {name: one.train(mode) for name, one in stages.items()}


def prepared(image):
    pixels = np.asarray(image.convert("RGB").resize((8, 8)), dtype=np.float32)
    return pixels.transpose(2, 0, 1) / 255


@pytest.fixture
def probe():
    return probe_of("small", small(), prepared, ("last",))


def test_running_from_any_stage_is_running_all(probe):
    x = torch.rand(2, 3, 8, 8)
    whole = probe.forward(x)
    for stage in probe.stages:
        before = probe.forward(x, stop=stage)
        assert torch.equal(probe.forward(before, start=stage), whole)
    assert probe.batch([Image.new("L", (30, 20))]).shape == (1, 3, 8, 8)


def test_gradients_reach_images_and_activations_and_no_weight(probe):
    x = torch.rand(2, 3, 8, 8, requires_grad=True)
    middle = probe.forward(x, stop="last")
    probe.forward(middle, start="last").sum().backward()
    assert x.grad.abs().sum() > 0
    assert all(
        one.grad is None and not one.requires_grad
        for stage in probe.stages.values()
        for one in stage.parameters()
    )


def test_a_probe_is_a_copy_and_known_by_its_weights():
    stages = small()
    probe = probe_of("small", stages, prepared, ("last",))
    assert probe_of("small", small(), prepared, ("last",)).fingerprint == (
        probe.fingerprint
    )
    with torch.no_grad():
        stages["first"][0].weight += 1
    check_untouched(probe)
    other = probe_of("small", stages, prepared, ("last",))
    assert other.fingerprint != probe.fingerprint
    brighter = probe_of("small", small(), lambda one: prepared(one) + 1, ("last",))
    assert brighter.fingerprint != probe.fingerprint
    with torch.no_grad():
        probe.stages["first"][0].bias += 1
    with pytest.raises(DataError, match="changed after it was made"):
        check_untouched(probe)


def test_layers_are_named_in_the_order_of_the_network(probe):
    assert [*layers_of(probe, ("last", "first"))] == ["first.0", "last.1"]
    assert stages_looked_at(probe, ("last", "first")) == ("first", "last")
    assert stages_looked_at(probe) == ("last",)


def test_what_is_no_probe_is_refused():
    with pytest.raises(DataError, match=r"first\.1 .* training mode"):
        probe_of("small", small(mode=True), prepared, ("last",))
    with pytest.raises(DataError, match="no stage 'end'; it has: first, last, pool"):
        probe_of("small", small(), prepared, ("end",))
    with pytest.raises(DataError, match="no convolution"):
        probe_of("small", small(), prepared, ("pool",))
    stages = small()
    with torch.no_grad():
        stages["last"][1].weight[0] = torch.nan
    with pytest.raises(DataError, match=r"last\.1\.weight .* not finite"):
        probe_of("small", stages, prepared, ("last",))
