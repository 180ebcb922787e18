"""Columns of a task table that can be colours: few words, or numbers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8

from core.atlas import Atlas
from core.collection import COLUMNS
from dashboard.arrays import base64_of
from dashboard.metadata import said

# In colours of their own (`dashboard.view.COLORS`), or texts that search knows.
OWN = {*COLUMNS, "size", "definition", "lemmas"}
DIFFICULTY = "difficulty"  # the colour of the norm of Task2Vec
PREFIX = "column:"  # of the name of a colour, before that of the column
HUES = 8  # that are told apart without colour vision (assets/colors.js)
FEW = 50  # values, of which the most frequent have hues and the others share one
DECADES = 100  # how far numbers reach from which on their logarithm is coloured
WORD = 80  # letters of a value that a legend and a link have room for
UNKNOWN = 255


@dataclass(frozen=True)
class Categories:
    """One of a few words for every task.

    `values` has the most frequent first, `codes` says which one is whose, UNKNOWN
    where nothing is said.
    """

    values: tuple[str, ...]
    codes: UInt8[np.ndarray, " tasks"]

    def sent(self) -> dict[str, object]:
        """As the browser reads it; JSON-ready."""
        return {"values": self.values, "codes": base64_of(self.codes, "u1")}


@dataclass(frozen=True)
class Numbers:
    """A number for every task, NaN where it is unknown.

    `floor` is the least positive number where colours go by the logarithm (zero counts
    as that), None where they go by the number itself.
    """

    numbers: Float[np.ndarray, " tasks"]
    floor: float | None

    def sent(self) -> dict[str, object]:
        """As the browser reads it; JSON-ready. Doubles: a tooltip says them whole."""
        return {"numbers": base64_of(self.numbers, "<f8"), "floor": self.floor}


Column = Categories | Numbers


_KEPT: WeakKeyDictionary[Atlas, Mapping[str, Column]] = WeakKeyDictionary()


def columns_of(atlas: Atlas) -> Mapping[str, Column]:
    """`columns` of its tasks, looked at once: every view is checked against them."""
    if (known := _KEPT.get(atlas)) is None:
        known = _KEPT[atlas] = columns(atlas.tasks)
    return known


def columns(tasks: pd.DataFrame) -> Mapping[str, Column]:
    """Every further column that can be a colour, by the name of that colour.

    One value for all tells nothing apart, and where every task has its own there is
    nothing to compare: names, addresses, numbers that only count rows.
    """
    found = {f"{PREFIX}{key}": _column(tasks[key]) for key in tasks if key not in OWN}
    return {color: column for color, column in found.items() if column is not None}


def _column(cells: "pd.Series[Any]") -> Column | None:
    numeric = pd.api.types.is_numeric_dtype(cells)
    if numeric and not pd.api.types.is_bool_dtype(cells):
        return numbers_of(cells.to_numpy(np.float64, na_value=np.nan))
    return _categories(cells)


def numbers_of(numbers: Float[np.ndarray, " tasks"]) -> Numbers | None:
    """Numbers as a column; None where they tell no tasks apart."""
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    known = numbers[~np.isnan(numbers)]
    distinct = np.unique(known)
    # A measure may differ for all tasks; whole numbers that do are identifiers.
    counting = len(distinct) == len(known) and bool((known == np.round(known)).all())
    if len(distinct) < 2 or counting:
        return None
    positive = distinct[distinct > 0]
    wide = distinct[0] >= 0 and positive[-1] >= DECADES * positive[0]
    return Numbers(numbers, float(positive[0]) if wide else None)


def _categories(cells: "pd.Series[Any]") -> Categories | None:
    try:
        codes, found = pd.factorize(cells)
    except TypeError:  # lists are not hashable
        codes, found = pd.factorize(cells.map(said))
    if len(found) > FEW + 1:  # the empty text as well
        return None
    words = np.array([*map(said, found), ""], dtype=object)  # code -1: nothing said
    counts: Counter[str] = Counter()
    for word, count in zip(words, np.bincount(codes % len(words)), strict=False):
        counts[word] += int(count)
    del counts[""]
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    shared = len(ranked) <= HUES or 2 * len(ranked) <= counts.total()
    if not 2 <= len(ranked) < counts.total() or len(ranked) > FEW or not shared:
        return None
    if max(map(len, ranked)) > WORD:
        return None
    place = {word: at for at, word in enumerate(ranked)}
    known = np.array([place.get(word, UNKNOWN) for word in words], dtype=np.uint8)
    return Categories(tuple(ranked), known[codes])
