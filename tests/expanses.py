"""A large collection to look at, without any file or in a data directory."""

import numpy as np
import pandas as pd
import pyarrow as pa

from core import cache
from core.boxes import Boxes
from core.collection import Collection
from core.projection import Projection
from core.store import Store
from core.tree import closure
from core.windows.expanse import Expanse, Table
from dashboard.shelf import Shelf
from tests.forest import forest

PROVENANCE = {
    "title": "Synthetic forest",
    "description": "Boxes in boxes.",
    "member": "task",
    "encoder": "none",
    "date": "2026-11-23",
    "command": "python -m tests.benchmarks.scale",
    "sources": [],
}


def expanse(tasks: int, name: str = "forest") -> Expanse:
    """A collection of so many tasks."""
    made = forest(tasks)
    ranks = np.array(
        ["all", "kingdom", "phylum", "class", "order", "family", "genus", "species"]
    )
    table = Table(
        names=pa.array([f"t{row}" for row in range(tasks)]),
        labels=pa.array(made.labels),
        members=made.members,
        tree=made.tree,
        corners=made.corners,
        points={"pca": made.corners[:, ::2] + 0.5 * made.corners[:, 1::2]},
        more=pa.table({"rank": ranks[made.tree.depth]}),
    )
    leaves = int((made.tree.size == 1).sum())
    provenance = PROVENANCE | {"tasks": tasks, "members": leaves}
    subtrees = {"t1": {"f1": 0.8765, "positives": 12}, f"t{tasks - 1}": {"f1": 2}}
    result = {"protocol": "existing", "dim": 2, "subtrees": subtrees}
    return Expanse(name, table, provenance, (result,))


def keep(store: Store, tasks: int, name: str = "forest") -> None:
    """Write such a collection as a build, a fit and a projection do."""
    made = forest(tasks)
    names = tuple(f"t{row}" for row in range(tasks))
    table = pd.DataFrame(
        {
            "label": made.labels,
            "depth": made.tree.depth,
            "members": made.members,
            "rank": "any",
        },
        index=pd.Index(names, name="name"),
    )
    features = np.random.default_rng(0).random((tasks, 4), dtype=np.float32)
    told = {"command": f"python -m core build {name}", "channels": 4}
    known = {**PROVENANCE, **told, "tasks": tasks, "members": tasks}
    relations = closure(made.tree)
    cache.save_collection(
        store,
        Collection(name, table, features, None, relations, known, tree=made.tree),
    )
    boxes = Boxes(made.corners[:, ::2], made.corners[:, 1::2], names)
    cache.save_boxes(store, name, boxes, {})
    points = Projection(features[:, :2], names, "pca", {})
    cache.save_projection(store, name, points)


def shelf_of(*expanses: Expanse) -> Shelf:
    """What shows them, as if they were too large however small they are."""
    known = {one.name: one for one in expanses}
    titles = {name: str(one.provenance["title"]) for name, one in known.items()}
    return Shelf(titles, {}.__getitem__, expand=known.__getitem__)
