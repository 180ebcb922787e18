"""Taskonomy: 25 tasks of vision, and how well networks for one serve another.

What a task is stands in a table that a person can read and edit, `taskonomy.csv`
beside this file, with the definitions in our own words and these attributes:

kind            2D: what the picture shows by itself; 3D: the shape of what is seen,
                pixel by pixel; low-dimensional: camera, views or room in few numbers;
                semantic: what things are called. Read off the definitions, not off
                the affinities.
input           what the network is given
inputs          how many images (or tiles) it is given at once
output          image: a picture; map: measures of every pixel; segments: regions of
                the picture; vector: a few measures of the whole; class: one choice
channels        numbers that the published network gives, for every pixel or in all;
                colours are 313 shares there, and regions a vector of 64 for each pixel
semantic        whether names of things are asked for; partly: they help, as the
                published definition says of it or of the task it is a version of
supervision     what the right answers come from
reconstruction  whether the answer is the picture itself, or what was taken from it
multi_view      whether it is given several views of one scene

The numbers are those of the published settings (taskbank/experiments/final of the
repository) or definitions; the rest follows from the definitions.
"""

import json
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from core.collection import Collection
from core.encoders.text import minilm, text_vectors
from core.errors import DataError
from core.relations import Relations
from core.tables import Table, numbers, read_file, read_table, texts, version_of

TABLE = Path(__file__).with_name("taskonomy.csv")
REPOSITORY = "https://github.com/StanfordVL/taskonomy"
MEASURED = "affinity"  # the variant: transfers learned on all images
SCALE = 50  # Daroya et al., CVPR 2024
NOT_TASKS = ("random", "self", "pixels")  # networks that affinities are compared with
NUMBERS = ("inputs", "channels")
CHOICES = {
    "kind": ("2D", "3D", "low-dimensional", "semantic"),
    "input": ("colour image", "grey image", "damaged image", "tiles"),
    "output": ("image", "map", "segments", "vector", "class"),
    "supervision": (
        "the image itself",
        "an algorithm on the image",
        "the 3D scan",
        "another network",
    ),
    "semantic": ("no", "partly", "yes"),
    "reconstruction": ("no", "yes"),
    "multi_view": ("no", "yes"),
}
SEVERAL = ("kind", "input", "output", "supervision")  # choices without an order
MISSING = (
    "The affinities of Taskonomy are not ours to ship: they are "
    f"results/affinities/all_affinities.pkl of {REPOSITORY} (MIT). Write that mapping "
    f'as JSON, {{"{MEASURED}": {{"source__target": number, ...}}}}, and name the file '
    "with --affinities."
)


def build(
    kept: MutableMapping[str, str], *, affinities: Path | None, table: Path = TABLE
) -> Collection:
    """The collection from the published affinities and the table of attributes.

    Args:
        kept: Vectors by content.
        affinities: JSON with first-order affinities, `source__target` to a number; more
            is better. Those of several sources together are not read.
        table: Attributes and definitions.

    Raises:
        DataError: The affinities are missing, or one of both files makes no sense.
    """
    if affinities is None:
        raise DataError(MISSING)
    whole = read_file(affinities, (".json",))
    tasks = read_tasks(read_table(table))
    measured = first_order(affinities.name, whole, list(tasks.index))
    encoder = minilm()
    definitions = text_vectors(
        encoder, tasks["definition"].tolist(), kept, what="definitions"
    )
    told = attributes(tasks)
    features = joined(told, principal(definitions, told.shape[1]))
    relations = transfers(measured, list(tasks.index))
    return Collection(
        name="taskonomy",
        tasks=tasks,
        features=features,
        membership=None,
        relations=relations,
        provenance={
            "title": "Taskonomy",
            "description": (
                "Tasks of computer vision, learned on the same images of the insides "
                "of buildings. One task lies in another as far as a network that was "
                "trained for the other one serves it."
            ),
            "sources": [
                {
                    "name": "First-order affinities of Taskonomy (Zamir et al., CVPR "
                    "2018)",
                    "package": "none",
                    "version": version_of(whole),
                    "licence": "MIT",
                    "address": REPOSITORY,
                },
                {
                    "name": "Attributes and definitions (core/collections/"
                    "taskonomy.csv), after the published ones",
                    "package": "task2box-atlas",
                    "version": version_of(table.read_bytes()),
                    "licence": "MIT",
                },
                encoder.source,
            ],
            "encoder": (
                f"{told.shape[1]} standardised attributes beside as many principal "
                f"components of {encoder.about} of the definitions, both scaled to "
                "equal norm"
            ),
            "member": "task",
            "channels": features.shape[1],
            "tasks": len(tasks),
            "members": len(tasks),
            "counts": {
                "measured pairs": len(measured),
                "targets": len({target for _, target in measured}),
            },
            "command": (
                f"python -m core build taskonomy --affinities {affinities.name}"
            ),
            "notes": [
                "Here containment is transfer: the share of what a task needs that a "
                "network for the other one already has, taken as tanh(50 x affinity). "
                "Nothing is known of pairs that were not measured."
            ],
        },
    )


def read_tasks(table: Table) -> pd.DataFrame:
    """The task table, from the table of attributes.

    Raises:
        DataError: A column is missing, or a cell is none of what it may be.
    """
    table.need("name", "label", "definition", *CHOICES, *NUMBERS)
    columns = {column: texts(table, column) for column in ("label", "definition")}
    for column, allowed in CHOICES.items():
        columns[column] = texts(table, column)
        for row, cell in enumerate(columns[column]):
            if cell not in allowed:
                raise DataError(
                    f"{table.at(row)}, column {column!r}: {cell!r} is none of "
                    f"{', '.join(allowed)}; correct it."
                )
    counted = numbers(table, NUMBERS)
    wrong = np.argwhere(~((counted >= 1) & (counted % 1 == 0)))
    if wrong.size:
        row, at = wrong[0].tolist()
        cell = table.cells[NUMBERS[at]].iloc[row]
        raise DataError(
            f"{table.at(row)}, column {NUMBERS[at]!r}: {cell!r} is no whole number "
            "above 0; correct it."
        )
    names = pd.Index(texts(table, "name"), name="name")
    tasks = pd.DataFrame(columns, names).assign(
        **dict(zip(NUMBERS, counted.astype(np.int64).T, strict=True))
    )
    known = ["label", "definition", *(c for c in table.columns if c in tasks.columns)]
    tasks = tasks[list(dict.fromkeys(known))]  # in the order of the table
    above: list[list[str]] = [[] for _ in names]
    none = pd.Series(above, names, dtype=object)
    return tasks.assign(parents=none, depth=0, members=1)


def first_order(
    file: str, whole: bytes, tasks: Sequence[str]
) -> dict[tuple[str, str], float]:
    """Affinity of every measured pair (source, target) of two tasks.

    Raises:
        DataError: It is not such a document, names an unknown task, holds something
            else than shares, or lacks a task.
    """
    found: dict[tuple[str, str], float] = {}
    for pair, value in _mapping(file, whole).items():
        names = pair.split("__")
        if len(names) > 2:
            continue  # several sources together
        unknown = [name for name in names if name not in (*tasks, *NOT_TASKS)]
        if unknown or len(names) < 2:
            raise DataError(
                f"{file} has the key {pair!r}, which is not 'source__target' of tasks "
                f"in {TABLE.name}; correct it, or add the task there."
            )
        source, target = names
        share = _share(file, pair, value)
        if source != target and not {source, target} & {*NOT_TASKS}:
            found[source, target] = share
    lacking = [name for name in tasks if not any(name in pair for pair in found)]
    if lacking:
        raise DataError(
            f"{file} measures nothing of the task {lacking[0]!r}; add it, or remove "
            f"its row from {TABLE.name}."
        )
    return found


def transfers(
    measured: Mapping[tuple[str, str], float], tasks: Sequence[str]
) -> Relations:
    """The target as child of the source, as far as the source serves it.

    `strength = tanh(50 * affinity)`, which spreads the affinities over (0, 1].
    """
    row_of = {name: row for row, name in enumerate(tasks)}
    pairs = sorted((row_of[b], row_of[a], one) for (a, b), one in measured.items())
    child = np.array([low for low, _, _ in pairs], dtype=np.int32)
    parent = np.array([high for _, high, _ in pairs], dtype=np.int32)
    strength = np.tanh([SCALE * one for _, _, one in pairs]).astype(np.float32)
    least = np.finfo(np.float32).tiny  # measured, and nothing
    return Relations(child, parent, strength.clip(least, 1), complete=False)


def attributes(tasks: pd.DataFrame) -> Float[np.ndarray, "tasks attributes"]:
    """Attributes as numbers of mean 0 and deviation 1, constant ones left out.

    A channel for every choice without an order (0 or 1), the steps of choices with one,
    and the log2 of numbers.
    """
    columns = [
        tasks[column] == choice for column in SEVERAL for choice in CHOICES[column]
    ]
    columns += [
        tasks[column].map(CHOICES[column].index)
        for column in CHOICES
        if column not in SEVERAL
    ]
    columns += [np.log2(tasks[column]) for column in NUMBERS]
    values = np.stack([column.to_numpy(np.float64) for column in columns], axis=1)
    spread = values.std(axis=0)
    return ((values - values.mean(axis=0)) / np.where(spread, spread, 1))[:, spread > 0]


def principal(
    vectors: Float[np.ndarray, "tasks channels"], most: int
) -> Float[np.ndarray, "tasks fewer"]:
    """The first components of vectors around their mean, at most as many as there are.

    Encoders standardise every channel, so hundreds of them would drown the attributes.
    """
    rows = vectors.astype(np.float64)
    rows -= rows.mean(axis=0)
    _, _, axes = np.linalg.svd(rows, full_matrices=False)
    axes = axes[: min(most, len(rows) - 1)]
    # Of either direction of an axis take one, the same on every machine.
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    return rows @ axes.T


def joined(
    one: Float[np.ndarray, "tasks first"], other: Float[np.ndarray, "tasks second"]
) -> Float[np.ndarray, "tasks channels"]:
    """Two blocks side by side, each of the same norm: neither drowns the other."""
    blocks = [
        block * (len(block) / np.square(block).sum()) ** 0.5 for block in (one, other)
    ]
    return np.hstack(blocks).astype(np.float32)


def _share(file: str, pair: str, value: object) -> float:
    if (
        isinstance(value, float | int)
        and not isinstance(value, bool)
        and 0 <= value < 1
    ):
        return float(value)
    raise DataError(
        f"{file} gives {pair!r} the affinity {value!r}, which is not a number from 0 "
        "to below 1; correct or remove it."
    )


def _mapping(file: str, whole: bytes) -> dict[str, object]:
    try:
        document = json.loads(whole)
    except ValueError as error:
        raise DataError(f"{file} is not JSON: {error}. {MISSING}") from error
    known = document.get(MEASURED) if isinstance(document, dict) else None
    if not isinstance(known, dict) or not known:
        raise DataError(f"{file} has no pairs under the key {MEASURED!r}. {MISSING}")
    return known
