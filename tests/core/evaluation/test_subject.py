from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.evaluation.subject import members_of, subject_of, tasks_asked
from core.features import described
from core.relations import membership_of


def rows_of(membership):
    return [
        part.tolist() for part in np.split(membership.member, membership.start[1:-1])
    ]


@given(
    st.lists(
        st.sets(st.integers(0, 4), min_size=1).map(sorted), min_size=1, max_size=6
    ),
    st.data(),
)
def test_members_of_some_tasks(members, data):
    rows = data.draw(st.lists(st.integers(0, len(members) - 1), min_size=1))
    found = members_of(membership_of(members), np.array(rows))
    assert rows_of(found) == [members[row] for row in rows]


@pytest.mark.parametrize("protocol", ["existing", "novel"])
@pytest.mark.parametrize("kind", ["mean", "mean+variance", "quantiles"])
def test_all_members_describe_a_task_known_or_novel(forest, protocol, kind):
    subject = subject_of(forest, protocol, kind)
    assert subject.known is subject.novel
    expected = described(forest.features, forest.membership, kind)
    np.testing.assert_array_equal(subject.known.vector, expected)
    assert rows_of(subject.known.membership) == rows_of(forest.membership)


def test_fresh_shares_no_member(forest):
    subject = subject_of(forest, "fresh", "mean")
    halves = subject.known.membership, subject.novel.membership
    known, novel = ({*one.member.tolist()} for one in halves)
    assert known == {*np.flatnonzero(forest.train).tolist()}
    assert novel == {*range(48)} - known
    for row, whole in enumerate(rows_of(forest.membership)):
        assert sorted(rows_of(halves[0])[row] + rows_of(halves[1])[row]) == whole


def test_fresh_describes_tasks_by_one_half_and_the_other(forest):
    subject = subject_of(forest, "fresh", "mean+variance")
    for side, part in ((subject.known, forest.train), (subject.novel, ~forest.train)):
        rows = forest.features[:16][part[:16]]  # family 0
        np.testing.assert_allclose(side.mean[1], rows.mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(side.variance[1], rows.var(axis=0), rtol=1e-5)
        np.testing.assert_array_equal(
            side.vector, np.hstack([side.mean, side.variance])
        )


def test_what_is_true_under_fresh_is_true_of_the_whole(forest):
    whole, fresh = (subject_of(forest, one, "mean") for one in ("existing", "fresh"))
    np.testing.assert_array_equal(whole.truth.keys, fresh.truth.keys)
    np.testing.assert_array_equal(whole.truth.strength, fresh.truth.strength)


def test_fresh_leaves_out_tasks_that_have_members_on_one_side_only(forest):
    train = forest.train.copy()
    train[:4] = True  # species 0, row 10
    train[20:24] = False  # species 5, row 15
    subject = subject_of(replace(forest, train=train), "fresh", "mean")
    assert {*range(22)} - {*subject.rows.tolist()} == {10, 15}
    assert subject.tasks == 20
    # Rows have new numbers: species 1 is the tenth, and lies in genus 0 as before.
    assert subject.collection.tasks.index[subject.rows[10]] == "species 1"
    assert subject.parent[10] == 4
    child, parent = np.divmod(subject.truth.keys, 20)
    assert {*parent[child == 10].tolist()} == {0, 1, 4}


def test_canonical_parents_are_those_of_the_table(forest):
    parent = subject_of(forest, "existing", "mean").parent
    assert parent[:5].tolist() == [22, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"train": None},
            "'forest' has no official split of members into training and others, which "
            "fresh needs; use --protocol existing or novel.",
        ),
        (
            {"train": np.ones(48, dtype=bool)},
            "Only 0 of 22 tasks of 'forest' have members on both sides of its split; "
            "use --protocol existing or novel.",
        ),
    ],
)
def test_without_a_usable_split_fresh_is_refused(forest, change, message):
    with pytest.raises(DataError) as caught:
        tasks_asked(replace(forest, **change), "fresh")
    assert str(caught.value) == message


def test_single_vectors_have_a_mean_only(measured):
    subject = subject_of(measured, "existing", "mean")
    np.testing.assert_array_equal(subject.known.vector, measured.features)
    assert subject.known.variance is None
    with pytest.raises(DataError) as caught:
        subject_of(measured, "existing", "quantiles")
    assert str(caught.value) == (
        "Tasks of 'measured' are single vectors, without members to take quantiles of; "
        "use --features mean."
    )
