import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.autograd import gradcheck

from core.boxes import Boxes, containment_pairs
from core.learning.losses import (
    EULER,
    cross_entropy,
    log_containment,
    relative_perimeter,
    soft_extremes,
    soft_maximum,
)

ROWS = torch.tensor([0, 1, 1, 2, 0, 1, 2])
COUNTS = torch.tensor([2, 2, 3])

points = arrays(np.float64, (3, 2), elements=st.floats(-20, 20))
corners = arrays(np.float64, (4, 2), elements=st.floats(-5, 5))
sides = arrays(np.float64, (4, 2), elements=st.floats(0.5, 5))


def double(values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def every_pair():
    child, parent = np.nonzero(~np.eye(4, dtype=bool))
    return torch.tensor(child), torch.tensor(parent)


def test_soft_maximum_of_hand_computed_points():
    # Task 0 has members 0 and 1 at 0 and 1; task 1 has member 1 alone.
    line = torch.tensor([[0.0], [1.0]])
    soft = soft_maximum(line, torch.tensor([0, 1, 1]), torch.tensor([2, 1]), 2.0)
    both = 2 * math.log(1 + math.exp(0.5))
    np.testing.assert_allclose(soft.numpy(), [[both], [1]], rtol=1e-6)


def test_without_softness_extremes_are_exact():
    found = soft_extremes(
        torch.tensor([[0.0, 5.0], [1.0, 4.0], [3.0, -1.0]]), ROWS, COUNTS, 0.0
    )
    lower, upper = [[0, 4], [1, -1], [0, -1]], [[1, 5], [3, 4], [3, 5]]
    np.testing.assert_array_equal(found[0], lower)
    np.testing.assert_array_equal(found[1], upper)


@given(points)
def test_soft_extremes_tend_to_the_exact_ones(values):
    exact = soft_extremes(torch.tensor(values), ROWS, COUNTS, 0.0)
    soft = soft_extremes(torch.tensor(values), ROWS, COUNTS, 1e-6)
    for one, other in zip(soft, exact, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@given(points, st.floats(0.01, 10))
def test_soft_boxes_of_nested_sets_are_nested(values, softness):
    lower, upper = soft_extremes(torch.tensor(values), ROWS, COUNTS, softness)
    for subset in (0, 1):  # task 2 has the members of both
        assert (lower[2] <= lower[subset] + 1e-9).all()
        assert (upper[2] >= upper[subset] - 1e-9).all()


def test_containment_is_what_gumbel_boxes_say():
    # The plain formula of Dasgupta et al. (2020), eq. 12 and below, at temperature 1.
    lower, upper = torch.tensor([[0.0], [1.0]]), torch.tensor([[4.0], [6.0]])
    log_share = log_containment(
        lower, upper, torch.tensor([0]), torch.tensor([1]), temperature=1.0
    )
    low, high = math.log(1 + math.e), -math.log(math.exp(-4) + math.exp(-6))
    shared = math.log1p(math.exp(high - low - 2 * EULER))
    own = math.log1p(math.exp(4 - 2 * EULER))
    np.testing.assert_allclose(log_share.exp().item(), shared / own, rtol=1e-6)


@given(corners, sides)
def test_soft_containment_tends_to_the_exact_one(lower, side):
    child, parent = every_pair()
    soft = log_containment(
        torch.tensor(lower), torch.tensor(lower + side), child, parent, 1e-6
    )
    boxes = Boxes(lower, lower + side, ("a", "b", "c", "d"))
    exact = containment_pairs(boxes, child.numpy(), parent.numpy())
    np.testing.assert_allclose(soft.exp(), exact, atol=1e-4)


@pytest.mark.parametrize("temperature", [0.05, 1.0])
@pytest.mark.parametrize("distance", [0.0, 2.0, 100.0])
def test_far_pairs_that_belong_together_keep_their_gradient(temperature, distance):
    lower = torch.tensor([[0.0], [1 + distance]], requires_grad=True)
    log_share = log_containment(
        lower, lower + 1, torch.tensor([0]), torch.tensor([1]), temperature
    )
    cross_entropy(log_share, torch.ones(1)).sum().backward()
    assert lower.grad is not None
    assert torch.isfinite(lower.grad).all()
    assert lower.grad.abs().min() > 0.1  # 1 / temperature once far apart


@pytest.mark.parametrize("depth", [1.0, 3.0])
def test_a_stranger_deep_inside_keeps_its_gradient(depth):
    # At single precision 1 - share is exactly 0 here: 3 / 0.05 makes it e^-60.
    lower = torch.tensor([[depth], [0.0]], requires_grad=True)
    upper = torch.tensor([[depth + 1], [20.0]], requires_grad=True)
    log_share = log_containment(
        lower, upper, torch.tensor([0]), torch.tensor([1]), temperature=0.05
    )
    cross_entropy(log_share, torch.zeros(1)).sum().backward()
    assert lower.grad is not None
    np.testing.assert_allclose(lower.grad[0].item(), 20, rtol=0.1)  # 1 / 0.05: outwards


def test_cross_entropy_of_hand_computed_shares():
    log_share = torch.log(torch.tensor([0.25, 0.25, 0.75, 0.5]))
    loss = cross_entropy(log_share, torch.tensor([1, 0, 0, 0.5]))
    expected = [math.log(4), math.log(4 / 3), math.log(4), math.log(2)]
    np.testing.assert_allclose(loss.numpy(), expected, rtol=1e-6)


def test_perimeter_is_relative_to_a_cube_of_that_size():
    # 2 x 4 holds 8 unit squares; the square of area 4 has sides of 2, half as long.
    lower, upper = torch.zeros(2, 2), torch.tensor([[2.0, 4.0], [2.0, 2.0]])
    found = relative_perimeter(lower, upper, torch.tensor([4.0, 4.0]))
    np.testing.assert_allclose(found.numpy(), [1.5, 1])


@pytest.mark.parametrize("softness", [0.0, 0.3])
def test_gradients_of_extremes_are_right(softness):
    values = double([[0.1, 5.0], [1.2, 4.1], [3.3, -1.4]])
    assert gradcheck(lambda x: soft_extremes(x, ROWS, COUNTS, softness), (values,))


@pytest.mark.parametrize("temperature", [0.05, 0.5, 5.0])
def test_gradients_of_containment_and_loss_are_right(temperature):
    lower = double([[0, 0], [0.4, 0.3], [-1, -1.2], [6, 7]])
    upper = double([[1, 1.1], [2, 1.7], [3, 2.5], [7.5, 8]])
    child, parent = every_pair()
    strength = torch.linspace(0, 1, len(child), dtype=torch.float64)

    def loss(lower, upper):
        shares = log_containment(lower, upper, child, parent, temperature)
        return cross_entropy(shares, strength)

    assert gradcheck(loss, (lower, upper))


def test_gradients_of_perimeters_are_right():
    lower, upper = double([[0, 0, 0]]), double([[1.0, 2, 4]])
    size = torch.tensor([5.0], dtype=torch.float64)
    assert gradcheck(lambda a, b: relative_perimeter(a, b, size), (lower, upper))
