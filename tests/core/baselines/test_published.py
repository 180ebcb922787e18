import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.baselines import published
from core.baselines.published import (
    PublishedConfig,
    PublishedEncoder,
    config_for,
    corners,
    loss,
)
from core.baselines.soft_boxes import known_pairs
from core.boxes import Boxes, containment_pairs
from core.errors import DataError
from core.learning import training
from core.metrics import claimed, f1

NONE = PublishedConfig(containment_weight=0.0, volume_weight=0.0, centre_weight=0.0)


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


def soft(side):
    return 0.1 * math.log(1 + math.exp(side / 0.1))


def nothing_known(tasks):
    none = np.zeros(0, dtype=np.int64)
    return known_pairs(tasks, none, none, np.zeros(0))


def tensors(*corners):
    return [torch.tensor(corner, dtype=torch.float32) for corner in corners]


@pytest.fixture
def family():
    """A root, three groups of four, and features that tell them apart."""
    group = np.array([-1, 0, 1, 2, *np.repeat(range(3), 4)])
    rng = np.random.default_rng(0)
    features = rng.normal(size=(3, 8))[group] * (group >= 0)[:, None]
    features[4:] += 0.3 * rng.normal(size=(12, 8))
    child, parent = np.nonzero(~np.eye(16, dtype=bool))
    strength = (parent == 0) | (
        (child > 3) & (parent > 0) & (parent < 4) & (group[child] == group[parent])
    )
    return features.astype(np.float32), (child, parent, strength.astype(np.float32))


def fitted(family, steps, trunk="published"):
    features, pairs = family
    config = replace(
        config_for(dim=2, trunk=trunk, seed=0, measured=False), steps=steps
    )
    state = published.start(features.shape[1], config)
    losses = [
        state.loss for _ in published.fit(features, known_pairs(16, *pairs), state)
    ]
    return state, losses


def test_settings_are_the_published_ones():
    config = config_for(dim=2, trunk="published", seed=3, measured=False)
    assert (config.steps, config.learning_rate, config.temperature) == (1350, 1e-3, 0.1)
    weights = (config.containment_weight, config.volume_weight, config.centre_weight)
    assert weights == (100, 0.7, 0.01)
    measured = config_for(dim=2, trunk="published", seed=3, measured=True)
    assert measured == replace(config, steps=3000, volume_weight=0.01)


def test_volume_term_of_two_boxes_by_hand():
    corners = tensors([[0, 0], [5, 5]], [[1, 0.5], [5.2, 5.2]])
    value = loss(*corners, nothing_known(2), replace(NONE, volume_weight=0.7))
    roots = [(soft(1) * soft(0.5)) ** -0.5, 1 / soft(0.2)]
    uneven = 0.5 / 4
    assert value.item() == pytest.approx(0.7 * sum(roots) + uneven)


def test_sides_term_counts_every_two_sides_once():
    corners = tensors([[0, 0, 0]], [[1, 0.5, 0.2]])
    value = loss(*corners, nothing_known(1), replace(NONE, dim=3))
    assert value.item() == pytest.approx((0.5 + 0.8 + 0.3) / 9)


def test_centre_term_pulls_related_tasks_only():
    corners = tensors([[0, 0], [3, 4], [50, 50]], [[1, 1], [4, 5], [51, 51]])
    child, parent = np.array([0, 1, 1, 2]), np.array([1, 0, 2, 0])
    known = known_pairs(3, child, parent, np.array([0.1, 1, 0, 0]))
    value = loss(*corners, known, replace(NONE, centre_weight=0.01))
    assert value.item() == pytest.approx(0.01 * 2 * 25)


def test_containment_term_of_two_boxes_by_hand():
    corners = tensors([[0, 0], [0.25, 0.25]], [[1, 1], [0.75, 0.75]])
    known = known_pairs(2, np.array([0, 1]), np.array([1, 0]), np.array([0.5, 0.75]))
    value = loss(*corners, known, replace(NONE, containment_weight=100.0))
    outer = (soft(0.5) / soft(1)) ** 2
    assert value.item() == pytest.approx(100 * ((outer - 0.5) ** 2 + 0.25**2))


def published_loss(lower, upper, child, parent, strength):
    """The whole loss, written down in NumPy from its description."""
    dim = lower.shape[1]
    side = upper - lower
    volume = (0.1 * np.log(1 + np.exp(side / 0.1))).prod(axis=1)
    high = np.minimum(upper[child], upper[parent])
    low = np.maximum(lower[child], lower[parent])
    shared = (0.1 * np.log(1 + np.exp((high - low) / 0.1))).prod(axis=1)
    total = 100 * ((shared / volume[child] - strength) ** 2).sum()
    total += 0.7 * ((1 / volume) ** (1 / dim)).sum()
    centre = (lower + upper) / 2
    distance = ((centre[child] - centre[parent]) ** 2).sum(axis=1)
    total += 0.01 * distance[strength > 0].sum()
    for one in range(dim):
        for other in range(one):
            total += np.abs(side[:, one] - side[:, other]).sum() / dim**2
    return total


@given(st.integers(0, 99), st.integers(2, 12), st.integers(1, 4))
def test_loss_is_that_of_the_reference_in_numpy(seed, tasks, dim):
    rng = np.random.default_rng(seed)
    lower = rng.normal(size=(tasks, dim)).astype(np.float32)
    upper = lower + rng.uniform(0.05, 1, (tasks, dim)).astype(np.float32)
    known = (rng.random((tasks, tasks)) < 0.8) & ~np.eye(tasks, dtype=bool)
    child, parent = np.nonzero(known)
    strength = np.where(rng.random(len(child)) < 0.3, rng.random(len(child)), 0)
    found = loss(
        *tensors(lower, upper),
        known_pairs(tasks, child, parent, strength),
        PublishedConfig(dim=dim),
    )
    arrays = (lower.astype(np.float64), upper.astype(np.float64))
    expected = published_loss(*arrays, child, parent, strength)
    assert found.item() == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("trunk", "layers"),
    [("published", [1024, 256, 128]), ("small", [16]), ("linear", [])],
)
def test_trunks_and_sides_below_one(trunk, layers):
    model = PublishedEncoder(7, 3, trunk)
    linear = [one for one in model.trunk if isinstance(one, torch.nn.Linear)]
    assert [one.out_features for one in linear] == layers
    lower, upper = model(100 * torch.randn(5, 7))
    assert lower.shape == (5, 3)
    assert ((upper - lower) <= 1.0001).all()


def test_a_box_does_not_depend_on_which_others_are_placed_with_it(family):
    state, _ = fitted(family, steps=3)
    features, _ = family
    together = corners(state.model, features)
    alone = corners(state.model, features[5:6])
    np.testing.assert_allclose(
        [corner[5:6] for corner in together], alone, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("trunk", ["published", "small", "linear"])
def test_equal_settings_give_an_equal_fit(family, trunk):
    (one, first), (other, second) = (fitted(family, 5, trunk) for _ in range(2))
    assert first == second
    for a, b in zip(one.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_fit_goes_on_from_where_it_is(family):
    features, pairs = family
    known = known_pairs(16, *pairs)
    state = published.start(8, PublishedConfig(steps=6))
    for _ in published.fit(features, known, state):
        if state.step == 3:
            break
    for _ in published.fit(features, known, state):
        pass
    whole, _ = fitted(family, steps=6)
    assert state.step == 6
    assert state.loss == whole.loss


@pytest.mark.parametrize(("trunk", "steps"), [("published", 1350), ("small", 1000)])
def test_the_recipe_learns_a_small_hierarchy(family, trunk, steps):
    features, (child, parent, strength) = family
    state, losses = fitted(family, steps, trunk)
    assert losses[-1] < losses[0] / 5
    boxes = Boxes(*corners(state.model, features), tuple(map(str, range(16))))
    forth, back = (
        containment_pairs(boxes, *pair) for pair in ((child, parent), (parent, child))
    )
    assert f1(claimed(forth, back, 0.5), strength == 1) > 0.9


def test_one_task_is_too_few():
    state = published.start(3, PublishedConfig())
    with pytest.raises(DataError, match="two known tasks and has 1"):
        next(published.fit(np.zeros((1, 3)), nothing_known(1), state))


def test_a_loss_that_is_no_number_ends_the_fit_with_the_last_good_state(family):
    features, pairs = family
    known = known_pairs(16, *pairs)
    state = published.start(8, PublishedConfig())
    next(published.fit(features, known, state))
    before = {key: value.clone() for key, value in state.model.state_dict().items()}
    with pytest.raises(DataError, match="loss is nan at step 2 of 1350"):
        next(published.fit(np.where(features > 0, np.inf, features), known, state))
    assert state.step == 1
    for key, value in state.model.state_dict().items():
        assert torch.equal(value, before[key])
