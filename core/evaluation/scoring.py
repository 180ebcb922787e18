"""How predicted shares score on the pairs of a case."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from core.evaluation.protocols import Case, Split, case_of
from core.evaluation.subject import Subject
from core.evaluation.truth import share, strictly_inside
from core.metrics import Predictor, best_threshold, claimed, f1, rank_correlation

FALLBACK = 0.5  # the threshold where no validation pair is positive
PARTS = ("right", "wrong", "missed")


# Learns what a case lets be known of its subject, and then predicts.
Contender = Callable[[Subject, Case], Predictor]


def trial(subject: Subject, seed: int, contender: Contender) -> dict[str, Any]:
    """How a contender does in one case, and the seconds that learning takes it.

    The score is None where the test pairs have nothing to score by: no positive, or
    no two different strengths. Then nothing is learned either.
    """
    case, measured = case_of(subject, seed), subject.truth.measured
    true = (share if measured else strictly_inside)(subject.truth, *case.test)
    told = {"test_pairs": len(true), "positives": int((true > 0).sum()), "seconds": 0.0}
    if len(np.unique(true)) < 2 if measured else not true.any():
        return {**told, "score": None}
    started = time.perf_counter()
    shares = contender(subject, case)
    told["seconds"] = round(time.perf_counter() - started, 2)
    if measured:
        return {**told, "score": rank_correlation(shares(*case.test), true)}
    return {**told, **told_apart(shares, subject, case, true)}


def told_apart(
    shares: Predictor, subject: Subject, case: Case, truth: Bool[np.ndarray, " pairs"]
) -> dict[str, Any]:
    """F1 on the test pairs, with the threshold that is best on the validation pairs.

    Where none of these is positive the threshold is `FALLBACK`, and not `chosen`. The
    lists are of keys of test pairs: of the child it is `right` or `wrong` to claim that
    it lies in the parent, or `missed`.
    """
    known = strictly_inside(subject.truth, *case.validation)
    threshold, chosen = FALLBACK, bool(known.any())
    if chosen:
        threshold = best_threshold(*_both_ways(shares, case.validation), known)
    claim = claimed(*_both_ways(shares, case.test), threshold)
    child, parent = case.test
    keys = child * subject.tasks + parent
    parts = (claim & truth, claim & ~truth, ~claim & truth)
    return {
        "score": f1(claim, truth),
        "threshold": threshold,
        "chosen": chosen,
        **{name: keys[part].tolist() for name, part in zip(PARTS, parts, strict=True)},
    }


def _both_ways(
    shares: Predictor, pairs: Split
) -> tuple[Float[np.ndarray, " pairs"], Float[np.ndarray, " pairs"]]:
    child, parent = pairs
    return shares(child, parent), shares(parent, child)
