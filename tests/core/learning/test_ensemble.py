"""How far new boxes spread: by hand, and what a draw may hang on."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.learning.ensemble import spread
from core.learning.neighbour_encoder import NeighbourEncoder
from core.learning.placing import place
from core.learning.task_encoder import TaskEncoder
from core.relations import membership_of
from tests.core.learning.test_set_encoder import set_encoder


@pytest.fixture
def plane():
    """Forty known members around a circle, each lying where it looks like."""
    angle = torch.arange(40) * 2 * torch.pi / 40
    features = torch.stack([angle.cos(), angle.sin()], dim=1)
    encoder = set_encoder([{*range(40)}], members=40, channels=2)
    with torch.no_grad():
        encoder.own.copy_(10 * features)
        encoder.remember(features)
    return encoder, features.numpy()


def test_a_member_lies_at_one_of_the_known_ones_that_a_draw_kept(plane):
    encoder, features = plane
    told = spread(encoder, features[:1], None, draws=200)
    # The known one itself in 63 % of the draws, its neighbours in nearly all others.
    assert told.known.tolist() == [True]
    assert 0 < told.centre.max() < 3
    assert told.side.max() < 1e-6  # one member: a cube of side 1
    own = place(encoder, features[:1], membership_of([[0]]), ("x",), known=False)
    assert (told.lower[0] <= own.lower).all() and (own.lower <= told.lower[1]).all()
    np.testing.assert_allclose(told.upper - told.lower, 1, atol=1e-5)


def test_members_that_differ_spread_more_than_members_that_agree(plane):
    encoder, features = plane
    rows = np.concatenate([features[:1].repeat(8, axis=0), features[::5]])
    apart = membership_of([[*range(8)], [*range(8, 16)]])
    told = spread(encoder, rows, apart)
    assert told.centre[1].max() > 2 * told.centre[0].max()


@given(st.integers(0, 5), st.integers(1, 30))
def test_draws_are_the_same_for_a_seed_alone_or_among_others(seed, other):
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(30, 4, generator=generator)
    encoder = set_encoder([{*range(30)}], members=30)
    with torch.no_grad():
        encoder.own.copy_(torch.randn(30, 2, generator=generator))
        encoder.remember(features)
    rows = torch.randn(40, 4, generator=generator).numpy()
    mine = [*range(30, 40)]
    alone = spread(encoder, rows, membership_of([mine]), seed=seed)
    beside = membership_of([[*range(other)], mine])
    among = spread(encoder, rows, beside, seed=seed)
    for one, two in zip(vars(alone).values(), vars(among).values(), strict=True):
        np.testing.assert_allclose(one[..., 0, :], two[..., 1, :], atol=1e-5)
    assert not np.array_equal(
        alone.centre, spread(encoder, rows, membership_of([mine]), seed=seed + 1).centre
    )


def test_of_a_vector_that_a_network_reads_no_spread_is_known():
    torch.manual_seed(0)
    encoder = TaskEncoder(channels=3, axes=3, dim=2, spread=1.0)
    encoder.components.axes.copy_(torch.eye(3))
    rows = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    told = spread(encoder, rows, membership_of([[0], [1, 2, 3, 4]]))
    assert told.known.tolist() == [False, True]
    assert np.isnan(told.lower[:, 0]).all()
    assert told.centre[1].max() > 0
    assert not spread(encoder, rows, None).known.any()


def test_neighbours_are_the_first_four_that_a_draw_kept():
    torch.manual_seed(0)
    features = torch.randn(24, 3)
    encoder = NeighbourEncoder(channels=3, axes=3, rows=24, dim=2)
    with torch.no_grad():
        encoder.components.axes.copy_(torch.eye(3))
        encoder.remember(features)
        encoder.centre.fill_(3.0)  # wherever they are, their mean is the same
    told = spread(encoder, features[:2].numpy(), None)
    assert told.known.all()
    np.testing.assert_allclose(told.centre, 0, atol=1e-6)
    with torch.no_grad():
        encoder.centre.copy_(torch.arange(24.0)[:, None].expand(24, 2))
    assert spread(encoder, features[:2].numpy(), None).centre.min() > 0.1
