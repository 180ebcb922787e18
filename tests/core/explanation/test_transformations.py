"""Changes of pictures, and how they are undone upon maps."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import DataError
from core.explanation.transformations import (
    FLIPS,
    PHOTOMETRIC,
    Change,
    changed,
    changes,
    moved,
    undone,
    validity,
)

MAPS = torch.rand(2, 17, 21, generator=torch.Generator().manual_seed(0))
PIXELS = np.random.default_rng(0).integers(0, 256, (15, 15, 3)).astype(np.uint8)


@given(
    st.one_of(
        st.sampled_from([Change(name) for name in FLIPS]),
        st.builds(
            lambda name, by: Change(name, float(by)),
            st.sampled_from(["translate-x", "translate-y"]),
            st.integers(-16, 16),
        ),
    )
)
def test_flips_and_shifts_are_undone_exactly_where_they_leave_something(change):
    back = undone(moved(MAPS, change), change)
    valid = validity(change, 17, 21)
    assert torch.equal(back[:, valid], MAPS[:, valid])
    assert not back[:, ~valid].any()


@given(st.floats(-135, 135))
def test_turned_smooth_maps_come_back_where_the_mask_says(degrees):
    down, across = torch.meshgrid(
        torch.linspace(-1, 1, 40), torch.linspace(-1, 1, 40), indexing="ij"
    )
    smooth = torch.exp(-((down - 0.2) ** 2) - (across + 0.1) ** 2)
    change = Change("rotate", degrees)
    valid = validity(change, 40, 40)
    back = undone(moved(smooth, change), change)
    assert valid[20, 20]
    assert (back - smooth)[valid].abs().max() < 0.01


def test_a_quarter_turn_is_that_of_numpy_for_pictures_and_maps():
    picture = Image.fromarray(PIXELS)
    change = Change("rotate", 90.0)
    turned = np.asarray(changed(picture, change))
    np.testing.assert_array_equal(turned, np.rot90(PIXELS))
    grey = torch.from_numpy(PIXELS[..., 0].astype(np.float32))
    found = moved(grey, change).numpy()
    np.testing.assert_allclose(found, np.rot90(PIXELS[..., 0]), atol=0.01)


@pytest.mark.parametrize(
    "change", [one for one in changes(224) if one.kind == "geometric"], ids=str
)
def test_pictures_and_their_maps_move_alike(change):
    blob = np.zeros((64, 64, 3), dtype=np.uint8)
    blob[20:30, 34:44] = 250
    after = np.asarray(changed(Image.fromarray(blob), change), dtype=np.float32)
    grey = torch.from_numpy(blob[..., 0].astype(np.float32))
    expected = moved(grey, change).numpy()
    place = [np.argwhere(one > 125).mean(axis=0) for one in (after[..., 0], expected)]
    np.testing.assert_allclose(*place, atol=0.5)


def test_shifts_of_pictures_go_right_and_down_and_leave_black():
    picture = Image.fromarray(PIXELS)
    right = np.asarray(changed(picture, Change("translate-x", 4.0)))
    np.testing.assert_array_equal(right[:, 4:], PIXELS[:, :-4])
    assert not right[:, :4].any()
    up = np.asarray(changed(picture, Change("translate-y", -3.0)))
    np.testing.assert_array_equal(up[:-3], PIXELS[3:])


def test_the_published_48_changes_of_an_image():
    found = changes(224)
    assert len(found) == len(set(found)) == 7 * 6 + 6
    assert sum(one.kind == "geometric" for one in found) == 3 * 6 + 2
    assert found == changes(224) != changes(224, seed=1)
    shifts = [one.magnitude for one in found if one.name.startswith("translate")]
    assert all(one == round(one) and 0 < abs(one) <= 32 for one in shifts)
    small = [one.magnitude for one in changes(28) if one.name == "translate-x"]
    assert set(small) < {-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0}
    assert len(changes(28, each=1)) == 7 + 6


def test_enhancements_are_those_of_pillow():
    assert set(PHOTOMETRIC) == {one.name for one in changes(224)} - {
        *("translate-x", "translate-y", "rotate", "flip-x", "flip-y")
    }
    picture = Image.new("RGB", (8, 8), (100, 50, 10))
    darker = np.asarray(changed(picture, Change("brightness", -0.5)))
    assert darker[0, 0].tolist() == [50, 25, 5]
    assert moved(MAPS, Change("brightness", -0.5)) is MAPS


def test_what_moves_all_out_of_the_frame_is_refused():
    with pytest.raises(DataError, match="translate-x by 30 moves all of a picture"):
        validity(Change("translate-x", 30.0), 28, 28)
