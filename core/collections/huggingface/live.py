"""Hugging Face as the Hub has it now: the most downloaded image data sets.

Like `snapshot`, with cards in place of packages. With an encoder of images, features
and Gaussians are those of images that are streamed from each data set.
"""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from core.collection import Collection
from core.collections.huggingface.dataset import DataSet, task_table
from core.collections.huggingface.hub import Entry, Hub, Skipped, data_sets
from core.collections.huggingface.overlap import gaussians_of, soft_relations
from core.collections.huggingface.snapshot import described, formula
from core.encoders.encoder import Encoder
from core.relations import Membership, Relations, membership_of

NAME = "huggingface-hub"
TEXT = "text"  # the encoder that looks at cards, not at images


@dataclass(frozen=True)
class Pictured:
    """Data sets with what their texts or images say of them."""

    sets: list[DataSet]
    features: Float[np.ndarray, "rows channels"]
    membership: Membership | None
    relations: Relations
    members: list[int]
    source: dict[str, str]
    encoder: str
    member: str
    notes: list[str]


def build(
    kept: MutableMapping[str, str],
    hub: Hub,
    *,
    limit: int,
    encoder: str,
    images: int,
) -> Collection:
    """The collection over the network.

    Args:
        kept: Vectors and cards by content.
        hub: Where the Hub is.
        limit: How many data sets.
        encoder: `text`, or an encoder of images as `core.encoders.image` reads it.
        images: How many images of each data set are looked at.

    Raises:
        DataError: The Hub does not answer, or there is no such encoder.
    """
    if encoder == TEXT:
        sets, _, skipped = data_sets(hub, limit, kept)
        known = by_texts(sets, kept)
    else:
        # First of all, so that a name that is wrong is known before the Hub is asked.
        from core.encoders.image import encoder_of

        model = encoder_of(encoder)
        sets, entries, skipped = data_sets(hub, limit, kept)
        known, missing = by_images(sets, entries, model, images, kept)
        again = {one["item"] for one in missing}
        skipped = [one for one in skipped if one["item"] not in again] + missing
    about = _provenance(known, hub, skipped)
    about["command"] = _command(limit, encoder, images)
    return Collection(
        NAME,
        task_table(known.sets, known.members),
        known.features,
        known.membership,
        known.relations,
        about,
    )


def by_texts(sets: list[DataSet], kept: MutableMapping[str, str]) -> Pictured:
    """Data sets by the texts of their cards."""
    from core.encoders.text import minilm

    encoder = minilm()
    features, relations, figures = described(sets, encoder, kept)
    return Pictured(
        sets,
        features,
        None,
        relations,
        [int(one.size) if isfinite(one.size) and one.size > 0 else 1 for one in sets],
        dict(encoder.source),
        f"{encoder.about}, mean of the texts of each data set",
        "image",
        [
            "Features are text features: no image was looked at.",
            formula(figures, "text vectors"),
            "A data set whose size its card does not give counts as one image.",
        ],
    )


def by_images(
    sets: Sequence[DataSet],
    entries: Sequence[Entry],
    encoder: Encoder[Any],
    images: int,
    kept: MutableMapping[str, str],
) -> tuple[Pictured, Skipped]:
    """Data sets by some of their images, without those whose images cannot be had."""
    from core.collections.huggingface.hub_images import sampled

    vectors, task, skipped = sampled(entries, images, encoder, kept)
    rows, place = np.unique(task, return_inverse=True)
    some = [sets[row] for row in rows]
    gaussians = gaussians_of(vectors.astype(np.float32), place)
    relations, figures = soft_relations([one.labels for one in some], gaussians)
    members = [np.flatnonzero(place == row).tolist() for row in range(len(rows))]
    known = Pictured(
        some,
        vectors,
        membership_of(members),
        relations,
        [len(own) for own in members],
        dict(encoder.source),
        f"{encoder.about} of up to {images} images of each data set",
        "sampled image",
        [
            f"Features are those of images: up to {images} of each data set, drawn "
            "from its first split in an order shuffled by a fixed seed.",
            formula(figures, "image vectors"),
        ],
    )
    return known, skipped


def _provenance(known: Pictured, hub: Hub, skipped: Skipped) -> dict[str, object]:
    from huggingface_hub import __version__

    sets = known.sets
    return {
        "title": "Hugging Face Hub, live",
        "description": (
            f"{len(sets)} of the most downloaded image-classification data sets of the "
            "Hugging Face Hub, as their cards describe them."
        ),
        "sources": [
            {
                "name": "Listing and data set cards of the Hugging Face Hub",
                "package": "huggingface-hub",
                "version": __version__,
                "licence": "of each data set, in the task table",
                "address": hub.endpoint,
            },
            known.source,
        ],
        "encoder": known.encoder,
        "member": known.member,
        "channels": known.features.shape[1],
        "tasks": len(sets),
        "members": sum(known.members),
        "counts": {
            "with known size": sum(isfinite(one.size) for one in sets),
            "with known labels": sum(bool(one.labels) for one in sets),
        },
        "notes": known.notes,
        "skipped": skipped,
    }


def _command(limit: int, encoder: str, images: int) -> str:
    """What was asked, without the places of this machine."""
    words = f"python -m core build huggingface --from-hub --limit {limit}"
    if encoder == TEXT:
        return words
    name = Path(encoder).name if Path(encoder).is_dir() else encoder
    return f"{words} --encoder {name} --images {images}"
