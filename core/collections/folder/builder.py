"""A folder of image folders: every folder that holds images is a task.

A member is one image by its content, so folders with copies of a picture share it.
"""

import re
import shlex
from collections.abc import Mapping, MutableMapping, Sequence
from hashlib import sha256
from pathlib import Path

import pandas as pd
from PIL.Image import Image
from tqdm import tqdm

from core.collection import Collection, check_name
from core.collections.folder.image_files import Listing, listing_of, readable
from core.collections.folder.tasks import folder_tasks
from core.encoders.encoder import Encoder, vectors_of
from core.encoders.image import DEFAULT, encoder_of
from core.errors import DataError
from core.images import content_digest, read_image
from core.relations import relations_of

Reasons = Mapping[str, str]  # why a file is left out, by its path
LONGEST = 60  # characters of a name that is made of a folder's
ALONE = (
    "There is only one task, so nothing can be told apart: put images of other kinds "
    "into folders beside it."
)


def build(
    kept: MutableMapping[str, str],
    *,
    folder: Path,
    name: str | None = None,
    encoder: str = DEFAULT,
) -> Collection:
    """The collection of what lies in a folder.

    Args:
        kept: Vectors by content.
        folder: Holds images, or folders of images, or folders of those.
        name: What the collection is called, if not as the folder.
        encoder: The default one, a Hub name, or a folder with a model.

    Raises:
        DataError: There is no such folder, no image in it that can be read, no such
            encoder, or the name cannot be used.
    """
    called = valid_name(folder.resolve().name) if name is None else name
    check_name(called)
    listing = listing_of(folder)  # before the encoder, which takes its time
    named = ["--name", name] if name is not None else []
    by = ["--encoder", encoder] if encoder != DEFAULT else []
    command = shlex.join(["build", "folder", readable(str(folder)), *named, *by])
    return collection_of(
        kept,
        listing,
        encoder_of(encoder),
        name=called,
        command=f"python -m core {command}",
    )


def collection_of(
    kept: MutableMapping[str, str],
    listing: Listing,
    encoder: Encoder[Image],
    *,
    name: str,
    command: str,
) -> Collection:
    """The collection of the images listed, through an encoder.

    Raises:
        DataError: No image can be read.
    """
    digest_of, unread = digests_of(listing)
    file_of = {digest: file for file, digest in reversed(digest_of.items())}
    digests = [*dict.fromkeys(digest_of.values())]
    vectors, faults = vectors_of(
        encoder,
        digests,
        lambda k: read_image(listing.folder / file_of[digests[k]]),
        kept,
        what=f"images of {listing.title}",
    )
    whole = [k for k in range(len(digests)) if k not in faults]
    row_of = {digests[k]: row for row, k in enumerate(whole)}
    reason_of = {digests[k]: reason for k, reason in faults.items()}
    rows, left_out = {}, dict(unread)
    for file, digest in digest_of.items():
        if digest in row_of:
            rows[file] = row_of[digest]
        else:
            left_out[file] = reason_of[digest]
    tasks, membership = folder_tasks(rows, listing.title)
    about = _provenance(listing, encoder, tasks, [*row_of], left_out)
    title = listing.title if name == valid_name(listing.title) else name
    return Collection(
        name=name,
        tasks=tasks,
        features=vectors[whole],
        membership=membership,
        relations=relations_of(membership),
        provenance=about | {"title": title, "command": command},
    )


def valid_name(folder: str) -> str:
    """A name for a collection out of a folder's."""
    text = re.sub(r"[^\w.-]+", "-", readable(folder))
    return text.strip("-.")[:LONGEST].rstrip("-.") or "folder"


def digests_of(listing: Listing) -> tuple[dict[str, str], Reasons]:
    """The digest of every file that can be read, and why the others cannot."""
    digest_of, unread = {}, {}
    for file in tqdm(listing.images, desc="looking at files", disable=None):
        try:
            digest_of[file] = content_digest(listing.folder / file)
        except DataError as error:
            unread[file] = str(error)
    if not digest_of:
        raise DataError(
            f"None of {len(unread):,} image files in {listing.folder} can be read, "
            f"first: {readable(listing.images[0])}: {unread[listing.images[0]]}."
        )
    return digest_of, unread


def _provenance(
    listing: Listing,
    encoder: Encoder[Image],
    tasks: pd.DataFrame,
    digests: Sequence[str],
    left_out: Reasons,
) -> dict[str, object]:
    skipped = sorted([*listing.skipped, *left_out.items()])
    return {
        "description": (
            f"Folders of images in {listing.title}. A task is the set of images in a "
            "folder and the folders in it, copies counted once; folders with the same "
            "images are one task."
        ),
        "sources": [
            {
                "name": f"images in the folder {listing.title}",
                "package": listing.title,
                "version": sha256("".join(sorted(digests)).encode()).hexdigest()[:16],
                "licence": "not stated",
            },
            dict(encoder.source),
        ],
        "encoder": f"{encoder.about}, one vector per image, stored as float16",
        "member": "image",
        "counts": {
            "image files": len(listing.images),
            "distinct images that can be read": len(digests),
            "files that are no images, ignored": listing.others,
            "hidden files and folders, ignored": listing.hidden,
        },
        "notes": [ALONE] if len(tasks) == 1 else [],
        "skipped": [
            {"item": readable(path), "reason": reason} for path, reason in skipped
        ],
        "tasks": len(tasks),
        "members": len(digests),
    }
