import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.discovery.agreement import (
    agreement_of,
    interval,
    kappa_of,
    largest_similarity,
    pairwise,
    sides_apart,
    similarity,
)
from core.discovery.labellings import by_chance, check_labelling, human
from core.errors import DataError

LABELS = np.array([0, 1, 1, 0])


def scored(predictions, accuracy=1.0):
    predictions = np.array(predictions)
    networks = len(predictions)
    return agreement_of(predictions, LABELS, LABELS, np.full(networks, accuracy))


def test_networks_that_are_the_same_agree_on_everything():
    found = scored([[0, 1, 1, 0]] * 3)
    assert (found.score, found.low, found.high, found.kappa) == (1, 1, 1, 1)
    assert (found.accuracy, found.networks, found.images) == (1, 3, 4)
    assert found.rates == (0.5, 0.5)


def test_networks_that_say_one_thing_agree_and_show_no_skill():
    found = scored([[1, 1, 1, 1]] * 3)
    assert (found.score, found.kappa) == (1, None)


def test_three_networks_by_hand():
    # Pairs agree on 3, 2 and 3 of 4 images.
    predictions = np.array([[0, 1, 1, 0], [0, 1, 1, 1], [0, 1, 0, 1]])
    assert pairwise(predictions).mean(axis=1) == pytest.approx([0.75, 0.5, 0.75])
    assert scored(predictions).score == pytest.approx(2 / 3)
    # Chance: rates of 1 are 1/2, 3/4, 1/2.
    assert kappa_of(predictions) == pytest.approx(np.mean([0.5, 0, 0.5]))


def test_independent_coins_agree_on_half_and_have_no_kappa():
    coins = np.random.default_rng(0).integers(2, size=(3, 20_000))
    assert pairwise(coins).mean() == pytest.approx(0.5, abs=0.01)
    assert kappa_of(coins) == pytest.approx(0, abs=0.02)


@given(st.floats(0.5, 1), st.integers(0, 99))
def test_two_networks_that_are_mostly_right_agree(accuracy, seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=200)
    wrong = int(200 * (1 - accuracy))
    both = np.array([truth, truth])
    for one in both:
        rows = rng.permutation(200)[:wrong]
        one[rows] = 1 - one[rows]
    right = (both == truth).mean(axis=1).min()
    assert pairwise(both).mean() >= 2 * right - 1 - 1e-12


def test_an_interval_holds_the_score_and_narrows_with_images():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=4_000)
    flips = rng.random((3, 4_000)) < 0.1
    same = pairwise(truth ^ flips)
    few, many = interval(same[:, :200], 3), interval(same, 3)
    assert many[0] < same.mean() < many[1]
    assert many[1] - many[0] < few[1] - few[0]


def test_an_interval_of_networks_that_differ_is_wide_however_many_images_there_are():
    one, other = np.zeros((2, 5_000), dtype=int)
    odd = np.arange(5_000) % 2
    low, high = interval(pairwise(np.array([one, other, odd])), 3)
    assert low == pytest.approx(0.5, abs=0.03)  # one of the two was never drawn
    assert high > 0.65


def test_what_was_not_learned_is_said_so():
    assert scored([[0, 1, 1, 0]] * 3, 0.98).converged
    assert not scored([[0, 1, 1, 0]] * 3, 0.97).converged


def test_one_network_agrees_with_nobody():
    with pytest.raises(DataError, match="not of 1 on 4"):
        scored([[0, 1, 1, 0]])


@given(arrays(int, (3, 12), elements=st.integers(0, 1)))
def test_similarity_knows_no_flip(labellings):
    alike = similarity(labellings)
    flipped = labellings.copy()
    flipped[0] = 1 - flipped[0]
    assert alike == pytest.approx(similarity(flipped))
    assert np.diag(alike) == pytest.approx(1)
    assert ((alike >= 0.5) & (alike <= 1)).all()


def test_half_spaces_at_right_angles_are_unlike():
    points = np.random.default_rng(0).normal(size=(20_000, 6))
    square = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    labels = (points @ square.T > 0).astype(int).T
    assert largest_similarity(labels) == pytest.approx(0.5, abs=0.02)


def test_human_tasks_are_halves_and_all_of_them_differ(digit_images):
    found = human(digit_images, 200)
    assert len(found) == 126  # of ten classes
    assert len({one.tobytes() for _, one in found}) == 126
    assert {len(np.unique(digit_images.labels[one == 1])) for _, one in found} == {5}
    assert all(one[digit_images.labels == 0].all() for _, one in found)


def test_labels_by_chance_are_balanced_and_hang_on_the_seed():
    found = dict(by_chance(101, 3))
    assert {int(one.sum()) for one in found.values()} == {50}
    assert (found["random 1"] != found["random 2"]).any()
    assert (by_chance(101, 1)[0][1] == found["random 1"]).all()


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([0, 1, 0], "3 labels for 4 images"),
        ([0, 0, 0, 1], "constant on the 3 images"),
        ([0, -1, 0, 1], "below 0"),
    ],
)
def test_labellings_that_make_no_sense(labels, said):
    with pytest.raises(DataError, match=said):
        check_labelling("mine", np.array(labels), 4, [0, 1, 2])


def test_sides_are_as_far_apart_as_their_mean_images():
    pixels = np.array([[[0.0, 0]], [[0, 2]], [[3, 5]], [[3, 5]]])
    labellings = np.array([[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]])
    assert sides_apart(pixels, labellings).tolist() == pytest.approx([5, 5, 1])
