import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.truth import listed, share, strict_pairs, strictly_inside, truth_of
from core.relations import Relations, membership_of, relations_of

tasks = st.lists(
    st.sets(st.integers(0, 4), min_size=1).map(sorted), min_size=1, max_size=6
)
keys = st.sets(st.integers(0, 20)).map(lambda some: np.array(sorted(some), dtype=int))


@given(tasks)
def test_shares_are_those_of_sets(members):
    truth = truth_of(relations_of(membership_of(members)), len(members))
    for child, one in enumerate(map(set, members)):
        for parent, other in enumerate(map(set, members)):
            if child != parent:
                pair = np.array([child]), np.array([parent])
                expected = len(one & other) / len(one)
                np.testing.assert_allclose(share(truth, *pair), expected, rtol=1e-6)
                assert strictly_inside(truth, *pair).item() == (one < other)


@given(tasks)
def test_strict_pairs_are_all_that_lie_strictly_inside(members):
    truth = truth_of(relations_of(membership_of(members)), len(members))
    rows = range(len(members))
    expected = {(a, b) for a in rows for b in rows if {*members[a]} < {*members[b]}}
    child, parent = strict_pairs(truth)
    assert [*zip(child.tolist(), parent.tolist(), strict=True)] == sorted(expected)


def test_strict_containment_is_not_mere_equality():
    same = Relations(np.array([0, 1, 0]), np.array([1, 0, 2]), np.ones(3))
    inside = strictly_inside(
        truth_of(same, 3), np.array([0, 1, 0]), np.array([1, 0, 2])
    )
    np.testing.assert_array_equal(inside, [False, False, True])


def test_nothing_is_known_of_tasks_without_relations():
    nothing = np.zeros(0, dtype=np.int32)
    truth = truth_of(Relations(nothing, nothing, np.zeros(0), complete=False), 2)
    assert truth.measured
    assert share(truth, np.array([0]), np.array([1])).tolist() == [0]


@given(keys, keys)
def test_listed_keys_are_those_that_are_in_both(some, known):
    np.testing.assert_array_equal(listed(some, known), np.isin(some, known))
