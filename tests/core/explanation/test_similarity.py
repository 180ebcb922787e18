"""Similarity of maps against plain references, and where it is undefined."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from core.errors import DataError
from core.explanation.similarity import agreement, structural_similarity


def rank_correlation(one, other, mask):
    return agreement(one, other, mask)[0]


def top_overlap(one, other, mask):
    return agreement(one, other, mask)[1]


MEASURES = [structural_similarity, rank_correlation, top_overlap]


def maps(seed, rows=3, height=12, width=10):
    random = torch.Generator().manual_seed(seed)
    return torch.rand(rows, height, width, generator=random)


def every(one):
    return torch.ones_like(one, dtype=torch.bool)


def reference(a, b, mask):
    """Structural similarity window by window, as its paper writes it."""
    extent = max(np.ptp(a[mask]), np.ptp(b[mask]))
    found = []
    for down in range(a.shape[0] - 4):
        for across in range(a.shape[1] - 4):
            here = np.s_[down : down + 5, across : across + 5]
            if not mask[here].all():
                continue
            x, y = a[here].ravel(), b[here].ravel()
            first, second = (0.01 * extent) ** 2, (0.03 * extent) ** 2
            told = (2 * x.mean() * y.mean() + first) * (2 * np.cov(x, y)[0, 1] + second)
            most = (x.mean() ** 2 + y.mean() ** 2 + first) * (
                x.var(ddof=1) + y.var(ddof=1) + second
            )
            found.append(told / most)
    return np.mean(found)


def test_structural_similarity_is_that_of_the_definition_inside_the_mask():
    one, other = maps(0), 0.5 * maps(0) + maps(1)
    mask = every(one)
    mask[1, :, :4] = False
    mask[2, 3, 3] = False
    found = structural_similarity(one, other, mask)
    expected = [
        reference(*(x[row].double().numpy() for x in (one, other)), mask[row].numpy())
        for row in range(3)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_what_lies_outside_of_the_mask_does_not_count():
    one, other, mask = maps(0), maps(1), every(maps(0))
    mask[:, :, 7:] = False
    loud = torch.where(mask, other, 100.0)
    for measure in MEASURES:
        torch.testing.assert_close(
            measure(one, loud, mask), measure(one, other, mask), equal_nan=True
        )


@given(st.integers(0, 99), st.sampled_from(MEASURES))
def test_a_map_is_most_like_itself_and_similarity_is_symmetric(seed, measure):
    one, other = maps(seed), maps(seed + 100)
    np.testing.assert_allclose(measure(one, one, every(one)), 1, atol=1e-5)
    there, back = measure(one, other, every(one)), measure(other, one, every(one))
    np.testing.assert_allclose(there, back, atol=1e-5)
    assert there.abs().max() <= 1


def test_two_constant_maps_are_alike_and_have_no_ranks():
    zero = torch.zeros(1, 9, 9)
    assert structural_similarity(zero, zero + 0.3, every(zero)).item() == 1
    assert structural_similarity(zero, maps(0, 1, 9, 9), every(zero)).item() < 0.1
    assert rank_correlation(zero, maps(0, 1, 9, 9), every(zero)).isnan().all()
    assert top_overlap(zero, zero, every(zero)).isnan().all()


def test_no_window_in_the_mask_is_undefined():
    one, mask = maps(0, 1), torch.zeros(1, 12, 10, dtype=torch.bool)
    mask[0, :4, :] = True
    assert structural_similarity(one, one, mask).isnan().all()


def test_ranks_are_those_of_scipy():
    one, other = maps(0), (4 * maps(1)).round()
    found = rank_correlation(one, other, every(one))
    expected = [
        spearmanr(a.ravel(), b.ravel()).statistic
        for a, b in zip(one, other, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_top_tenth_by_hand():
    one = torch.arange(100.0).reshape(1, 10, 10)
    other = one.clone()
    other[0, 9, 5:] = 0.0  # five of the ten on top are no more
    assert top_overlap(one, other, every(one)).item() == pytest.approx(5 / 15)


def test_maps_smaller_than_the_window_are_refused():
    small = torch.ones(1, 4, 9)
    with pytest.raises(DataError, match="9 x 4 pixels are smaller than the window"):
        structural_similarity(small, small, every(small))
