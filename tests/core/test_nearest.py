import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Boxes
from core.cache import load_directions
from core.errors import DataError
from core.nearest import directions, distance_of, first

seeds = st.integers(0, 2**32 - 1)
ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)


def likeness(found, row):
    """Cosines of one task and all."""
    return found @ found[row]


def test_a_direction_leads_from_the_middle_to_the_task():
    rows = np.array([[1, 0], [-1, 0], [0, 2], [0, -2], [0, 0]], dtype=np.float32)
    found = directions(rows + 5, None)
    np.testing.assert_allclose(found, [[1, 0], [-1, 0], [0, 1], [0, -1], [0, 0]])
    np.testing.assert_allclose(likeness(found, 0), [1, -1, 0, 0, 0])


def test_a_task_of_members_lies_at_their_mean(collection):
    found = directions(collection.features, collection.membership)
    # Means along the first axis: 1.5, 0.5, 2.5, 1.5, 0, 1, 2; of all 9/7. The second
    # and third: half, 1/0, 0/1, half, 1/0, 1/0, 0/1; of all 4/7 and 3/7.
    away = np.array([0.5 - 9 / 7, 1 - 4 / 7, 0 - 3 / 7])
    np.testing.assert_allclose(found[BIRD], away / np.linalg.norm(away), rtol=1e-5)
    known = likeness(found, BIRD)
    assert known[BIRD] == pytest.approx(1)
    assert first(-known, 3).tolist() == [BIRD, EAGLE, PARROT]
    assert known[FISH] < 0


def test_animal_and_pet_are_alike_to_features_and_not_to_boxes(collection, boxes):
    found = directions(collection.features, collection.membership)
    assert likeness(found, ANIMAL)[PET] == pytest.approx(1)
    assert distance_of(boxes, ANIMAL)[PET] == 0.25


def test_the_distance_of_boxes_is_the_farthest_that_an_end_moves(boxes):
    # Stretches of a row of four: the pet [1, 3] against all others.
    expected = [1, 1, 1, 0, 2, 1, 1]
    np.testing.assert_allclose(distance_of(boxes, PET), np.array(expected) / 4)


def test_every_axis_is_measured_by_its_own_extent():
    lower = np.array([[0, 0], [0, 90], [0.5, 0]], dtype=np.float32)
    boxes = Boxes(lower, lower + np.array([0.5, 10]), ("a", "b", "c"))
    np.testing.assert_allclose(distance_of(boxes, 0), [0, 0.9, 0.5])


@given(seeds)
def test_the_distance_is_a_metric_that_no_scale_changes(seed):
    draw = np.random.default_rng(seed)
    lower = draw.normal(size=(5, 3))
    boxes = Boxes(lower, lower + draw.uniform(0.1, 1, (5, 3)), tuple("abcde"))
    far = np.array([distance_of(boxes, row) for row in range(5)])
    np.testing.assert_array_equal(far, far.T)
    assert (np.diag(far) == 0).all()
    assert (far <= 1).all()
    assert (far[:, None, :] <= far[:, :, None] + far[None] + 1e-12).all()
    scale, shift = draw.uniform(0.1, 10, 3), draw.normal(size=3)
    moved = Boxes(boxes.lower * scale + shift, boxes.upper * scale + shift, boxes.names)
    np.testing.assert_allclose(distance_of(moved, 0), far[0], atol=1e-9)


@given(seeds)
def test_cosines_are_of_centred_features_and_no_shift_changes_them(seed):
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(6, 4)).astype(np.float32)
    found = directions(rows, None)
    away = rows - rows.mean(axis=0)
    expected = (away @ away[2]) / np.linalg.norm(away, axis=1) / np.linalg.norm(away[2])
    np.testing.assert_allclose(likeness(found, 2), expected, atol=1e-5)
    shifted = directions(rows + 3, None)
    np.testing.assert_allclose(shifted, found, atol=1e-5)


@pytest.mark.parametrize("same", [0.0, 0.1, 1000.3])
def test_where_all_tasks_are_the_same_there_is_no_direction(same):
    assert not directions(np.full((7, 3), same, dtype=np.float32), None).any()


@given(st.lists(st.integers(0, 5), max_size=9), st.integers(0, 12))
def test_the_first_are_the_least_and_ties_go_by_row(numbers, count):
    order = np.array(numbers, dtype=np.float64)
    assert (
        first(order, count).tolist()
        == sorted(range(len(numbers)), key=lambda row: (numbers[row], row))[:count]
    )


def test_directions_are_read_from_disk(store, collection):
    expected = directions(collection.features, collection.membership)
    np.testing.assert_array_equal(load_directions(store, "animals"), expected)


def test_features_that_are_missing_are_said(store):
    (store.data / "animals" / "features.npz").unlink()
    with pytest.raises(DataError, match=r"features\.npz.*core build animals"):
        load_directions(store, "animals")
