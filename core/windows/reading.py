"""A large collection from disk, without a Python value a task."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from core import cache, files
from core.errors import DataError
from core.projection import METHODS
from core.provenance import load_provenance, made_by
from core.store import Store, python_command
from core.windows.expanse import Expanse, Table

LARGE = 100_000  # tasks, from which on a collection is seen through windows
FIRST = ("label", "members", "depth")  # columns that have places of their own


def load_expanse(store: Store, name: str, least: int = LARGE) -> Expanse | None:
    """Read collection `name`; None where it is small enough to be read as an atlas.

    Raises:
        DataError: A file is missing, damaged, or of other tasks.
    """
    if not cache.is_tree(store, name):
        return None
    tree = cache.load_tree(store, name)
    if len(tree.parent) <= least:
        return None
    remedy = python_command(made_by(store, name))
    path = store.find(name, "tasks.parquet", made_by(store, name))
    tasks, index = files.read_columns(path, remedy)
    lower, upper = cache.load_corners(store, name, 2)
    points = {
        method: cache.load_points(store, name, method)[:, :2]
        for method in METHODS
        if store.holds(name, f"projection_{method}.npz")
    }
    if missing := [column for column in FIRST if column not in tasks.column_names]:
        raise DataError(
            f"{path} lacks the column {missing[0]!r}. Make it with: {remedy}"
        )
    _check(
        {"tasks": len(tasks), "boxes": len(lower)}
        | {method: len(known) for method, known in points.items()},
        len(tree.parent),
        name,
    )
    table = Table(
        names=_texts(tasks, index),
        labels=_texts(tasks, "label"),
        members=tasks["members"].to_numpy(),
        tree=tree,
        corners=np.stack([lower, upper], axis=2).reshape(len(lower), 4),
        points=points,
        more=tasks.drop_columns([index, *FIRST]),
    )
    evaluation = tuple(cache.load_evaluation(store, name))
    return Expanse(name, table, load_provenance(store, name), evaluation)


def _texts(tasks: pa.Table, column: str) -> pa.Array:
    return tasks[column].cast(pa.large_string()).combine_chunks()


def _check(counts: Mapping[str, int], tasks: int, name: str) -> None:
    for what, count in counts.items():
        if count != tasks:
            raise DataError(
                f"Collection {name!r} has {tasks:,} tasks in its tree but {count:,} "
                f"{what}; build and fit it again."
            )
