import numpy as np
import torch

from core.learning.blends import BEYOND, Blends, blended, draw_blends, draw_known_of
from core.learning.sampling import pairs_of
from core.relations import membership_of, relations_of

# animal { bird { eagle, parrot }, pet { parrot, fish } }
SETS = [[0, 1, 2], [0, 1], [2], [1, 2], [0], [1]]
ANIMAL, BIRD, FISH, PET, EAGLE, PARROT = range(6)


def known(withheld=()):
    relations = relations_of(membership_of(SETS))
    return pairs_of(6, relations, np.array(sorted(withheld), dtype=np.int64))


def of(one, other, count=500):
    rows = np.full(count, one), np.full(count, other)
    return Blends(*rows, np.full(count, 0.5))


def asked(pairs, blends):
    drawn = draw_known_of(pairs, np.random.default_rng(0), blends)
    assert set(drawn[0]) <= {*range(6, 6 + len(blends.one))}
    return {*zip(drawn[1].tolist(), drawn[2].tolist(), strict=True)}


def test_a_blend_is_seen_as_the_shares_of_both():
    view = torch.tensor([[0.0, 4.0], [1.0, 0.0], [9.0, 9.0]])
    blends = Blends(np.array([0, 1]), np.array([1, 1]), np.array([0.25, 7.0]))
    torch.testing.assert_close(
        blended(view, blends), torch.tensor([[0.75, 1.0], [1.0, 0.0]])
    )
    assert blended(view, draw_blends(known(), np.random.default_rng(0), 0)).shape == (
        0,
        2,
    )


def test_blends_are_of_siblings_and_lie_between_them_or_a_little_beyond():
    blends = draw_blends(known(), np.random.default_rng(0), 2000)
    assert {*zip(blends.one.tolist(), blends.other.tolist(), strict=True)} == {
        (one, other)
        for family in ((ANIMAL,), (BIRD, PET), (EAGLE, PARROT), (FISH,))
        for one in family
        for other in family
    }
    assert -BEYOND <= blends.share.min() < 0 and 1 < blends.share.max() <= 1 + BEYOND


def test_what_holds_both_holds_a_blend_and_what_holds_neither_does_not():
    found = asked(known(), of(EAGLE, PARROT))
    # Pet holds one of them, and nobody knows whether a blend lies in these.
    assert found == {(ANIMAL, 1), (BIRD, 1), (FISH, 0)}


def test_a_task_blended_with_itself_is_in_what_it_is_in():
    found = asked(known(), of(EAGLE, EAGLE))
    assert found == {(ANIMAL, 1), (BIRD, 1), (PET, 0), (FISH, 0), (PARROT, 0)}


def test_a_blend_tells_nothing_of_withheld_pairs():
    for one, container in ((EAGLE, ANIMAL), (PARROT, ANIMAL)):
        found = asked(known({one * 6 + container}), of(EAGLE, PARROT))
        assert found == {(BIRD, 1), (FISH, 0)}
