"""A data set and what is known of it, whatever the source: a task of Hugging Face."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

SHOWN = 200  # characters of a description in the task table
HUB = "https://huggingface.co/datasets"


@dataclass(frozen=True)
class DataSet:
    """What sources say of one data set; empty texts and NaN where they do not.

    `name` is its id on the Hub, `labels` are the names of its classes, `classes` how
    many there are, `texts` further sentences that describe it.
    """

    name: str
    source: str
    about: str = ""
    topic: str = ""
    task: str = "image-classification"
    licence: str = ""
    url: str = ""
    size: float = nan
    classes: float = nan
    labels: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    area: float = nan


def words(name: str) -> str:
    """The words of an id: `Ashish08/celeb-identities` -> `Ashish08 celeb identities`.

    Words that are written together are parted at capitals and before digits.
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-zA-Z]{2})(?=\d)", " ", name)
    return re.sub(r"[\s/_.-]+", " ", parted).strip()


def owner(name: str) -> str:
    """Who keeps the data set; empty for an id of one part."""
    return name.rpartition("/")[0]


def address(name: str) -> str:
    """Where the Hub shows the data set."""
    return f"{HUB}/{name}"


def task_table(sets: Sequence[DataSet], members: Sequence[int]) -> pd.DataFrame:
    """One row a data set, in the given order."""
    columns = {
        "label": [one.name.rsplit("/", 1)[-1] for one in sets],
        "owner": [owner(one.name) for one in sets],
        "description": [_line(one.about) for one in sets],
        "topic": [one.topic for one in sets],
        "task": [one.task for one in sets],
        "licence": [one.licence for one in sets],
        "labels": [float(len(one.labels)) or one.classes for one in sets],
        "source": [one.source for one in sets],
        "url": [one.url or address(one.name) for one in sets],
        "size": [float(one.size) for one in sets],
        "area": [float(one.area) for one in sets],
        "parents": [[] for _ in sets],
        "depth": 0,
        "members": np.array(members, dtype=np.int64),
    }
    return pd.DataFrame(columns, index=pd.Index([s.name for s in sets], name="name"))


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1].rstrip() + "…"
