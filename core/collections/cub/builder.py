"""CUB-200-2011: species of birds, and the groups and taxa they belong to, as tasks.

A task is the set of the images of its species. Features are of images and the official
split of them is kept, so that tasks that share no image can be compared.
"""

import shlex
from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL.Image import Image
from tqdm import tqdm

from core.collection import Collection
from core.collections.cub.files import ADDRESS, Birds, Picture, opened
from core.collections.cub.taxa import (
    Place,
    Skipped,
    letters,
    lineages_of,
    read_taxonomy,
)
from core.collections.taxonomy import counts_by_rank, taxon_table
from core.encoders.encoder import Encoder, vectors_of
from core.encoders.image import efficientnet
from core.errors import DataError
from core.images import read_image
from core.reduction import small_enough
from core.relations import relations_of

TRAINING = {29, 30}  # images of a class that the official split trains on
LARGEST = 10_000_000  # bytes of features
TERMS = (
    "CUB-200-2011 is for non-commercial research and educational use; only vectors "
    "computed from its images are kept."
)


def build(
    kept: MutableMapping[str, str], *, images: Path | None, taxonomy: Path | None
) -> Collection:
    """The collection from the data set and a table of its species.

    Args:
        kept: Vectors by content.
        images: The folder or archive of CUB-200-2011, or of a subset of its classes.
        taxonomy: A CSV table with the columns species, family and order.

    Raises:
        DataError: One is missing, damaged or something else.
    """
    if images is None:
        raise DataError(
            "The images of CUB-200-2011 are not shipped: get CUB_200_2011.tgz from "
            f"{ADDRESS} and name it, or its folder, with --images."
        )
    if taxonomy is None:
        raise DataError(
            "CUB-200-2011 itself has no taxonomy: name a CSV table with the columns "
            "species, family and order with --taxonomy."
        )
    places = read_taxonomy(taxonomy)
    with opened(images) as birds:
        return collection_of(kept, birds, places, efficientnet(), (images, taxonomy))


def collection_of(
    kept: MutableMapping[str, str],
    birds: Birds,
    places: Mapping[str, Place],
    encoder: Encoder[Image],
    files: tuple[Path, Path],
) -> Collection:
    """The collection of listed images, through an encoder; `files` are its sources.

    Raises:
        DataError: Nothing of it can be placed, or read.
    """
    skipped: Skipped = []
    swapped, split = read_split(birds.pictures)
    listed = _placed(birds.pictures, places, files[1], skipped)
    pictures, vectors = _seen(kept, encoder, birds, listed, skipped)
    lineages = lineages_of([one.species for one in pictures], places, skipped)
    tasks, membership = taxon_table(lineages)
    train = np.array([one.flag != swapped for one in pictures])
    features, reduced = small_enough(vectors, train, LARGEST)
    about = {
        "description": (
            f"{len({one.species for one in pictures})} species of birds, the groups "
            "that their common names give, their families and orders, and Aves. A task "
            "is the set of images of its species; taxa with the same images are one "
            "task."
        ),
        "notes": [TERMS, split],
        "encoder": f"{encoder.about} of every image{reduced}, stored as float16",
        "channels": features.shape[1],
        "tasks": len(tasks),
        "members": len(pictures),
        "counts": counts_by_rank(lineages)
        | {
            "images": len(pictures),
            "training images": int(train.sum()),
            "other images": int((~train).sum()),
        },
        "skipped": skipped,
    }
    return Collection(
        name="cub",
        tasks=tasks.assign(
            label=tasks["label"].str.replace("_", " "),
            size=tasks["members"].astype(float),
        ),
        features=features,
        membership=membership,
        relations=relations_of(membership),
        provenance=_sources(encoder, files) | about,
        train=train,
    )


def read_split(pictures: Sequence[Picture]) -> tuple[bool, str]:
    """Whether flags of the split mean the opposite of training, and that in words.

    The official split trains on 29 or 30 images of every class and tests on the rest;
    a subset that is about flags the images to test on.
    """
    flags: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for one in pictures:
        flags[one.flag][one.species] += 1
    species = {one.species for one in pictures}
    unflagged, flagged = (
        all(side[one] in TRAINING for one in species) for side in flags
    )
    if flagged:
        return False, "The split is the official one: 29 or 30 training images a class."
    if unflagged:
        return True, (
            "The split is the official one, 29 or 30 training images a class; the flag "
            "in its table was turned round, marking the images to test on, and is read "
            "so."
        )
    return False, (
        "The split is that of its table, but not the official one, which has 29 or 30 "
        "training images of every class."
    )


def _placed(
    pictures: Sequence[Picture],
    places: Mapping[str, Place],
    taxonomy: Path,
    skipped: Skipped,
) -> list[Picture]:
    """Pictures of species that the taxonomy has."""
    unknown = {one.species for one in pictures if letters(one.species) not in places}
    skipped += [
        {"item": one, "reason": f"{taxonomy.name} does not say where it belongs"}
        for one in sorted(unknown)
    ]
    known = [one for one in pictures if one.species not in unknown]
    if not known:
        raise DataError(
            f"{taxonomy} has none of the {len(unknown)} species of which there are "
            f"images, such as {min(unknown)}; name a table of birds."
        )
    return known


def _seen(
    kept: MutableMapping[str, str],
    encoder: Encoder[Image],
    birds: Birds,
    listed: Sequence[Picture],
    skipped: Skipped,
) -> tuple[list[Picture], Float[np.ndarray, "images channels"]]:
    """Pictures that can be read, in the order of their table, with their vectors."""
    found, digests = [], []
    for one in tqdm(listed, desc="looking at files", disable=None):
        try:
            digests.append(sha256(birds.read(one)).hexdigest())
            found.append(one)
        except DataError as error:
            skipped.append({"item": one.path, "reason": str(error)})
    if not found:
        raise DataError(
            f"None of the {len(listed):,} listed images can be read, first: "
            f"{listed[0].path}: {skipped[-len(listed)]['reason']}."
        )
    vectors, faults = vectors_of(
        encoder,
        digests,
        lambda k: read_image(birds.read(found[k])),
        kept,
        what="images",
    )
    skipped += [
        {"item": found[k].path, "reason": reason} for k, reason in faults.items()
    ]
    rows = sorted(
        (k for k in range(len(found)) if k not in faults), key=lambda k: found[k].line
    )
    return [found[k] for k in rows], vectors[rows]


def _sources(encoder: Encoder[Image], files: tuple[Path, Path]) -> dict[str, object]:
    images, taxonomy = files
    command = shlex.join(["--images", images.name, "--taxonomy", taxonomy.name])
    return {
        "title": "CUB-200-2011",
        "sources": [
            {
                "name": "Caltech-UCSD Birds-200-2011",
                "package": images.name,
                "version": "2011",
                "licence": "non-commercial research and educational use",
                "address": ADDRESS,
            },
            {
                "name": "Families and orders of the species",
                "package": taxonomy.name,
                "version": sha256(taxonomy.read_bytes()).hexdigest()[:16],
                "licence": "not stated",
            },
            dict(encoder.source),
        ],
        "member": "image",
        "command": f"python -m core build cub {command}",
    }
