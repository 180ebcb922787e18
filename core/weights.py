"""Encoders and fits under way on disk: safetensors, with what they were made by."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core import files
from core.boxes import Boxes
from core.digest import digest
from core.errors import DataError
from core.members import ARRAYS, MemberPoints, member_points
from core.provenance import check_state, state_of
from core.store import Store, python_command

FIT = "fit"  # under which boxes and their encoder say which fit they are of


def fit_digest(boxes: Boxes) -> str:
    """Tells fits apart: boxes of one never go with the encoder of another."""
    corners = (boxes.lower, boxes.upper)
    return digest("", [one.astype(np.float32) for one in corners])[:16]


def save_model(
    store: Store,
    name: str,
    arrays: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
) -> Path:
    """Write the encoder of the boxes of collection `name`, without the boxes."""
    path, fill = model_written(store, name, arrays, about)
    files.write(path, fill)
    return path


def model_written(
    store: Store,
    name: str,
    arrays: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
    word: str = "",
) -> tuple[Path, files.Fill]:
    """Where the encoder of the boxes of collection `name` goes, and what writes it.

    `word` is what a further fit is kept under.
    """
    path = store.data / name / model_file(about["config"]["dim"], word)
    return path, _tensors(arrays, {**about, **state_of(store, name)})


def load_model(
    store: Store, name: str, dim: int, word: str = ""
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the encoder of the `dim`-dimensional boxes of collection `name`.

    Raises:
        DataError: It was never fitted, or to another state of the collection, or the
            file is damaged, or beside boxes of another fit.
    """
    command = f"fit {name} --dim {dim}"
    command += f" --features {word}" if word else ""
    path = store.find(name, model_file(dim, word), command)
    arrays, about = _load_tensors(path, command)
    with files.checking(path, python_command(command)):
        check_state(store, name, about)
        _check_fit(store, name, dim, about, word)
    return arrays, about


def _check_fit(
    store: Store, name: str, dim: int, about: Mapping[str, Any], word: str = ""
) -> None:
    """Refuse an encoder beside boxes of another fit: a fit was cut off as it ended.

    What earlier versions wrote does not say which fit it is of.
    """
    file = f"boxes_{_stem(dim, word)}.npz"
    command = python_command(f"fit {name} --dim {dim}")
    if FIT not in about or not store.holds(name, file):
        return
    found = files.read_arrays(store.find(name, file, ""), {"settings": "U"}, command)
    if json.loads(str(found["settings"])).get(FIT, about[FIT]) != about[FIT]:
        raise DataError("The boxes beside it are of another fit.")


def places_members(store: Store, name: str, dim: int) -> bool:
    """Whether the `dim`-dimensional boxes of collection `name` are made of points.

    Reads no more than what the encoder says of itself; where it is damaged, or of
    another state of the collection, no.
    """
    from safetensors import SafetensorError, safe_open

    file = model_file(dim)
    if not store.holds(name, file):
        return False
    try:
        with safe_open(store.find(name, file, ""), "numpy") as opened:
            about = json.loads((opened.metadata() or {})["about"])
            check_state(store, name, about)
            _check_fit(store, name, dim, about)
            return set(ARRAYS) <= set(opened.keys())
    except (DataError, OSError, SafetensorError, KeyError, ValueError):
        return False


def load_members(store: Store, name: str, dim: int) -> MemberPoints:
    """Read where members lie among the `dim`-dimensional boxes of collection `name`.

    Raises:
        DataError: There is no such encoder, or it makes boxes of something else.
    """
    arrays, _ = load_model(store, name, dim)
    if not set(ARRAYS) <= arrays.keys():
        raise DataError(
            f"The {dim}D boxes of {name!r} are not made of the points of members; fit "
            "them by the default recipe where members are known."
        )
    return member_points(arrays)


def model_file(dim: int, word: str = "") -> str:
    """What the file of an encoder to `dim` dimensions is called."""
    return f"model_{_stem(dim, word)}.safetensors"


def _stem(dim: int, word: str) -> str:
    return f"{dim}d.{word}" if word else f"{dim}d"


def save_checkpoint(
    store: Store,
    name: str,
    arrays: Mapping[str, np.ndarray],
    about: Mapping[str, Any],
) -> Path:
    """Write the state of a fit of collection `name` that is under way."""
    path = _checkpoint(store, name, about["config"]["dim"])
    files.write(path, _tensors(arrays, about))
    return path


def load_checkpoint(
    store: Store, name: str, dim: int
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the state of a fit of collection `name` that was interrupted.

    Raises:
        DataError: No such fit was interrupted, or the file is damaged.
    """
    path, command = _checkpoint(store, name, dim), f"fit {name} --dim {dim}"
    if not path.exists():
        raise DataError(
            f"There is no interrupted {dim}D fit of {name!r} at {path}. "
            f"Start one with: {python_command(command)}"
        )
    return _load_tensors(path, command)


def checkpointed(store: Store, name: str, dim: int) -> str:
    """Differs wherever the state of a fit under way was written anew; "" without one.

    A clock that jumps does not matter: it says which file it is, not how old.
    """
    try:
        known = _checkpoint(store, name, dim).stat()
    except OSError:
        return ""
    return f"{known.st_ino} {known.st_mtime_ns}"


def remove_checkpoint(store: Store, name: str, dim: int) -> None:
    """Forget the state of a fit of collection `name`, if there is one."""
    _checkpoint(store, name, dim).unlink(missing_ok=True)


def _checkpoint(store: Store, name: str, dim: int) -> Path:
    return store.data / name / f"checkpoint_{dim}d.safetensors"


def _tensors(arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> files.Fill:
    from safetensors.numpy import save

    # One key only: the order of several would differ from one writing to the next.
    whole = save(dict(arrays), {"about": json.dumps(about, sort_keys=True)})
    return lambda file: file.write(whole)


def _load_tensors(
    path: Path, command: str
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            about = json.loads((file.metadata() or {})["about"])
            return {key: file.get_tensor(key) for key in file.keys()}, about  # noqa: SIM118
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise DataError(
            f"{path} is damaged or not a file of this program. "
            f"Make it again with: {python_command(command)}"
        ) from error
