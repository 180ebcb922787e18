"""Data set cards: Markdown with metadata on top, as sentences and facts."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

SENTENCES = 8  # of a card that are read
READ = 20_000  # characters of a card that are looked at
LEAST_WORDS = 4
# The template of the Hub, left unfilled, says nothing of a data set.
UNFILLED = re.compile(r"more information needed|\[needs more|^todo\b|^n/a$", re.I)


@dataclass(frozen=True)
class Facts:
    """What the metadata of a card says; empty texts and NaN where it does not."""

    licence: str = ""
    task: str = ""
    size: float = nan
    labels: tuple[str, ...] = ()


def sentences(markdown: str, most: int = SENTENCES) -> tuple[str, ...]:
    """The first sentences of running text, without markup, tables and code."""
    text = markdown[:READ]
    text = re.sub(r"```.*?(```|\Z)|<!--.*?(-->|\Z)", "\n\n", text, flags=re.S)
    text = re.sub(r"^[ \t]*(#|\||=+[ \t]*$|-+[ \t]*$).*", "\n", text, flags=re.M)
    text = re.sub(r"<[^<>]{1,300}>", " ", text)
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"https?://\S+|\bwww\.\S+", " ", text)
    text = re.sub(r"[*`_>]{1,3}(?=\w)|(?<=\w)[*`_]{1,3}", "", text)
    found = list(dict.fromkeys(_running(text)))
    return tuple(found[:most])


def _running(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n|\n\s*(?:[-*+]|\d+\.)\s", text):
        line = " ".join(paragraph.split())
        for sentence in re.split(r"(?<=[.!?])\s+(?=[^\W\d_a-z])", line):
            said = sentence.strip(" -:;>*")
            if len(said.split()) >= LEAST_WORDS and not UNFILLED.search(said):
                yield said


def facts(metadata: Mapping[str, Any]) -> Facts:
    """Facts of a card's metadata; what has another form than the Hub's is left out."""
    infos = [_map(info) for info in _list(metadata.get("dataset_info"))]
    return Facts(
        licence=", ".join(_texts(metadata.get("license"))),
        task=", ".join(_texts(metadata.get("task_categories"))),
        size=max((_size(info) for info in infos), default=nan),
        labels=max((_labels(info) for info in infos), key=len, default=()),
    )


def _size(info: Mapping[str, Any]) -> float:
    counts = [_map(split).get("num_examples") for split in _list(info.get("splits"))]
    whole = [count for count in counts if isinstance(count, int) and count >= 0]
    return float(sum(whole)) if whole and len(whole) == len(counts) else nan


def _labels(info: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the labels of the column with the most of them."""
    found: tuple[str, ...] = ()
    for feature in _list(info.get("features")):
        kind = _map(_map(feature).get("dtype"))
        names = _map(kind.get("class_label")).get("names")
        values = list(names.values()) if isinstance(names, Mapping) else _list(names)
        if len(values) > len(found):
            found = tuple(str(value) for value in values)
    return found


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _texts(value: object) -> list[str]:
    return [str(one) for one in _list(value) if isinstance(one, str | int)]
