from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.subtrees import subtree_scores
from core.hierarchy import descendants, hierarchy_of

# 0 over 1 and 2; 1 over 3 and 4; 2 over 4 and 5.
HIERARCHY = hierarchy_of([*"abcdef"], [[], ["a"], ["a"], ["b"], ["b", "c"], ["c"]])
pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8)


def test_scores_of_hand_made_pairs():
    # Below 1: (3, 1) is right, (4, 1) missed. Below 2: (5, 2) is right, (4, 5) wrong.
    found = subtree_scores(HIERARCHY, [(3, 1), (5, 2)], [(4, 5)], [(4, 1)])
    assert found == {0: (2 * 2 / 6, 3), 1: (2 / 3, 2), 2: (2 / 3, 1)}


def test_a_task_without_positives_is_left_out():
    assert subtree_scores(HIERARCHY, [], [(4, 5)], []) == {}


@given(pairs, pairs, pairs)
def test_scores_are_those_of_pairs_that_lie_in_a_task_and_below(right, wrong, missed):
    expected = {}
    for row in range(6):
        inside = {row, *descendants(HIERARCHY, row)}
        a, b, c = (
            sum({*pair} <= inside for pair in some) for some in (right, wrong, missed)
        )
        if a + c:
            expected[row] = (2 * a / (2 * a + b + c), a + c)
    assert subtree_scores(HIERARCHY, right, wrong, missed) == expected
