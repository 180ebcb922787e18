"""Where a map ends, by hand."""

import numpy as np
import pytest

from core.familiarity import NOISE, Familiarity, Looks, familiarity, outside
from core.relations import Membership, membership_of

BOUNDS = Familiarity(cosine=0.5, beyond=0.4, shortest=1.0, longest=2.0)


def looks(*rows):
    return Looks(*(np.array(column, dtype=float) for column in zip(*rows, strict=True)))


def test_bounds_are_what_one_in_a_hundred_exceeds():
    known = looks(*((k / 1000, 1 - k / 1000, 1 + k / 1000) for k in range(1001)))
    bounds = familiarity(known)
    assert bounds.cosine == pytest.approx(0.01 - NOISE)
    assert bounds.beyond == pytest.approx(0.99 + NOISE)
    assert bounds.shortest == pytest.approx(1.005 * 0.9)
    assert bounds.longest == pytest.approx(1.995 * 1.1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((0.5, 0.4, 1.0), ""),
        (
            (0.31, 0.1, 1.5),
            "the likest known one has a cosine of 0.31, and 99 % of known ones find "
            "one of 0.50 or more",
        ),
        (
            (0.9, 0.8, 1.5),
            "80 % of its features lie outside the main axes, and of 99 % of known ones "
            "40 % or less",
        ),
        (
            (0.9, 0.1, 25),
            "its features have the length 25, and those of 99 % of known ones 1 to 2",
        ),
    ],
)
def test_a_reason_names_the_figure_and_the_bound(row, said):
    assert outside(BOUNDS, looks(row), membership_of([[0]])) == (said,)


def test_reasons_are_told_together():
    (said,) = outside(BOUNDS, looks((0, 1, 0)), membership_of([[0]]))
    assert said.count("; ") == 2


def test_a_task_is_where_the_middle_one_of_its_members_is():
    strange, usual = (0.1, 0.1, 1.5), (0.9, 0.1, 1.5)
    seen = looks(strange, usual, usual, strange, strange, usual)
    both = Membership(np.arange(6), np.array([0, 3, 6]))
    assert [bool(one) for one in outside(BOUNDS, seen, both)] == [False, True]
