from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.features import pooled, task_features
from core.relations import membership_of

tasks = st.lists(
    st.sets(st.integers(0, 4), min_size=1).map(sorted), min_size=1, max_size=6
)


def test_features_of_the_animals_are_mean_and_variance(collection):
    rows = task_features(collection)
    names = list(collection.tasks.index)
    # Members of animal: (0 1 0), (1 1 0), (2 0 1), (3 0 1).
    expected = [1.5, 0.5, 0.5, 1.25, 0.25, 0.25]
    np.testing.assert_allclose(rows[names.index("animal")], expected)
    np.testing.assert_allclose(rows[names.index("parrot")], [1, 1, 0, 0, 0, 0])


@given(tasks, st.integers(0, 2**32 - 1))
def test_pooling_agrees_with_numpy_task_by_task(members, seed):
    features = np.random.default_rng(seed).normal(1000, 1, (5, 3))
    mean, variance = pooled(features, membership_of(members))
    for row, rows in enumerate(members):
        np.testing.assert_allclose(mean[row], features[rows].mean(axis=0), rtol=1e-6)
        expected = features[rows].var(axis=0)
        np.testing.assert_allclose(variance[row], expected, rtol=1e-5, atol=1e-12)


def test_half_precision_features_are_pooled_without_overflow():
    features = np.full((100, 1), 60_000, dtype=np.float16)
    mean, variance = pooled(features, membership_of([list(range(100))]))
    assert (mean.item(), variance.item()) == (np.float16(60_000), 0)


def test_without_members_a_task_keeps_its_own_row(collection):
    features = np.arange(21, dtype=np.float16).reshape(7, 3)
    alone = replace(collection, features=features, membership=None)
    np.testing.assert_array_equal(task_features(alone), features)
