import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.columns import FEW, UNKNOWN, Categories, Numbers, columns

cells = st.none() | st.text(max_size=3) | st.booleans() | st.integers() | st.floats()


def column(cells, dtype=object):
    """What becomes of one column."""
    return columns(pd.DataFrame({"it": pd.Series(cells, dtype=dtype)})).get("column:it")


# Words


def test_the_most_frequent_value_comes_first_and_equals_go_by_letter():
    found = column(["b", "c", "a", "c", None, "b"])
    assert found.values == ("b", "c", "a")
    assert found.codes.tolist() == [0, 1, 2, 1, UNKNOWN, 0]


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, "", "  "])
def test_where_nothing_is_said_the_value_is_unknown(nothing):
    assert column(["x", "y", nothing, "x"]).codes.tolist() == [0, 1, UNKNOWN, 0]


def test_values_that_read_the_same_are_the_same():
    found = column([True, "yes", False, " no", False])
    assert found.values == ("no", "yes")
    assert found.codes.tolist() == [1, 1, 0, 0, 0]


def test_truth_and_lists_are_words():
    assert column([True, False, True], "boolean").values == ("yes", "no")
    assert column([["a", "b"], [], ["a", "b"], ["c"]]).values == ("a, b", "c")


@pytest.mark.parametrize(
    "words",
    [
        ["x", "x", "x"],
        ["x", None, "x"],
        [None, None],
        ["", " "],
        ["a", "b", "c"],
        ["a", "b", None],
    ],
)
def test_one_value_for_all_or_one_for_each_is_no_colour(words):
    assert column(words) is None


def test_few_values_are_a_colour_where_tasks_share_them():
    names = [f"n{k}" for k in range(FEW)]
    assert column(names * 2).values == tuple(sorted(names))
    assert column([*names, *names[:-1]]) is None  # most differ from all others
    assert column([*names, "one more"] * 2) is None
    assert len(column([*names[:8], "n0"]).values) == 8  # each in a colour of its own


def test_whole_sentences_are_no_categories():
    assert column(["x" * 80, "y"] * 2).values == ("x" * 80, "y")
    assert column(["x" * 81, "y"] * 2) is None


# Numbers


def test_numbers_come_whole_and_unknown_ones_as_none():
    found = column([1.5, None, 2.0, float("inf")], "Float64")
    np.testing.assert_array_equal(found.numbers, [1.5, np.nan, 2, np.nan])
    assert found.floor is None


@pytest.mark.parametrize(
    ("numbers", "floor"),
    [
        ([1.5, 149.0], None),
        ([1.5, 150.0], 1.5),
        ([0, 3, 3, 400], 3),
        ([-1, 3, 3, 400], None),
        ([0, 0, 1], None),
    ],
)
def test_numbers_that_span_decades_go_by_their_logarithm(numbers, floor):
    assert column(numbers, "float64").floor == floor


@pytest.mark.parametrize("numbers", [[3, 3, 3], [1.5, 1.5], [None, None], [0, 1, 2]])
def test_numbers_that_are_all_alike_or_only_count_are_no_colour(numbers):
    assert column(numbers, "Float64") is None


def test_a_measure_may_differ_for_every_task():
    assert isinstance(column([0.25, 1, 2], "float32"), Numbers)


# Tables


def test_columns_that_are_shown_in_other_ways_are_left_out(atlas):
    alike = {key: [*"xxyyxyx"] for key in ("size", "definition", "lemmas")}
    assert columns(atlas.tasks.assign(**alike)) == {}
    (only,) = columns(atlas.tasks.assign(**{"a:b": [*"xxyyxyx"]}))
    assert only == "column:a:b"


@given(st.lists(cells | st.lists(st.text(max_size=2), max_size=2), min_size=1))
def test_any_cells_are_words_or_numbers_or_no_colour(cells):
    found = column(cells)
    if isinstance(found, Categories):
        known = found.codes[found.codes != UNKNOWN]
        counts = np.bincount(known)
        assert len(found.codes) == len(cells)
        assert 2 <= len(found.values) == len(counts) <= FEW
        assert (np.diff(counts) <= 0).all()
        assert all(found.values)
