"""A zip of image folders as a folder for a while: only its images, at plain paths."""

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from core.errors import DataError
from core.files import NO_ZIP, is_file
from core.images import is_image_name

MOST = 5_000  # images; some 30 a second are seen
LARGEST = 64 * 2**20  # bytes of one
TOTAL = 2**30  # bytes of all
DEPTH = 16  # folders within folders


@contextmanager
def unzipped(path: Path) -> Iterator[Path]:
    """A folder, called as the zip without its ending, with the images of the zip.

    Raises:
        DataError: It is damaged, holds no image or too many, or a path that leads out
            of it.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / (path.stem or "images")
        folder.mkdir()
        try:
            with zipfile.ZipFile(path) as archive:
                for member in _images(path.name, archive):
                    _copy(path.name, archive, member, folder)
        except (*NO_ZIP, RuntimeError) as error:  # it is encrypted
            raise DataError(
                f"{path.name} is damaged, encrypted or no zip; zip the folder again."
            ) from error
        except OSError as error:
            raise DataError(
                f"Cannot unpack {path.name}: {error.strerror}. Free some space."
            ) from error
        yield folder


def _images(file: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    found = [one for one in archive.infolist() if _is_image(one)]
    if not found:
        raise DataError(
            f"{file} holds no image (.jpg, .png and the like); zip a folder of folders "
            "of images."
        )
    total = sum(one.file_size for one in found)
    if len(found) > MOST or total > TOTAL:
        raise DataError(
            f"{file} holds {len(found):,} images of {total / 2**20:,.0f} MB together; "
            f"at most {MOST:,} of {TOTAL / 2**20:,.0f} MB are taken out of a zip. "
            "Unpack it, and run: python -m core build folder --help"
        )
    for one in found:
        _check(file, one)
    return found


def _is_image(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts)
    return is_file(member) and not hidden and is_image_name(member.filename)


def _check(file: str, member: zipfile.ZipInfo) -> None:
    called = member.filename[:120]
    parts = PurePosixPath(member.filename).parts
    if ".." in parts or parts[0] == "/" or "\\" in member.filename:
        raise DataError(f"{file} holds {called!r}, a path that leads out of it.")
    if len(parts) > DEPTH:
        raise DataError(f"{file} holds {called!r}, in more than {DEPTH} folders.")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise DataError(f"{file} holds {called!r} as a link, not as a file.")
    if member.file_size > LARGEST:
        raise DataError(
            f"{file} holds {called!r} of {member.file_size / 2**20:,.0f} MB; an image "
            f"may have {LARGEST // 2**20} MB."
        )


def _copy(
    file: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path
) -> None:
    path = folder.joinpath(*PurePosixPath(member.filename).parts)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise DataError(f"{file} holds {member.filename[:120]!r} twice.") from error
    # No more than it says: the checksum of one that has more is wrong.
    with target, archive.open(member) as source:
        shutil.copyfileobj(source, target)
