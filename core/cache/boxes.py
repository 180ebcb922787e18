"""Boxes of a collection on disk, beside the settings that made them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Float

from core import files
from core.boxes import Boxes
from core.cache.arrays import filled, read, read_result
from core.cache.collections import names_of
from core.store import Store
from core.weights import FIT, fit_digest

Value = TypeVar("Value")


def save_boxes(
    store: Store,
    name: str,
    boxes: Boxes,
    settings: Mapping[str, object],
    word: str = "",
    beside: Mapping[Path, files.Fill] | None = None,
) -> Path:
    """Write the boxes of collection `name` beside the settings that made them.

    Args:
        store: Where to.
        name: Of the collection.
        boxes: Of all its tasks.
        settings: Of the fit.
        word: What a further fit is kept under; empty for the boxes of the collection.
        beside: What changes with them: their encoder, how they came about.
    """
    folder = store.data / name
    path = folder / f"boxes_{fit_stem(boxes.dim, word)}.npz"
    corners = {"lower": boxes.lower, "upper": boxes.upper}
    known = {**settings, FIT: fit_digest(boxes)}
    fill = filled(store, name, corners, boxes.names, known)
    fills = {path: fill, **(beside or {})}
    files.write_all(fills)
    replay = folder / f"replay_{boxes.dim}d.npz"
    if not word and replay not in fills:  # of other boxes
        replay.unlink(missing_ok=True)
    return path


def load_boxes(store: Store, name: str, dim: int, word: str = "") -> Boxes:
    """Read the boxes of collection `name` in `dim` dimensions, or a further fit.

    Raises:
        DataError: They were never fitted, or the file is damaged.
    """
    return _read_boxes(
        store,
        name,
        (dim, word),
        lambda arrays: Boxes(
            arrays["lower"], arrays["upper"], names_of(store, name, arrays)
        ),
    )


def load_corners(
    store: Store, name: str, dim: int
) -> tuple[Float[np.ndarray, "tasks dim"], Float[np.ndarray, "tasks dim"]]:
    """Read the corners of the boxes of collection `name`, but not what they are called.

    Raises:
        DataError: They were never fitted, or the file is damaged.
    """
    return _read_boxes(
        store, name, (dim, ""), lambda arrays: (arrays["lower"], arrays["upper"])
    )


def _read_boxes(
    store: Store,
    name: str,
    fit: tuple[int, str],
    value: Callable[[Mapping[str, Any]], Value],
) -> Value:
    dim, word = fit
    corners = f"f tasks {dim}"
    layout = {"lower": corners, "upper": corners}
    command = f"fit {name} --dim {dim}" + (f" --as {word}" if word else "")
    file = f"boxes_{fit_stem(dim, word)}.npz"
    return read_result(store, name, file, layout, command, value)


def load_fit(store: Store, name: str, stem: str) -> Boxes:
    """Read the boxes of a further fit, such as `2d.published`, of collection `name`.

    Raises:
        DataError: There is none, or the file is damaged or of another state.
    """
    dim, _, word = stem.partition("d.")
    return load_boxes(store, name, int(dim), word)


def fit_stem(dim: int, word: str) -> str:
    """What the file of a fit has in its name."""
    return f"{dim}d.{word}" if word else f"{dim}d"


def load_settings(store: Store, name: str, dim: int, word: str = "") -> dict[str, Any]:
    """Read what the `dim`-dimensional boxes of collection `name` were made with.

    Raises:
        DataError: They were never fitted, or the file is damaged.
    """

    def settings(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        found = json.loads(str(arrays["settings"]))
        return {
            key: one for key, one in found.items() if key not in ("collection", FIT)
        }

    file, command = f"boxes_{fit_stem(dim, word)}.npz", f"fit {name} --dim {dim}"
    return read(store, name, file, {"settings": "U"}, command, settings)
