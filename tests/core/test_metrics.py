import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr
from sklearn.metrics import f1_score

from core.boxes import Boxes
from core.metrics import (
    THRESHOLDS,
    best_threshold,
    claimed,
    f1,
    picture,
    rank_correlation,
)
from core.relations import Relations, membership_of, relations_of

claims = arrays(bool, 12)
shares = arrays(np.float64, 12, elements=st.floats(0, 1))


def no_relations():
    nothing = np.zeros(0, dtype=np.int32)
    return Relations(nothing, nothing, np.zeros(0, dtype=np.float32))


@given(claims, claims)
def test_f1_is_that_of_scikit_learn(claim, truth):
    assert f1(claim, truth) == pytest.approx(f1_score(truth, claim, zero_division=0))


def test_f1_of_hand_computed_claims():
    # One of two claims is right, one of two truths is found.
    claim, truth = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert f1(claim, truth) == 0.5


def test_a_claim_needs_more_than_the_threshold_and_more_than_the_reverse():
    share, reverse = np.array([0.6, 0.5, 0.9, 0.9]), np.array([0.1, 0.1, 0.9, 0.95])
    np.testing.assert_array_equal(
        claimed(share, reverse, 0.5), [True, False, False, False]
    )


def test_the_best_threshold_of_hand_computed_shares():
    # Above 0.3 and up to 0.5 exactly the true pair is claimed; the strictest is 0.5.
    share, truth = np.array([0.3, 0.55]), np.array([False, True])
    assert best_threshold(share, np.zeros(2), truth) == 0.5


@given(shares, shares, claims)
def test_no_threshold_is_better_than_the_best(share, reverse, truth):
    best = f1(claimed(share, reverse, best_threshold(share, reverse, truth)), truth)
    assert all(f1(claimed(share, reverse, t), truth) <= best for t in THRESHOLDS)


@given(arrays(np.float64, 12, elements=st.sampled_from([0.0, 0.1, 0.5, 1.0])))
def test_rank_correlation_is_that_of_scipy(predicted):
    true = np.random.default_rng(0).integers(4, size=12) / 4
    expected = spearmanr(predicted, true).statistic if np.ptp(predicted) else 0
    assert rank_correlation(predicted, true) == pytest.approx(expected)


def test_rank_correlation_of_hand_made_orders():
    true = np.array([0.1, 0.2, 0.7])
    assert rank_correlation(true**2, true) == pytest.approx(1)
    assert rank_correlation(-true, true) == pytest.approx(-1)
    assert rank_correlation(np.ones(3), true) == 0
    assert rank_correlation(true, np.ones(3)) == 0


def test_picture_of_hand_computed_boxes():
    # Two unit squares, half on each other, in a frame of 4 x 2: the sum of the
    # children is a quarter of it.
    boxes = Boxes(
        np.array([[0, 0], [0, 0], [0.5, 0]], dtype=float),
        np.array([[4, 2], [1, 1], [1.5, 1]], dtype=float),
        ("parent", "one", "other"),
    )
    found = picture(boxes, relations_of(membership_of([[0, 1], [0], [1]])))
    assert found.sibling_overlap == 0.5
    assert (found.aspect_median, found.aspect_high) == (2, 2)
    assert found.filled_median == found.frame_used == 0.25


def test_siblings_that_share_members_may_overlap():
    boxes = Boxes(np.zeros((3, 1)), np.ones((3, 1)), ("all", "one", "other"))
    found = picture(boxes, relations_of(membership_of([[0, 1, 2], [0, 1], [1, 2]])))
    assert found.sibling_overlap == 0


def test_a_picture_of_tasks_without_relations():
    boxes = Boxes(np.array([[0.0], [3]]), np.array([[1.0], [4]]), ("one", "other"))
    found = picture(boxes, no_relations())
    assert (found.sibling_overlap, found.frame_used) == (0, 0.5)
    assert "siblings overlap 0.000" in str(found)
