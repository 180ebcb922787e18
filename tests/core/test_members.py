import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core import cache, weights
from core.boxes import Boxes
from core.cache import PRECOMPUTED, Store
from core.errors import DataError
from core.learning import checkpoint, fitting
from core.learning.placing import place
from core.members import MemberPoints, member_points
from core.relations import membership_of

# Three members of two tasks: the first task has all of them, the second the last two.
SETS = [[0, 1, 2], [1, 2]]
ARRAYS = {
    "own": np.array([[0, 0], [1, 5], [3, 5], [9, 9]], np.float32),
    "shift": np.array([[10, 0], [0, 100]], np.float32),
    "holder": np.array([0, 0, 1, 0, 1], np.int32),  # member by member
    "holders": np.array([1, 2, 2, 0], np.int32),
}


@pytest.fixture
def fitted(store, forest):
    """The forest on disk in five dimensions, and its encoder."""
    cache.save_collection(store, forest)
    config = fitting.config_for(forest, "default", dim=5, seed=0, steps=0)
    data = fitting.data_for(forest, config)
    state = fitting.start(data, config, "cpu")
    boxes = place(
        state.model, data.features, data.membership, tuple(forest.tasks.index)
    )
    about = checkpoint.model_settings(state, data)
    for dim in (2, 5):
        cut = Boxes(boxes.lower[:, :dim], boxes.upper[:, :dim], boxes.names)
        cache.save_boxes(store, "forest", cut, about["config"])
    weights.save_model(store, "forest", checkpoint.model_arrays(state.model), about)
    return state.model


def test_a_member_lies_where_its_tasks_have_moved_it():
    known = member_points(ARRAYS)
    np.testing.assert_array_equal(known.points, [[10, 0], [11, 105], [13, 105], [9, 9]])
    assert known.of(0).tolist() == SETS[0]
    assert known.of(1).tolist() == SETS[1]


def test_the_finest_task_of_a_member_is_the_smallest_that_has_it():
    assert member_points(ARRAYS).finest().tolist() == [0, 1, 1, -1]


def test_of_tasks_of_one_size_the_first_is_the_finest():
    known = MemberPoints(np.zeros((2, 2)), membership_of([[0, 1], [0, 1]]))
    assert known.finest().tolist() == [0, 0]


def test_those_at_the_ends_are_all_that_lie_as_far_out():
    known = member_points(ARRAYS)
    below, above = known.at_ends(known.of(0))
    assert below.tolist() == [[True, True], [False, False], [False, False]]
    assert above.tolist() == [[False, False], [False, True], [True, True]]


def test_points_are_those_of_the_encoder_and_its_boxes_lie_around_them(store, fitted):
    known = weights.load_members(store, "forest", 5)
    with torch.no_grad():
        np.testing.assert_allclose(known.points, fitted.known().numpy(), atol=1e-4)
    boxes = cache.load_boxes(store, "forest", 5)
    for task in range(len(boxes.names)):
        points = known.points[known.of(task)]
        margins = points.min(0) - boxes.lower[task], boxes.upper[task] - points.max(0)
        count = len(points)
        np.testing.assert_allclose(margins, 0.5 * (1 + 0.1 * np.log2(count)), atol=1e-4)


@pytest.mark.parametrize("name", ["cub", "imagenet"])
@pytest.mark.parametrize("dim", [2, 3])
def test_shipped_boxes_lie_around_the_points_of_their_members(name, dim):
    store = Store(data=PRECOMPUTED / "none")
    known, boxes = (
        load(store, name, dim) for load in (weights.load_members, cache.load_boxes)
    )
    for task in range(0, len(boxes.names), 7):
        points = known.points[known.of(task)]
        margins = points.min(0) - boxes.lower[task], boxes.upper[task] - points.max(0)
        assert np.ptp(margins) < 1e-3


def test_boxes_of_any_dimension_are_read_and_those_that_are_placed_are_known(
    store, fitted
):
    assert store.dims("forest") == (2, 5)
    atlas = cache.load_atlas(store, "forest")
    assert sorted(atlas.boxes) == [2, 5]
    assert atlas.placed == (5,)


def test_boxes_without_a_sound_encoder_are_placed_nowhere(store, fitted):
    (store.data / "forest" / weights.model_file(5)).write_bytes(b"broken")
    assert cache.load_atlas(store, "forest").placed == ()
    assert cache.load_atlas(store, "animals").placed == ()


def test_an_encoder_of_single_vectors_has_no_points_of_members():
    store = Store(data=PRECOMPUTED / "none")
    assert not weights.places_members(store, "taskonomy", 2)
    with pytest.raises(DataError, match="not made of the points of members"):
        weights.load_members(store, "taskonomy", 2)


def test_files_of_no_dimension_are_no_boxes(store):
    for name in ("boxes_1d.npz", "boxes_05d.npz", "boxes_xd.npz", "boxes_4d.npz.part"):
        (store.data / "animals" / name).write_bytes(b"")
    assert store.dims("animals") == (2, 3)


@given(st.lists(st.sets(st.integers(0, 6), min_size=1), min_size=1, max_size=5))
def test_every_member_has_the_smallest_of_its_tasks(sets):
    known = MemberPoints(np.zeros((7, 2)), membership_of([sorted(s) for s in sets]))
    for member, task in enumerate(known.finest()):
        own = [len(one) for one in sets if member in one]
        assert (task < 0) if not own else len(sets[task]) == min(own)
        assert task < 0 or member in sets[task]
