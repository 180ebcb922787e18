from dataclasses import replace

import numpy as np
import pytest

from core import cache
from core.boxes import Boxes
from core.cache import Store
from core.errors import DataError
from core.replay import Replay, load_replay, save_replay


@pytest.fixture
def replay(boxes):
    """The animals at half their size, then as they are."""
    corners = (np.stack([one / 2, one]) for one in (boxes.lower, boxes.upper))
    return Replay(np.array([0, 9]), np.array([np.nan, 0.5]), *corners)


def test_a_replay_comes_back_as_it_was(store, boxes, replay):
    path = save_replay(store, "animals", replay)
    back = load_replay(store, "animals", boxes)
    assert path.name == "replay_2d.npz"
    for key, array in vars(replay).items():
        np.testing.assert_array_equal(getattr(back, key), array)


def test_equal_replays_are_equal_bytes(store, replay):
    first = save_replay(store, "animals", replay).read_bytes()
    assert save_replay(store, "animals", replay).read_bytes() == first


def test_a_replay_of_other_boxes_is_refused(store, boxes, replay):
    path = save_replay(store, "animals", replay)
    with pytest.raises(DataError, match="ends with other boxes") as caught:
        load_replay(store, "animals", replace(boxes, upper=boxes.upper + 1))
    assert str(path) in str(caught.value)
    assert "python -m core fit animals --dim 2 --record" in str(caught.value)


def test_a_replay_of_other_tasks_is_refused(store, boxes, replay):
    save_replay(store, "animals", replay)
    fewer = Boxes(boxes.lower[1:], boxes.upper[1:], boxes.names[1:])
    with pytest.raises(DataError, match="not as 'f frames 6 2'"):
        load_replay(store, "animals", fewer)


def test_steps_go_on_and_corners_are_finite(replay):
    with pytest.raises(DataError, match="order"):
        replace(replay, steps=np.array([9, 9]))
    with pytest.raises(DataError, match="finite"):
        replace(replay, lower=np.full_like(replay.lower, np.inf))


def test_other_boxes_end_a_replay(store, boxes, replay):
    save_replay(store, "animals", replay)
    assert cache.load_atlas(store, "animals").replayed == (2,)
    cache.save_boxes(store, "animals", boxes, {}, "again")
    assert store.replays("animals") == (2,)
    cache.save_boxes(store, "animals", boxes, {})
    assert store.replays("animals") == ()


def test_boxes_of_ones_own_are_not_replayed_by_what_is_shipped(
    store, boxes, replay, tmp_path
):
    save_replay(store, "animals", replay)
    both = Store(tmp_path / "mine", store.data)
    assert both.replays("animals") == (2,)
    cache.save_boxes(both, "animals", boxes, {})
    assert both.replays("animals") == ()


@pytest.mark.parametrize("name", ["huggingface", "imagenet", "taskonomy"])
def test_what_is_shipped_ends_with_the_boxes_that_are_shipped(name, tmp_path):
    store = Store(tmp_path)
    boxes = cache.load_boxes(store, name, 2)
    replay = load_replay(store, name, boxes)  # which compares them exactly
    assert store.replays(name) == (2,)
    assert 30 <= len(replay.steps) <= 40
    assert replay.steps[0] == 0
    assert replay.steps[-1] == cache.load_settings(store, name, 2)["steps"]
    assert np.isnan(replay.loss[0]) and np.isfinite(replay.loss[1:]).all()


# Further fits


def test_a_further_fit_is_kept_beside_the_boxes(store, boxes):
    moved = replace(boxes, lower=boxes.lower - 1)
    path = cache.save_boxes(store, "animals", moved, {}, "moved-by-1")
    assert path.name == "boxes_2d.moved-by-1.npz"
    assert store.fits("animals") == ("2d.moved-by-1",)
    assert store.dims("animals") == (2, 3)
    back = cache.load_fit(store, "animals", "2d.moved-by-1")
    np.testing.assert_array_equal(back.lower, moved.lower)
    atlas = cache.load_atlas(store, "animals")
    np.testing.assert_array_equal(atlas.boxes[2].lower, boxes.lower)
    assert atlas.fits == ("2d.moved-by-1",)


def test_files_of_other_names_are_no_further_fits(store):
    folder = store.data / "animals"
    for file in (
        "boxes_2d.A.npz",
        "boxes_1d.a.npz",
        "boxes_2d..npz",
        "boxes_2d.a-.npz",
    ):
        (folder / file).touch()
    assert store.fits("animals") == ()


def test_a_further_fit_that_is_missing_says_how_to_make_it(store):
    with pytest.raises(
        DataError, match="python -m core fit animals --dim 2 --as other"
    ):
        cache.load_fit(store, "animals", "2d.other")


def test_the_published_recipe_is_shipped_beside_the_birds(tmp_path):
    store = Store(tmp_path)
    assert store.fits("cub") == ("2d.published", "2d.task2vec")
    fit = cache.load_fit(store, "cub", "2d.published")
    assert fit.names == cache.load_boxes(store, "cub", 2).names
