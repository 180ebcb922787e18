from collections import Counter

import numpy as np
import pytest

from core.negatives import Mask, _cousin, _tree_of, negatives
from core.relations import Relations
from core.truth import strict_pairs, strictly_inside, truth_of

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


def cousins(row):
    """What the hard negatives of a task are, by brute force."""
    line = {row, *ancestors(row)}
    return {
        other
        for other in range(TASKS)
        if other not in line and any(PARENT[other] == PARENT[one] for one in line)
    }


def everything(keys):
    return np.ones(len(keys), dtype=bool)


def drawn(truth, mask, each, seed=0):
    child, parent = strict_pairs(truth)
    positive = child * TASKS + parent
    positive = positive[mask.allows(positive)]
    rng = np.random.default_rng(seed)
    return positive, negatives(truth, PARENT, positive, mask, rng, each=each)


def test_cousins_are_siblings_of_a_task_or_of_what_is_above_it():
    rng = np.random.default_rng(0)
    found = _cousin(_tree_of(PARENT), rng, np.zeros(4000, dtype=int))
    assert {*found.tolist()} - {0, *ancestors(0)} == cousins(0)


def test_every_positive_has_its_negatives_half_of_them_hard(truth):
    positive, keys = drawn(truth, Mask(everything, 1.0), each=4)
    child, parent = np.divmod(keys, TASKS)
    assert (np.diff(keys) > 0).all()  # sorted, and no pair twice
    assert not strictly_inside(truth, child, parent).any()
    assert (child != parent).all()
    wanted = Counter((positive // TASKS).tolist())
    assert Counter(child.tolist()) == {row: 4 * n for row, n in wanted.items()}
    hard = [
        b in cousins(a) for a, b in zip(child.tolist(), parent.tolist(), strict=True)
    ]
    assert 0.5 <= np.mean(hard) < 0.9  # any task may be a cousin by chance


def test_only_pairs_of_the_mask_are_drawn(truth):
    mask = Mask(lambda keys: keys % 3 == 0, density=1 / 3)
    _, keys = drawn(truth, mask, each=2)
    assert len(keys)
    assert mask.allows(keys).all()


def test_where_hard_ones_are_too_few_others_take_their_place(truth):
    # Of the first task no cousin is left, but there are two strays.
    mask = Mask(lambda keys: ~np.isin(keys % TASKS, [*cousins(0)]), density=0.2)
    positive = np.array([30])  # task 0 in the group 30
    rng = np.random.default_rng(0)
    keys = negatives(truth, PARENT, positive, mask, rng, each=4)
    assert len(keys) == 4
    assert not {*(keys % TASKS).tolist()} & cousins(0)


def test_a_draw_is_its_seed_however_many_candidates_are_looked_at(truth, monkeypatch):
    mask = Mask(everything, 1.0)
    first, again, other = (
        drawn(truth, mask, 2, seed)[1].tolist() for seed in (0, 0, 1)
    )
    assert first == again != other
    monkeypatch.setattr("core.negatives.AT_ONCE", 50)
    positive, keys = drawn(truth, mask, each=2)
    assert len(keys) == 2 * len(positive)


def test_without_positives_there_are_no_negatives(truth):
    rng, nothing = np.random.default_rng(0), np.zeros(0, dtype=np.int64)
    mask = Mask(everything, 1.0)
    assert len(negatives(truth, PARENT, nothing, mask, rng, each=100)) == 0
