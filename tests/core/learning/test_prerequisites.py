from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import DataError
from core.learning.prerequisites import check_apart, check_learnable, check_scorable
from core.relations import Relations

NONE = Relations(np.zeros(0, int), np.zeros(0, int), np.zeros(0))


def said(check, *arguments):
    """What a check refuses, in one line."""
    with pytest.raises(DataError) as caught:
        check(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_can_be_learned_and_scored_passes(collection):
    for dim in (2, 3):
        check_learnable(collection, dim)
        check_scorable(collection, dim)


def test_one_task_says_to_add_another(collection):
    one = replace(
        collection,
        tasks=collection.tasks.iloc[:1],
        features=collection.features[:1],
        membership=None,
        relations=NONE,
    )
    assert said(check_learnable, one, 2) == (
        "Collection 'animals' has one task, and boxes say how tasks relate; add at "
        "least one more."
    )


def test_equal_features_say_to_give_others(collection):
    equal = replace(collection, features=np.full((4, 3), 7.5, dtype=np.float16))
    assert said(check_learnable, equal, 2) == (
        "All 4 rows of the features of 'animals' are equal, so nothing tells the tasks "
        "apart; give features that differ."
    )


def test_constant_channels_among_others_pass(collection):
    features = collection.features.copy()
    features[:, :2] = 1e30, 0
    check_learnable(replace(collection, features=features), 3)


def test_more_dimensions_than_channels_say_how_many_there_can_be(collection):
    assert said(check_learnable, collection, 4) == (
        "4 dimensions are more than the 3 channel(s) of the features of 'animals', "
        "which say where a box lies; use --dim 3 or less."
    )
    narrow = replace(collection, features=collection.features[:, :1])
    assert said(check_learnable, narrow, 2).endswith("box lies; add channels.")


def test_without_relations_boxes_can_be_learned_but_not_scored(collection):
    loose = replace(collection, relations=NONE)
    check_learnable(loose, 2)
    assert said(check_scorable, loose, 2) == (
        "Nothing is known of how the tasks of 'animals' relate, so there is nothing to "
        "compare boxes with; give parents, members or relations."
    )


@given(
    arrays(np.float32, 5, elements=st.floats(-(2.0**100), 2.0**100, width=32)),
    st.integers(1, 4),
)
def test_rounding_is_no_difference_and_anything_more_is(row, rows):
    several = np.tile(row, (rows + 1, 1))
    with pytest.raises(DataError):
        check_apart(several, "rows")
    several[0] *= 1 + np.float32(2**-22)
    with pytest.raises(DataError):
        check_apart(several, "rows")
    several[0, 3] = 2 * several[0, 3] + 1
    if several[0, 3] != several[1, 3]:
        check_apart(several, "rows")


def test_the_farthest_numbers_there_are_differ():
    check_apart(np.array([[3e38], [-3e38]], dtype=np.float32), "rows")
