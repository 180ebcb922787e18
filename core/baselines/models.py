"""Other ways to tell which task lies in which, by the same evidence.

All of them, the published recipe too, learn from the pairs that our encoders learn
from, and choose their constants by validation pairs. The publication (Daroya et al.,
CVPR 2024) names them and says little of some: what was decided is said beside each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float, Int

from core import metrics
from core.baselines import classifiers, controls, distances, published, soft_boxes
from core.baselines.classifiers import ClassifierConfig, PairClassifier
from core.errors import DataError
from core.learning.sampling import Rows
from core.metrics import Predictor

Numbers = Float[np.ndarray, " pairs"]


MLP = (1024, 256, 128)  # widths of the published network
LOOKS = 50  # steps of a classifier between looks at the validation pairs
ALPHAS = tuple(step / 20 for step in range(1, 41))  # of asymmetric distances
NEIGHBOURS = range(1, 9)


@dataclass(frozen=True)
class Evidence:
    """What a baseline may learn from, and the tasks it is asked about afterwards.

    `mean` describes every task, novel ones too; anything that features are scaled by is
    taken from the rows `train`, the known tasks. It is longer where more than means
    were asked for. `variance` is that of the members, None where tasks are single
    vectors. `child`, `parent` and `strength` are all pairs of known tasks that may be
    learned from, 0 where they share nothing. By the `validation` pairs, children and
    parents, constants are chosen; their `truth` is whether the child lies strictly in
    the parent, 1 or 0, or the strength where strengths are `measured` affinities.
    """

    mean: Float[np.ndarray, "tasks channels"]
    variance: Float[np.ndarray, "tasks moments"] | None
    train: Int[np.ndarray, " train"]
    child: Int[np.ndarray, " pairs"]
    parent: Int[np.ndarray, " pairs"]
    strength: Float[np.ndarray, " pairs"]
    validation: tuple[Int[np.ndarray, " validation"], Int[np.ndarray, " validation"]]
    truth: Float[np.ndarray, " validation"]
    measured: bool
    dim: int
    seed: int


def by_published_boxes(evidence: Evidence, trunk: published.Trunk) -> Predictor:
    """Soft containment of the boxes of the published recipe."""
    config = published.config_for(
        dim=evidence.dim, trunk=trunk, seed=evidence.seed, measured=evidence.measured
    )
    train = evidence.train
    row = np.full(len(evidence.mean), -1)
    row[train] = np.arange(len(train))
    known = soft_boxes.known_pairs(
        len(train), row[evidence.child], row[evidence.parent], evidence.strength
    )
    state = published.start(evidence.mean.shape[1], config)
    for _ in published.fit(evidence.mean[train], known, state):
        pass
    lower, upper = published.corners(state.model, evidence.mean)
    return partial(
        soft_boxes.soft_containment, lower, upper, temperature=config.temperature
    )


def by_mlp(evidence: Evidence) -> Predictor:
    """A classifier with the published trunk, of raw features as published.

    1,024 pairs a step, a quarter of them positive.
    """
    config = ClassifierConfig(
        MLP, 1000, LOOKS, pairs=1024, measured=evidence.measured, seed=evidence.seed
    )
    return _by_classifier(evidence, evidence.mean, config)


def by_linear(evidence: Evidence) -> Predictor:
    """A logistic regression: one number of the child and one of the parent, summed.

    All pairs at every step. Of raw features it learns nothing in any bearable time;
    standardised ones can express no more and no less.
    """
    config = ClassifierConfig(
        (), 2000, LOOKS, measured=evidence.measured, seed=evidence.seed
    )
    return _by_classifier(evidence, _standardised(evidence), config)


def by_divergence(evidence: Evidence) -> Predictor:
    """The Kullback-Leibler divergence of normal distributions of the members.

    Raises:
        DataError: Nothing is known of the variance of members.
    """
    variance = evidence.variance
    if variance is None or not variance[evidence.train].any():
        raise DataError(
            "The model 'kl' compares how the members of tasks vary, and no known task "
            "has several members; leave 'kl' out of --models."
        )
    apart = distances.divergence(evidence.mean, variance, evidence.train)
    child, parent = evidence.validation
    _, cut = _cut_at(evidence, apart(child, parent), apart(parent, child))
    return _falling(evidence, apart, cut)


def by_asymmetric_distance(evidence: Evidence, metric: distances.Metric) -> Predictor:
    """Distance of child and parent, less alpha times the child's from a trivial task.

    A task far from the trivial one is special, so rather a child than a parent.
    """
    between, special = distances.from_trivial(evidence.mean, evidence.train, metric)
    child, parent = evidence.validation
    apart = between(child, parent)
    best = max(
        (
            *_cut_at(
                evidence,
                apart - alpha * special[child],
                apart - alpha * special[parent],
            ),
            alpha,
        )
        for alpha in ALPHAS
    )
    _, cut, alpha = best
    return _falling(
        evidence,
        lambda child, parent: between(child, parent) - alpha * special[child],
        cut,
    )


def by_chance(evidence: Evidence) -> Predictor:
    """A coin that shows 1 as often as validation pairs are true, else 0.

    Where strengths are measured, any number. The same pair gets the same each time.
    """
    rng = np.random.default_rng([evidence.seed, len(evidence.mean)])
    as_child, as_parent = rng.random((2, len(evidence.mean)))
    rate = evidence.truth.mean() if len(evidence.truth) else 0.0

    def shares(child: Rows, parent: Rows) -> Numbers:
        # Uniform, and independent for any two pairs of tasks.
        drawn = (as_child[child] + as_parent[parent]) % 1
        return drawn if evidence.measured else (drawn < rate).astype(np.float64)

    return shares


def by_row_and_column(evidence: Evidence) -> Predictor:
    """How strongly the child is related to any parent, and the parent to any child."""
    return _looked_up(controls.row_times_column(_known(evidence)))


def by_nearest(evidence: Evidence) -> Predictor:
    """What is known of the tasks nearest in standardised features."""
    known, features = _known(evidence), _standardised(evidence)

    def guess(neighbours: int) -> controls.Matrix:
        return controls.by_neighbours(known, features, evidence.train, neighbours)

    def quality(neighbours: int) -> float:
        return _agreement(evidence, guess(neighbours)[evidence.validation])

    return _looked_up(guess(max(NEIGHBOURS, key=quality)))


BASELINES: Mapping[str, Callable[[Evidence], Predictor]] = {
    "published": partial(by_published_boxes, trunk="published"),
    "published-small": partial(by_published_boxes, trunk="small"),
    "published-linear": partial(by_published_boxes, trunk="linear"),
    "mlp": by_mlp,
    "linear": by_linear,
    "kl": by_divergence,
    "asymmetric-cosine": partial(by_asymmetric_distance, metric="cosine"),
    "asymmetric-euclidean": partial(by_asymmetric_distance, metric="euclidean"),
    "random": by_chance,
    "control-row-column": by_row_and_column,
    "control-nearest": by_nearest,
}


def _by_classifier(
    evidence: Evidence,
    features: Float[np.ndarray, "tasks channels"],
    config: ClassifierConfig,
) -> Predictor:
    """The sigmoid of a classifier, as good as it gets on the validation pairs.

    Its target is 1 where the child lies wholly in the parent, and 0 where they overlap
    or share nothing, as published; or the measured strength.
    """
    target = evidence.strength
    if not evidence.measured:
        target = (target == 1).astype(np.float64)

    def quality(model: PairClassifier) -> float:
        child, parent = evidence.validation
        forth = classifiers.predicted(model, features, child, parent)
        if evidence.measured:
            return _agreement(evidence, forth)
        back = classifiers.predicted(model, features, parent, child)
        truth = evidence.truth > 0
        return max(
            metrics.f1(metrics.claimed(forth, back, threshold), truth)
            for threshold in metrics.THRESHOLDS
        )

    fitted = classifiers.fit(features, evidence.child, evidence.parent, target, config)
    best = classifiers.best_of(fitted, quality, config.patience)
    return partial(classifiers.predicted, best, features)


def _cut_at(evidence: Evidence, forth: Numbers, back: Numbers) -> tuple[float, float]:
    """How good distances of the validation pairs are, and up to which to claim.

    Where strengths are measured, or no pair is true, that is the median.
    """
    if evidence.measured:
        return _agreement(evidence, -forth), float(np.median(forth))
    truth = evidence.truth > 0
    if not truth.any():
        return 0.0, float(np.median(forth)) if len(forth) else 0.0
    return distances.best_cut(forth, back, truth)


def _falling(evidence: Evidence, apart: distances.Distances, cut: float) -> Predictor:
    """Shares that fall with distance, from 1 to 0, and are 1/2 at the cut.

    A logistic curve as wide as the distances of validation pairs differ.
    """
    found = apart(*evidence.validation)
    width = float(found.std()) if len(found) else 0.0

    def shares(child: Rows, parent: Rows) -> Numbers:
        return (1 + np.tanh((cut - apart(child, parent)) / (2 * width or 1.0))) / 2

    return shares


def _agreement(evidence: Evidence, predicted: Numbers) -> float:
    """Rank correlation with the truth of the validation pairs; 0 without any."""
    if len(evidence.truth) < 2 or np.ptp(evidence.truth) == 0:
        return 0.0
    return metrics.rank_correlation(predicted, evidence.truth)


def _standardised(evidence: Evidence) -> Float[np.ndarray, "tasks channels"]:
    """Features of mean 0 and deviation 1 over known tasks, or 0 where constant."""
    features = evidence.mean.astype(np.float64)
    known = features[evidence.train]
    deviation = known.std(axis=0)
    return (features - known.mean(axis=0)) / np.where(
        deviation > 1e-6, deviation, np.inf
    )


def _known(evidence: Evidence) -> controls.Matrix:
    return controls.matrix_of(
        len(evidence.mean), evidence.child, evidence.parent, evidence.strength
    )


def _looked_up(guessed: controls.Matrix) -> Predictor:
    return lambda child, parent: guessed[child, parent]
