import numpy as np
import pytest
import torch

from core.learning.neighbour_encoder import NeighbourEncoder, mean_of


@pytest.fixture
def ring():
    """Eight known tasks around a circle, boxes of growing size along a line."""
    angle = torch.arange(8) * torch.pi / 4
    features = torch.stack([angle.cos(), angle.sin()], dim=1)
    encoder = NeighbourEncoder(channels=2, axes=2, rows=8, dim=2)
    with torch.no_grad():
        encoder.components.axes.copy_(torch.eye(2))
        encoder.remember(features)
        encoder.centre.copy_(torch.arange(8.0)[:, None].expand(8, 2))
        encoder.log_half.copy_(torch.arange(8.0)[:, None].expand(8, 2) / 10)
    return encoder, features


def test_a_known_task_has_a_box_of_its_own(ring):
    lower, upper = (corner.detach().numpy() for corner in ring[0].known())
    half = np.exp(np.arange(8) / 10)
    np.testing.assert_allclose(lower[:, 0], np.arange(8) - half, rtol=1e-6)
    np.testing.assert_allclose(upper[:, 1], np.arange(8) + half, rtol=1e-6)


def test_a_new_task_has_the_mean_box_of_the_four_most_like_it(ring):
    # Half way between the second and the third: the four around are 0 to 3.
    angle = torch.tensor(1.5 * torch.pi / 4)
    features = 7 * torch.stack([angle.cos(), angle.sin()])[None]
    with torch.no_grad():
        lower, upper = (corner.numpy() for corner in ring[0].told(features))
    half = np.exp(0.15)
    np.testing.assert_allclose(lower, [[1.5 - half] * 2], rtol=1e-6)
    np.testing.assert_allclose(upper, [[1.5 + half] * 2], rtol=1e-6)


def test_a_task_is_not_its_own_neighbour(ring):
    encoder, _ = ring
    near = encoder.neighbours(encoder.known_view, torch.arange(8))
    assert near.shape == (8, 4)
    assert not (near == torch.arange(8)[:, None]).any()
    assert {*near[0].tolist()[:2]} == {1, 7}


def test_of_few_tasks_all_others_are_neighbours():
    encoder = NeighbourEncoder(channels=2, axes=2, rows=3, dim=2)
    encoder.components.axes.copy_(torch.eye(2))
    encoder.remember(torch.tensor([[1.0, 0], [0, 1], [1, 1]]))
    assert encoder.neighbours(encoder.known_view).shape == (3, 3)
    near = encoder.neighbours(encoder.known_view, torch.arange(3))
    assert [{*row} for row in near.tolist()] == [{1, 2}, {0, 2}, {0, 1}]


def test_only_tasks_that_are_seen_so_lie_where_neighbours_do(ring):
    encoder, _ = ring
    near = torch.tensor([[2, 4]] * 8)
    seen = torch.arange(8) == 5
    with torch.no_grad():
        lower, upper = encoder(near, seen)
        own = encoder.known()
    middle = ((lower + upper) / 2).numpy()
    np.testing.assert_allclose(middle[5], [3, 3], rtol=1e-6)
    rest = ~seen.numpy()
    np.testing.assert_array_equal(lower.numpy()[rest], own[0].numpy()[rest])


def test_means_of_neighbours_by_hand():
    values = torch.tensor([[0.0, 1], [2, 3], [4, 11]])
    found = mean_of(values, torch.tensor([[0, 1], [1, 2], [2, 2]]))
    np.testing.assert_array_equal(found.numpy(), [[1, 2], [3, 7], [4, 11]])


def test_features_too_extreme_to_compare_make_no_box(ring):
    with torch.no_grad():
        lower, upper = ring[0].told(torch.tensor([[torch.inf, 0], [1, 0]]))
    assert lower.isnan().all(dim=1).tolist() == [True, False]
    assert upper.isnan().all(dim=1).tolist() == [True, False]
