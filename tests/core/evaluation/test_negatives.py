from collections import Counter

import numpy as np
import pytest

from core.evaluation.negatives import Mask, _relative, _tree_of, negatives
from core.evaluation.truth import strict_pairs, strictly_inside, truth_of
from core.relations import Relations

# Three families of ten below three groups below one root, and three strays.
PARENT = np.array([*[1] * 10, *[2] * 10, *[3] * 10, 0, 0, 0, -1, -1, -1, -1])
PARENT = np.where(PARENT < 0, 37, np.where(PARENT == 0, 33, PARENT + 29))
TASKS = len(PARENT)


@pytest.fixture
def truth():
    pairs = [(row, above) for row in range(TASKS) for above in ancestors(row)]
    child, parent = np.array(pairs).T
    return truth_of(Relations(child, parent, np.ones(len(child))), TASKS)


def ancestors(row):
    above = []
    while PARENT[row] < TASKS:
        row = PARENT[row]
        above.append(int(row))
    return above


def chances(row):
    """How likely every relative of a task is, by brute force."""
    found = Counter()
    branches = ancestors(row) or [None]
    for branch in branches:
        below = [one for one in range(TASKS) if branch in {None, *ancestors(one)}]
        for one in below:
            line = [one, *ancestors(one)]
            line = line[: line.index(branch)] if branch in line else line
            for other in line:
                found[other] += 1 / len(branches) / len(below) / len(line)
    return found


def everything(keys):
    return np.ones(len(keys), dtype=bool)


def drawn(truth, mask, each, seed=0):
    child, parent = strict_pairs(truth)
    positive = child * TASKS + parent
    positive = positive[mask.allows(positive)]
    rng = np.random.default_rng(seed)
    return positive, negatives(truth, PARENT, positive, mask, rng, each=each)


@pytest.mark.parametrize("row", [0, 30, 33, 36])
def test_relatives_are_drawn_up_and_down_and_up_again(row):
    rng = np.random.default_rng(0)
    found = _relative(_tree_of(PARENT), rng, np.full(40_000, row))
    share = np.bincount(found, minlength=TASKS) / 40_000
    expected = [chances(row)[one] for one in range(TASKS)]
    np.testing.assert_allclose(share, expected, atol=0.01)


def test_what_lies_below_a_task_comes_after_it_in_order():
    tree = _tree_of(PARENT)
    for row in range(TASKS):
        first = tree.start[row]
        assert tree.order[first] == row
        below = {*tree.order[first + 1 : first + tree.size[row]].tolist()}
        assert below == {one for one in range(TASKS) if row in ancestors(one)}


def test_every_positive_has_its_negatives(truth):
    positive, keys = drawn(truth, Mask(everything, 1.0), each=4)
    child, parent = np.divmod(keys, TASKS)
    assert (np.diff(keys) > 0).all()  # sorted, and no pair twice
    assert not strictly_inside(truth, child, parent).any()
    assert (child != parent).all()
    wanted = Counter((positive // TASKS).tolist())
    assert Counter(child.tolist()) == {row: 4 * n for row, n in wanted.items()}


def test_only_pairs_of_the_mask_are_drawn(truth):
    mask = Mask(lambda keys: keys % 3 == 0, density=1 / 3)
    _, keys = drawn(truth, mask, each=2)
    assert len(keys)
    assert mask.allows(keys).all()


def test_half_of_the_negatives_are_hard(truth):
    found = [
        np.divmod(drawn(truth, Mask(everything, 1.0), 1, i)[1], TASKS)
        for i in range(50)
    ]
    child, parent = np.concatenate(found, axis=1)
    leaves = child < 30  # have two negatives, a hard and an easy one
    family = np.mean(PARENT[child[leaves]] == PARENT[parent[leaves]])
    hard = sum(share for one, share in chances(0).items() if 0 < one < 10)
    hard /= 1 - chances(0)[0] - chances(0)[30]  # itself, and what it lies in
    assert family == pytest.approx((hard + 9 / 34) / 2, abs=0.02)


def test_where_hard_ones_are_too_few_others_take_their_place(truth):
    mask = Mask(lambda keys: keys % TASKS > 33, density=3 / TASKS)  # the strays
    rng, positive = np.random.default_rng(0), np.array([0 * TASKS + 30])
    keys = negatives(truth, PARENT, positive, mask, rng, each=3)
    assert keys.tolist() == [34, 35, 36]


def test_a_draw_is_its_seed_however_many_candidates_are_looked_at(truth, monkeypatch):
    mask = Mask(everything, 1.0)
    first, again, other = (
        drawn(truth, mask, 2, seed)[1].tolist() for seed in (0, 0, 1)
    )
    assert first == again != other
    monkeypatch.setattr("core.evaluation.negatives.AT_ONCE", 50)
    positive, keys = drawn(truth, mask, each=2)
    assert len(keys) == 2 * len(positive)


def test_without_positives_there_are_no_negatives(truth):
    rng, nothing = np.random.default_rng(0), np.zeros(0, dtype=np.int64)
    mask = Mask(everything, 1.0)
    assert len(negatives(truth, PARENT, nothing, mask, rng, each=100)) == 0
