"""New tasks out of a zip of images: a folder for each, seen by a collection's encoder.

Nothing is unpacked to disk: what the zip calls its members are names only, and links in
it lead nowhere.
"""

import zipfile
import zlib
from collections.abc import Sequence
from functools import lru_cache
from os.path import commonpath
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from core.collections.folder.image_files import readable
from core.collections.table.novel import NovelTasks
from core.encoders.encoder import Encoder
from core.encoders.image import efficientnet
from core.errors import DataError
from core.files import NO_ZIP, is_file
from core.images import is_image_name, read_image
from core.relations import membership_of

MOST = 500  # images, some 30 a second
LARGEST = 64 * 2**20  # bytes of one image


def read_zipped(path: Path, collection: str, known: bool) -> NovelTasks:
    """The tasks that the folders of a zip are, each image a member.

    Args:
        path: Of the zip.
        collection: That they are placed in, for messages.
        known: As `core.placer.has_image_encoder` says of it.

    Raises:
        DataError: The collection has no such encoder; the zip is damaged, holds no
            image or too many.
    """
    if not known:
        raise DataError(
            f"{collection!r} was not made of images by EfficientNet-Lite0, so images "
            "cannot be placed in it; give features that are made as its own were."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            images = [one for one in archive.infolist() if _is_image(one)]
            _check_count(path.name, len(images))
            return _seen(path.name, archive, images, _encoder())
    except (*NO_ZIP, OSError) as error:
        raise DataError(
            f"{path.name} is damaged or no zip; zip the folder again."
        ) from error


@lru_cache(1)
def _encoder() -> Encoder[Image.Image]:
    return efficientnet()


def _is_image(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return is_file(member) and not hidden and is_image_name(member.filename)


def _check_count(file: str, count: int) -> None:
    if not count:
        raise DataError(
            f"{file} holds no image (.jpg, .png and the like); zip a folder of images."
        )
    if count > MOST:
        raise DataError(
            f"{file} holds {count:,} images, and {MOST} can be placed at a time; leave "
            "some out, or make features of them: python -m core build folder --help"
        )


def _seen(
    file: str,
    archive: zipfile.ZipFile,
    members: Sequence[zipfile.ZipInfo],
    encoder: Encoder[Image.Image],
) -> NovelTasks:
    task_of = _tasks(file, [one.filename for one in members])
    rows: list[np.ndarray] = []
    tasks: dict[str, list[int]] = {}
    notes: list[str] = []
    batch: list[Image.Image] = []
    for at, member in enumerate(members):
        try:
            batch.append(_image(archive, member))
            tasks.setdefault(task_of[at], []).append(len(rows) + len(batch) - 1)
        except DataError as error:
            notes.append(f"skipped {readable(member.filename)}: {error}")
        if len(batch) == encoder.batch:
            rows.extend(encoder.encode(batch))
            batch = []
    if batch:
        rows.extend(encoder.encode(batch))
    if not rows:
        raise DataError(f"No image of {file} can be read: {notes[0]}.")
    membership = membership_of(list(tasks.values()))
    return NovelTasks(file, tuple(tasks), np.stack(rows), membership, tuple(notes))


def _tasks(file: str, names: Sequence[str]) -> list[str]:
    """The task of every image: its folder, below the one that all folders are in."""
    folders = [str(PurePosixPath(name.lstrip("/")).parent) for name in names]
    alone = len({*folders}) == 1
    top = str(PurePosixPath(folders[0]).parent) if alone else commonpath(folders)
    found = []
    for folder in folders:
        below = PurePosixPath(folder).relative_to(top) if top else PurePosixPath(folder)
        name = "/".join(part for part in below.parts if part not in (".", "..", "/"))
        found.append(readable(name) or PurePosixPath(top).name or Path(file).stem)
    return found


def _image(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Image.Image:
    if member.file_size > LARGEST:
        raise DataError(f"it has more than {LARGEST // 2**20} MB")
    try:
        with archive.open(member) as source:
            data = source.read(LARGEST)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error) as error:
        raise DataError("it is damaged in the zip") from error
    except RuntimeError as error:  # NotImplementedError, too
        raise DataError("it is encrypted or packed in an unusual way") from error
    return read_image(data)
