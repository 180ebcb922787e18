import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.baselines.soft_boxes import (
    known_pairs,
    log_volume,
    soft_containment,
    squared_error,
)
from core.boxes import Boxes, containment_pairs
from core.learning import training

T = 0.1


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


def soft(side):
    """What a side counts, by the definition."""
    return T * math.log(1 + math.exp(side / T))


def drawn(tasks, dim, seed, share):
    """Boxes, and what is known of a share of their pairs."""
    rng = np.random.default_rng(seed)
    lower = rng.normal(size=(tasks, dim)).astype(np.float32)
    upper = lower + rng.random((tasks, dim)).astype(np.float32)
    known = (rng.random((tasks, tasks)) < share) & ~np.eye(tasks, dtype=bool)
    child, parent = np.nonzero(known)
    strength = np.where(rng.random(len(child)) < 0.2, rng.random(len(child)), 0)
    return lower, upper, (child, parent, strength.astype(np.float32))


def share_of(lower, upper, child, parent):
    """Containment of one pair, one side after the other."""
    share = 1.0
    for axis in range(lower.shape[1]):
        low = max(lower[child, axis], lower[parent, axis])
        high = min(upper[child, axis], upper[parent, axis])
        share *= soft(float(high) - float(low))
        share /= soft(float(upper[child, axis]) - float(lower[child, axis]))
    return share


def error_and_slopes(lower, upper, known):
    corners = [torch.tensor(corner, requires_grad=True) for corner in (lower, upper)]
    value = squared_error(*corners, known, T)
    value.backward()
    return value.item(), *(corner.grad.numpy() for corner in corners)


def test_two_boxes_by_hand():
    lower = np.array([[0.0, 0.0], [0.25, 0.25]], np.float32)
    upper = np.array([[1.0, 1.0], [0.75, 0.5]], np.float32)
    inner = soft(0.5) * soft(0.25)
    assert log_volume(torch.tensor(lower), torch.tensor(upper), T).exp().tolist() == (
        pytest.approx([soft(1) ** 2, inner])
    )
    shares = soft_containment(
        lower, upper, np.array([0, 1]), np.array([1, 0]), temperature=T
    )
    np.testing.assert_allclose(shares, [inner / soft(1) ** 2, 1])
    known = known_pairs(2, np.array([0, 1]), np.array([1, 0]), np.array([0.5, 0.25]))
    value, _, _ = error_and_slopes(lower, upper, known)
    assert value == pytest.approx((inner / soft(1) ** 2 - 0.5) ** 2 + 0.75**2)


def test_boxes_apart_share_what_their_negative_sides_count():
    lower, upper = np.array([[0.0], [1.2]]), np.array([[1.0], [2.0]])
    share = soft_containment(lower, upper, np.array([0]), np.array([1]), temperature=T)
    assert share[0] == pytest.approx(soft(-0.2) / soft(1))
    far = soft_containment(
        lower, upper + 1e6, np.array([0]), np.array([1]), temperature=T
    )
    assert np.isfinite(far).all()


@given(st.integers(0, 99), st.integers(1, 4))
def test_soft_containment_tends_to_the_exact_one(seed, dim):
    lower, upper, _ = drawn(5, dim, seed, share=0)
    child, parent = np.nonzero(~np.eye(5, dtype=bool))
    exact = containment_pairs(Boxes(lower, upper + 0.1, tuple("abcde")), child, parent)
    shares = soft_containment(lower, upper + 0.1, child, parent, temperature=1e-5)
    np.testing.assert_allclose(shares, exact, atol=1e-3)


@given(st.integers(0, 99), st.integers(1, 3), st.sampled_from([0.1, 0.9]))
def test_squared_error_is_that_of_a_loop_over_pairs(seed, dim, share):
    lower, upper, (child, parent, strength) = drawn(7, dim, seed, share)
    expected = sum(
        (share_of(lower, upper, *pair) - float(one)) ** 2
        for *pair, one in zip(child, parent, strength, strict=True)
    )
    known = known_pairs(7, child, parent, strength)
    value, _, _ = error_and_slopes(lower, upper, known)
    assert value == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("tasks", [9, 128, 300])  # less than a stripe, one, several
@pytest.mark.parametrize("dim", [1, 2, 5])
def test_all_pairs_at_once_have_the_value_and_slopes_of_one_by_one(tasks, dim):
    lower, upper, pairs = drawn(tasks, dim, 0, share=0.8)
    known = known_pairs(tasks, *pairs)
    assert known.blocks
    assert not known_pairs(tasks, *drawn(tasks, dim, 0, share=0.1)[2]).blocks
    value, *slopes = error_and_slopes(lower, upper, known)
    expected, *by_autograd = error_and_slopes(lower, upper, replace(known, blocks=()))
    assert value == pytest.approx(expected, rel=1e-4)
    scale = np.abs(by_autograd).max()
    np.testing.assert_allclose(slopes, by_autograd, atol=1e-4 * scale)


def test_slopes_of_boxes_a_thousand_sides_apart_are_numbers():
    lower, upper, pairs = drawn(6, 3, 0, share=0.9)
    lower[0] -= 1000
    upper[0] -= 1000
    found = error_and_slopes(lower, upper, known_pairs(6, *pairs))
    assert all(np.isfinite(part).all() for part in found)


def test_related_are_the_pairs_that_share_anything():
    child, parent = np.array([0, 1, 2]), np.array([1, 2, 0])
    strength = np.array([0.5, 0, np.finfo(np.float32).tiny], np.float32)
    known = known_pairs(3, child, parent, strength)
    assert known.related.tolist() == [[0], [1]]
