from dataclasses import replace

import numpy as np
import pytest

from core.baselines import models as baselines
from core.baselines.models import BASELINES, Evidence
from core.errors import DataError
from core.learning import training
from core.metrics import THRESHOLDS, best_threshold, claimed, f1, rank_correlation

SLOW = ("published", "published-small", "published-linear", "mlp", "linear")
MEASURED = ("control-row-column", "control-nearest")
QUICK = [name for name in BASELINES if name not in SLOW]


@pytest.fixture(autouse=True)
def one_thread():
    training.use_one_thread()


@pytest.fixture
def few_steps(monkeypatch):
    """Fits of a few steps, where only is asked what they depend on."""
    usual, classifier = baselines.published.config_for, baselines.ClassifierConfig
    monkeypatch.setattr(
        baselines.published,
        "config_for",
        lambda **given: replace(usual(**given), steps=4),
    )
    monkeypatch.setattr(
        baselines,
        "ClassifierConfig",
        lambda hidden, steps, looks, **given: classifier(hidden, 4, 2, **given),
    )


@pytest.fixture
def evidence():
    """A root, three groups of five tasks, the last two tasks novel; wide above narrow.

    Tasks 0 is the root, 1 to 3 are the groups. Validation pairs are those with the
    novel task 17 as child, and those of task 5, which are not learned from.
    """
    group = np.array([-1, 0, 1, 2, *np.arange(15) % 3])
    rng = np.random.default_rng(0)
    centres = 3 * rng.normal(size=(3, 8))
    mean = np.where((group >= 0)[:, None], centres[group], centres.mean(axis=0))
    mean[4:] += 0.5 * rng.normal(size=(15, 8))
    width = np.select([group < 0, np.arange(19) < 4], [9.0, 1.0], 0.1)
    inside = np.zeros((19, 19))
    inside[1:, 0] = 1
    inside[np.arange(4, 19), 1 + group[4:]] = 1
    child, parent = np.nonzero(~np.eye(19, dtype=bool))
    known = (child < 17) & (parent < 17) & (child != 5)
    asked = (parent < 17) & np.isin(child, (5, 17))
    return Evidence(
        mean=mean.astype(np.float32),
        variance=np.repeat(width[:, None], 8, axis=1).astype(np.float32),
        train=np.arange(17),
        child=child[known],
        parent=parent[known],
        strength=inside[child[known], parent[known]].astype(np.float32),
        validation=(child[asked], parent[asked]),
        truth=inside[child[asked], parent[asked]],
        measured=False,
        dim=2,
        seed=0,
    )


@pytest.fixture
def affinities(evidence):
    """Strengths as if they were measured: of two near tasks, and of good parents."""
    good = np.random.default_rng(1).random(19)

    def strength(child, parent):
        apart = np.linalg.norm(evidence.mean[child] - evidence.mean[parent], axis=1)
        return (np.exp(-apart / 10) * good[parent]).astype(np.float32)

    return replace(
        evidence,
        variance=None,
        strength=strength(evidence.child, evidence.parent),
        truth=strength(*evidence.validation).astype(np.float64),
        measured=True,
    )


def every_pair():
    return np.nonzero(~np.eye(19, dtype=bool))


def test_names_are_those_that_evaluate_knows():
    assert {*BASELINES} == {*SLOW, *QUICK}
    assert {*MEASURED} <= {*QUICK}


@pytest.mark.parametrize("name", BASELINES)
def test_shares_are_numbers_from_0_to_1_for_every_pair(evidence, few_steps, name):
    shares = BASELINES[name](evidence)(*every_pair())
    assert shares.shape == (19 * 18,)
    assert np.isfinite(shares).all()
    assert ((shares >= 0) & (shares <= 1)).all() or name in MEASURED


@pytest.mark.parametrize("name", BASELINES)
def test_the_same_evidence_gives_the_same_shares(evidence, few_steps, name):
    first, second = (BASELINES[name](evidence)(*every_pair()) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", BASELINES)
def test_novel_tasks_change_nothing_between_known_ones(evidence, few_steps, name):
    child, parent = every_pair()
    use = (child < 17) & (parent < 17)
    pairs = child[use], parent[use]
    # Of the validation pairs only those between known tasks: a novel one may be asked.
    asked = evidence.validation[0] < 17
    one = replace(
        evidence,
        validation=tuple(rows[asked] for rows in evidence.validation),
        truth=evidence.truth[asked],
    )
    other = replace(one, mean=one.mean.copy(), variance=one.variance.copy())
    other.mean[17:] = 1e4
    other.variance[17:] = 1e4
    np.testing.assert_allclose(
        BASELINES[name](other)(*pairs), BASELINES[name](one)(*pairs), atol=1e-6
    )


@pytest.mark.parametrize("name", ["published", "control-row-column"])
def test_what_has_no_constant_to_choose_reads_no_validation_pair(
    evidence, few_steps, name
):
    other = replace(evidence, truth=1 - evidence.truth)
    first, second = (BASELINES[name](one)(*every_pair()) for one in (evidence, other))
    np.testing.assert_array_equal(first, second)


def held_out_f1(evidence, name):
    """F1 for the novel task 18 and all others, by the threshold of the validation."""
    shares = BASELINES[name](evidence)
    child, parent = evidence.validation
    threshold = best_threshold(
        shares(child, parent), shares(parent, child), evidence.truth > 0
    )
    child, parent = every_pair()
    use = (child < 18) & (parent < 17) & (child != parent)
    child, parent = child[use], parent[use]
    truth = (parent == 0) | ((child > 3) & (parent == 1 + (child - 4) % 3))
    claim = claimed(shares(child, parent), shares(parent, child), threshold)
    return f1(claim, truth & (child != parent))


@pytest.mark.parametrize(
    ("name", "least"), [("published-small", 0.7), ("mlp", 0.9), ("kl", 0.9)]
)
def test_a_small_hierarchy_is_learned(evidence, name, least):
    assert held_out_f1(evidence, name) > least


def test_a_coin_is_right_as_often_as_chance(evidence):
    child, parent = every_pair()
    rates = []
    for seed in range(200):
        shares = BASELINES["random"](replace(evidence, seed=seed))
        claim = claimed(shares(child, parent), shares(parent, child), 0.5)
        rates.append(claim.mean())
    rate = evidence.truth.mean()
    assert np.mean(rates) == pytest.approx(rate * (1 - rate), abs=0.01)
    assert np.std(rates) > 0


def test_the_way_back_decides_where_distance_is_the_same(evidence):
    for name in ("asymmetric-cosine", "asymmetric-euclidean"):
        shares = BASELINES[name](evidence)
        child, parent = np.array([4]), np.array([1])  # a task far out, and its group
        assert (shares(child, parent) != shares(parent, child)).all()


def test_half_is_the_share_at_the_cut(evidence):
    child, parent = evidence.validation
    shares = BASELINES["kl"](evidence)
    forth, back = shares(child, parent), shares(parent, child)
    scores = [
        f1(claimed(forth, back, threshold), evidence.truth > 0)
        for threshold in THRESHOLDS
    ]
    assert scores[THRESHOLDS.index(0.5)] == max(scores)


def test_kl_without_variances_names_the_remedy(evidence):
    for variance in (None, np.zeros((19, 8), np.float32)):
        with pytest.raises(DataError, match="leave 'kl' out of --models"):
            BASELINES["kl"](replace(evidence, variance=variance))


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "kl"])
def test_without_a_positive_validation_pair_there_are_shares_all_the_same(
    evidence, few_steps, name
):
    none = replace(evidence, truth=np.zeros_like(evidence.truth))
    assert np.isfinite(BASELINES[name](none)(*every_pair())).all()


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "kl"])
def test_affinities_can_be_learned_from(affinities, few_steps, name):
    shares = BASELINES[name](affinities)(*every_pair())
    assert np.isfinite(shares).all()
    assert np.ptp(shares) > 0


@pytest.mark.parametrize("name", MEASURED)
def test_affinities_are_told_apart(affinities, name):
    shares = BASELINES[name](affinities)
    assert rank_correlation(shares(*affinities.validation), affinities.truth) > 0.5


def test_the_published_settings_of_measured_collections_are_used(
    affinities, monkeypatch
):
    seen = []

    def start(channels, config):
        seen.append(config)
        raise KeyboardInterrupt

    monkeypatch.setattr(baselines.published, "start", start)
    with pytest.raises(KeyboardInterrupt):
        BASELINES["published-small"](affinities)
    assert (seen[0].trunk, seen[0].steps, seen[0].volume_weight) == (
        "small",
        3000,
        0.01,
    )
