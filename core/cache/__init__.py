"""The one door to disk: what is kept of a collection, and where.

Files are looked for in the data directory first and in `precomputed/` second; they
are written to the data directory only. Callers need no other module: what `store`,
`provenance` and `evaluations` hold of it is named here too.
"""

from core.cache.arrays import is_tree
from core.cache.atlases import glance, load_atlas
from core.cache.boxes import (
    fit_stem,
    load_boxes,
    load_corners,
    load_fit,
    load_settings,
    save_boxes,
)
from core.cache.collections import (
    load_collection,
    load_described,
    load_directions,
    load_tasks,
    load_tree,
    save_collection,
)
from core.cache.projections import load_points, load_projection, save_projection
from core.cache.results import computed
from core.evaluations import load_evaluation, save_evaluation
from core.provenance import load_provenance
from core.store import PRECOMPUTED, Store, default_data, python_command
from core.task2vec.kept import load_embeddings, load_head, save_embeddings

__all__ = [
    "PRECOMPUTED",
    "Store",
    "computed",
    "default_data",
    "fit_stem",
    "glance",
    "is_tree",
    "load_atlas",
    "load_boxes",
    "load_collection",
    "load_corners",
    "load_described",
    "load_directions",
    "load_embeddings",
    "load_evaluation",
    "load_fit",
    "load_head",
    "load_points",
    "load_projection",
    "load_provenance",
    "load_settings",
    "load_tasks",
    "load_tree",
    "python_command",
    "save_boxes",
    "save_collection",
    "save_embeddings",
    "save_evaluation",
    "save_projection",
]
