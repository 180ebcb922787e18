"""One document of all that an evaluation found."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from core.collection import Collection
from core.errors import DataError
from core.evaluation.evidence import MOMENTS
from core.evaluation.notes import features_note
from core.evaluation.plan import SHARED_MEMBERS, Plan
from core.evaluation.protocols import EACH, MANY
from core.evaluation.scoring import FALLBACK, PARTS
from core.evaluation.subject import tasks_asked
from core.evaluation.subtrees import subtree_scores

Result = Mapping[str, Any]
DIGITS = 4


def summary(
    collection: Collection, plan: Plan, found: Sequence[Result]
) -> dict[str, Any]:
    """Means and (population) standard deviations over cases, for every model.

    `test_pairs` and `positives` are what one case has on average. Cases that have
    nothing to score by are left out, which the note says. No figure is rounded up.

    Raises:
        DataError: No case has anything to score by.
    """
    scored = [one for one in found if one["score"] is not None]
    if not scored:
        raise DataError(_nothing_to_score(collection, plan))
    measure = "f1" if collection.relations.complete else "rho"
    by_model = {
        model: [one for one in scored if one["model"] == model] for model in plan.models
    }
    return {
        "collection": collection.name,
        "protocol": plan.protocol,
        "dim": plan.dim,
        "features": plan.features,
        "measure": measure,
        "cases": plan.cases,
        "tasks": len(tasks_asked(collection, plan.protocol)),
        "test_pairs": round(np.mean([one["test_pairs"] for one in scored])),
        "positives": round(np.mean([one["positives"] for one in scored])),
        "note": " ".join(_notes(collection, plan, found)),
        "models": {
            model: _over_cases(measure, results) for model, results in by_model.items()
        },
        "subtrees": _subtrees(collection, plan, by_model.get("default", []))
        if measure == "f1"
        else {},
    }


def _over_cases(measure: str, results: Sequence[Result]) -> dict[str, Any]:
    scores = [one["score"] for one in sorted(results, key=lambda one: one["case"])]
    return {
        f"{measure}_mean": _down(np.mean(scores)),
        f"{measure}_std": round(float(np.std(scores)), DIGITS),
        "seconds": round(float(np.mean([one["seconds"] for one in results])), 2),
        measure: [_down(score) for score in scores],
    }


def _down(figure: float) -> float:
    """A figure of few digits that is never better than the whole one."""
    scale = 10**DIGITS
    return math.floor(float(figure) * scale + 1e-6) / scale


def _subtrees(
    collection: Collection, plan: Plan, results: Sequence[Result]
) -> dict[str, Any]:
    """F1 and positives by the name of every task, the pairs of all cases together."""
    rows = tasks_asked(collection, plan.protocol)

    def pairs(part: str) -> Iterator[tuple[int, int]]:
        for one in results:
            child, parent = np.divmod(np.array(one[part], dtype=np.int64), len(rows))
            yield from zip(rows[child].tolist(), rows[parent].tolist(), strict=True)

    parts = (pairs(part) for part in PARTS)
    scores = subtree_scores(collection.hierarchy, *parts)
    names = collection.tasks.index
    return {
        names[row]: {"f1": _down(f1), "positives": positives}
        for row, (f1, positives) in scores.items()
    }


def _notes(
    collection: Collection, plan: Plan, found: Sequence[Result]
) -> Iterator[str]:
    """What must be known to read the figures rightly."""
    yield from features_note(collection)
    asked, tasks = tasks_asked(collection, plan.protocol), len(collection.tasks)
    if len(asked) < tasks:
        yield (
            f"{tasks - len(asked):,} of {tasks:,} tasks have members on one side "
            "of the split only and are left out."
        )
    if len(asked) > MANY:
        yield (
            f"Pairs are sampled: all positives held out and {EACH} negatives for each, "
            "half of them with tasks of the same branch; precision is relative to that."
        )
    if SHARED_MEMBERS in plan.models and "default" in plan.models:
        yield (
            "The default recipe starts from a floorplan of the sets of members, from "
            "which the truth of these pairs follows too, as the control shows: this "
            "tells how well a picture keeps what is known, not how well new members "
            "are placed."
        )
    settled = [model for model in plan.models if model in ("default", *MOMENTS)]
    if plan.features != "mean" and collection.membership is not None and settled:
        yield f"Whatever the features, {' and '.join(settled)} read members."
    without = _cases(one for one in found if one["score"] is None)
    if without:
        left = "is" if without.startswith("Case ") else "are"
        yield f"{without} nothing to score by and {left} left out."
    unchosen = _cases(one for one in found if not one.get("chosen", True))
    if unchosen:
        yield (
            f"{unchosen} no positive among the validation pairs: the threshold is "
            f"{FALLBACK} there."
        )


def _cases(results: Iterator[Result]) -> str:
    numbers = sorted({one["case"] for one in results})
    if not numbers:
        return ""
    listed = ", ".join(map(str, numbers))
    return f"Case {listed} has" if len(numbers) == 1 else f"Cases {listed} have"


def _nothing_to_score(collection: Collection, plan: Plan) -> str:
    where = f"the test pairs of {collection.name!r} ({plan.protocol}, {plan.cases} "
    where += "case)" if plan.cases == 1 else "cases)"
    if not collection.relations.complete:
        return f"Too few measured strengths among {where}; try more --cases."
    return (
        f"No positives in {where}: none is of a task that lies strictly in the other. "
        "Try more --cases, or a collection whose tasks lie in each other."
    )
