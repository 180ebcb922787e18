from dataclasses import replace

import numpy as np
import pytest
import torch

from core.baselines import classifiers
from core.baselines.classifiers import (
    ClassifierConfig,
    PairClassifier,
    _kinds,
    best_of,
    predicted,
)
from core.learning import training

QUICK = ClassifierConfig((8, 4), steps=40, check_every=20)


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


@pytest.fixture
def pairs():
    """Ten tasks of which those with more of the first feature hold the others."""
    features = np.random.default_rng(0).normal(size=(10, 3))
    child, parent = np.nonzero(~np.eye(10, dtype=bool))
    return features, child, parent, (features[child] < features[parent])[:, 0] * 1.0


def fitted(pairs, config):
    return list(classifiers.fit(*pairs, config))


@pytest.mark.parametrize("hidden", [(8, 4), ()])
def test_the_logit_is_that_of_features_side_by_side(pairs, hidden):
    features, child, parent, _ = pairs
    model = PairClassifier(3, hidden).eval()
    both = torch.tensor(np.hstack([features[child], features[parent]])).float()
    whole = model.rest(model.first(both)).squeeze(1)
    expected = torch.sigmoid(whole).detach().numpy()
    found = predicted(model, features, child, parent)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_layers_are_the_published_ones():
    model = PairClassifier(5, (1024, 256, 128))
    layers = [model.first, *(one for one in model.rest if hasattr(one, "weight"))]
    shapes = [tuple(one.weight.shape) for one in layers if one.weight.ndim == 2]
    assert shapes == [(1024, 10), (256, 1024), (128, 256), (1, 128)]


def test_prediction_does_not_depend_on_how_many_are_asked_for(pairs, monkeypatch):
    features, child, parent, _ = pairs
    *_, model = fitted(pairs, QUICK)
    whole = predicted(model, features, child, parent)
    monkeypatch.setattr(classifiers, "AT_ONCE", 7)
    np.testing.assert_allclose(
        predicted(model, features, child, parent), whole, atol=1e-6
    )


@pytest.mark.parametrize("some", [None, 16])
def test_a_classifier_learns_what_a_number_tells(pairs, some):
    config = replace(QUICK, steps=400, check_every=400, pairs=some, learning_rate=1e-2)
    *_, model = fitted(pairs, config)
    features, child, parent, target = pairs
    found = predicted(model, features, child, parent)
    assert ((found > 0.5) == (target == 1)).mean() > 0.95


def test_measured_strengths_are_learned_as_they_are(pairs):
    features, child, parent, _ = pairs
    strength = 0.2 + 0.6 / (1 + np.exp(-features[child, 1]))
    config = replace(
        QUICK, steps=400, check_every=400, measured=True, learning_rate=1e-2
    )
    *_, model = fitted((features, child, parent, strength), config)
    error = predicted(model, features, child, parent) - strength
    assert np.abs(error).mean() < 0.05


def test_equal_settings_give_equal_classifiers(pairs):
    first, second = (
        predicted(fitted(pairs, replace(QUICK, pairs=16))[-1], *pairs[:3])
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_it_is_looked_at_every_so_many_steps_and_at_the_end(pairs):
    assert len(fitted(pairs, replace(QUICK, steps=50))) == 3
    assert len(fitted(pairs, replace(QUICK, steps=40))) == 2


def test_a_fixed_share_of_the_pairs_of_a_step_is_positive():
    target = np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    kinds = [(rows.tolist(), count) for rows, count in _kinds(target, 40, 0.25)]
    assert kinds == [([0, 3], 10), ([1, 2, 4], 30)]


@pytest.mark.parametrize(
    ("target", "positive"), [([0.0, 0.0], 0.25), ([1.0, 1.0], 0.25), ([0.5, 0.0], 0.0)]
)
def test_where_there_is_no_choice_pairs_are_drawn_from_all(target, positive):
    [(rows, count)] = _kinds(np.array(target), 40, positive)
    assert (rows.tolist(), count) == ([0, 1], 40)


def test_the_best_is_kept_as_it_was(pairs):
    seen = []

    def quality(model):
        seen.append(predicted(model, *pairs[:3]))
        return [0.1, 0.9, 0.2][len(seen) - 1]

    config = replace(QUICK, steps=60)
    best = best_of(classifiers.fit(*pairs, config), quality, patience=9)
    np.testing.assert_array_equal(predicted(best, *pairs[:3]), seen[1])


def test_patience_ends_and_equal_ones_count_as_the_last(pairs):
    seen = []

    def quality(model):
        seen.append(predicted(model, *pairs[:3]))
        return 0.0

    config = replace(QUICK, steps=200)
    best = best_of(classifiers.fit(*pairs, config), quality, patience=3)
    assert len(seen) == 4
    np.testing.assert_array_equal(predicted(best, *pairs[:3]), seen[-1])
