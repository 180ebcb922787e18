import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from core.errors import DataError
from core.relations import (
    Membership,
    Relations,
    laminar,
    membership_of,
    relations_of,
)

members = st.lists(
    st.sets(st.integers(0, 9), min_size=1).map(list), min_size=1, max_size=8
)


def listed(relations):
    columns = relations.child, relations.parent, relations.strength
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_relations_of_hand_computed_tasks():
    # a holds b wholly; c has one of two members in each of them.
    relations = relations_of(membership_of([[0, 1, 2, 3], [2, 3], [3, 4]]))
    assert listed(relations) == [
        (0, 1, 0.5),
        (0, 2, 0.25),
        (1, 0, 1),
        (1, 2, 0.5),
        (2, 0, 0.5),
        (2, 1, 0.5),
    ]


def test_tasks_with_the_same_members_lie_in_each_other():
    relations = relations_of(membership_of([[0, 1], [1, 0]]))
    assert listed(relations) == [(0, 1, 1), (1, 0, 1)]


@given(members)
def test_relations_are_the_shares_of_common_members(tasks):
    expected = [
        (i, j, float(np.float32(len({*child} & {*parent}) / len(child))))
        for i, child in enumerate(tasks)
        for j, parent in enumerate(tasks)
        if i != j and {*child} & {*parent}
    ]
    assert listed(relations_of(membership_of(tasks))) == expected


@given(members)
def test_membership_gives_back_the_members_of_every_task(tasks):
    membership = membership_of(tasks)
    parts = np.split(membership.member, membership.start[1:-1])
    assert [part.tolist() for part in parts] == [sorted(rows) for rows in tasks]
    assert membership.counts.tolist() == [len(rows) for rows in tasks]
    rows = [row for row, members in enumerate(tasks) for _ in members]
    assert membership.task.tolist() == rows


@pytest.mark.parametrize("bad", [0.0, -0.5, 1.5, np.nan, np.inf])
def test_a_strength_outside_of_its_range_is_refused(bad):
    strength = np.array([1, bad, bad])
    with pytest.raises(DataError, match=rf"Strength {bad} of relation 1 .* 1 more"):
        Relations(np.array([0, 1, 2]), np.array([1, 2, 0]), strength)


def test_a_task_does_not_lie_in_itself():
    with pytest.raises(DataError, match="Relation 1 says that task 2 lies in itself"):
        Relations(np.array([0, 2]), np.array([1, 2]), np.array([1.0, 1.0]))


def test_every_pair_has_one_strength():
    with pytest.raises(TypeCheckError, match="'strength'"):
        Relations(np.array([0, 1]), np.array([1, 0]), np.array([1.0]))


def test_a_task_without_members_is_refused():
    with pytest.raises(DataError, match="1 of 3 tasks have no member, first: task 1"):
        membership_of([[0], [], [1]])


@pytest.mark.parametrize("member", [[0, 0, 1], [1, 0, 1]])
def test_members_are_listed_once_and_in_order(member):
    with pytest.raises(DataError, match="Task 0 lists member 0 twice or out of order"):
        Membership(np.array(member), np.array([0, 2, 3]))


def test_a_member_may_be_in_several_tasks():
    assert Membership(np.array([0, 1, 0]), np.array([0, 2, 3])).counts.tolist() == [
        2,
        1,
    ]


def test_a_negative_member_is_refused():
    with pytest.raises(DataError, match="Member -1 is not a row of the features"):
        membership_of([[0, -1]])


@pytest.mark.parametrize("start", [[], [1, 2], [0, 1], [0, 3]])
def test_the_bounds_of_tasks_cover_all_entries(start):
    with pytest.raises(ValueError, match="from 0 to the number of entries"):
        Membership(np.array([0, 1]), np.array(start, dtype=np.int64))


@given(members)
def test_laminar_are_sets_of_which_any_two_are_nested_or_apart(sets):
    found = laminar(membership_of(sets))
    rows = [set(one) for one in sets]
    assert found == all(
        not a & b or a <= b or b <= a for k, a in enumerate(rows) for b in rows[:k]
    )
