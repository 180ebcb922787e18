import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import features
from core.features import described, pooled, quantiles
from core.relations import membership_of

tasks = st.lists(
    st.sets(st.integers(0, 4), min_size=1).map(sorted), min_size=1, max_size=6
)


def test_the_animals_are_described_by_mean_and_variance(collection):
    rows = described(collection.features, collection.membership, "mean+variance")
    names = list(collection.tasks.index)
    # Members of animal: (0 1 0), (1 1 0), (2 0 1), (3 0 1).
    expected = [1.5, 0.5, 0.5, 1.25, 0.25, 0.25]
    np.testing.assert_allclose(rows[names.index("animal")], expected)
    np.testing.assert_allclose(rows[names.index("parrot")], [1, 1, 0, 0, 0, 0])


def test_a_description_is_its_parts_side_by_side(collection):
    given = collection.features, collection.membership
    mean, variance = pooled(*given)
    np.testing.assert_array_equal(described(*given, "mean"), mean)
    np.testing.assert_array_equal(
        described(*given, "mean+variance"), np.hstack([mean, variance])
    )
    np.testing.assert_array_equal(described(*given, "quantiles"), quantiles(*given))


def test_quantiles_of_eleven_numbers_and_of_one():
    numbers = np.arange(11, dtype=np.float16)[:, None] ** [[1, 2]]
    found = quantiles(numbers.astype(np.float16), membership_of([[*range(11)], [3]]))
    np.testing.assert_array_equal(found[0], [1, 1, 5, 25, 9, 81])
    np.testing.assert_array_equal(found[1], [3, 9, 3, 9, 3, 9])


@given(tasks, st.integers(0, 2**32 - 1))
def test_quantiles_agree_with_numpy_task_by_task(members, seed):
    rows = np.random.default_rng(seed).normal(1000, 1, (5, 3))
    found = quantiles(rows, membership_of(members)).reshape(-1, 3, 3)
    for row, part in enumerate(members):
        for at, share in enumerate((0.1, 0.5, 0.9)):
            expected = np.quantile(rows[part], share, axis=0)
            np.testing.assert_allclose(found[row, at], expected, rtol=1e-6)


@pytest.mark.parametrize("block", [1, 2, 64])
@given(members=tasks, seed=st.integers(0, 2**32 - 1))
def test_pooling_agrees_with_numpy_task_by_task(block, members, seed):
    rows = np.random.default_rng(seed).normal(1000, 1, (5, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "BLOCK", block)
        mean, variance = pooled(rows, membership_of(members))
    for row, part in enumerate(members):
        np.testing.assert_allclose(mean[row], rows[part].mean(axis=0), rtol=1e-6)
        expected = rows[part].var(axis=0)
        np.testing.assert_allclose(variance[row], expected, rtol=1e-5, atol=1e-12)


def test_half_precision_features_are_pooled_without_overflow():
    rows = np.full((100, 1), 60_000, dtype=np.float16)
    mean, variance = pooled(rows, membership_of([list(range(100))]))
    assert (mean.item(), variance.item()) == (np.float16(60_000), 0)
    assert quantiles(rows, membership_of([[0, 99]])).tolist() == [[60_000] * 3]
