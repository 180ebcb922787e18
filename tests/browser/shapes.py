"""Small collections of different shape, on disk, beside those that are shipped."""

import numpy as np
import pandas as pd

from core import cache
from core.boxes import Boxes
from core.collection import Collection
from core.projection import Projection
from core.relations import Relations, membership_of, relations_of

LONG = "x" * 10_000
HOSTILE = "<b>bold</b> & <img src=x onerror=alert(1)>"
# What people call their data sets.
NAMES = (
    "org/data-set",
    "🦜 parrots 🦜",
    HOSTILE,
    "  leading spaces",
    "a&b=c#d?e%20f+g",
    LONG,
    "日本語 / ñandú",
    "plain",
)
# Values that a link or a page might take for something else; the third says nothing.
KINDS = ("a, b", "~other", "", HOSTILE, "a, b", "~other", HOSTILE, "a, b")
NOTE = "Features are text embeddings of names, not images."
THEIRS = "published by others, not fitted by this program."
SOURCE = {"name": "us", "package": "none", "version": "1", "licence": "MIT"}


def provenance(title, count, **more):
    return {
        "title": title,
        "description": f"{title}, made up for a test.",
        "sources": [
            {**SOURCE, "address": "https://example.org/data"},
            {**SOURCE, "name": "trap", "address": "javascript:alert(1)"},
        ],
        "encoder": "none",
        "member": "species",
        "command": "python -m core build nothing",
        "tasks": count,
        "members": count,
        **more,
    }


def save_soft(store):
    """Data sets that overlap: no members, no parents, boxes in the plane only."""
    count = len(NAMES)
    tasks = pd.DataFrame(
        {
            "label": NAMES,
            "parents": [[] for _ in NAMES],
            "depth": 0,
            "members": 1,
            "size": [60_000, None, 10.0, 1e6, None, 3, None, 200],
            "url": [f"https://example.org/{k}" for k in range(count)],
            "homepage": "javascript:alert(1)",
            "licence": [None, "MIT", *[LONG] * (count - 2)],
            "labels": [["cat", "dog"], *[None] * (count - 1)],
            "public": [True] * count,
            "kind": KINDS,
            "weight": [0.5, None, 2.25, 40, 900, 5, 7, 1],
        },
        index=pd.Index(NAMES, name="name"),
    )
    first, second = np.arange(count - 1), np.arange(1, count)
    pairs = (np.concatenate([first, second]), np.concatenate([second, first]))
    strength = np.concatenate([np.full(count - 1, 0.4), np.full(count - 1, 0.6)])
    about = provenance("Soft", count, notes=[NOTE], boxes=THEIRS)
    features = np.eye(count, dtype=np.float32)
    relations = Relations(*pairs, strength.astype(np.float32))
    cache.save_collection(
        store, Collection("soft", tasks, features, None, relations, about)
    )
    lower = np.stack([np.arange(count), np.arange(count) % 3], 1).astype(np.float32)
    cache.save_boxes(store, "soft", Boxes(lower, lower + 1.5, NAMES), {})
    cache.save_projection(store, "soft", Projection(lower, NAMES, "pca", {}))


def save_tree(store, name="tree", **more):
    """A kingdom of two orders with two species each, in the plane and in space."""
    names = ("life", "birds", "fish", "eagle", "parrot", "shark", "eel")
    members = [[0, 1, 2, 3], [0, 1], [2, 3], [0], [1], [2], [3]]
    parents = [[], ["life"], ["life"], *[["birds"]] * 2, *[["fish"]] * 2]
    tasks = pd.DataFrame(
        {
            "label": [word.capitalize() for word in names],
            "parents": parents,
            "depth": [0, 1, 1, 2, 2, 2, 2],
            "members": [len(rows) for rows in members],
            "rank": ["kingdom", "order", "order", *["species"] * 4],
        },
        index=pd.Index(names, name="name"),
    )
    skipped = [{"item": f"Genus {k}", "reason": "renamed"} for k in range(700)]
    counts = {"species": 4, "order": 2}
    about = provenance(name.capitalize(), 7, skipped=skipped, counts=counts) | more
    membership = membership_of(members)
    relations = relations_of(membership)
    features = np.eye(4, dtype=np.float32)
    cache.save_collection(
        store, Collection(name, tasks, features, membership, relations, about)
    )
    for dim in (2, 3):
        lower, upper = np.zeros((7, dim)), np.ones((7, dim))
        lower[:, 0] = [rows[0] for rows in members]
        upper[:, 0] = [rows[-1] + 1 for rows in members]
        lower += 0.01 * np.array(tasks["depth"])[:, None]
        upper -= 0.01 * np.array(tasks["depth"])[:, None]
        boxes = Boxes(lower.astype(np.float32), upper.astype(np.float32), names)
        cache.save_boxes(store, name, boxes, {})


def save_families(store):
    """A root of two families: 60 children of one member each, and one child of nine.

    The child of nine lies in the other family as well; a member of the root lies in
    neither.
    """
    many, few = [f"m{k:02}" for k in range(60)], "nine"
    names = ("root", "many", "few", *many, few)
    parents = [[], ["root"], ["root"], *[["many"]] * 60, ["few", "many"]]
    members = [[*range(70)], [*range(69)], [*range(60, 69)]]
    members += [*([k] for k in range(60)), [*range(60, 69)]]
    count = len(names)
    depth = [0, 1, 1, *[2] * 61]
    columns = {"label": names, "parents": parents, "depth": depth}
    tasks = pd.DataFrame(
        {**columns, "members": [len(rows) for rows in members]},
        index=pd.Index(names, name="name"),
    )
    membership = membership_of(members)
    relations = relations_of(membership)
    features, about = np.eye(70, dtype=np.float32), provenance("Families", count)
    cache.save_collection(
        store, Collection("families", tasks, features, membership, relations, about)
    )
    lower = np.array([[rows[0], 0] for rows in members], dtype=np.float32)
    upper = np.array([[rows[-1] + 1, 1] for rows in members], dtype=np.float32)
    cache.save_boxes(store, "families", Boxes(lower, upper, names), {})


def save_long(store):
    """A collection that says everything at length."""
    words = dict.fromkeys(("title", "description", "encoder", "boxes"), LONG)
    save_tree(store, "long", **words, notes=[LONG] * 3)


def save_broken(store):
    """A tree whose boxes are damaged where a glance at the file does not see it."""
    save_tree(store, "broken")
    path = store.data / "broken" / "boxes_2d.npz"
    path.write_bytes(b"\0" * 60 + path.read_bytes()[60:])
