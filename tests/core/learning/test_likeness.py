"""How much new members look like known ones, whatever the encoder."""

import numpy as np
import pytest
import torch

from core.baselines.published import PublishedEncoder
from core.familiarity import outside
from core.learning.likeness import beyond, beyond_others, familiar, likeness, looks
from core.learning.task_encoder import TaskEncoder
from core.relations import Membership


@pytest.fixture(scope="module")
def flat():
    """400 rows that vary along four of thirty channels, and hardly along the others."""
    rng = np.random.default_rng(0)
    scale = np.where(np.arange(30) < 4, 3.0, 0.1)
    return (rng.normal(size=(500, 30)) * scale + 1).astype(np.float32)


@pytest.fixture(scope="module")
def encoder(flat):
    encoder = TaskEncoder(channels=30, axes=4, dim=2, spread=1.0)
    encoder.components.set_by(flat[:400])
    return encoder


def strange(encoder, known, new):
    like = likeness(encoder, known)
    rows = np.arange(len(new) + 1)
    each = Membership(rows[:-1], rows)
    return [bool(one) for one in outside(familiar(like, known), looks(like, new), each)]


def test_shares_outside_axes_by_hand():
    rows = torch.tensor([[3.0, 4, 0], [0, 0, 2], [0, 0, 0]])
    axes = torch.eye(3)[:, :1]
    np.testing.assert_allclose(beyond(rows, axes), [16 / 25, 1, 0], atol=1e-6)


def test_few_of_what_is_known_are_called_outside_and_noise_is(encoder, flat):
    assert np.mean(strange(encoder, flat[:400], flat[400:])) < 0.06
    noise = np.random.default_rng(1).normal(size=(50, 30)).astype(np.float32)
    assert all(strange(encoder, flat[:400], 1 + 2 * noise))
    assert all(strange(encoder, flat[:400], 100 * flat[400:]))


@pytest.mark.parametrize("shape", [(60, 200), (300, 40)])
def test_axes_that_judge_a_row_do_not_know_it(shape):
    # Of nothing but noise, axes keep much of the rows that they were found by.
    rows = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    rows -= rows.mean(dim=0)
    axes = torch.linalg.svd(rows, full_matrices=False).Vh[:20].T
    left = beyond_others(rows, 20)
    assert left.mean() > beyond(rows, axes).mean() + 0.02
    assert torch.equal(left, beyond_others(rows, 20))


def test_an_encoder_without_axes_has_some_made(flat):
    like = likeness(PublishedEncoder(30, 2, "linear"), flat)
    assert like.components.axes.shape == (30, 30)
    assert len(like.known_row) == 500
