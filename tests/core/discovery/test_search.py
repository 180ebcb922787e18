from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from core.discovery.discovery import chosen, discover, steadied, with_turned
from core.discovery.drawn import FACTORS, drawn, factor_recovered
from core.discovery.images import parts_of, standardised
from core.discovery.networks import Architecture
from core.discovery.presets import PRESETS
from core.discovery.search import Search, arrays_of, searched, start, stored
from core.discovery.simclr import Contrast, contrastive, features
from core.discovery.tasks import TaskEncoder, Tasks, tasks_of, whitened

SEARCH = Search(
    encoder=Architecture("mlp", (8,)),
    learner=Architecture("mlp", (4,)),
    tasks=3,
    dim=4,
    steps=6,
    together=2,
    inner=3,
    inner_rate=0.02,
    batch=8,
    asked=10,
    uniformity=0.3,
)


@pytest.fixture
def given(specks):
    x = standardised(specks.pixels)
    return x, x, np.arange(40), np.arange(40, 60), 0


def last(steps):
    *_, found = steps
    return found


def test_directions_are_at_right_angles_and_coordinates_uncorrelated():
    encoder = TaskEncoder(Architecture("mlp", (16,)), (1, 4, 4), 5, 4, seed=0)
    assert torch.allclose(
        encoder.directions @ encoder.directions.T, torch.eye(4), atol=1e-5
    )
    x = torch.randn(400, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    h = encoder(x).detach()
    assert torch.allclose(h.T @ h / 400, torch.eye(5), atol=0.02)
    assert torch.allclose(h.mean(dim=0), torch.zeros(5), atol=1e-5)


def test_whitening_takes_apart_what_is_in_all_coordinates():
    shared = torch.randn(500, 1, generator=torch.Generator().manual_seed(0))
    own = torch.randn(500, 3, generator=torch.Generator().manual_seed(1))
    h = whitened(5 * shared + own, 5 * shared + own)
    assert torch.allclose(h.T @ h / 500, torch.eye(3), atol=0.02)


def test_tasks_are_turned_to_where_images_differ_most():
    own = np.random.default_rng(0).normal(size=(2, 500))
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    pixels = np.stack([own[1], 5 * own[0]], axis=1)
    found = Tasks(turn @ own).turned(pixels, np.arange(500), 2).margin
    assert abs(np.corrcoef(found[0], own[0])[0, 1]) > 0.99
    assert abs(np.corrcoef(found[1], own[1])[0, 1]) > 0.99


def test_the_spaces_of_two_searches_are_turned_as_one():
    own = np.random.default_rng(0).normal(size=(4, 500)).astype(np.float32)
    pixels = (own * np.array([[1.0], [2], [40], [10]])).T.reshape(500, 1, 2, 2)
    oblique = Tasks(own[2:] + own[:2])  # of two of the directions, with the other two
    spaces = [Tasks(own[:2]), oblique]
    every = with_turned(spaces, pixels, np.arange(500), 2).margin
    assert every.shape == (2 + 2 + 2 + 2 + 2, 500)
    assert (every[:4] == [*own[:2], *oblique.margin]).all()
    assert abs(np.corrcoef(every[8], own[2])[0, 1]) > 0.99  # strongest of all four
    assert abs(np.corrcoef(every[9], own[3])[0, 1]) > 0.99
    alone = with_turned([oblique], pixels, np.arange(500), 2).margin
    assert alone.shape == (2 + 2, 500)


def test_soft_labels_are_a_logistic_function_of_the_height():
    encoder = TaskEncoder(SEARCH.encoder, (1, 2, 2), 4, 3, seed=0)
    h = torch.randn(7, 4, generator=torch.Generator().manual_seed(0))
    above = encoder.directions @ h.T
    assert torch.allclose(encoder.chances(h, 5.0)[..., 0], torch.sigmoid(10 * above))


def test_a_search_goes_on_where_it_was_interrupted(given):
    whole = last(searched(start(SEARCH, (1, 2, 2), 3), SEARCH, *given))
    half = last(islice(searched(start(SEARCH, (1, 2, 2), 3), SEARCH, *given), 3))
    again = stored(arrays_of(half), SEARCH, (1, 2, 2))
    assert again.step == 3
    ended = last(searched(again, SEARCH, *given))
    assert ended.step == whole.step == 6
    for one, other in zip(
        whole.encoder.parameters(), ended.encoder.parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_learning_that_diverges_keeps_the_encoder_before(given):
    wild = replace(SEARCH, inner_rate=1e30)
    found = last(searched(start(wild, (1, 2, 2), 3), wild, *given))
    assert (found.diverged, found.step) == (True, 0)
    begin = start(wild, (1, 2, 2), 3).encoder
    for one, other in zip(begin.parameters(), found.encoder.parameters(), strict=True):
        assert torch.equal(one, other)


def test_steps_make_learners_agree(given):
    longer = replace(
        SEARCH,
        learner=Architecture("mlp", (8,)),
        steps=30,
        tasks=1,
        dim=2,
        together=1,
        inner=6,
        inner_rate=0.125,
        batch=20,
        uniformity=0.0,
        rate=1e-2,
    )
    losses = [one.loss for one in searched(start(longer, (1, 2, 2), 3), longer, *given)]
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])


def test_the_best_are_kept_of_which_none_are_alike():
    labellings = np.array(
        [[0, 0, 1, 1] * 4, [1, 1, 0, 0] * 4, [0, 1] * 8, [0, 1, 1, 0] * 4]
    )
    score = np.array([0.8, 0.9, 0.7, np.nan])
    assert chosen(labellings, score, 4) == [1, 2]
    assert chosen(labellings, score, 1) == [1]
    assert chosen(labellings[:0], score[:0], 4) == []


def test_more_tasks_are_worth_more_than_better_ones():
    one, other = np.arange(16) % 2, np.arange(16) // 2 % 2
    between = np.where(np.arange(16) < 8, one, other)  # is like both
    labellings = np.array([one, other, between])
    score = np.array([0.8, 0.8, 0.9])
    assert chosen(labellings, score, 3) == [0, 1]
    assert chosen(labellings, score, 1) == [2]


def test_a_score_goes_halfway_to_what_is_foretold():
    apart = np.array([0.0, 1, 2, 5])
    line = np.array([0.5, 0.6, 0.7, np.nan])
    np.testing.assert_allclose(steadied(line, apart), line)
    off = line + np.array([0.01, -0.02, 0.01, 0])  # at right angles to the line
    halfway = line + np.array([0.005, -0.01, 0.005, 0])
    np.testing.assert_allclose(steadied(off, apart), halfway)
    same = np.array([0.5, 0.7])
    assert (steadied(same, np.ones(2)) == same).all()
    nothing = np.array([np.nan])
    assert np.isnan(steadied(nothing, np.ones(1))).all()


@pytest.fixture
def small_preset():
    usual = PRESETS["quick"]
    search = replace(SEARCH, together=3)
    learning = replace(usual.learning, rate=1e-2, steps=200, batch=16, check=20)
    return replace(usual, search=search, learning=learning, rounds=2)


def test_discovery_is_taken_up_and_says_the_same(specks, small_preset, tmp_path):
    x, parts = standardised(specks.pixels), parts_of(specks)
    kept = {}
    found = discover(x, x, parts, small_preset, kept, tmp_path)
    assert len(list(tmp_path.glob("search_*.npz"))) == 2
    known = dict(kept)
    again = discover(x, x, parts, small_preset, kept, tmp_path)
    assert (again.tasks.margin == found.tasks.margin).all()
    assert again.agreement == found.agreement
    assert kept == known
    assert (
        found.sought == 15
    )  # three of each of two, as many turned, and of both as one
    assert 1 <= len(found.agreement) <= 3
    for labels in found.tasks.labels:
        assert 0.4 <= labels[parts.known].mean() <= 0.6


def test_tasks_of_a_random_encoder_are_chosen_alike(specks, small_preset, tmp_path):
    x, parts = standardised(specks.pixels), parts_of(specks)
    found = discover(x, x, parts, small_preset, {}, tmp_path, random=True)
    assert not any(tmp_path.iterdir())
    assert found.diverged == 0
    begin = start(small_preset.search, x.shape[1:], 0).encoder
    own = tasks_of(begin, x, parts.known).margin
    assert any((one == own).all(axis=1).any() for one in found.tasks.margin)


def test_test_images_are_asked_at_the_end_only(specks, small_preset, tmp_path):
    x, parts = standardised(specks.pixels), parts_of(specks)
    found = discover(x, x, parts, small_preset, {}, tmp_path / "a")
    other = x.copy()
    other[parts.test] = 0
    again = discover(other, other, parts, small_preset, {}, tmp_path / "b")
    known = parts.known
    assert (again.tasks.margin[:, known] == found.tasks.margin[:, known]).all()


def test_drawings_are_what_they_are_said_to_be():
    images = drawn(640, seed=1)
    table = np.array([images.factors[name] for name in FACTORS])
    assert (np.bincount(table.T @ (1 << np.arange(5)), minlength=32) == 20).all()
    lit = images.pixels.astype(float)
    edge = lit[:, 0].mean(axis=(1, 2))
    assert edge[table[4] == 1].min() > edge[table[4] == 0].max()
    bluer = (lit[..., 2] - lit[..., 0]).sum(axis=(1, 2))
    assert bluer[table[1] == 1].min() > bluer[table[1] == 0].max()
    assert factor_recovered(table[[2]], table[0]) < 0.1
    assert factor_recovered(1 - table[[2, 0]], table[0]) == pytest.approx(1)


def test_views_that_find_each_other_cost_little():
    one = torch.eye(4)
    assert float(contrastive(torch.cat([one, one]), 0.05)) < 0.01
    apart = torch.cat([one, one.roll(1, 0)])
    assert float(contrastive(apart, 0.05)) > 10


def test_features_are_the_same_for_a_seed(specks):
    x = standardised(specks.pixels)
    known = np.arange(40)
    given = Contrast(steps=3, batch=8)
    found = features(x, known, given, seed=2)
    assert found.shape == (60, 64, 1, 1)
    assert (found == features(x, known, given, seed=2)).all()
    assert (found != features(x, known, given, seed=3)).any()
