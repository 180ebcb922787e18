"""What baselines learn from in a case: the same pairs and features as encoders."""

import numpy as np
from jaxtyping import Bool, Float

from core.baselines.models import BASELINES, Evidence
from core.evaluation.negatives import Keys, Mask, negatives
from core.evaluation.protocols import MANY, Case, Split
from core.evaluation.subject import Subject
from core.evaluation.truth import Rows, listed, share, strict_pairs, strictly_inside
from core.metrics import Predictor

EACH = 10  # negatives to learn from for every positive, where tasks are many
MOMENTS = ("kl",)  # defined by mean and variance, whatever features are asked for
BOXED = ("published", "published-small", "published-linear")  # have a dimension


def shares(subject: Subject, case: Case, *, name: str, dim: int) -> Predictor:
    """What a baseline predicts that has learned from the evidence of a case."""
    return BASELINES[name](evidence_of(subject, case, name, dim))


def common_members(subject: Subject, case: Case) -> Predictor:
    """The control: a task whose members all are another's lies in it.

    That is what the truth is made of, so its F1 is 1 by definition. It shows what is
    asked where tasks share members.
    """

    def shares(child: Rows, parent: Rows) -> Float[np.ndarray, " pairs"]:
        return (share(subject.truth, child, parent) == 1).astype(np.float64)

    return shares


def evidence_of(subject: Subject, case: Case, name: str, dim: int) -> Evidence:
    """Descriptions of all tasks, and of the known ones what may be learned from."""
    truth, measured = subject.truth, subject.truth.measured
    child, parent = learnable(subject, case)
    asked = share if measured else strictly_inside
    known, novel = subject.known, subject.novel
    vectors = (known.vector, novel.vector)
    if name in MOMENTS:
        vectors = (known.mean, novel.mean)
    variance = None
    if known.variance is not None and novel.variance is not None:
        variance = _each_by_its_side(case, known.variance, novel.variance)
    return Evidence(
        mean=_each_by_its_side(case, *vectors),
        variance=variance,
        train=case.train,
        child=child,
        parent=parent,
        strength=share(truth, child, parent),
        validation=case.validation,
        truth=asked(truth, *case.validation).astype(np.float64),
        measured=measured,
        dim=dim,
        seed=case.seed,
    )


def learnable(subject: Subject, case: Case) -> Split:
    """Ordered pairs of known tasks that are not withheld.

    Of many tasks all that are related, and `EACH` negatives for every positive.
    """
    tasks, train = subject.tasks, case.train
    known = np.isin(np.arange(tasks), train)

    def allows(keys: Keys) -> Bool[np.ndarray, " keys"]:
        child, parent = np.divmod(keys, tasks)
        two = known[child] & known[parent] & (child != parent)
        return two & ~listed(keys, case.withheld)

    if tasks <= MANY:
        keys = (train[:, None] * tasks + train).ravel()
        return _split(keys[allows(keys)], tasks)
    related = subject.truth.keys[allows(subject.truth.keys)]
    child, parent = strict_pairs(subject.truth)
    positive = child * tasks + parent
    positive = positive[allows(positive)]
    mask = Mask(allows, density=len(train) / tasks)
    rng = np.random.default_rng(case.seed)
    drawn = negatives(subject.truth, subject.parent, positive, mask, rng, each=EACH)
    return _split(np.union1d(related, drawn), tasks)


def _each_by_its_side(
    case: Case,
    known: Float[np.ndarray, "tasks described"],
    novel: Float[np.ndarray, "tasks described"],
) -> Float[np.ndarray, "tasks described"]:
    rows = novel.copy()
    rows[case.train] = known[case.train]
    return rows


def _split(keys: Keys, tasks: int) -> Split:
    child, parent = np.divmod(keys, tasks)
    return child, parent
