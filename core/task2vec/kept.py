"""Embeddings of a collection's tasks on disk, beside its other files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core import files
from core.provenance import check_state, state_of
from core.store import Store, python_command
from core.task2vec.embedding import ARRAYS, Embeddings, Origin

FILE = "task2vec.npz"
LAYOUT = {
    "names": "U tasks",
    "settings": "U",
    "fisher": "f tasks filters",
    "fisher_unit": "f tasks",
    "classes": "i tasks",
    "samples": "i tasks",
    "accuracy": "f tasks",
    "noise": "f tasks",
}
MATRICES = ("fisher", "precision", "scale")
LARGEST = 2.0**14  # of a row, whose numbers are kept as float16 of a unit of its own


def save_embeddings(
    store: Store, name: str, embeddings: Embeddings, about: Mapping[str, object]
) -> Path:
    """Write the embeddings of a collection, and in `about` how they came about."""
    path = store.data / name / FILE
    write_embeddings(path, embeddings, {**about, **state_of(store, name)})
    return path


def load_embeddings(store: Store, name: str) -> Embeddings:
    """Read the embeddings of collection `name`.

    Raises:
        DataError: They were never computed, or the file is damaged, or of another
            state of the collection.
    """
    command = f"embed {name}"
    path = store.find(name, FILE, command)
    arrays = files.read_arrays(path, LAYOUT, python_command(command))
    with files.checking(path, python_command(command)):
        check_state(store, name, json.loads(str(arrays["settings"])))
    return read_embeddings(path, python_command(command))


def write_embeddings(
    path: Path, embeddings: Embeddings, about: Mapping[str, object]
) -> None:
    """Write embeddings anywhere; numbers keep three digits and their whole range."""
    arrays: dict[str, np.ndarray] = {
        key: getattr(embeddings, key) for key in ARRAYS if key not in MATRICES
    }
    for key in MATRICES:
        rows = getattr(embeddings, key)
        if key == "precision" and embeddings.origin.method != "variational":
            continue  # it is the Fisher information
        if key == "scale" and (rows == 1).all():
            continue
        unit = rows.max(axis=1) / LARGEST
        unit = np.where(unit > 0, unit, 1.0).astype(np.float32)
        arrays[key] = (rows / unit[:, None]).astype(np.float16)
        arrays[f"{key}_unit"] = unit
    settings = {**about, "origin": vars(embeddings.origin)}
    arrays["names"] = np.array(embeddings.names)
    arrays["settings"] = np.array(json.dumps(settings, sort_keys=True))
    files.write_arrays(path, arrays)


def read_embeddings(path: Path, remedy: str) -> Embeddings:
    """Read embeddings from a file that `write_embeddings` wrote.

    Raises:
        DataError: The file is damaged or foreign; the command `remedy` makes it.
    """
    arrays = files.read_arrays(path, LAYOUT, remedy)
    with files.checking(path, remedy):
        try:
            origin = _origin(json.loads(str(arrays["settings"]))["origin"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"It does not say what it is of ({error}).") from error
        fisher = _whole(arrays, "fisher")
        return Embeddings(
            names=tuple(arrays["names"].tolist()),
            origin=origin,
            fisher=fisher,
            precision=_whole(arrays, "precision") if "precision" in arrays else fisher,
            scale=_whole(arrays, "scale")
            if "scale" in arrays
            else np.ones_like(fisher),
            **{key: arrays[key] for key in ARRAYS if key not in MATRICES},
        )


def load_about(path: Path, remedy: str) -> dict[str, Any]:
    """What the embeddings in a file say of how they came about.

    Raises:
        DataError: The file is damaged or foreign; the command `remedy` makes it.
    """
    arrays = files.read_arrays(path, LAYOUT, remedy)
    found: dict[str, Any] = json.loads(str(arrays["settings"]))
    return found


def _whole(arrays: Mapping[str, np.ndarray], key: str) -> np.ndarray:
    return arrays[key].astype(np.float32) * arrays[f"{key}_unit"][:, None]


def _origin(found: Mapping[str, Any]) -> Origin:
    lists = {key: tuple(found[key]) for key in ("stages", "layers", "filters")}
    return Origin(
        probe=found["probe"],
        fingerprint=found["fingerprint"],
        method=found["method"],
        **lists,
    )
