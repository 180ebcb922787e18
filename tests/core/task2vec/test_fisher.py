"""Fisher information against gradients taken one by one, and in closed form."""

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import DataError
from core.task2vec.fisher import image_fisher, sampled_fisher
from core.task2vec.head import Head
from core.task2vec.probe import layers_of, probe_of
from tests.benchmarks.task2vec import one_by_one
from tests.core.task2vec.toys import STAGES, prepared, toy_probe, toy_task


def exact(probe, stages, head, activations, features):
    found = np.zeros(
        (len(features), sum(len(x.weight) for x in layers_of(probe, stages).values()))
    )
    for rows, told in image_fisher(probe, stages, head, activations, features):
        found[rows] = told
    return found


@pytest.mark.parametrize("classes", [2, 3, 9])
def test_every_image_is_told_as_if_taken_by_itself(classes):
    probe = toy_probe()
    activations, features, head = toy_task(probe, classes=classes)
    found = exact(probe, STAGES, head, activations, features)
    expected = one_by_one(probe, STAGES, head, activations)
    assert found.shape == (12, 6 + 6 + 8 + 5)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=1e-6 * expected.max())
    np.testing.assert_array_equal(
        found, exact(probe, STAGES, head, activations, features)
    )


def test_logistic_regression_in_closed_form():
    # The last layer is the head's own scores: logits `W x`, so p_k (1 - p_k) x_j^2.
    torch.manual_seed(0)
    layer = nn.Linear(4, 3)
    probe = probe_of(
        "linear",
        {"flat": nn.Flatten(), "logits": layer.eval()},
        lambda image: prepared(image)[:1, :2, :2],
        ("logits",),
    )
    x = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    with torch.no_grad():
        logits = layer(torch.from_numpy(x)).numpy()
    head = Head(np.eye(3), np.zeros(3), np.nan)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = p * (1 - p) * (x**2).mean(axis=1, keepdims=True)
    found = exact(probe, ("logits",), head, x, logits)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("batch", [1, 3, 12])
def test_sampled_labels_tell_the_same_whatever_the_batch(batch):
    probe = toy_probe()
    activations, features, head = toy_task(probe)
    weight = np.arange(1, 13) / 78
    expected = weight @ exact(probe, STAGES, head, activations, features)
    rng = np.random.default_rng(0)
    draws = [
        sampled_fisher(
            probe, STAGES, head, activations, features, weight, rng=rng, batch=batch
        )
        for _ in range(150)
    ]
    alive = expected > 1e-3 * expected.max()
    ratio = np.mean(draws, axis=0)[alive] / expected[alive]
    assert 0.9 < np.median(ratio) < 1.1


def test_classes_by_other_numbers_tell_the_same():
    probe = toy_probe()
    activations, features, head = toy_task(probe, classes=4)
    other = Head(head.weight[[2, 0, 3, 1]], head.bias[[2, 0, 3, 1]], np.nan)
    before, after = (
        exact(probe, STAGES, one, activations, features) for one in (head, other)
    )
    np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-6 * before.max())


def test_nothing_stays_behind():
    probe = toy_probe()
    activations, features, head = toy_task(probe)
    before = {k: v.clone() for k, v in probe.stages["last"].state_dict().items()}
    exact(probe, STAGES, head, activations, features)
    for key, one in probe.stages["last"].state_dict().items():
        assert torch.equal(one, before[key])
    assert all(
        not layer._forward_hooks and layer.weight.grad is None
        for layer in layers_of(probe, STAGES).values()
    )


def test_dead_filters_tell_nothing_and_infinite_images_are_refused():
    probe = toy_probe()
    activations, features, head = toy_task(probe)
    dead = np.zeros_like(activations)
    with torch.no_grad():
        same = probe.forward(torch.from_numpy(dead), start="last").numpy()
    found = exact(probe, STAGES, head, dead, same)
    assert np.isfinite(found).all()
    assert (found[:, :6] == 0).all()  # they see nothing
    activations[3] = np.inf
    with pytest.raises(DataError, match="not finite"):
        exact(probe, STAGES, head, activations, features)


def test_a_layer_that_runs_twice_is_refused():
    layer = nn.Conv2d(3, 3, 1)
    stages = {
        "both": nn.Sequential(layer, nn.ReLU(), layer),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    stages = {name: one.eval() for name, one in stages.items()}
    probe = probe_of("twice", stages, prepared, ("both",))
    x = np.ones((2, 3, 4, 4), dtype=np.float32)
    head = Head(np.eye(3), np.zeros(3), np.nan)
    with pytest.raises(DataError, match="runs twice"):
        exact(probe, ("both",), head, x, np.ones((2, 3), np.float32))
