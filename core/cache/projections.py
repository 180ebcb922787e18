"""Points of a collection on disk: t-SNE, UMAP, PCA, beside their settings."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float

from core import files
from core.cache.arrays import filled, read_result
from core.cache.collections import names_of
from core.projection import Method, Projection
from core.store import Store

Value = TypeVar("Value")


def save_projection(store: Store, name: str, projection: Projection) -> Path:
    """Write a projection of collection `name` beside its settings."""
    path = store.data / name / f"projection_{projection.method}.npz"
    points = {"points": projection.points}
    names, settings = projection.names, projection.settings
    files.write(path, filled(store, name, points, names, settings))
    return path


def load_projection(store: Store, name: str, method: Method) -> Projection:
    """Read a projection of collection `name`.

    Raises:
        DataError: It was never computed, or the file is damaged.
    """

    def projection(arrays: Mapping[str, np.ndarray]) -> Projection:
        settings = json.loads(str(arrays["settings"]))
        settings.pop("collection", None)
        names = names_of(store, name, arrays)
        return Projection(arrays["points"], names, method, settings)

    return _read_points(store, name, method, projection)


def load_points(
    store: Store, name: str, method: Method
) -> Float[np.ndarray, "tasks dim"]:
    """Read the points of a projection, but not what they are called.

    Raises:
        DataError: It was never computed, or the file is damaged.
    """
    return _read_points(store, name, method, lambda arrays: arrays["points"])


def _read_points(
    store: Store, name: str, method: Method, value: Callable[[Mapping[str, Any]], Value]
) -> Value:
    file, command = f"projection_{method}.npz", f"project {name} --method {method}"
    return read_result(store, name, file, {"points": "f tasks dim"}, command, value)
