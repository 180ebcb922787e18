"""A large collection to look at, without any file."""

import numpy as np
import pyarrow as pa

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


def shelf_of(*expanses: Expanse) -> Shelf:
    """What shows them, as if they were too large however small they are."""
    known = {one.name: one for one in expanses}
    titles = {name: str(one.provenance["title"]) for name, one in known.items()}
    return Shelf(titles, {}.__getitem__, expand=known.__getitem__)
