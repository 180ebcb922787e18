"""The one door to disk: what is kept of a collection, and where.

Files are looked for in the data directory first and in `precomputed/` second; they
are written to the data directory only. Callers need no other module: what `store`,
`provenance` and `evaluations` hold of it is named here too (`Store as Store`, in the
way of PEP 484).
"""

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime
from os import SEEK_END
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any, TypeVar
from zipfile import is_zipfile

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from core import files
from core.atlas import Atlas
from core.boxes import Boxes
from core.collection import Collection, check_tasks
from core.errors import DataError
from core.evaluations import load_evaluation as load_evaluation
from core.evaluations import save_evaluation as save_evaluation
from core.explanation.kept import shown_explanation
from core.features import Features
from core.nearest import directions
from core.projection import METHODS, Method, Projection
from core.provenance import (
    check_state,
    collection_digest,
    made_by,
    state_of,
)
from core.provenance import load_provenance as load_provenance
from core.relations import Membership, Relations
from core.store import PRECOMPUTED as PRECOMPUTED
from core.store import Store as Store
from core.store import default_data as default_data
from core.store import python_command as python_command
from core.task2vec.kept import load_embeddings as load_embeddings
from core.task2vec.kept import load_head as load_head
from core.task2vec.kept import save_embeddings as save_embeddings
from core.task2vec.vectors import told_by
from core.tree import Tree
from core.weights import FIT, fit_digest, places_members

Value = TypeVar("Value")


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
        relations=_load_relations(store, name),
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


def is_tree(store: Store, name: str) -> bool:
    """Whether collection `name` is of many tasks that nest as a tree."""
    return store.holds(name, "tree.npz")


def load_tree(store: Store, name: str) -> Tree:
    """Read what lies in what of collection `name`.

    Raises:
        DataError: It is no tree, or the file is damaged.
    """
    layout = {"parent": "i tasks", "size": "i tasks"}

    def tree(arrays: Mapping[str, np.ndarray]) -> Tree:
        return Tree(arrays["parent"], arrays["size"])

    return _read(store, name, "tree.npz", layout, made_by(store, name), tree)


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
    known = {**settings, **state_of(store, name), FIT: fit_digest(boxes)}
    names = () if is_tree(store, name) else boxes.names
    fills = {path: _named(corners, names, known), **(beside or {})}
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
            arrays["lower"], arrays["upper"], _names_of(store, name, arrays)
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
    layout = {"lower": corners, "upper": corners, "settings": "U"}
    layout |= _named_layout(store, name)
    command = f"fit {name} --dim {dim}" + (f" --as {word}" if word else "")

    def checked(arrays: Mapping[str, np.ndarray]) -> Value:
        check_state(store, name, json.loads(str(arrays["settings"])))
        return value(arrays)

    return _read(
        store, name, f"boxes_{fit_stem(dim, word)}.npz", layout, command, checked
    )


def _named_layout(store: Store, name: str) -> files.Layout:
    """Results say of which tasks they are; rows of a tree are said by its table."""
    return {} if is_tree(store, name) else {"names": "U tasks"}


def _names_of(
    store: Store, name: str, arrays: Mapping[str, np.ndarray]
) -> tuple[str, ...]:
    if "names" in arrays:
        return tuple(arrays["names"].tolist())
    return tuple(load_tasks(store, name).index)


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
    return _read(store, name, file, {"settings": "U"}, command, settings)


def save_projection(store: Store, name: str, projection: Projection) -> Path:
    """Write a projection of collection `name` beside its settings."""
    path = store.data / name / f"projection_{projection.method}.npz"
    points = {"points": projection.points}
    settings = {**projection.settings, **state_of(store, name)}
    names = () if is_tree(store, name) else projection.names
    files.write(path, _named(points, names, settings))
    return path


def load_projection(store: Store, name: str, method: Method) -> Projection:
    """Read a projection of collection `name`.

    Raises:
        DataError: It was never computed, or the file is damaged.
    """

    def projection(arrays: Mapping[str, np.ndarray]) -> Projection:
        settings = json.loads(str(arrays["settings"]))
        settings.pop("collection", None)
        names = _names_of(store, name, arrays)
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
    layout = {"points": "f tasks dim", "settings": "U", **_named_layout(store, name)}
    file, command = f"projection_{method}.npz", f"project {name} --method {method}"

    def checked(arrays: Mapping[str, np.ndarray]) -> Value:
        check_state(store, name, json.loads(str(arrays["settings"])))
        return value(arrays)

    return _read(store, name, file, layout, command, checked)


@contextmanager
def computed(store: Store) -> Iterator[MutableMapping[str, str]]:
    """Small results kept by the digest of what they were computed from.

    They are JSON texts, for the person alone to read (mode 0700), and may be removed
    at any time.

    Raises:
        DataError: The folder cannot be written, or is damaged.
    """
    from diskcache import Cache, Index

    from core.plain import Plain

    folder = store.data / ".cache"

    def unusable(error: Exception) -> DataError:
        return DataError(
            f"Cannot keep results in {folder}: {error}. Remove that folder, or name "
            "another place with --data."
        )

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        cache = Cache(str(folder), disk=Plain)
    except (OSError, DatabaseError) as error:
        raise unusable(error) from error
    try:
        with cache:
            yield Index.fromcache(cache)
    except DatabaseError as error:  # damaged further inside
        raise unusable(error) from error


def load_atlas(store: Store, name: str) -> Atlas:
    """Read all that can be shown of collection `name`; features stay on disk.

    Raises:
        DataError: There are no 2D boxes, or a file is damaged.
    """
    dims = sorted({2, *store.dims(name)})
    methods = [m for m in METHODS if store.holds(name, f"projection_{m}.npz")]
    return Atlas(
        name=name,
        tasks=_with_parents(store, name),
        relations=_load_relations(store, name),
        boxes={dim: load_boxes(store, name, dim) for dim in dims},
        projections={m: load_projection(store, name, m) for m in methods},
        evaluation=tuple(load_evaluation(store, name)),
        provenance=load_provenance(store, name),
        placed=tuple(dim for dim in dims if places_members(store, name, dim)),
        fits=store.fits(name),
        described=store.descriptions(name),
        replayed=store.replays(name),
        explanation=shown_explanation(store, name),
    )


def _with_parents(store: Store, name: str) -> pd.DataFrame:
    """The task table with names of parents, of a tree too."""
    tasks = load_tasks(store, name)
    if not is_tree(store, name):
        return tasks
    names = tasks.index.tolist()
    above = load_tree(store, name).parent.tolist()
    parents = pd.Series(
        [[names[row]] if row >= 0 else [] for row in above], tasks.index
    )
    return tasks.assign(parents=parents)


def glance(store: Store, name: str) -> dict[str, Any]:
    """What collection `name` says of itself, where its files look whole.

    Reads little more than their ends, so that a program with many collections starts at
    once; what is damaged further inside shows in `load_atlas`.

    Raises:
        DataError: As `load_atlas`.
    """
    needed = ("tasks.parquet", "relations.npz", "boxes_2d.npz")
    further = [f"boxes_{dim}d.npz" for dim in store.dims(name)] + [
        f"projection_{method}.npz" for method in METHODS
    ]
    found = [file for file in further if store.holds(name, file)]
    about = load_provenance(store, name)
    load_evaluation(store, name)
    whole = all(
        store.holds(name, file) and _looks_whole(store.find(name, file, ""))
        for file in {*needed, *found}
    )
    return about if whole else dict(load_atlas(store, name).provenance)


def _looks_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            if path.suffix == ".npz":
                return is_zipfile(file)
            file.seek(-4, SEEK_END)
            return file.read() == b"PAR1"
    except OSError:  # a folder, or nothing in it
        return False


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


def _load_relations(store: Store, name: str) -> Relations:
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
    return _read(store, name, "relations.npz", layout, command, relations)


def _read(
    store: Store,
    name: str,
    file: str,
    layout: files.Layout,
    command: str,
    value: Callable[[Mapping[str, np.ndarray]], Value],
) -> Value:
    path = store.find(name, file, command)
    arrays = files.read_arrays(path, layout, python_command(command))
    with files.checking(path, python_command(command)):
        return value(arrays)


def _named(
    arrays: Mapping[str, np.ndarray],
    names: tuple[str, ...],
    settings: Mapping[str, object],
) -> files.Fill:
    numbers = {key: array.astype(np.float32) for key, array in arrays.items()}
    text = json.dumps(dict(settings), sort_keys=True)
    words = {"settings": np.array(text)}
    words |= {"names": np.array(names)} if names else {}
    return files.filled_with(numbers | words)
