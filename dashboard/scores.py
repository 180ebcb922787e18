"""What evaluations of a collection found, read from the documents that say so.

A document is data: an old one says less, and a person may have written one by hand.
What it says must be well-formed; one that is not is left out, and why is said.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.atlas import Atlas
from core.errors import DataError

# In the order in which they are shown, and preferred where only one can be.
PROTOCOLS = ("existing", "novel", "fresh")
FEATURES = ("mean", "mean+variance", "task2vec", "quantiles")

Measure = Literal["f1", "rho"]
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """How well one model did: mean and standard deviation over cases.

    Attributes:
        seconds: Of one fit, on average; None where it is not known.
        each: What every case said; may be empty.
    """

    model: str
    mean: float
    deviation: float
    seconds: float | None
    each: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """One protocol in one dimension on one description of the tasks.

    Attributes:
        measure: What scores are: F1, or Spearman's rho.
        tasks, pairs, positives: Numbers of tasks, and of test pairs and positive ones
            among them in one case; None where they are not known.
        note: What must be known to read the scores rightly.
    """

    protocol: str
    dim: int
    features: str
    measure: Measure
    cases: int
    tasks: int | None
    pairs: int | None
    positives: int | None
    note: str
    scores: tuple[Score, ...]


def order(known: tuple[str, ...], word: str) -> tuple[int, str]:
    """A sort key: known words as they come, others after them by letters."""
    return (known.index(word), "") if word in known else (len(known), word)


def figure(mean: float, deviation: float | None, measure: Measure) -> tuple[str, str]:
    """A mean and its standard deviation in words; no mean is rounded up."""
    scale, places = (100, 1) if measure == "f1" else (1, 2)
    spread = "" if deviation is None else f"± {scale * deviation:.{places}f}"
    return floored(scale * mean, places), spread


def floored(number: float, places: int) -> str:
    """With so many decimals, never more than it is."""
    slack = 1e-6  # 0.29 is a little less than 29 hundredths
    return f"{math.floor(number * 10**places + slack) / 10**places:.{places}f}"


def results_of(atlas: Atlas) -> tuple[list[Result], list[str]]:
    """Every result that can be shown, in order, and why others cannot."""
    found: dict[tuple[str, str, int], Result] = {}
    faults = []
    for document in atlas.evaluation:
        try:
            one = _result(document)
        except DataError as error:
            faults.append(
                f"A result in evaluation.json of {atlas.name!r} is left out: {error}. "
                f"Make it again: python -m core evaluate {atlas.name} "
                "--protocol existing --dim 2"
            )
        else:
            found[one.protocol, one.features, one.dim] = one
    return sorted(found.values(), key=_place), faults


def _place(one: Result) -> tuple[tuple[int, str], tuple[int, str], int]:
    return order(PROTOCOLS, one.protocol), order(FEATURES, one.features), one.dim


def _result(document: object) -> Result:
    """Read a document.

    Raises:
        DataError: Something is not what it should be; the message names it.
    """
    if not isinstance(document, Mapping):
        raise DataError(f"it is {_short(document)}, expected an object")
    models = document.get("models")
    if not isinstance(models, Mapping) or not models:
        raise DataError(f"models is {_short(models)}, expected scores by model")
    # Results from before there were other measures and features say neither.
    measure = document.get("measure", "f1")
    if measure not in ("f1", "rho"):
        raise DataError(f"measure is {_short(measure)}, expected 'f1' or 'rho'")
    return Result(
        protocol=_word(document, "protocol"),
        dim=_count(document, "dim", 1),
        features=_word(document, "features") if "features" in document else "mean",
        measure=measure,
        cases=_count(document, "cases", 1),
        tasks=_known_count(document, "tasks"),
        pairs=_known_count(document, "test_pairs"),
        positives=_known_count(document, "positives"),
        note=_word(document, "note") if document.get("note") else "",
        scores=tuple(_score(str(name), one, measure) for name, one in models.items()),
    )


def _score(model: str, told: object, measure: Measure) -> Score:
    if not isinstance(told, Mapping):
        raise DataError(f"the scores of {model!r} are {_short(told)}")
    least = -1 if measure == "rho" else 0
    each = told.get(measure, ())
    if not isinstance(each, list | tuple):
        raise DataError(f"{measure} of {model!r} is {_short(each)}, expected a list")
    return Score(
        model,
        mean=_number(told, f"{measure}_mean", least, 1, model),
        deviation=_number(told, f"{measure}_std", 0, 1, model),
        seconds=_number(told, "seconds", 0, math.inf, model)
        if told.get("seconds") is not None
        else None,
        each=tuple(_number({measure: one}, measure, least, 1, model) for one in each),
    )


def _number(told: Document, key: str, least: float, most: float, model: str) -> float:
    value = told.get(key)
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    number = float(value) if plain and value is not None else math.nan
    if not (least <= number <= most and math.isfinite(number)):
        span = f"from {least}" + ("" if most == math.inf else f" to {most}")
        raise DataError(
            f"{key} of {model!r} is {_short(value)}, expected a number {span}"
        )
    return number


def _count(document: Document, key: str, least: int) -> int:
    value = document.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise DataError(f"{key} is {_short(value)}, expected a whole number")
    return value


def _known_count(document: Document, key: str) -> int | None:
    return None if document.get(key) is None else _count(document, key, 0)


def _word(document: Document, key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{key} is {_short(value)}, expected a text")
    return value.strip()


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
