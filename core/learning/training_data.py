"""What a fit learns from."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from core.collection import Collection
from core.features import pooled
from core.relations import Membership, Relations, unknown_pairs

Encoding = Literal["set", "neighbour", "task", "tree"]  # which encoder reads the data


@dataclass(frozen=True)
class Sample:
    """The members that vectors of tasks are means of, and whose they are."""

    features: Float[np.ndarray, "members channels"]
    membership: Membership


@dataclass(frozen=True)
class TrainingData:
    """What a fit learns from: a row of features per member or per task, and relations.

    Where a row per task is the mean of members, `sample` says of which.
    `withheld` are sorted keys `child * tasks + parent` of pairs not to learn from;
    `size` the numbers of examples that volumes are to show, NaN where unknown.
    """

    features: Float[np.ndarray, "rows channels"]
    membership: Membership | None
    relations: Relations
    tasks: int
    withheld: Int[np.ndarray, " withheld"] = field(
        default_factory=lambda: np.zeros(0, dtype=np.int64)
    )
    size: Float[np.ndarray, " tasks"] | None = None
    sample: Sample | None = None


def training_data(collection: Collection, encoder: Encoding) -> TrainingData:
    """All of a collection, to learn from."""
    return TrainingData(
        encoder_features(collection, encoder),
        collection.membership if encoder == "set" else None,
        collection.relations,
        len(collection.tasks),
        unknown_pairs(collection.relations, len(collection.tasks)),
        None if encoder == "set" else sizes_known(collection),
        None if encoder == "set" else _sample(collection),
    )


def _sample(collection: Collection) -> Sample | None:
    if collection.membership is None:
        return None
    return Sample(collection.features.astype(np.float32), collection.membership)


def encoder_features(
    collection: Collection, encoder: Encoding
) -> Float[np.ndarray, "rows channels"]:
    """What the encoder reads: the features of members, or one mean vector a task."""
    if encoder == "set" or collection.membership is None:
        return collection.features.astype(np.float32)
    return pooled(collection.features, collection.membership)[0]


def sizes_known(collection: Collection) -> Float[np.ndarray, " tasks"] | None:
    """Numbers of examples, where members do not say how large a box has to be."""
    if collection.membership is not None or "size" not in collection.tasks:
        return None
    size = collection.tasks["size"].to_numpy(dtype=np.float64, na_value=np.nan)
    size = np.where(size > 0, size, np.nan)
    return size if np.isfinite(size).sum() > 1 else None


def fingerprint(data: TrainingData) -> str:
    """A digest that differs where data differ."""
    digest = hashlib.sha256(str(data.tasks).encode())
    members = [] if data.membership is None else [*vars(data.membership).values()]
    sample: list[np.ndarray] = []
    if data.sample is not None:
        sample = [data.sample.features, *vars(data.sample.membership).values()]
    for array in (
        data.features,
        *members,
        data.relations.child,
        data.relations.parent,
        data.relations.strength,
        data.withheld,
        *([] if data.size is None else [data.size]),
        *sample,
    ):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
