"""What a link says is hidden or dimmed: entries of a legend, a range of numbers."""

import math
from urllib.parse import quote, unquote

from core.atlas import Atlas
from dashboard.columns import DIFFICULTY, Column, Numbers, columns_of
from dashboard.edges import STATES
from dashboard.metadata import short

# Entries that stand for no one value. `~` is never left as it is in a value.
OTHER, UNKNOWN = "~other", "~unknown"
NUMBERS = ("depth", "members", "size", "f1", DIFFICULTY)


def hidden(text: str, atlas: Atlas, color: str, faults: list[str]) -> str:
    """The entries of a legend that are hidden, without those that it cannot have.

    Branches go by the name of a task, categories by their value, both as a browser
    writes them into an address.

    Args:
        text: Comma-separated entries.
        atlas: Whose tasks they are of.
        color: What colours mean.
        faults: Told what had to be left out.
    """
    kept = dict.fromkeys(filter(None, map(_entry, text.split(","))))
    unknown = [entry for entry in kept if not _stands(entry, atlas, color)]
    for entry in unknown:
        faults.append(f"The legend has no entry {short(unquote(entry))!r} to hide.")
    return ",".join(entry for entry in kept if entry not in unknown)


def between(text: str, atlas: Atlas, color: str, faults: list[str]) -> str:
    """The numbers between which tasks are not dimmed, or nothing where that is amiss.

    Args:
        text: Comma-separated least and most.
        atlas: Whose tasks they are of.
        color: What colours mean.
        faults: Told what had to be left out.
    """
    if not text:
        return ""
    try:
        # Python reads 1_000 and digits of any script; the browser gets plain numbers.
        least, most = map(float, text.split(","))
    except ValueError:
        faults.append(f"The range {short(text)!r} is not two numbers.")
        return ""
    if not -math.inf < least <= most < math.inf:
        faults.append(f"The range {short(text)!r} is empty or endless.")
        return ""
    if color not in NUMBERS and not isinstance(_column(atlas, color), Numbers):
        faults.append(
            f"These colours are no numbers and have no range {short(text)!r}."
        )
        return ""
    return f"{_plain(least)},{_plain(most)}"


def _plain(number: float) -> str:
    whole = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if whole else repr(number)


def _entry(text: str) -> str:
    """As `encodeURIComponent` of a browser writes it, `~` as well."""
    if text in (OTHER, UNKNOWN):
        return text
    return quote(unquote(text), safe="!'()*", errors="replace").replace("~", "%7E")


def _stands(entry: str, atlas: Atlas, color: str) -> bool:
    if color == "branch":
        return entry == OTHER or unquote(entry) in atlas.row_of
    if color == "edges":
        return entry in STATES
    known = _column(atlas, color)
    if known is None or isinstance(known, Numbers):
        return False
    return entry in (OTHER, UNKNOWN) or unquote(entry) in known.values


def _column(atlas: Atlas, color: str) -> Column | None:
    return columns_of(atlas).get(color)
