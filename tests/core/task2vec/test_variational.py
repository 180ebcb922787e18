"""The noise that tasks bear: where it is known in closed form, and on a small net."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from core.task2vec.fisher import image_fisher
from core.task2vec.head import fit_head
from core.task2vec.probes.small import small_probe
from core.task2vec.probes.small_training import digits
from core.task2vec.variational import balanced, variational
from tests.core.task2vec.toys import STAGES, toy_probe, toy_task


def test_a_quadratic_loss_bears_what_its_curvature_says():
    curvature = torch.tensor([0.0, 1e-6, 1e-4, 3e-2])
    weights, beta, prior = 5, 1e-7, 0.25

    def slope(step, variance):
        # Loss: half of the sum over weights of curvature times squared noise.
        return {"only": weights * curvature / 2 + 0 * variance["only"]}

    found = balanced(
        {"only": torch.ones(4)},
        {"only": weights},
        slope,
        beta=beta,
        steps=60,
        prior=prior,
    )
    expected = 1 / prior + curvature.numpy() / (2 * beta)
    np.testing.assert_allclose(found.precision, expected, rtol=1e-4)
    np.testing.assert_allclose(found.scale, 1 / prior)
    np.testing.assert_allclose(found.fisher(beta), curvature, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_tells_the_same(seed):
    probe = toy_probe()
    activations, features, head = toy_task(probe)
    one, other = (
        variational(
            probe,
            STAGES,
            head,
            activations,
            features,
            np.full(12, 1 / 12),
            rng=np.random.default_rng(seed),
            steps=3,
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.precision, other.precision)
    assert not any(
        layer._forward_hooks
        for stage in probe.stages.values()
        for layer in stage.modules()
    )


def test_filters_rank_as_by_the_exact_information():
    # Digits and a seed that no setting was chosen by.
    probe, stages = small_probe(), ("second", "third")
    pixels, labels = digits()
    rng = np.random.default_rng(7)
    rows = rng.permutation(np.flatnonzero(np.isin(labels, [0, 2, 5, 7])))[:300]
    with torch.no_grad():
        entering = probe.forward(torch.from_numpy(pixels[rows])[:, None], stop="second")
        features = probe.forward(entering, start="second").numpy()
    activations = entering.numpy()
    head = fit_head(features, np.searchsorted([0, 2, 5, 7], labels[rows]))
    exact = np.zeros(32 + 64)
    for some, told in image_fisher(probe, stages, head, activations, features):
        exact += told.sum(axis=0) / len(rows)
        assert len(some) == len(told)
    found = variational(
        probe, stages, head, activations, features, np.full(300, 1 / 300), rng=rng
    ).fisher()
    assert spearmanr(found, exact)[0] >= 0.9
    assert 0.8 < np.median(found[exact > 0] / exact[exact > 0]) < 1.25
