"""What a collection is made of: its table, features, relations and tree, on disk."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from core import files
from core.cache.arrays import is_tree, read
from core.collection import Collection, check_tasks
from core.features import Features
from core.nearest import directions
from core.provenance import collection_digest, load_provenance, made_by
from core.relations import Membership, Relations
from core.store import Store, python_command
from core.task2vec.kept import load_embeddings
from core.task2vec.vectors import told_by
from core.tree import Tree


def save_collection(store: Store, collection: Collection) -> Path:
    """Write a collection; equal collections give equal files but for the date."""
    folder = store.data / collection.name
    features = {"features": collection.features}
    if collection.membership is not None:
        features |= vars(collection.membership)
    if collection.train is not None:
        features["train"] = collection.train.astype(np.int8)
    files.write_table(folder / "tasks.parquet", collection.tasks)
    files.write_arrays(folder / "features.npz", features)
    relations = {**vars(collection.relations)}
    relations["complete"] = np.array(int(collection.relations.complete))
    files.write_arrays(folder / "relations.npz", relations)
    if collection.tree is not None:
        tree = {"parent": collection.tree.parent, "size": collection.tree.size}
        files.write_arrays(folder / "tree.npz", tree)
    else:
        (folder / "tree.npz").unlink(missing_ok=True)
    date = datetime.now(UTC).date().isoformat()
    digest = collection_digest(collection)
    document = {**collection.provenance, "date": date, "digest": digest}
    files.write_json(folder / "collection.json", document)
    return folder


def load_collection(store: Store, name: str) -> Collection:
    """Read a collection with its features.

    Raises:
        DataError: It was never built, or a file of it is missing or damaged.
    """
    features, membership, train = _load_features(store, name)
    return Collection(
        name=name,
        tasks=load_tasks(store, name),
        features=features,
        membership=membership,
        relations=load_relations(store, name),
        provenance=load_provenance(store, name),
        train=train,
        tree=load_tree(store, name) if is_tree(store, name) else None,
    )


def load_described(store: Store, name: str, kind: Features) -> Collection:
    """Read a collection whose tasks are told by their members, or by embeddings.

    Raises:
        DataError: As `load_collection`; or tasks were never embedded.
    """
    collection = load_collection(store, name)
    if kind != "task2vec":
        return collection
    return told_by(collection, load_embeddings(store, name))


def load_directions(store: Store, name: str) -> Float[np.ndarray, "tasks channels"]:
    """Read where the tasks of collection `name` lie by their features.

    Raises:
        DataError: The features are missing, damaged, or of other tasks.
    """
    collection = load_collection(store, name)
    return directions(collection.features, collection.membership)


def load_tasks(store: Store, name: str) -> pd.DataFrame:
    """Read the task table of collection `name`, without its features.

    Raises:
        DataError: It was never built, or the table is damaged.
    """
    command = made_by(store, name)
    path = store.find(name, "tasks.parquet", command)
    tasks = files.read_table(path, python_command(command))
    tree = load_tree(store, name) if is_tree(store, name) else None
    check_tasks(tasks, f"The task table {path}", tree)
    return tasks


def load_tree(store: Store, name: str) -> Tree:
    """Read what lies in what of collection `name`.

    Raises:
        DataError: It is no tree, or the file is damaged.
    """
    layout = {"parent": "i tasks", "size": "i tasks"}

    def tree(arrays: Mapping[str, np.ndarray]) -> Tree:
        return Tree(arrays["parent"], arrays["size"])

    return read(store, name, "tree.npz", layout, made_by(store, name), tree)


def load_relations(store: Store, name: str) -> Relations:
    """Read which tasks of collection `name` lie in which.

    Raises:
        DataError: It was never built, or the file is damaged.
    """
    layout = {
        "child": "i pairs",
        "parent": "i pairs",
        "strength": "f pairs",
        "complete": "i",
    }

    def relations(arrays: Mapping[str, np.ndarray]) -> Relations:
        return Relations(
            arrays["child"],
            arrays["parent"],
            arrays["strength"],
            bool(arrays["complete"]),
        )

    command = made_by(store, name)
    return read(store, name, "relations.npz", layout, command, relations)


def names_of(
    store: Store, name: str, arrays: Mapping[str, np.ndarray]
) -> tuple[str, ...]:
    """What the tasks of a result are called: it says so, or, of a tree, the table."""
    if "names" in arrays:
        return tuple(arrays["names"].tolist())
    return tuple(load_tasks(store, name).index)


def _load_features(
    store: Store, name: str
) -> tuple[
    Float[np.ndarray, "rows channels"],
    Membership | None,
    Bool[np.ndarray, " rows"] | None,
]:
    """Features, and where they are of members: whose, and their official split."""
    layout = {"features": "f rows channels"}
    membership = {"member": "i entries", "start": "i bounds"}
    command = made_by(store, name)
    path, remedy = store.find(name, "features.npz", command), python_command(command)
    arrays = files.read_arrays(path, layout, remedy)
    train = None
    if "train" in arrays:
        files.check_arrays(path, arrays, layout | {"train": "i rows"}, remedy)
        train = arrays["train"] == 1
    if not arrays.keys() & membership.keys():
        return arrays["features"], None, train
    files.check_arrays(path, arrays, membership, remedy)
    with files.checking(path, remedy):
        members = Membership(arrays["member"], arrays["start"])
    return arrays["features"], members, train
