"""Point maps of the same features: t-SNE, UMAP and PCA, for comparison with boxes."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from core.collection import Collection
from core.errors import DataError
from core.features import pooled
from core.learning.prerequisites import check_apart
from core.relations import Membership

Method = Literal["tsne", "umap", "pca"]
METHODS: tuple[Method, ...] = ("tsne", "umap", "pca")
MOST = 200_000  # tasks beyond which neighbours take too long to find and to place
LEAST: Mapping[Method, int] = {"tsne": 2, "umap": 4, "pca": 2}  # tasks it can place


@dataclass(frozen=True)
class Projection:
    """A point per task, with the method and the settings that made it."""

    points: Float[np.ndarray, "tasks dim"]
    names: tuple[str, ...]
    method: Method
    settings: Mapping[str, object]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.points):
            raise ValueError(f"{len(self.points)} points but {len(self.names)} names.")
        broken = np.flatnonzero(~np.isfinite(self.points).all(axis=1))
        if broken.size:
            raise DataError(
                f"The {self.method} point of task {self.names[broken[0]]!r} is not "
                f"finite; project again with --method {self.method}."
            )


def project(
    collection: Collection, method: Method, seed: int, *, telling: bool = False
) -> Projection:
    """Points in the plane for the tasks, by their (mean) features.

    Every vector is scaled to length 1 first: its direction tells what a task is about,
    while the length of a mean mostly tells over how many members it was taken. If
    `telling`, t-SNE and UMAP print how far they are.

    Raises:
        DataError: There are too few tasks for the method, or too many, or nothing tells
            them apart.
    """
    check_size(collection.name, len(collection.tasks), method)
    directions = directions_of(collection.features, collection.membership)
    check_apart(directions, f"features of {collection.name!r}, scaled to length 1,")
    settings = _settings(method, tasks=len(directions)) | {"seed": seed}
    points = _estimator(method, settings, telling).fit_transform(directions)
    names = tuple(collection.tasks.index)
    return Projection(points.astype(np.float32), names, method, settings)


def check_size(name: str, tasks: int, method: Method) -> None:
    """Whether a method can place so many tasks.

    Raises:
        DataError: There are too few of them, or too many.
    """
    if tasks > MOST and method != "pca":
        raise DataError(
            f"Collection {name!r} has {tasks:,} tasks, and {method} compares "
            f"neighbours of {MOST:,} at most; choose PCA (--method pca)."
        )
    if tasks < LEAST[method]:
        raise DataError(
            f"Collection {name!r} has {tasks} task(s), and {method} needs "
            f"{LEAST[method]}; add some, or choose another method."
        )


def directions_of(
    features: Float[np.ndarray, "rows channels"], membership: Membership | None
) -> Float[np.ndarray, "tasks axes"]:
    """The (mean) features of tasks, scaled to length 1: what is projected."""
    rows = features.astype(np.float32)
    if membership is not None:
        rows = pooled(rows, membership)[0]
    if rows.shape[1] == 1:  # a line is a plane too
        rows = np.pad(rows, ((0, 0), (0, 1)))
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1))


def _settings(method: Method, tasks: int) -> dict[str, object]:
    """What the method is told: neighbourhoods no larger than the tasks allow."""
    if method == "tsne":
        return {"perplexity": min(30, (tasks - 1) / 3), "init": "pca"}
    if method == "umap":
        return {"n_neighbors": min(15, tasks - 1), "min_dist": 0.1, "metric": "cosine"}
    return {"components": 2}


def _estimator(method: Method, settings: dict[str, object], telling: bool) -> Any:
    values = {key: value for key, value in settings.items() if key != "seed"}
    if method == "tsne":
        from sklearn.manifold import TSNE

        said = 2 if telling else 0
        return TSNE(random_state=settings["seed"], verbose=said, **values)
    if method == "umap":
        with warnings.catch_warnings():  # about its optional TensorFlow
            warnings.simplefilter("ignore", ImportWarning)
            from umap import UMAP
        # One job: with a seed umap-learn would turn to it anyway, and warn.
        seed = settings["seed"]
        return UMAP(random_state=seed, n_jobs=1, verbose=telling, **values)
    from sklearn.decomposition import PCA

    return PCA(settings["components"], svd_solver="full")
