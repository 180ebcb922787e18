from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.collection import Collection
from core.errors import DataError
from core.relations import Relations, membership_of


def without_members(collection, rows):
    return replace(
        collection, features=np.zeros((rows, 3), dtype=np.float32), membership=None
    )


def with_relations(collection, *pairs):
    child, parent = np.array(pairs).T
    return replace(collection, relations=Relations(child, parent, np.ones(len(pairs))))


@pytest.mark.parametrize("name", ["", "..", "../animals", "a/b", ".hidden", "a b\n"])
def test_a_name_that_cannot_be_a_folder_is_refused(collection, name):
    with pytest.raises(DataError, match="cannot name a collection; use letters"):
        replace(collection, name=name)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features_that_are_not_finite_are_refused_by_row(collection, bad):
    features = collection.features.copy()
    features[2, 1] = bad
    message = r"'animals' are not finite in 1 of 4 rows, first: row 2; replace"
    with pytest.raises(DataError, match=message):
        replace(collection, features=features)


def test_a_task_listed_twice_is_refused_by_name(collection):
    tasks = pd.concat([collection.tasks, collection.tasks.loc[["bird"]]])
    with pytest.raises(DataError, match=r"'animals' lists task 'bird' twice; keep one"):
        replace(collection, tasks=tasks)


@pytest.mark.parametrize("column", ["label", "parents", "depth", "members"])
def test_a_missing_column_is_named(collection, column):
    with pytest.raises(DataError, match=f"'animals' lacks the column '{column}'; add"):
        replace(collection, tasks=collection.tasks.drop(columns=column))


def test_a_collection_without_tasks_is_refused(collection):
    with pytest.raises(DataError, match="'animals' has no task; add at least one"):
        replace(collection, tasks=collection.tasks[:0])


@pytest.mark.parametrize("names", [range(7), ["", *"bcdefg"]])
def test_names_of_tasks_are_texts(collection, names):
    with pytest.raises(DataError, match="a name must be a text"):
        replace(collection, tasks=collection.tasks.set_axis(list(names)))


@pytest.mark.parametrize("parents", [None, "animal", float("nan")])
def test_parents_are_lists(collection, parents):
    tasks = collection.tasks.copy()
    tasks["parents"] = [[], parents, *tasks["parents"][2:]]
    with pytest.raises(DataError, match=r"gives task 'bird' the parents .* write a li"):
        replace(collection, tasks=tasks)


def test_a_cycle_of_parents_is_refused(collection):
    tasks = collection.tasks.copy()
    tasks["parents"] = [["bird"], *tasks["parents"][1:]]
    with pytest.raises(DataError, match="'animal' in 'bird' in 'animal'"):
        replace(collection, tasks=tasks)


@pytest.mark.parametrize("pair", [(0, 7), (7, 0), (-1, 0)])
def test_a_relation_of_an_unknown_task_is_refused(collection, pair):
    message = r"'animals' names task (7|-1), but there are only 7 tasks; add"
    with pytest.raises(DataError, match=message):
        with_relations(collection, (1, 0), pair)


def test_a_relation_listed_twice_is_refused(collection):
    with pytest.raises(DataError, match="relation of task 1 to task 0 twice; keep"):
        with_relations(collection, (1, 0), (0, 1), (1, 0))


def test_a_collection_may_have_no_relation(collection):
    nothing = np.zeros(0, dtype=np.int32)
    relations = Relations(nothing, nothing, np.zeros(0))
    assert replace(collection, relations=relations).relations is relations


def test_members_out_of_range_are_refused(collection):
    message = r"'animals' needs 4 rows of features and has 3; build"
    with pytest.raises(DataError, match=message):
        replace(collection, features=collection.features[:3])


def test_members_of_another_number_of_tasks_are_refused(collection):
    with pytest.raises(DataError, match="has 7 tasks but members of 2; build it again"):
        replace(collection, membership=membership_of([[0], [1]]))


def test_the_task_table_counts_the_members(collection):
    tasks = collection.tasks.assign(members=[4, 2, 3, 2, 1, 1, 1])
    message = "'fish' of collection 'animals' has 2 members but the task table says 3"
    with pytest.raises(DataError, match=message):
        replace(collection, tasks=tasks)


def test_without_members_every_task_has_a_row(collection):
    assert isinstance(without_members(collection, 7), Collection)


def test_members_may_be_split(collection):
    train = np.array([True, False, True, False])
    np.testing.assert_array_equal(replace(collection, train=train).train, train)
    assert collection.train is None


def test_a_split_of_another_number_of_members_is_refused(collection):
    message = "'animals' is of 3 members but there are 4; give each its side"
    with pytest.raises(DataError, match=message):
        replace(collection, train=np.ones(3, dtype=bool))


def test_a_split_without_members_is_refused(collection):
    with pytest.raises(DataError, match="split of members but no members; give it mem"):
        replace(without_members(collection, 7), train=np.ones(7, dtype=bool))


@pytest.mark.parametrize("rows", [6, 8])
def test_without_members_other_numbers_of_rows_are_refused(collection, rows):
    with pytest.raises(DataError, match=f"7 tasks but {rows} rows of features; give"):
        without_members(collection, rows)
