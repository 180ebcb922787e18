"""ImageNet-21k: its 21,841 synsets and all their WordNet ancestors as tasks.

A task is the set of listed synsets below it, itself included where it is listed.
Features are of texts, not of images: lemma and definition.
"""

from collections.abc import MutableMapping
from importlib import metadata

from core.collection import Collection
from core.collections import wordnet
from core.collections.imagenet import task_table
from core.collections.wordnet import Synset
from core.encoders.text import minilm, text_vectors
from core.packages import package_file
from core.relations import membership_of, relations_of

SYNSETS = ("timm", "data/_info/imagenet22k_synsets.txt")


def build(kept: MutableMapping[str, str]) -> Collection:
    """The collection from its sources.

    Raises:
        DataError: A source is missing; the message says how to install it.
    """
    synsets = wordnet.read_synsets()
    listed = package_file(*SYNSETS).read_text(encoding="utf-8").split()
    below = wordnet.with_ancestors(synsets, listed)
    tasks = task_table(synsets, below)
    row_of = {id: row for row, id in enumerate(listed)}
    membership = membership_of(
        [[row_of[id] for id in below[name]] for name in tasks.index]
    )
    encoder = minilm()
    texts = [text_of(synsets[id]) for id in listed]
    return Collection(
        name="imagenet21k",
        tasks=tasks,
        features=text_vectors(encoder, texts, kept, what="synsets"),
        membership=membership,
        relations=relations_of(membership),
        provenance={
            "title": "ImageNet-21k",
            "description": (
                "The 21,841 synsets of ImageNet-21k and all their WordNet ancestors. A "
                "task is the set of listed synsets below a synset, itself included; "
                "synsets with the same set are one task."
            ),
            "notes": [
                "Features are text embeddings of lemmas and definitions: no image was "
                "seen. Definitions often name the synset above, so they tell part of "
                "the hierarchy."
            ],
            "sources": [
                {
                    "name": "ImageNet-21k class list (synset ids)",
                    "package": "timm",
                    "version": metadata.version("timm"),
                    "licence": "Apache-2.0",
                    "address": "https://www.image-net.org",
                },
                {**wordnet.SOURCE, "version": "3.0"},
                dict(encoder.source),
            ],
            "encoder": f"{encoder.about} of lemma and definition, stored as float16",
            "member": "synset",
            "channels": 384,
            "tasks": len(tasks),
            "members": len(listed),
            "counts": {"synsets listed": len(listed), "with ancestors": len(below)},
            "command": "python -m core build imagenet21k",
        },
    )


def text_of(synset: Synset) -> str:
    """What is said of a synset: its first lemma and its definition."""
    return f"{synset.lemmas[0]}: {synset.definition}"
