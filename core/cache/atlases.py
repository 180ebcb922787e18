"""All that is shown of a collection, read from disk."""

from os import SEEK_END
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import pandas as pd

from core.atlas import Atlas
from core.cache.arrays import is_tree
from core.cache.boxes import load_boxes
from core.cache.collections import load_relations, load_tasks, load_tree
from core.cache.projections import load_projection
from core.evaluations import load_evaluation
from core.explanation.kept import shown_explanation
from core.projection import METHODS
from core.provenance import load_provenance
from core.store import Store
from core.weights import places_members


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
        relations=load_relations(store, name),
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
