from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.boxes import Boxes, containment
from core.collection import hierarchy
from core.evaluation.edges import THRESHOLD, claims_of, edges_of
from tests.conftest import MEMBERS

ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)
TRUE = {
    *((row, ANIMAL) for row in (BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH)),
    *((row, BIRD) for row in (EAGLE, PARROT)),
    *((row, PET) for row in (PARROT, GOLDFISH)),
    (GOLDFISH, FISH),
}


def pairs(edges, kind):
    some = getattr(edges, kind)
    return {*zip(edges.child[some].tolist(), edges.parent[some].tolist(), strict=True)}


def astray(boxes):
    """The eagle where the goldfish is."""
    lower, upper = boxes.lower.copy(), boxes.upper.copy()
    lower[EAGLE], upper[EAGLE] = lower[GOLDFISH], upper[GOLDFISH]
    return replace(boxes, lower=lower, upper=upper)


def test_boxes_that_are_the_truth_have_no_errors(boxes, collection):
    edges = edges_of(boxes, collection.relations, hierarchy(collection.tasks))
    assert pairs(edges, "learned") == TRUE
    assert pairs(edges, "missed") == pairs(edges, "spurious") == set()
    assert (edges.share == 1).all()
    assert (edges.true == 1).all()


def test_what_lies_elsewhere_is_missed_and_spurious(boxes, collection):
    edges = edges_of(astray(boxes), collection.relations, hierarchy(collection.tasks))
    assert pairs(edges, "learned") == TRUE - {(EAGLE, BIRD)}
    assert pairs(edges, "missed") == {(EAGLE, BIRD)}
    # Not in the goldfish, whose box is the very same: neither is the larger.
    assert pairs(edges, "spurious") == {(EAGLE, FISH), (EAGLE, PET)}
    wrong = edges.missed | edges.spurious
    assert edges.share[wrong].tolist() == [0, 1, 1]
    assert edges.true[wrong].tolist() == [1, 0, 0]


def test_an_error_begins_where_no_parent_has_it(boxes, collection):
    lower, upper = boxes.lower.copy(), boxes.upper.copy()
    for row in (BIRD, EAGLE, PARROT):  # side by side within the fish
        lower[row, 0], upper[row, 0] = 2.1, 3.9
    lower[PARROT, 1], upper[EAGLE, 1] = 0.6, 0.4
    moved = replace(boxes, lower=lower, upper=upper)
    edges = edges_of(moved, collection.relations, hierarchy(collection.tasks))
    begun = {(BIRD, FISH), (GOLDFISH, BIRD)}
    assert pairs(edges, "spurious") == {*begun, (EAGLE, FISH), (PARROT, FISH)}
    assert pairs(edges, "missed") == {(PARROT, PET)}
    assert pairs(edges, "begins") == {*begun, (PARROT, PET)}


@pytest.mark.parametrize(("left", "claims"), [(1, []), (0.75, [(1, 0)])])
def test_half_is_no_claim(left, claims):
    lower = np.array([[0, 0], [left, 0]], dtype=np.float32)
    upper = np.array([[2, 1], [left + 2, 0.5]], dtype=np.float32)
    child, parent = claims_of(Boxes(lower, upper, ("large", "small")))
    assert [*zip(child.tolist(), parent.tolist(), strict=True)] == claims


numbers = st.integers(0, 12).map(float)


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1), st.data())
def test_the_middle_finds_every_claim_there_is(corners, data):
    dim = data.draw(st.sampled_from([1, 2]))
    lower = np.array(corners, dtype=np.float32)[:, :dim]
    upper = lower + 1 + np.array(corners, dtype=np.float32)[:, 2 : 2 + dim]
    boxes = Boxes(lower, upper, tuple(f"t{row}" for row in range(len(corners))))
    share = containment(boxes)
    expected = (share > share.T) & (share > THRESHOLD)
    child, parent = claims_of(boxes)
    assert {*zip(child.tolist(), parent.tolist(), strict=True)} == {
        (int(i), int(j)) for i, j in np.argwhere(expected)
    }


def test_no_pair_comes_twice(boxes, collection):
    edges = edges_of(astray(boxes), collection.relations, hierarchy(collection.tasks))
    keys = edges.child * len(MEMBERS) + edges.parent
    assert len(np.unique(keys)) == len(keys)
