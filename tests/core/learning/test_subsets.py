import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.learning.subsets import some_of_each
from core.relations import membership_of


@given(
    st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=6),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_every_task_is_the_mean_of_some_of_its_members(sets, share, seed):
    membership = membership_of([sorted(one) for one in sets])
    drawn = some_of_each(membership, np.random.default_rng(seed), (share, 1.0))
    weights = drawn.toarray()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    for row, members in zip(weights, sets, strict=True):
        used = set(np.flatnonzero(row).tolist())
        assert used and used <= members
        np.testing.assert_allclose(row[list(used)], 1 / len(used), rtol=1e-6)


def test_a_task_is_seen_through_the_share_asked_for():
    membership = membership_of([list(range(1000))])
    drawn = some_of_each(membership, np.random.default_rng(0), (0.3, 0.3))
    assert 250 < len(np.flatnonzero(drawn.toarray())) < 350
    whole = some_of_each(membership, np.random.default_rng(0), (1.0, 1.0))
    np.testing.assert_allclose(whole.toarray(), 1 / 1000)
