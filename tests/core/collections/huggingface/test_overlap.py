import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.collections.huggingface.overlap import (
    FLOOR,
    LEAST,
    PRIOR,
    Gaussians,
    common_labels,
    divergences,
    gaussians_of,
    plain,
    soft_relations,
    temperature,
)


def strengths(relations, tasks):
    dense = np.zeros((tasks, tasks))
    dense[relations.child, relations.parent] = relations.strength
    return dense


def divergence(mean, variance, other_mean, other_variance):
    """KL of two diagonal Gaussians, term by term."""
    return 0.5 * sum(
        np.log(w / v) + (v + (m - n) ** 2) / w - 1
        for m, v, n, w in zip(mean, variance, other_mean, other_variance, strict=True)
    )


numbers = arrays(np.float64, (4, 3), elements=st.floats(-2, 2))
spreads = arrays(np.float64, (4, 3), elements=st.floats(0.1, 3))


@given(numbers, spreads)
def test_divergences_are_those_of_the_definition(mean, variance):
    found = divergences(Gaussians(mean, variance))
    for i in range(4):
        for j in range(4):
            wanted = divergence(mean[i], variance[i], mean[j], variance[j])
            assert found[i, j] == pytest.approx(wanted, abs=1e-9)


def test_a_narrow_one_lies_in_a_wide_one_and_not_the_other_way_round():
    found = divergences(Gaussians(np.zeros((2, 2)), np.array([[0.1, 0.1], [1.0, 1.0]])))
    narrow_in_wide, wide_in_narrow = found[0, 1], found[1, 0]
    assert narrow_in_wide < wide_in_narrow / 4


def test_means_and_variances_of_tasks():
    vectors = np.array([[0, 0], [2, 0], [10, 1], [10, 3], [5, 5]], dtype=np.float32)
    task = np.array([0, 0, 1, 1, 2])
    found = gaussians_of(vectors, task)
    centred = vectors - vectors.mean(axis=0)
    # Principal channels are the old ones turned: lengths and distances stay.
    gaps = np.linalg.norm(found.mean[:, None] - found.mean[None], axis=-1)
    means = np.array([centred[:2].mean(0), centred[2:4].mean(0), centred[4]])
    wanted = np.linalg.norm(means[:, None] - means[None], axis=-1)
    np.testing.assert_allclose(gaps, wanted, atol=1e-6)
    # Sums of squares within tasks: 2 and 2, with two degrees of freedom in all.
    common = 4 / 2
    np.testing.assert_allclose(
        found.variance.sum(axis=1),
        [
            (2 + PRIOR * common) / (2 + PRIOR),
            (2 + PRIOR * common) / (2 + PRIOR),
            PRIOR * common / (1 + PRIOR),
        ],
        rtol=1e-6,
    )


def test_one_vector_each_has_the_variance_of_all():
    vectors = np.array([[0.0, 0], [1, 0], [2, 0]])
    found = gaussians_of(vectors, np.array([0, 1, 2]))
    wanted = PRIOR * vectors.var(axis=0).max() / (1 + PRIOR)
    assert found.variance.max() == pytest.approx(wanted)
    assert found.variance.min() == FLOOR


def test_the_median_neighbour_has_a_strength_of_a_half():
    gaps = np.array([0.0, 1, 3, 6, 60])
    gaussians = Gaussians(gaps[:, None], np.ones((5, 1)))
    tau = temperature(divergences(gaussians))
    nearest = [0.5, 0.5, 2, 4.5, 54**2 / 2]  # KL is half the square of the gap
    assert np.exp(-np.median(nearest) / tau) == pytest.approx(0.5)


def test_copies_do_not_set_the_scale():
    gaussians = Gaussians(np.array([[0.0], [0.0], [1.0]]), np.ones((3, 1)))
    assert temperature(divergences(gaussians)) == pytest.approx(0.5 / np.log(2))
    same = Gaussians(np.zeros((2, 1)), np.ones((2, 1)))
    assert temperature(divergences(same)) == 1


def test_label_names_decide_where_both_are_known():
    labels = [["Cat", "dog"], ["cats", "Dogs", "horse", "cow"], [], ["ship"]]
    far = Gaussians(np.array([[0.0], [50.0], [0.1], [50.1]]), np.ones((4, 1)))
    relations, figures = soft_relations(labels, far)
    found = strengths(relations, 4)
    assert found[0, 1] == 1
    assert found[1, 0] == 0.5
    assert found[0, 3] == found[3, 0] == found[1, 3] == 0
    assert 0.4 < found[0, 2] < 1  # of one of them the names are unknown
    assert figures["by labels"] == 2
    assert figures["by Gaussians"] == len(relations.child) - 2
    assert relations.strength.min() >= LEAST
    assert relations.complete


def test_shares_are_of_distinct_labels():
    shared, known = common_labels([["a", "A ", "b"], ["a"], []])
    assert shared[0, 1] == 0.5
    assert shared[1, 0] == 1
    assert known.tolist() == [[True, True, False], [True, True, False], [False] * 3]


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("T-shirts/tops", "t shirt top"),
        ("SeaLake", "sea lake"),
        ("sea_lake", "sea lake"),
        ("Bèta Carotène", "beta carotene"),
        ("class 7", "class 7"),
        ("bus", "bus"),
        ("glass", "glass"),
        ("猫", "猫"),
        ("+", "+"),
        ("", ""),
    ],
)
def test_labels_are_compared_plainly(label, wanted):
    assert plain(label) == wanted
