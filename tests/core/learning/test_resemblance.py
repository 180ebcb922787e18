import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.learning.resemblance import FEW, Resemblance


def remembering(features):
    """Features compared as they are, with no axis left out."""
    channels = features.shape[1]
    known = Resemblance(channels, channels)
    known.components.axes.copy_(torch.eye(channels))
    known.remember(features)
    return known


def cosines(new, features):
    """By NumPy: the cosine of every new row with every known one."""
    one, other = (x.numpy().astype(np.float64) for x in (new, features))
    one /= np.linalg.norm(one, axis=1, keepdims=True)
    return one @ (other / np.linalg.norm(other, axis=1, keepdims=True)).T


@given(st.integers(0, 100), st.integers(1, 5))
def test_of_few_known_ones_the_likest_are_found_best_first(seed, count):
    torch.manual_seed(seed)
    features, new = torch.randn(9, 4), torch.randn(6, 4)
    known = remembering(features)
    found = known.likest(known.view(new), count).numpy()
    expected = np.argsort(-cosines(new, features), axis=1)[:, :count]
    np.testing.assert_array_equal(found, expected)


@pytest.fixture(scope="module")
def many():
    """3,000 rows around 100 directions, and 500 new ones."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(100, 16, generator=generator)
    rows = centres.repeat(35, 1) + 0.3 * torch.randn(3500, 16, generator=generator)
    return rows[:3000], rows[3000:]


def test_of_many_nearly_always_the_likest_is_found(many):
    features, new = many
    assert len(features) > FEW
    known = remembering(features)
    assert len(known.group_view) == 55
    assert sorted(known.known_row.tolist()) == list(range(3000))
    found = known.likest(known.view(new), 1)[:, 0].numpy()
    exact = cosines(new, features)
    assert (found == exact.argmax(axis=1)).mean() > 0.95
    # Where it is another one, that is nearly as like.
    lost = exact.max(axis=1) - exact[np.arange(500), found]
    assert lost.max() < 0.1


def test_every_known_row_is_likest_to_itself_unless_left_out(many):
    features, _ = many
    known, every = remembering(features), torch.arange(3000)
    view = known.view(features)
    assert (known.likest(view, 1)[:, 0] == every).all()
    others = known.likest(view, 2, itself=every)
    assert not (others == every[:, None]).any()
    assert (others[:, 0] != others[:, 1]).all()


def test_which_one_is_found_does_not_depend_on_what_is_asked_beside(many):
    features, new = many
    known = remembering(features)
    view = known.view(new)
    alone = torch.cat([known.likest(one[None], 2) for one in view[:50]])
    assert torch.equal(alone, known.likest(view, 2)[:50])


def test_equal_rows_are_all_remembered():
    known = remembering(torch.ones(FEW + 10, 3))
    found = known.likest(known.view(torch.ones(2, 3)), 4)
    assert found.shape == (2, 4)
    assert ((found >= 0) & (found < FEW + 10)).all()


def test_a_group_of_one_lends_it_for_all_that_lack():
    torch.manual_seed(0)
    features = torch.cat([torch.randn(FEW, 2) * 0.01 + 1, torch.tensor([[-9.0, -9]])])
    known = remembering(features)
    found = known.likest(known.view(torch.tensor([[-1.0, -1]])), 1)
    assert found.tolist() == [[FEW]]
