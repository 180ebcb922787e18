import numpy as np
import pytest

from core.learning import sampling
from core.learning.sampling import (
    closest_containers,
    known_strength,
    open_pairs,
    pairs_of,
)
from core.relations import membership_of, relations_of

# animal { bird { eagle, parrot }, pet { parrot, fish } }
SETS = [[0, 1, 2], [0, 1], [2], [1, 2], [0], [1]]
ANIMAL, BIRD, FISH, PET, EAGLE, PARROT = range(6)


def known(withheld=()):
    relations = relations_of(membership_of(SETS))
    return pairs_of(6, relations, np.array(sorted(withheld), dtype=np.int64))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def drawn(draw, pairs, rng):
    child, parent = draw(pairs, rng, 2000)
    return {*zip(child.tolist(), parent.tolist(), strict=True)}


def test_strengths_are_looked_up_and_are_zero_where_nothing_is_shared():
    child = np.array([BIRD, ANIMAL, EAGLE, PET, BIRD])
    parent = np.array([ANIMAL, BIRD, FISH, BIRD, PET])
    found = known_strength(known(), child, parent)
    np.testing.assert_allclose(found, [1, 2 / 3, 0, 0.5, 0.5])


def test_withheld_pairs_are_closed_and_their_strength_is_unknown():
    pairs = known({BIRD * 6 + ANIMAL})
    bird, animal = np.array([BIRD]), np.array([ANIMAL])
    assert not open_pairs(pairs, bird, animal)
    assert open_pairs(pairs, animal, bird)
    assert not open_pairs(pairs, bird, bird)
    assert known_strength(pairs, bird, animal) == 0


def test_the_closest_container_is_the_parent_in_a_chain():
    # 3 in 2 in 1 in 0, as a closure.
    child, parent = np.array([1, 2, 2, 3, 3, 3]), np.array([0, 0, 1, 0, 1, 2])
    np.testing.assert_array_equal(closest_containers(5, child, parent), [5, 0, 1, 2, 5])


def test_known_pairs_are_drawn_from_all_that_is_related(rng):
    relations = relations_of(membership_of(SETS))
    every = {*zip(relations.child.tolist(), relations.parent.tolist(), strict=True)}
    assert drawn(sampling.draw_known, known(), rng) == every


def test_siblings_have_the_same_closest_container(rng):
    found = drawn(sampling.draw_siblings, known(), rng)
    assert {BIRD, PET} == {other for task, other in found if task == BIRD}
    assert {EAGLE, PARROT} == {other for task, other in found if task == EAGLE}


def test_cousins_are_siblings_of_what_holds_a_task(rng):
    found = drawn(sampling.draw_cousins, known(), rng)
    # Bird, which holds eagle, has the sibling pet, which is no sibling of eagle.
    assert {o for task, o in found if task == EAGLE} == {*range(6)} - {FISH}


def test_any_pair_may_be_drawn(rng):
    assert len(drawn(sampling.draw_any, known(), rng)) == 36


def test_crowded_pairs_are_unrelated_neighbours_in_either_direction(rng):
    # In a row: eagle and fish overlap, parrot comes 0.1 close to fish, the rest is far.
    lower = np.array([50.0, 40, 0, 30, 0.5, 1.1])[:, None]
    look = {"lower": lower, "upper": lower + 1, "rows": 6}
    seen = set()
    for _ in range(20):
        found = sampling.draw_crowded(known(), rng, **look, reach=0.0)
        seen |= {*zip(*(rows.tolist() for rows in found), strict=True)}
    assert seen == {(EAGLE, FISH), (FISH, EAGLE), (EAGLE, PARROT), (PARROT, EAGLE)}
    child, _ = sampling.draw_crowded(known(), rng, **look, reach=0.2)
    assert {FISH, PARROT} <= {*child.tolist()}


def test_withheld_pairs_are_never_crowded(rng):
    every = known(range(36))
    lower = np.zeros((6, 1))
    child, _ = sampling.draw_crowded(every, rng, lower, lower + 1, reach=0.0, rows=6)
    assert not len(child)
