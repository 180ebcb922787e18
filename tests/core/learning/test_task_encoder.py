import numpy as np
import torch

from core.learning.task_encoder import TaskEncoder


def task_encoder(spread):
    """An encoder of vectors of four channels, which it takes as they are."""
    encoder = TaskEncoder(channels=4, axes=4, dim=2, spread=spread)
    encoder.components.axes.copy_(torch.eye(4))
    return encoder


def test_a_box_does_not_depend_on_what_is_placed_beside_it():
    torch.manual_seed(0)
    encoder, features = task_encoder(3.0), torch.randn(5, 4)
    with torch.no_grad():
        alone, beside = encoder(features[:1]), encoder(features)
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_allclose(one.numpy(), other[:1].numpy(), atol=1e-6)


def test_boxes_of_vectors_have_positive_sides():
    torch.manual_seed(0)
    lower, upper = task_encoder(30.0)(100 * torch.randn(50, 4))
    assert (lower < upper).all()
