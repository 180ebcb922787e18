import numpy as np
import pytest

from core.reduction import main_axes, small_enough


@pytest.fixture
def rows():
    """Noise in 60 channels, nearly all of it along 5 directions."""
    draw = np.random.default_rng(0)
    few = draw.normal(size=(200, 5)) @ draw.normal(size=(5, 60))
    return (few + 0.01 * draw.normal(size=(200, 60)) + 3).astype(np.float16)


@pytest.fixture
def train():
    return np.arange(200) % 2 == 0


def test_what_is_small_stays_as_it_is(rows, train):
    features, said = small_enough(rows, train, most=100_000)
    assert features is rows
    assert said == ""


def test_what_is_large_is_reduced_and_says_what_is_lost(rows, train):
    features, said = small_enough(rows, train, most=4_000)
    assert features.shape == (200, 10)
    assert features.nbytes <= 4_000
    assert features.dtype == np.float16
    assert said == (
        ", reduced to 10 of 60 channels by PCA fitted on training images, which loses "
        "0.00% of the variance of the others"
    )
    first, second = rows[:100].astype(float), features[:100].astype(float)
    for before, after in zip(first, second, strict=True):
        np.testing.assert_allclose(
            np.linalg.norm(first - before, axis=1),
            np.linalg.norm(second - after, axis=1),
            atol=0.2,
        )


def test_the_loss_is_the_share_of_variance_of_what_was_not_seen(rows, train):
    features, said = small_enough(rows, train, most=800)
    assert features.shape == (200, 2)
    seen = rows[~train].astype(float) - rows[train].astype(float).mean(axis=0)
    lost = 1 - (features[~train].astype(float) ** 2).sum() / (seen**2).sum()
    assert f"loses {lost:.0%}"[:7] in said
    assert 0.1 < lost < 0.9


def test_the_axes_are_those_of_the_training_rows_alone(rows, train):
    other = rows.copy()
    other[~train] += 100
    first, _ = small_enough(rows, train, most=800)
    second, _ = small_enough(other, train, most=800)
    np.testing.assert_array_equal(first[train], second[train])


def test_without_others_the_loss_is_of_the_training_rows(rows):
    _, said = small_enough(rows, np.ones(200, dtype=bool), most=800)
    assert said.endswith("of the variance of them")


@pytest.mark.parametrize("shape", [(50, 6), (6, 50)])
def test_main_axes_are_those_of_a_singular_value_decomposition(shape):
    rows = np.random.default_rng(1).normal(size=shape) * np.arange(1, shape[1] + 1)
    centre, axes = main_axes(rows, 4)
    np.testing.assert_allclose(centre, rows.mean(axis=0))
    _, _, expected = np.linalg.svd(rows - centre, full_matrices=False)
    np.testing.assert_allclose(np.abs(axes.T @ expected[:4].T), np.eye(4), atol=1e-6)
    assert (axes.max(axis=0) >= -axes.min(axis=0)).all()
