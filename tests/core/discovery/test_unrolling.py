import numpy as np
import pytest
import torch

from core.discovery.networks import Architecture, Forward, initial
from core.discovery.unrolling import (
    disagreement,
    soft_cross_entropy,
    uniformity,
    unrolled,
)


def circle(angles):
    return torch.tensor(np.stack([np.cos(angles), np.sin(angles)], 1))


def test_points_that_fill_a_circle_are_more_even_than_a_cluster():
    even = circle(np.arange(12) * np.pi / 6)
    close = circle(np.arange(12) * np.pi / 60)
    assert uniformity(even) < uniformity(close)


def test_uniformity_of_two_points_by_hand():
    # Opposite: the squared distance is 4, exp(-8), and 8 is added; lengths are nothing.
    opposite = torch.tensor([[2.0, 0.0], [-1.0, 0.0]])
    assert float(uniformity(opposite)) == pytest.approx(0, abs=1e-5)
    right_angle = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    assert float(uniformity(right_angle)) == pytest.approx(4)
    assert float(uniformity(torch.ones(5, 2))) == pytest.approx(8)


def test_disagreement_is_low_only_where_both_are_sure_of_the_same():
    sure = torch.tensor([[[9.0, -9.0]]])
    unsure = torch.zeros(1, 1, 2)
    assert float(disagreement(sure, sure)[0]) < 1e-3
    assert float(disagreement(unsure, unsure)[0]) == pytest.approx(np.log(2))
    assert float(disagreement(sure, -sure)[0]) == pytest.approx(18, rel=1e-3)
    assert disagreement(sure, unsure) == disagreement(unsure, sure)


def test_a_soft_label_costs_what_its_classes_cost():
    logits = torch.tensor([[[1.0, 0.0]]])
    first = soft_cross_entropy(logits, torch.tensor([[[1.0, 0.0]]]))
    second = soft_cross_entropy(logits, torch.tensor([[[0.0, 1.0]]]))
    mixed = soft_cross_entropy(logits, torch.tensor([[[0.25, 0.75]]]))
    assert float(mixed) == pytest.approx(float(0.25 * first + 0.75 * second))


@pytest.fixture
def meta_loss():
    """What two learners disagree on after three steps, by two numbers of an encoder."""
    kind, shape = Architecture("mlp", (3,)), (1, 1, 2)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3, 2, 8, *shape, generator=generator, dtype=torch.float64)
    asked = torch.randn(6, *shape, generator=generator, dtype=torch.float64)
    stack = [one.double() for one in initial(kind, shape, 2, [1, 2])]
    forward = Forward(kind, shape, 2)

    def loss(encoder, sparing=False):
        def batches():
            for one in x:
                above = 2 * (one.flatten(2) @ encoder)
                yield one, torch.stack([above, -above], -1).softmax(-1)

        begin = [one.clone() for one in stack]
        end = unrolled(forward, begin, batches(), 0.3, sparing=sparing)
        told = forward(end, asked.expand(2, *asked.shape))
        return disagreement(told[:1], told[1:]).mean()

    return loss


def test_the_gradient_through_learning_is_that_of_finite_differences(meta_loss):
    encoder = torch.tensor([0.4, -0.3], dtype=torch.float64, requires_grad=True)
    meta_loss(encoder).backward()
    step = 1e-6
    for k, slope in enumerate(encoder.grad.tolist()):
        more, less = encoder.detach().clone(), encoder.detach().clone()
        more[k] += step
        less[k] -= step
        wanted = float((meta_loss(more) - meta_loss(less)).detach() / (2 * step))
        assert slope == pytest.approx(wanted, rel=1e-5, abs=1e-9)
        assert abs(wanted) > 1e-4


def test_sparing_memory_changes_no_gradient(meta_loss):
    found = []
    for sparing in (False, True):
        encoder = torch.tensor([0.4, -0.3], dtype=torch.float64, requires_grad=True)
        meta_loss(encoder, sparing).backward()
        found.append(encoder.grad)
    assert torch.allclose(*found, rtol=1e-10)
