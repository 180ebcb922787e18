"""What a reader of figures must know of a collection's features."""

import re
from collections.abc import Sequence

import pandas as pd

from core.collection import Collection

TEXT = re.compile(r"\btexts?\b", re.IGNORECASE)


def features_note(collection: Collection) -> list[str]:
    """What is said of texts among the features, and how far they tell what holds what.

    Where texts are embedded, the name of a task often holds that of the task above it,
    as that of a species does its genus; that part of the hierarchy is not learned.
    """
    said = collection.provenance.get("notes", [])
    sentences = said if isinstance(said, list | tuple) else [said]
    told = [str(one) for one in sentences if TEXT.search(str(one))]
    if not told:
        return []
    count, asked = _named_above(collection)
    if count:
        told.append(
            f"The texts of {count:,} of {asked:,} tasks name one directly above them."
        )
    return told


def _named_above(collection: Collection) -> tuple[int, int]:
    """How many tasks have a parent, and how many of these name one."""
    texts = _texts(collection)
    labels = [_plain(label) for label in collection.tasks["label"]]
    above = collection.hierarchy.parents
    inner = [row for row, parents in enumerate(above) if parents]
    names = [
        any(labels[parent] in texts[row] for parent in above[row]) for row in inner
    ]
    return sum(names), len(inner)


def _texts(collection: Collection) -> Sequence[str]:
    """Labels, and what other columns hold that the encoder is said to read."""
    tasks, encoder = collection.tasks, str(collection.provenance.get("encoder", ""))
    read = [
        column
        for column in tasks.columns
        if column != "label"
        and re.search(rf"\b{re.escape(column.removesuffix('s'))}s?\b", encoder)
        and pd.api.types.is_string_dtype(tasks[column])
    ]
    columns = [tasks[column].fillna("") for column in ("label", *read)]
    return [_plain(" ".join(map(str, row))) for row in zip(*columns, strict=True)]


def _plain(text: str) -> str:
    """Words in small letters with a space around each."""
    words = re.findall(r"[\w-]+", text.lower())
    return f" {' '.join(words)} "
