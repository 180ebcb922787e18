"""What any column of a task table says, as words that a person reads."""

from collections.abc import Iterable, Mapping
from datetime import date
from numbers import Real
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from core.collection import COLUMNS

WORDS = {"also": "Same members as", "url": "Address"}
SAID = {*COLUMNS, "definition"}  # in places of their own
LONG = 280  # letters, from which on a text scrolls in a place of its own


def facts(task: "pd.Series[Any]") -> dict[str, Any]:
    """Every further column that says something of a task, by the word for it."""
    told = ((str(key), shown(value)) for key, value in task.items() if key not in SAID)
    return {word(key): value for key, value in told if value is not None}


def texts(tasks: pd.DataFrame) -> dict[str, list[str]]:
    """Every further column that says something in words, by the word for it."""
    told = {
        word(str(key)): [_worded(value) for value in tasks[key].tolist()]
        for key in tasks.columns
        if key not in {*SAID, "lemmas"}
    }
    return {name: column for name, column in told.items() if any(column)}


def shown(value: object) -> str | Component | None:
    """A value as words, an address as a link; None where nothing is known."""
    text = said(value)
    if link := address(text):
        return html.A(text, href=link, target="_blank", rel="noopener noreferrer")
    if len(text) > LONG:
        return html.Div(text, className="long", tabIndex=0)
    return text or None


def said(value: object) -> str:
    """A value as words; empty where nothing is known."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, Mapping):
        told = ((key, said(one)) for key, one in value.items())
        return ", ".join(f"{key}: {one}" for key, one in told if one)
    if isinstance(value, Iterable):
        return ", ".join(filter(None, map(said, value)))
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    return _scalar(value)


def address(text: str) -> str:
    """The text where it is an address on the web, or nothing: links are safe to follow.

    A table is data: what runs a script (`javascript:`) or reads a file must not become
    a link.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    safe = parts.scheme in ("http", "https") and parts.netloc
    return text if safe and not any(map(str.isspace, text)) else ""


def sizes(tasks: pd.DataFrame) -> np.ndarray | None:
    """Number of examples of every task, NaN where unknown.

    None where none is known, or where all are what the numbers of members say already.
    """
    if "size" not in tasks:
        return None
    numbers = pd.to_numeric(tasks["size"], errors="coerce")
    known = numbers.to_numpy(np.float64, na_value=np.nan)
    known = np.where(np.isfinite(known) & (known >= 0), known, np.nan)
    twice = np.array_equal(known, tasks["members"].to_numpy())
    return None if twice or np.isnan(known).all() else known


def counted(tasks: pd.DataFrame) -> bool:
    """Whether the numbers of members tell tasks apart, and more than sizes do.

    A collection that knows no members may say 1 for every task, or its size where that
    is known and 1 where not.
    """
    members, known = tasks["members"].to_numpy(), sizes(tasks)
    if known is not None:
        members = members[members != np.nan_to_num(known, nan=1)]
    return bool(members.size and members.max() > 1)


def short(text: str) -> str:
    """As much of a text as a message has room for."""
    return text if len(text) <= 40 else f"{text[:40]}…"


def pairs(told: Mapping[str, Any]) -> Component:
    """Words and what they say, as a list of definitions."""
    words = [(html.Dt(key), html.Dd(value)) for key, value in told.items()]
    return html.Dl([part for pair in words for part in pair])


def plural(word: str) -> str:
    """More than one of it: classes, species, taxa, images, categories."""
    if word.endswith(("species", "series")):
        return word
    if word.endswith(("taxon", "phylum")):
        return f"{word[:-2]}a"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def _worded(value: object) -> str:
    return "" if isinstance(value, Real | bytes | np.bool_) else said(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, Real):
        return _number(float(value))
    if isinstance(value, date):  # a pandas Timestamp as well
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)


def _number(value: float) -> str:
    if value.is_integer():
        return f"{value:,.0f}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"


def word(column: str) -> str:
    """What a column is called."""
    known = column.strip().replace("_", " ")
    return WORDS.get(column) or known[:1].upper() + known[1:]
