"""Neighbourhood curves by hand: the animals, and a taxonomy of three levels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hierarchy import hierarchy_of
from core.neighbourhoods import (
    innermost,
    neighbourhood_curve,
    recovered,
    taxonomic_distances,
)

#   life - birds - (eagles - golden, bald), parrot      alone
#        - shark
NAMES = ("life", "birds", "eagles", "golden", "bald", "parrot", "shark", "alone")
PARENTS = [[], ["life"], ["birds"], ["eagles"], ["eagles"], ["birds"], ["life"], []]
TREE = hierarchy_of(NAMES, PARENTS)
GOLDEN, BALD, PARROT, SHARK, ALONE = range(3, 8)


def test_levels_by_hand():
    far = taxonomic_distances(TREE, [GOLDEN, BALD, PARROT, SHARK, ALONE])
    assert far.tolist() == [
        [0, 0, 1, 2, 3],
        [0, 0, 1, 2, 3],
        [1, 1, 0, 2, 3],
        [2, 2, 2, 0, 3],
        [3, 3, 3, 3, 0],
    ]


def test_of_several_parents_the_lowest_counts():
    names = ("a", "b", "x", "y", "z")
    tree = hierarchy_of(names, [[], ["a"], ["a", "b"], ["b"], ["a"]])
    far = taxonomic_distances(tree, [2, 3, 4])
    assert far.tolist() == [[0, 0, 1], [0, 0, 1], [1, 1, 0]]


def test_where_nothing_lies_in_anything_all_are_alike():
    far = taxonomic_distances(hierarchy_of(("a", "b", "c"), [[], [], []]), [0, 1, 2])
    assert not far.any()
    assert np.isnan(recovered(neighbourhood_curve(far, far), np.zeros(2))).all()


def test_of_nested_tasks_the_inner_ones_are_compared():
    assert innermost(TREE, range(8)) == [GOLDEN, BALD, PARROT, SHARK, ALONE]
    assert innermost(TREE, [0, 1, 2, SHARK]) == [2, SHARK]
    assert innermost(TREE, []) == []


def test_a_curve_by_hand():
    far = taxonomic_distances(TREE, [GOLDEN, BALD, PARROT, SHARK])
    # Seen in a row in the order golden, parrot, bald, shark.
    at = np.array([0.0, 2, 1, 3])
    seen = np.abs(at[:, None] - at) + np.array([0, 0, 0.1, 0.2])
    curve, oracle = neighbourhood_curve(far, seen), neighbourhood_curve(far, far)
    # Nearest: parrot 1, parrot 1, golden 1, bald 2.
    assert curve[0] == pytest.approx((1 + 1 + 1 + 2) / 4)
    assert oracle.tolist() == pytest.approx(
        [3 / 4, (0.5 + 0.5 + 1 + 2) / 4, 5 / 4 + 1 / 12]
    )
    chance = (1 + 1 + 4 / 3 + 2) / 4
    assert curve[-1] == oracle[-1] == pytest.approx(chance)
    share = recovered(curve, oracle)
    assert share[0] == pytest.approx((chance - 5 / 4) / (chance - 3 / 4))
    assert np.isnan(share[-1])


@given(st.integers(0, 200))
def test_nobody_is_better_than_the_oracle_and_it_recovers_all(seed):
    draw = np.random.default_rng(seed)
    parents = [[], *([f"t{draw.integers(k)}"] for k in range(1, 15))]
    tree = hierarchy_of([f"t{k}" for k in range(15)], parents)
    rows = innermost(tree, range(15))
    far = taxonomic_distances(tree, rows)
    assert (far == far.T).all()
    seen = draw.random(far.shape)
    curve, oracle = neighbourhood_curve(far, seen), neighbourhood_curve(far, far)
    assert (oracle <= curve + 1e-9).all()
    full = recovered(oracle, oracle)
    assert (np.isnan(full) | (full == 1)).all()
