"""Embeddings of a collection's tasks on disk, beside its other files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np

from core import files
from core.errors import DataError
from core.files import NO_ZIP
from core.provenance import check_state, state_of
from core.store import Store, python_command
from core.task2vec.embedding import ARRAYS, Embeddings, Origin
from core.task2vec.head import Head
from core.task2vec.vectors import vectors

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
    store: Store,
    name: str,
    embeddings: Embeddings,
    about: Mapping[str, object],
    head: Head | None = None,
) -> Path:
    """Write the embeddings of a collection, and in `about` how they came about.

    The head of all its classes goes with them, for tasks that come later.
    """
    path = store.data / name / FILE
    arrays = {} if head is None else {"head_weight": head.weight.astype(np.float16)}
    arrays |= {} if head is None else {"head_bias": head.bias.astype(np.float32)}
    _write(path, embeddings, {**about, **state_of(store, name)}, arrays)
    return path


def load_head(store: Store, name: str, fingerprint: str) -> Head:
    """Read the head of all classes of collection `name`, of the probe given.

    Raises:
        DataError: There is none, or it is of another probe.
    """
    embeddings = load_embeddings(store, name)
    path, command = store.find(name, FILE, f"embed {name}"), f"embed {name}"
    arrays = files.read_arrays(
        path, {"head_weight": "f classes channels", "head_bias": "f classes"}, command
    )
    if embeddings.origin.fingerprint != fingerprint:
        raise DataError(
            f"Embeddings of {name!r} are by the probe {embeddings.origin.probe!r}, or "
            "another version of it; name the same one with --probe."
        )
    weight = arrays["head_weight"].astype(np.float64)
    return Head(weight, arrays["head_bias"].astype(np.float64), float("nan"))


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
    """Write embeddings anywhere, with the rows of numbers that boxes are learned of."""
    features = vectors(embeddings)
    _write(path, embeddings, about, {"features": features})


def _write(
    path: Path,
    embeddings: Embeddings,
    about: Mapping[str, object],
    more: Mapping[str, np.ndarray],
) -> None:
    """Numbers keep three digits, and a range of ten decades in every row."""
    arrays: dict[str, np.ndarray] = {
        **more,
        **{key: getattr(embeddings, key) for key in ARRAYS if key not in MATRICES},
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


def holds_embeddings(path: Path) -> bool:
    """Whether a file is one of embeddings, damaged or not, rather than of features."""
    if path.suffix.lower() != ".npz" or not is_zipfile(path):
        return False
    try:
        with ZipFile(path) as archive:
            return {"fisher.npy", "settings.npy"} <= set(archive.namelist())
    except NO_ZIP:
        return False


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
