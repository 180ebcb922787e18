"""The images of a folder or of a collection that knows only what was made of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from core.collection import Collection
from core.collections.cub.files import opened
from core.collections.folder.builder import digests_of
from core.collections.folder.image_files import Listing, listing_of
from core.collections.folder.tasks import folder_tasks
from core.errors import DataError
from core.images import read_image
from core.relations import Membership, membership_of

KINDS = {"cub", "folder", "inaturalist"}  # of collections, by how they were built

# Names of tasks, and rows of the images of each.
Tasks = tuple[tuple[str, ...], Membership]


@dataclass(frozen=True)
class Pictures:
    """Tasks, and the images that they are made of.

    Attributes:
        names: Of the tasks.
        membership: Rows of the images of every task.
        digests: Of the content of every image.
        load: Reads image `k`.
        skipped: Files that are left out, and why.
    """

    names: tuple[str, ...]
    membership: Membership
    digests: Sequence[str]
    load: Callable[[int], Image.Image]
    skipped: tuple[tuple[str, str], ...] = ()


def of_folder(folder: Path) -> Pictures:
    """Every folder of images in a folder is a task, as `build folder` has it.

    Raises:
        DataError: There is no such folder, or no image in it that can be read.
    """
    listing = listing_of(folder)

    def tasks(rows: Mapping[str, int]) -> Tasks:
        table, membership = folder_tasks(rows, listing.title)
        return tuple(table.index), membership

    return _pictures(listing, tasks)


def of_species(folder: Path, collection: Collection) -> Pictures:
    """Images in folders that are called by the numbers of species, from 0.

    So are those of iNaturalist 2018: `train_val2018/Aves/2761/*.jpg`. Tasks of which
    there is no image are left out.

    Raises:
        DataError: There is no such folder, or no image in it of a listed species.
    """
    own = collection.membership
    assert own is not None

    def tasks(rows: Mapping[str, int]) -> Tasks:
        images: dict[int, list[int]] = {}
        for file, row in rows.items():
            number = PurePath(file).parent.name
            if number.isdecimal():
                images.setdefault(int(number), []).append(row)
        members = {
            name: {row for one in species.tolist() for row in images.get(one, [])}
            for name, species in zip(
                collection.tasks.index,
                np.split(own.member, own.start[1:-1]),
                strict=True,
            )
        }
        found = {name: sorted(rows) for name, rows in members.items() if rows}
        if not found:
            raise DataError(
                f"{folder} has no image of a species of {collection.name!r}; folders "
                "of images must be called by the numbers of species (train_val2018)."
            )
        return tuple(found), membership_of([*found.values()])

    return _pictures(listing_of(folder), tasks)


def _pictures(
    listing: Listing, tasks: Callable[[Mapping[str, int]], Tasks]
) -> Pictures:
    """Images that can be read, of which copies count once, and the tasks they make."""
    folder = listing.folder
    digest_of, unread = digests_of(listing)
    file_of = {digest: file for file, digest in reversed(digest_of.items())}
    broken: dict[str, str] = {}
    for digest, file in tqdm(file_of.items(), desc="looking at images", disable=None):
        try:
            read_image(folder / file)
        except DataError as error:
            broken[digest] = str(error)
    digests = [one for one in dict.fromkeys(digest_of.values()) if one not in broken]
    if not digests:
        file, reason = file_of[next(iter(broken))], next(iter(broken.values()))
        raise DataError(
            f"None of {len(digest_of):,} images in {folder} can be read, first: "
            f"{file}: {reason}."
        )
    row_of = {digest: row for row, digest in enumerate(digests)}
    rows = {file: row_of[one] for file, one in digest_of.items() if one in row_of}
    damaged = {file: broken[one] for file, one in digest_of.items() if one in broken}
    names, membership = tasks(rows)
    return Pictures(
        names=names,
        membership=membership,
        digests=digests,
        load=lambda k: read_image(folder / file_of[digests[k]]),
        skipped=tuple(sorted([*listing.skipped, *unread.items(), *damaged.items()])),
    )


@contextmanager
def of_collection(collection: Collection, images: Path | None) -> Iterator[Pictures]:
    """The images that a collection was built from, row by row of its features.

    Args:
        collection: Built from CUB-200-2011, from a folder, or of iNaturalist's species.
        images: Where they are now.

    Raises:
        DataError: It has no images, or these are not those it was built from.
    """
    about: dict[str, Any] = dict(collection.provenance)
    kind = str(about.get("command", "")).removeprefix("python -m core build ")
    membership = collection.membership
    if membership is None or kind.split(" ")[0] not in KINDS:
        raise DataError(
            f"{collection.name!r} was not built from images, which Task2Vec reads; "
            "embed cub, inaturalist, a collection of image folders, or a folder."
        )
    if images is None:
        raise DataError(
            f"Images of {collection.name!r} are not kept; name their folder or archive "
            "with --images."
        )
    if kind.startswith("inaturalist"):
        yield of_species(images, collection)
        return
    if kind.startswith("folder"):
        pictures = of_folder(images)
        if pictures.names != tuple(collection.tasks.index) or (
            pictures.membership.counts.tolist() != membership.counts.tolist()
        ):
            raise _others(collection, images)
        yield pictures
        return
    left_out = {one["item"] for one in about.get("skipped", [])}
    with opened(images) as birds:
        listed = sorted(
            (
                one
                for one in birds.pictures
                if one.path not in left_out and one.species not in left_out
            ),
            key=lambda one: one.line,
        )
        if len(listed) != len(collection.features):
            raise _others(collection, images)
        digests = [
            sha256(birds.read(one)).hexdigest()
            for one in tqdm(listed, desc="looking at files", disable=None)
        ]
        yield Pictures(
            names=tuple(collection.tasks.index),
            membership=membership,
            digests=digests,
            load=lambda k: read_image(birds.read(listed[k])),
        )


def _others(collection: Collection, images: Path) -> DataError:
    return DataError(
        f"{images} does not hold the {len(collection.features):,} images that "
        f"{collection.name!r} was built from; name those, or build it anew."
    )
