"""Arrays of a collection on disk; results say of what state of it they are."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from core import files
from core.provenance import check_state, state_of
from core.store import Store, python_command

Value = TypeVar("Value")


def is_tree(store: Store, name: str) -> bool:
    """Whether collection `name` is of many tasks that nest as a tree."""
    return store.holds(name, "tree.npz")


def read(
    store: Store,
    name: str,
    file: str,
    layout: files.Layout,
    command: str,
    value: Callable[[Mapping[str, np.ndarray]], Value],
) -> Value:
    """Read arrays of a collection as one value.

    Args:
        store: Where from.
        name: Of the collection.
        file: Its name.
        layout: Kinds and sides of its arrays, as `files.read_arrays` takes it.
        command: What makes the file, the remedy where it is missing or damaged.
        value: Made of the arrays; what it raises is told of the file.

    Raises:
        DataError: The file is missing, damaged or of another layout.
    """
    path = store.find(name, file, command)
    arrays = files.read_arrays(path, layout, python_command(command))
    with files.checking(path, python_command(command)):
        return value(arrays)


def read_result(
    store: Store,
    name: str,
    file: str,
    layout: files.Layout,
    command: str,
    value: Callable[[Mapping[str, Any]], Value],
) -> Value:
    """Read what `filled` wrote, as `read` does.

    Raises:
        DataError: As `read`; or it is of another state of the collection.
    """

    def checked(arrays: Mapping[str, np.ndarray]) -> Value:
        check_state(store, name, json.loads(str(arrays["settings"])))
        return value(arrays)

    # Results say of which tasks they are; rows of a tree are said by its table.
    named: files.Layout = {} if is_tree(store, name) else {"names": "U tasks"}
    whole = {**layout, "settings": "U", **named}
    return read(store, name, file, whole, command, checked)


def filled(
    store: Store,
    name: str,
    arrays: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    settings: Mapping[str, object],
) -> files.Fill:
    """What to write: a result of all tasks, whose they are, and what made it."""
    numbers = {key: array.astype(np.float32) for key, array in arrays.items()}
    text = json.dumps({**settings, **state_of(store, name)}, sort_keys=True)
    words = {"settings": np.array(text)}
    words |= {} if is_tree(store, name) else {"names": np.array(names)}
    return files.filled_with(numbers | words)
