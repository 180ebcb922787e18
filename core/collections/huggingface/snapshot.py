"""Hugging Face: image-classification data sets, as far as packages describe them.

Which data sets there are, and where what is known of them stands, is a table that a
person can read and edit: `snapshot.csv` beside this file. What a place in it means
says `places`; its column `about` is in our own words. Every data set is a few texts
(its name, `about`, sentences of its description, names of its labels); the mean of
their vectors is its features, and how they lie to each other gives its relations (see
`overlap`).
"""

import csv
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from importlib import metadata
from math import isfinite, nan
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from core.collection import Collection
from core.collections.huggingface import mteb
from core.collections.huggingface.card import sentences
from core.collections.huggingface.dataset import DataSet, task_table, words
from core.collections.huggingface.overlap import (
    CHANNELS,
    LEAST,
    PRIOR,
    gaussians_of,
    soft_relations,
)
from core.collections.huggingface.places import labels_at, text_at
from core.encoders.encoder import Encoder
from core.encoders.text import minilm, text_vectors
from core.relations import Relations

TABLE = Path(__file__).with_name("snapshot.csv")
CATALOGUE = "https://www.tensorflow.org/datasets/catalog"
PREFIX = "tensorflow-datasets/"
# Names of labels are read in groups, so that a thousand of them do not drown the rest.
GROUPS, GROUP = 8, 12
FORMULA = (
    "Relations of pairs whose label names are both known are the share of common "
    "labels; all others are exp(-KL/{tau:.3g}) of the KL divergence of two Gaussians, "
    "over the {channels} main channels of the {vectors} that describe a data set, with "
    "variances shrunk towards the common one (which counts as {prior}). A narrow one "
    "lies inside a wide one. The divisor gives the nearest neighbour of the median "
    "data set a strength of 0.5. Pairs below {least} are not listed."
)


def build(kept: MutableMapping[str, str]) -> Collection:
    """The collection from packages alone.

    Raises:
        DataError: A package is missing; the message says how to install it.
    """
    sets = snapshot()
    encoder = minilm()
    features, relations, figures = described(sets, encoder, kept)
    members = [int(one.size) if isfinite(one.size) else 1 for one in sets]
    counts = {
        "with known size": sum(isfinite(one.size) for one in sets),
        "with known labels": sum(bool(one.labels) for one in sets),
    }
    about = {
        "title": "Hugging Face, image classification",
        "description": (
            "Data sets for image classification: those of the published figure of "
            "Task2Box, of the benchmark mteb and of TensorFlow Datasets. Which of them "
            "overlap is read off texts and label names, not off images."
        ),
        "sources": [
            {
                "name": "Names of the data sets of the figure published with Task2Box",
                "package": "none",
                "version": "2024",
                "licence": "facts",
                "address": "https://rangeldaroya.github.io/projects/task2box",
            },
            mteb.source(),
            _package(
                "Descriptions and labels", "tensorflow-datasets", licence="Apache-2.0"
            ),
            _package("Class names of 17 data sets", "clip-benchmark", licence="MIT"),
            {
                "name": "Facts of 13 data set cards: examples, licences",
                "package": "none",
                "version": "undated",
                "licence": "facts",
                "address": "https://huggingface.co/datasets",
            },
            encoder.source,
        ],
        "encoder": f"{encoder.about}, mean of the texts of each data set",
        "member": "image",
        "channels": features.shape[1],
        "tasks": len(sets),
        "members": sum(members),
        "counts": counts,
        "notes": [
            "Features are text features: no image was looked at.",
            formula(figures, "text vectors"),
            "Of the 131 data sets of the published figure only the names are known; "
            "what they are about was read off their names by hand.",
            "A data set whose size no source gives counts as one image. `area` is that "
            "of the box in the published figure.",
            "What mteb says of VOC2007 (500 species of birds) is true of another data "
            "set and was left out.",
        ],
        "command": "python -m core build huggingface",
    }
    return Collection(
        "huggingface", task_table(sets, members), features, None, relations, about
    )


def formula(figures: Mapping[str, float], vectors: str) -> str:
    """The note that says how strengths were found."""
    return FORMULA.format(
        tau=figures["tau"],
        channels=CHANNELS,
        vectors=vectors,
        prior=PRIOR,
        least=LEAST,
    )


def described(
    sets: Sequence[DataSet], encoder: Encoder[str], kept: MutableMapping[str, str]
) -> tuple[Float[np.ndarray, "tasks channels"], Relations, dict[str, float]]:
    """Mean text vectors, relations and the figures of `soft_relations`.

    Who keeps a data set tells copies apart in the features but is no matter of what it
    is about: relations do not read it.
    """
    texts, task = texts_of(sets)
    ids = [words(one.name.removeprefix(PREFIX)) for one in sets]
    vectors = text_vectors(encoder, [*ids, *texts], kept, what="texts")
    vectors = vectors.astype(np.float32)
    gaussians = gaussians_of(vectors[len(ids) :], task)
    relations, figures = soft_relations([one.labels for one in sets], gaussians)
    return means(vectors, np.append(np.arange(len(ids)), task)), relations, figures


def means(
    vectors: Float[np.ndarray, "rows channels"], task: Int[np.ndarray, " rows"]
) -> Float[np.ndarray, "tasks channels"]:
    """The mean vector of every task, as float16."""
    total = np.zeros((int(task.max()) + 1, vectors.shape[1]))
    np.add.at(total, task, vectors)
    return (total / np.bincount(task)[:, None]).astype(np.float16)


def texts_of(sets: Sequence[DataSet]) -> tuple[list[str], Int[np.ndarray, " texts"]]:
    """The texts that say what every data set is about, and whose each is."""
    texts: list[str] = []
    task: list[int] = []
    for row, one in enumerate(sets):
        name = words(one.name.rsplit("/", 1)[-1])
        said = [name, one.about, *one.texts, *_groups(one.labels)]
        texts += [text for text in said if text]
        task += [row] * (len(texts) - len(task))
    return texts, np.array(task)


def _groups(labels: Sequence[str]) -> list[str]:
    """Label names by the dozen, evenly taken from all of them."""
    most = min(len(labels), GROUPS * GROUP)
    some = [labels[at * len(labels) // most] for at in range(most)]
    groups = (some[at : at + GROUP] for at in range(0, most, GROUP))
    return [", ".join(map(words, group)) for group in groups]


def snapshot() -> list[DataSet]:
    """The data sets of the table, with what packages say of them.

    Raises:
        DataError: A package is missing.
    """
    benchmark = mteb.image_tasks()
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [_data_set(row, benchmark.get(row["name"])) for row in rows]


def _data_set(row: Mapping[str, str], known: DataSet | None) -> DataSet:
    """A row of the table; `known` is what a package says of it."""
    name, counts = row["name"], row["size"]
    catalogued = name.startswith(PREFIX)
    entry = CATALOGUE + "/" + name.removeprefix(PREFIX)
    one = replace(
        known or DataSet(name, row["source"]),
        about=row["about"],
        topic=row["topic"],
        labels=_names(labels_at(row["labels"])),
        url=entry if catalogued else "",
        area=float(row["area"] or nan),
    )
    if row["text"]:
        one = replace(one, texts=sentences(text_at(row["text"])))
    if counts:
        one = replace(one, size=float(sum(map(int, counts.split("+")))))
    return replace(one, licence=row["licence"] or one.licence)


def _names(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels that are WordNet ids of ImageNet's classes, as the names of these."""
    if not labels or not labels[0].startswith("n0"):
        return labels
    ids = labels_at("tensorflow_datasets/datasets/imagenet2012/labels.txt")
    names = labels_at("clip_benchmark/datasets/en_classnames.json:imagenet1k")
    name_of = dict(zip(ids, names, strict=True))
    return tuple(name_of[id] for id in labels)


def _package(name: str, package: str, licence: str) -> dict[str, str]:
    version = metadata.version(package)
    return {"name": name, "package": package, "version": version, "licence": licence}
