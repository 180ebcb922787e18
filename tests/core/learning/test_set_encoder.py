import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.learning.set_encoder import SetEncoder, quantiles


def members(sets):
    counts = torch.tensor([len(one) for one in sets])
    return torch.tensor([row for one in sets for row in one]), counts


def set_encoder(sets, members=4, channels=4, dim=2):
    """An encoder whose tasks have these sets of members, all points at the origin."""
    entries = [(row, task) for task, one in enumerate(sets) for row in one]
    encoder = SetEncoder(
        channels=channels,
        axes=channels,
        rows=members,
        tasks=len(sets),
        entries=len(entries),
        dim=dim,
        frame=0.1,
    )
    encoder.components.axes.copy_(torch.eye(channels))
    encoder.holder.copy_(torch.tensor([task for _, task in sorted(entries)]))
    held = np.bincount([row for row, _ in entries], minlength=members)
    encoder.holders.copy_(torch.from_numpy(held))
    return encoder


@given(
    st.sets(st.integers(0, 9), min_size=1),
    st.sets(st.integers(0, 9)),
    st.sampled_from([0.0, 0.02, 3.0]),
)
def test_a_strict_subset_lies_strictly_inside_without_any_training(
    some, more, softness
):
    torch.manual_seed(0)
    whole = some | more
    encoder = set_encoder([whole], members=10)
    with torch.no_grad():
        encoder.own.normal_()
        lower, upper = encoder(encoder.known(), *members([some, whole]), softness)
    if some < whole:
        assert (lower[0] > lower[1]).all() and (upper[0] < upper[1]).all()


def test_a_task_of_one_member_is_a_cube_of_side_one():
    encoder = set_encoder([{1}], dim=3)
    with torch.no_grad():
        lower, upper = encoder(torch.randn(2, 3), *members([{1}]), 0.0)
    np.testing.assert_allclose((upper - lower).numpy(), np.ones((1, 3)), rtol=1e-6)


def test_a_margin_grows_with_the_number_of_members():
    # Four members at one point: half a side of 1, and 0.1 more for each doubling.
    encoder = set_encoder([{0, 1, 2, 3}])
    with torch.no_grad():
        lower, upper = encoder(torch.ones(4, 2), *members([{0, 1, 2, 3}]), 0.0)
    np.testing.assert_allclose((upper - lower).numpy(), np.full((1, 2), 1.2), rtol=1e-6)


def test_a_member_is_moved_by_every_task_that_holds_it():
    # Member 0 is in no task, 1 in the first, 2 in both, 3 in the second.
    encoder = set_encoder([{1, 2}, {2, 3}])
    with torch.no_grad():
        encoder.own.copy_(torch.tensor([[9.0, 9], [0, 0], [0, 0], [0, 0]]))
        encoder.shift.copy_(torch.tensor([[1.0, 0], [0, 10]]))
        known = encoder.known().numpy()
    np.testing.assert_array_equal(known, [[9, 9], [1, 0], [1, 10], [0, 10]])


def test_a_new_member_lies_where_the_known_one_most_like_it_does():
    encoder = set_encoder([{1, 2, 3}])
    features = torch.eye(4)
    with torch.no_grad():
        encoder.own.copy_(torch.tensor([[0.0, 0], [1, 1], [2, 2], [3, 3]]))
        encoder.remember(features)
        # Most like member 2; most like member 0, which has no place, then 3.
        told = encoder.told(torch.tensor([[0.0, 1, 5, 0], [9, 0, 0, 1]])).numpy()
        # The member most like each of two, which is not that one itself.
        near = features + 0.1 * torch.tensor([[0.0], [1], [0], [0]]) * features[2]
        encoder.remember(near)
        view = encoder.view(near[1:3])
        other = encoder.likest(view, 1, itself=torch.tensor([1, 2])).tolist()
    np.testing.assert_array_equal(told, [[2, 2], [3, 3]])
    assert other == [[2], [1]]


def test_a_box_of_new_members_holds_the_middle_half_of_them():
    encoder = set_encoder([{0}])
    points = torch.tensor([[0.0, 4], [1, 3], [2, 2], [3, 1], [400, 0], [7, 7]])
    lower, upper = encoder.around_most(points, *members([range(5), [5]]))
    margin = 0.5 * (1 + 0.1 * np.log2(5))
    np.testing.assert_allclose(lower[0], [1 - margin, 1 - margin], rtol=1e-6)
    np.testing.assert_allclose(upper[0], [3 + margin, 3 + margin], rtol=1e-6)
    np.testing.assert_allclose((upper - lower)[1], [1, 1])


@given(
    arrays(np.float32, (9, 2), elements=st.integers(-9, 9).map(float)),
    st.sampled_from([0.0, 0.25, 0.5, 0.9, 1.0]),
    st.integers(1, 8),
)
def test_quantiles_are_those_of_numpy(rows, share, cut):
    counts = torch.tensor([cut, 9 - cut])
    found = quantiles(torch.from_numpy(rows), counts, (share, 0.5))[0].numpy()
    parts = rows[:cut], rows[cut:]
    expected = [np.quantile(part, share, axis=0) for part in parts]
    np.testing.assert_allclose(found, expected, atol=1e-5)
