"""Distances between embeddings: by hand, and what is true of all of them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.errors import DataError
from core.task2vec.distances import (
    DIRECTED,
    KINDS,
    distances,
    rms_normalised,
    trivial_distances,
)
from core.task2vec.embedding import Embeddings, Origin, joined, some


def embedded(rows, scale=None, method="exact", prefix="t"):
    rows = np.array(rows, dtype=np.float64)
    tasks, filters = rows.shape
    return Embeddings(
        names=tuple(f"{prefix}{k}" for k in range(tasks)),
        origin=Origin("toy", "abc", ("last",), method, ("last",), (filters,)),
        fisher=rows,
        precision=rows,
        scale=np.ones_like(rows) if scale is None else np.array(scale, dtype=float),
        classes=np.full(tasks, 2),
        samples=np.full(tasks, 9),
        accuracy=np.full(tasks, np.nan),
        noise=np.zeros(tasks),
    )


# Dead filters, and others over six decades.
filters = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
rows = arrays(np.float64, (3, 5), elements=filters)

HAND = [[1, 3], [3, 1]]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cosine", 0.4),
        ("entropy", np.log(2) + 0.25 * np.log(0.25) + 0.75 * np.log(0.75)),
        ("normalised-cosine", 1 - (2 / 3) / (10 / 9)),
        ("correlation", 2.0),
        # k of one filter from 3 to 1: (3 - 1 - ln 3) / 2, from 1 to 3: (1/3 - 1 + ln 3)
        ("kl", 2 - np.log(3)),
        ("asymmetric-kl", (3 - 1 - np.log(3)) / 2 + (1 / 3 - 1 + np.log(3)) / 2),
        # Variances 1 and 1/3 lie about 2/3: half of k(1, 2/3) + k(1/3, 2/3).
        ("jensen-shannon", (1.5 - 1 - np.log(1.5) + 0.5 - 1 - np.log(0.5)) / 4),
    ],
)
def test_two_filters_by_hand(kind, expected):
    found = distances(embedded(HAND), kind)
    np.testing.assert_allclose(found[0, 1], expected, rtol=1e-5)


def test_transfer_takes_off_what_is_due_to_little_information():
    tasks = embedded([[1, 3], [3, 1], [1, 1]])
    plain = distances(tasks, "cosine")
    # To (1, 1): shares (1/2, 3/4) and (1/2, 1/4).
    far = 1 - (1 / 4 + 3 / 16) / np.sqrt((1 / 4 + 9 / 16) * (1 / 4 + 1 / 16))
    np.testing.assert_allclose(trivial_distances(tasks), [far, far, 0], atol=1e-12)
    found = distances(tasks, "transfer", alpha=0.5)
    np.testing.assert_allclose(found[0, 2], plain[0, 2] - 0.5 * far, atol=1e-12)
    np.testing.assert_allclose(found[2, 0], plain[2, 0], atol=1e-12)


@settings(max_examples=20)
@given(rows)
@pytest.mark.parametrize("kind", KINDS)
def test_distances_are_finite_whatever_is_dead(kind, rows):
    found = distances(embedded(rows), kind, alpha=0.0)
    assert np.isfinite(found).all()
    assert (found >= -1e-12).all()
    np.testing.assert_array_equal(np.diagonal(found), 0)
    if kind not in DIRECTED:
        np.testing.assert_array_equal(found, found.T)


@settings(max_examples=20)
@given(rows, st.floats(1e-9, 1e9))
@pytest.mark.parametrize("kind", [k for k in KINDS if k != "transfer"])
def test_distances_do_not_depend_on_the_unit(kind, rows, unit):
    before = distances(embedded(rows), kind)
    after = distances(embedded(rows * unit), kind)
    np.testing.assert_allclose(after, before, rtol=1e-6, atol=1e-9)


@settings(max_examples=20)
@given(rows)
@pytest.mark.parametrize("kind", KINDS)
def test_a_distance_is_of_two_tasks_whoever_else_is_there(kind, rows):
    tasks = embedded(rows)
    alone = distances(some(tasks, [0]), kind, some(tasks, [2]))
    np.testing.assert_allclose(alone[0, 0], distances(tasks, kind)[0, 2], atol=1e-9)


@settings(max_examples=20)
@given(rows)
@pytest.mark.parametrize("kind", KINDS)
def test_filters_dead_in_all_tasks_change_nothing(kind, rows):
    rows = rows + 1e-3  # the trivial task has all of them alive
    more = np.hstack([rows, np.zeros((3, 2))])
    scale = np.hstack([np.ones((3, 5)), np.zeros((3, 2))])
    before, after = (
        distances(embedded(rows), kind),
        distances(embedded(more, scale), kind),
    )
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)


def test_asymmetric_kl_tells_from_to():
    found = distances(embedded([[1, 1], [1, 4]]), "asymmetric-kl")
    np.testing.assert_allclose(found[0, 1], (4 - 1 - np.log(4)) / 2, rtol=1e-5)
    np.testing.assert_allclose(found[1, 0], (1 / 4 - 1 + np.log(4)) / 2, rtol=1e-5)


def test_normalising_by_the_root_mean_square_leaves_dead_filters_at_zero():
    found = rms_normalised(np.array([[3.0, 0.0], [4.0, 0.0]]))
    np.testing.assert_allclose(found, [[3 / 12.5**0.5, 0], [4 / 12.5**0.5, 0]])


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"fingerprint": "other"}, "probe"),
        ({"stages": ("first",)}, "stages"),
        ({"method": "montecarlo"}, "method"),
    ],
)
def test_what_means_something_else_is_not_compared(changed, word):
    mine = embedded(HAND)
    theirs = replace(mine, origin=replace(mine.origin, **changed))
    with pytest.raises(DataError, match=f"the same --{word}"):
        distances(mine, "cosine", theirs)
    with pytest.raises(DataError, match="cannot be compared"):
        joined([mine, theirs])


def test_joining_and_taking_apart():
    both = joined([embedded(HAND), embedded(HAND, prefix="u")])
    assert some(both, [3, 0]).names == ("u1", "t0")
    np.testing.assert_array_equal(some(both, [3, 0]).fisher, [[3, 1], [1, 3]])
    with pytest.raises(DataError, match="one name"):
        joined([both, embedded(HAND)])


def test_what_is_no_information_is_refused():
    with pytest.raises(DataError, match="'t1' is negative or not finite"):
        embedded([[1, 1], [1, np.nan]])
    with pytest.raises(DataError, match="negative"):
        embedded([[1, 1], [1, -1]])
