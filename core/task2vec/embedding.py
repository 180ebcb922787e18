"""Embeddings of tasks: how much every filter of one probe network tells of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from core.errors import DataError

Method = Literal["exact", "montecarlo", "variational"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True)
class Origin:
    """What embeddings are of: only those of one origin can be compared.

    Attributes:
        probe: What the network is called.
        fingerprint: Digest of its weights and of how images are prepared for it.
        stages: Those whose filters were looked at, in the order of the network.
        method: The estimator.
        layers: Convolutions and linear layers of these stages, in that order.
        filters: Number of filters of every layer.
    """

    probe: str
    fingerprint: str
    stages: tuple[str, ...]
    method: Method
    layers: tuple[str, ...]
    filters: tuple[int, ...]

    @property
    def start(self) -> Int[np.ndarray, " bounds"]:
        """Filters of layer `k` are columns `start[k]:start[k + 1]`."""
        return np.cumsum([0, *self.filters])


@dataclass(frozen=True)
class Embeddings:
    """Tasks as a probe knows them, validated when made.

    Attributes:
        names: Of the tasks.
        origin: What the embeddings are of.
        fisher: Mean over the weights of a filter of the diagonal of the Fisher
            information, in nats per squared weight, summed over no images but averaged.
        precision: What the distances compare: of the variational method one over the
            variance that the task bears, of the others `fisher` itself.
        scale: Precision of the prior (variational), which a task without information
            has; ones otherwise.
        classes: Number of classes of every task.
        samples: Number of images that were looked at.
        accuracy: Share of held-out images that the head told right, as if all classes
            were of one size; NaN where no class has images to spare.
        noise: Cosine distance (`core.task2vec.distances`) of the embedding to itself
            with other random numbers; 0 where there are none.
    """

    names: tuple[str, ...]
    origin: Origin
    fisher: Float[np.ndarray, "tasks filters"]
    precision: Float[np.ndarray, "tasks filters"]
    scale: Float[np.ndarray, "tasks filters"]
    classes: Int[np.ndarray, " tasks"]
    samples: Int[np.ndarray, " tasks"]
    accuracy: Float[np.ndarray, " tasks"]
    noise: Float[np.ndarray, " tasks"]

    def __post_init__(self) -> None:
        tasks, filters = len(self.names), int(self.origin.start[-1])
        if not tasks:
            raise DataError("There is no embedded task; embed at least one.")
        if len(set(self.names)) < tasks:
            raise DataError("Two embedded tasks have one name; rename one of them.")
        for key in ("fisher", "precision", "scale"):
            array = getattr(self, key)
            if array.shape != (tasks, filters):
                raise DataError(
                    f"The {key} of {tasks} tasks is of shape {array.shape}, but the "
                    f"layers have {filters} filters; embed the tasks again."
                )
            broken = np.flatnonzero(~(np.isfinite(array) & (array >= 0)).all(axis=1))
            if broken.size:
                raise DataError(
                    f"The {key} of task {self.names[broken[0]]!r} is negative or not "
                    "finite; embed it again with smaller activations."
                )
        for key in ("classes", "samples", "accuracy", "noise"):
            if len(getattr(self, key)) != tasks:
                raise DataError(
                    f"There are {len(getattr(self, key))} {key} for {tasks} tasks; "
                    "embed them again."
                )

    @property
    def difficulty(self) -> Float[np.ndarray, " tasks"]:
        """Norm (L1) of every task's Fisher information: more is harder."""
        return self.fisher.sum(axis=1)


def check_comparable(one: Origin, other: Origin) -> None:
    """Refuse to compare embeddings whose numbers mean different things.

    Raises:
        DataError: They are of different probes, stages or estimators.
    """
    for what, remedy in (
        ("fingerprint", "probe"),
        ("stages", "stages"),
        ("method", "method"),
        ("layers", "probe"),
        ("filters", "probe"),
    ):
        mine, theirs = getattr(one, what), getattr(other, what)
        if mine != theirs:
            raise DataError(
                f"Embeddings of {one.probe!r} with the {what} {_short(mine)} and of "
                f"{other.probe!r} with {_short(theirs)} cannot be compared; embed both "
                f"with the same --{remedy}."
            )


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def some(embeddings: Embeddings, rows: Sequence[int]) -> Embeddings:
    """Some of the tasks, in the order of `rows`."""
    at = np.array(rows, dtype=np.int64)
    arrays = {key: getattr(embeddings, key)[at] for key in ARRAYS}
    return replace(embeddings, names=tuple(embeddings.names[k] for k in at), **arrays)


def joined(parts: Sequence[Embeddings]) -> Embeddings:
    """Embeddings of one origin as one.

    Raises:
        DataError: They cannot be compared, or two tasks have one name.
    """
    for part in parts[1:]:
        check_comparable(parts[0].origin, part.origin)
    arrays = {
        key: np.concatenate([getattr(part, key) for part in parts]) for key in ARRAYS
    }
    names = tuple(name for part in parts for name in part.names)
    return Embeddings(names=names, origin=parts[0].origin, **arrays)


ARRAYS = (
    "fisher",
    "precision",
    "scale",
    "classes",
    "samples",
    "accuracy",
    "noise",
)
