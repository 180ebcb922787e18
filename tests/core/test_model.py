import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.model import Scaler, SetEncoder, TaskEncoder


def members(sets):
    counts = torch.tensor([len(one) for one in sets])
    return torch.tensor([row for one in sets for row in one]), counts


@given(
    st.sets(st.integers(0, 9), min_size=1),
    st.sets(st.integers(0, 9)),
    st.sampled_from([0.0, 0.02, 3.0]),
)
def test_a_strict_subset_lies_strictly_inside_without_any_training(
    some, more, softness
):
    torch.manual_seed(0)
    encoder = SetEncoder(4, 2, spread=3.0, frame=0.1)
    whole = some | more
    with torch.no_grad():
        points = encoder.mapped(torch.randn(10, 4))
        lower, upper = encoder(points, *members([some, whole]), softness)
    if some < whole:
        assert (lower[0] > lower[1]).all() and (upper[0] < upper[1]).all()


def test_a_task_of_one_member_is_a_cube_of_side_one():
    encoder = SetEncoder(4, 3, spread=3.0, frame=0.1)
    with torch.no_grad():
        lower, upper = encoder(torch.randn(2, 3), *members([{1}]), 0.0)
    np.testing.assert_allclose((upper - lower).numpy(), np.ones((1, 3)), rtol=1e-6)


def test_a_margin_grows_with_the_number_of_members():
    # Four members at one point: half a side of 1, and 0.1 more for each doubling.
    encoder = SetEncoder(4, 2, spread=3.0, frame=0.1)
    with torch.no_grad():
        lower, upper = encoder(torch.ones(4, 2), *members([{0, 1, 2, 3}]), 0.0)
    np.testing.assert_allclose((upper - lower).numpy(), np.full((1, 2), 1.2), rtol=1e-6)


def test_anchored_members_have_points_of_their_own_and_new_ones_the_maps():
    encoder = SetEncoder(4, 2, spread=3.0, frame=0.1, anchors=2)
    features = torch.randn(2, 4)
    with torch.no_grad():
        encoder.anchor.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
        np.testing.assert_allclose(encoder.known(features), [[3, 0], [0, -3]])
        free = SetEncoder(4, 2, spread=3.0, frame=0.1)
        free.load_state_dict(
            {k: v for k, v in encoder.state_dict().items() if k != "anchor"}
        )
        np.testing.assert_allclose(free.known(features), encoder.mapped(features))


def test_a_box_does_not_depend_on_what_is_placed_beside_it():
    torch.manual_seed(0)
    encoder, features = TaskEncoder(4, 2, spread=3.0), torch.randn(5, 4)
    with torch.no_grad():
        alone, beside = encoder(features[:1]), encoder(features)
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_allclose(one.numpy(), other[:1].numpy(), atol=1e-6)


def test_boxes_of_vectors_have_positive_sides():
    torch.manual_seed(0)
    lower, upper = TaskEncoder(4, 2, spread=30.0)(100 * torch.randn(50, 4))
    assert (lower < upper).all()


def test_a_scaler_standardises_and_silences_constant_channels():
    scaler = Scaler(2)
    scaler.set_by(torch.tensor([[1.0, 7.0], [3.0, 7.0]]))
    found = scaler(torch.tensor([[1.0, 7.0], [5.0, 9.0]]))
    np.testing.assert_allclose(found.numpy(), [[-1, 0], [3, 0]])
