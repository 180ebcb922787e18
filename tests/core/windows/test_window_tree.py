import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.tree import Tree
from core.windows.tree import FIRST_HUE, branches_of, closed, ranges, wheel
from tests.forest import forest

SMALL = Tree(  # 0 holds 1, 4 and 6; 1 holds 2 and 3; 4 holds 5
    parent=np.array([-1, 0, 1, 1, 0, 4, 0]),
    size=np.array([7, 3, 1, 1, 2, 1, 1]),
)


def test_what_lies_directly_in_a_task_comes_in_pages():
    branches = branches_of(SMALL)
    assert branches.inside(0, 0, 9) == [1, 4, 6]
    assert branches.inside(0, 1, 1) == [4]
    assert branches.inside(0, 9, 9) == []
    assert branches.inside(2, 0, 9) == []
    assert branches.inside(-1, 0, 9) == [0]
    assert [branches.count(row) for row in range(-1, 7)] == [1, 3, 2, 0, 0, 1, 0, 0]


def test_tasks_are_closed_with_all_that_they_lie_in():
    assert closed(SMALL, np.array([5, 3, 5])).tolist() == [0, 1, 3, 4, 5]
    assert closed(SMALL, np.array([], int)).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=6))
def test_ranges_are_their_numbers_one_after_another(some):
    starts = np.array([start for start, _ in some], int)
    counts = np.array([count for _, count in some], int)
    expected = [start + k for start, count in some for k in range(count)]
    assert ranges(starts, starts + counts).tolist() == expected


def test_the_wheel_is_split_as_the_browser_splits_it():
    made = forest(300)
    branches = branches_of(made.tree)
    found = wheel(made.tree, branches, made.members)

    def split(rows, start, width):  # assets/colors.js
        shares = [np.sqrt(made.members[row]) for row in rows]
        free, begin = (0.05 if len(rows) > 1 else 0), start
        for row, share in zip(rows, shares, strict=True):
            part = width * share / sum(shares)
            own = begin + part * free, part * (1 - 2 * free)
            np.testing.assert_allclose(found[row], own, rtol=1e-9, atol=1e-9)
            split(branches.inside(row, 0, 300), *own)
            begin += part

    split(branches.inside(-1, 0, 300), FIRST_HUE, 360)
