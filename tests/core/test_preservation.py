import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.manifold import trustworthiness as reference

from core.boxes import Boxes
from core.nearest import distance_of
from core.preservation import (
    SAMPLE,
    apartness,
    best_f1,
    box_apartness,
    containments_of,
    neighbours_of,
    recovered_by_boxes,
    recovered_by_distance,
    sampled,
    subset,
    trustworthiness,
    unlikeness,
)
from core.relations import Relations

seeds = st.integers(0, 2**32 - 1)
ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)
ALL = np.arange(7)


def line(*places):
    """Distances of points on a line."""
    return apartness(np.array(places, dtype=np.float64)[:, None])


# Neighbours


def test_trustworthiness_by_hand():
    # In a row, of which c and e have changed places. With k = 1, those seen nearest to
    # a ... e are b, a, d, e, b, in truth the 1st, 1st, 2nd, 2nd, 3rd: 0 + 0 + 1 + 1 + 2
    # too far, of at most 5 * 1 * (10 - 3 - 1) / 2.
    true = line(0, 1, 2.1, 3.3, 4.6)
    seen = line(0, 1, 4.6, 3.3, 2.1)
    assert trustworthiness(true, seen, 1) == pytest.approx(1 - 4 / 15)
    # Continuity: truly nearest are b, a, b, c, d, seen 1st, 1st, 3rd, 2nd, 2nd.
    assert trustworthiness(seen, true, 1) == pytest.approx(1 - 4 / 15)


@given(seeds, st.integers(1, 9))
def test_it_is_what_scikit_learn_computes(seed, neighbours):
    draw = np.random.default_rng(seed)
    features, points = draw.normal(size=(20, 5)), draw.normal(size=(20, 2))
    expected = reference(features, points, n_neighbors=neighbours)
    found = trustworthiness(apartness(features), apartness(points), neighbours)
    assert found == pytest.approx(expected)


@given(seeds, st.integers(2, 30))
def test_a_map_like_the_features_loses_nothing(seed, tasks):
    # Of whole numbers, many at the same distance: ties are no loss.
    features = np.random.default_rng(seed).integers(0, 4, size=(tasks, 3)) / 1
    known = apartness(features)
    for neighbours in range(1, (tasks + 1) // 2):
        assert trustworthiness(known, apartness(3 * features + 1), neighbours) == 1


@given(seeds)
def test_it_lies_between_0_and_1_and_no_order_of_tasks_matters(seed):
    draw = np.random.default_rng(seed)
    true, seen = (apartness(draw.normal(size=(15, 2))) for _ in range(2))
    found = trustworthiness(true, seen, 4)
    assert 0 <= found <= 1
    order = draw.permutation(15)
    shuffled = (one[order][:, order] for one in (true, seen))
    assert trustworthiness(*shuffled, 4) == pytest.approx(found)


def test_the_worst_map_has_none():
    # Whoever is farthest in truth is seen as the only neighbour.
    true = line(0, 1, 2, 3)
    assert trustworthiness(true, -true, 1) == 0


@pytest.mark.parametrize("neighbours", [0, 3, 9])
def test_neighbours_are_fewer_than_half(neighbours):
    with pytest.raises(ValueError, match="less than half"):
        trustworthiness(line(*range(6)), line(*range(6)), neighbours)


def test_as_many_neighbours_as_the_tasks_allow():
    assert [neighbours_of(tasks) for tasks in (3, 5, 6, 21, 900)] == [1, 2, 2, 10, 10]


# Distances


def test_distances_by_hand(boxes):
    assert apartness(np.array([[0, 0], [3, 4.0]]))[0, 1] == 5
    far = unlikeness(np.array([[1, 0], [0, 1], [-1, 0]], dtype=np.float32))
    np.testing.assert_allclose(far, [[0, 1, 2], [1, 0, 1], [2, 1, 0]])


@given(seeds, st.integers(2, 4))
def test_boxes_are_as_far_apart_as_the_nearest_tasks_have_it(seed, dim):
    draw = np.random.default_rng(seed)
    lower = draw.normal(size=(6, dim))
    boxes = Boxes(lower, lower + draw.uniform(0.1, 2, (6, dim)), tuple("abcdef"))
    expected = [distance_of(boxes, row) for row in range(6)]
    np.testing.assert_allclose(box_apartness(boxes), expected)


# Containment


def test_containments_are_all_pairs_with_their_direction(collection):
    known = containments_of(collection.relations, ALL, 7)
    signs = dict(
        zip(zip(known.first, known.second, strict=True), known.sign, strict=True)
    )
    assert len(signs) == 21
    # Six tasks lie in animal; eagle and parrot in bird; goldfish in fish; parrot and
    # goldfish in pet.
    assert known.count == 6 + 2 + 1 + 2
    assert signs[ANIMAL, BIRD] == signs[BIRD, EAGLE] == signs[PET, PARROT] == -1
    assert signs[BIRD, PET] == signs[EAGLE, PARROT] == signs[FISH, PARROT] == 0
    some = containments_of(collection.relations, np.array([BIRD, PET, PARROT]), 7)
    assert (some.first.tolist(), some.second.tolist()) == ([0, 0, 1], [1, 2, 2])
    assert some.sign.tolist() == [0, -1, -1]


def test_equal_tasks_do_not_contain_each_other_and_the_unknown_is_left_out():
    child, parent = np.array([0, 1, 1, 2, 2]), np.array([1, 0, 2, 1, 0])
    strength = np.array([1, 1, 1, 0.5, 0.5])
    complete = containments_of(Relations(child, parent, strength), np.arange(3), 3)
    assert complete.sign.tolist() == [0, 0, 1]
    measured = Relations(child, parent, strength, complete=False)
    known = containments_of(measured, np.arange(3), 3)
    # Of 0 and 2 only one direction was measured.
    assert list(zip(known.first, known.second, known.sign, strict=True)) == [
        (0, 1, 0),
        (1, 2, 1),
    ]


def test_the_best_threshold_by_hand():
    # From the top: right, wrong, right, and one that should be claimed never scores.
    score, right = np.array([0.9, 0.8, 0.7, 0.1]), np.array([1.0, 0, 1, 0])
    # F1 with 1, 2, 3, 4 claims of 3 positives: 2/4, 2/5, 4/6, 4/7
    assert best_f1(score, right, 3) == pytest.approx(4 / 6)
    # Equal scores are claimed together: 4/6 needs all three.
    assert best_f1(np.array([0.9, 0.9, 0.1, 0.1]), right, 3) == pytest.approx(4 / 7)
    assert best_f1(np.zeros(0), np.zeros(0), 3) == 0


@given(seeds)
def test_the_best_threshold_is_the_best_of_all(seed):
    draw = np.random.default_rng(seed)
    score, right = draw.integers(0, 5, 12) / 4, draw.integers(0, 2, 12).astype(float)
    positives = int(right.sum()) + int(draw.integers(1, 4))
    tried = [
        2 * right[score >= t].sum() / ((score >= t).sum() + positives)
        for t in np.unique(score)
    ]
    assert best_f1(score, right, positives) == pytest.approx(max(tried))


def test_boxes_tell_containments_that_distances_do_not(collection, boxes):
    known = containments_of(collection.relations, ALL, 7)
    assert recovered_by_boxes(boxes, known) == (1, 1)
    either, directed = recovered_by_distance(
        apartness((boxes.lower + boxes.upper) / 2), known
    )
    # Middles: 2, 1, 3, 2, 0.5, 1.5, 2.5. At 0.5 all pairs claimed are 0.5 or less
    # apart: six of the eleven in 9 claims.
    assert directed == either / 2
    assert either < 1


def test_distances_of_a_chain_by_hand():
    # Of a in b in c, at 0, 1 and 3: c and a are farthest, all three are true.
    relations = Relations(np.array([0, 0, 1]), np.array([1, 2, 2]), np.ones(3))
    known = containments_of(relations, np.arange(3), 3)
    assert recovered_by_distance(line(0, 1, 3), known) == (1, 0.5)


def test_boxes_turned_inside_out_have_the_pairs_and_not_the_direction(boxes):
    relations = Relations(np.array([ANIMAL]), np.array([EAGLE]), np.ones(1))
    known = containments_of(relations, np.array([ANIMAL, EAGLE]), 7)
    assert recovered_by_boxes(subset(boxes, np.array([ANIMAL, EAGLE])), known) == (1, 0)


# Sample


def test_a_sample_is_the_same_every_time_and_of_known_size():
    rows = np.arange(10, 5000)
    found = sampled(rows, 0)
    assert len(found) == len(set(found)) == SAMPLE
    assert (np.diff(found) > 0).all()
    assert set(found) <= set(rows)
    np.testing.assert_array_equal(found, sampled(rows, 0))
    assert sampled(np.array([3, 1, 2]), 0).tolist() == [1, 2, 3]
