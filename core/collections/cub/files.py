"""The files of CUB-200-2011, in a folder or an archive, whole or a subset of them.

The official data set numbers from 1, parts columns by a space and calls a class
`001.Black_footed_Albatross`; a subset of 100 classes that is about numbers from 0,
parts by a comma, and leaves the numbers of the classes out. Both are read.
"""

import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import error as ZlibError

from core.errors import DataError

ADDRESS = "https://www.vision.caltech.edu/datasets/cub_200_2011/"
TABLES = (
    "images.txt",
    "image_class_labels.txt",
    "classes.txt",
    "train_test_split.txt",
)


@dataclass(frozen=True)
class Picture:
    """A listed image: its line, its path below `images`, its species, its flag."""

    line: int
    path: str
    species: str
    flag: bool  # of the split; whether it means training is another question


@dataclass(frozen=True)
class Birds:
    """What is listed; `read` gives the bytes of an image, quickest in this order."""

    pictures: Sequence[Picture]
    read: Callable[[Picture], bytes]


@contextmanager
def opened(path: Path) -> Iterator[Birds]:
    """The images listed in a folder or an archive, open for reading.

    Raises:
        DataError: It is missing, damaged, or not the data set; a table of it is broken.
    """
    if not path.exists():
        raise DataError(
            f"There is no {path}; correct the path, or get CUB_200_2011.tgz from "
            f"{ADDRESS}."
        )
    if path.is_dir():
        yield _birds(path, *_in_folder(path))
        return
    with _archive(path) as archive:
        yield _birds(path, *_in_archive(path, archive))


# Reads a file by its name below the place of `images.txt`, and where it lies.
Read = Callable[[str], bytes]
Where = Callable[[str], int]


def _in_folder(path: Path) -> tuple[Read, Where]:
    places = [one for one in (path, *sorted(path.iterdir())) if _holds_tables(one)]
    if not places:
        raise _foreign(path)

    def read(name: str) -> bytes:
        try:
            return (places[0] / name).read_bytes()
        except OSError as error:
            raise DataError(f"it cannot be read ({error.strerror})") from error

    return read, lambda _: 0


def _holds_tables(folder: Path) -> bool:
    return all((folder / table).is_file() for table in TABLES)


@contextmanager
def _archive(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        archive = tarfile.open(path)  # noqa: SIM115
    except (OSError, EOFError, tarfile.TarError, ZlibError) as error:
        raise DataError(
            f"{path} is no archive that can be read; get CUB_200_2011.tgz from "
            f"{ADDRESS}."
        ) from error
    with archive:
        yield archive


def _in_archive(path: Path, archive: tarfile.TarFile) -> tuple[Read, Where]:
    try:
        entries = {
            entry.name.removeprefix("./"): entry for entry in archive if entry.isfile()
        }
    except (OSError, EOFError, tarfile.TarError, ZlibError) as error:
        raise DataError(
            f"{path} breaks off or is damaged ({error}); get it anew from {ADDRESS}."
        ) from error
    tops = [
        name.removesuffix(TABLES[0])
        for name in entries
        if name.split("/")[-1] == TABLES[0]
    ]
    tops = [top for top in tops if all(top + table in entries for table in TABLES)]
    if not tops:
        raise _foreign(path)
    top = min(tops, key=len)

    def read(name: str) -> bytes:
        try:
            file = archive.extractfile(entries[top + name])
            return file.read() if file is not None else b""
        except KeyError as error:
            raise DataError(f"it is not in {path.name}") from error
        except (OSError, EOFError, tarfile.TarError, ZlibError) as error:
            raise DataError(f"it cannot be read ({error})") from error

    def where(name: str) -> int:
        entry = entries.get(top + name)
        return entry.offset_data if entry is not None else -1

    return read, where


def _foreign(path: Path) -> DataError:
    return DataError(
        f"{path} does not hold {', '.join(TABLES[:-1])} and {TABLES[-1]} of "
        f"CUB-200-2011; name its folder or archive, from {ADDRESS}."
    )


def _birds(path: Path, read: Read, where: Where) -> Birds:
    paths, labels, classes, flags = (_table(path, name, read) for name in TABLES)
    pictures = []
    for line, (image, file) in enumerate(paths.items()):
        label = _value(path, TABLES[1], labels, image)
        species = _value(path, TABLES[2], classes, label)
        flag = _value(path, TABLES[3], flags, image)
        if flag not in {"0", "1"}:
            raise DataError(
                f"{TABLES[3]} in {path} says {flag!r} of image {image}; it must be "
                "0 or 1."
            )
        name = re.sub(r"^\d+\.", "", species)
        pictures.append(Picture(line, file, name, flag == "1"))
    if not pictures:
        raise DataError(f"{TABLES[0]} in {path} lists no image; get it from {ADDRESS}.")
    pictures.sort(key=lambda one: where(f"images/{one.path}"))
    return Birds(pictures, lambda one: read(f"images/{one.path}"))


def _table(path: Path, name: str, read: Read) -> dict[str, str]:
    """The second column of a table by the first."""
    values: dict[str, str] = {}
    lines = read(name).decode("utf-8-sig", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        key, *value = re.split(r",\s*|\s+", line.strip(), maxsplit=1)
        if not value or key in values:
            what = "has no second column" if not value else f"lists {key} twice"
            raise DataError(
                f"Line {number} of {name} in {path} {what}: {line[:80]!r}; get the "
                f"table anew from {ADDRESS}."
            )
        values[key] = value[0]
    return values


def _value(path: Path, name: str, table: dict[str, str], key: str) -> str:
    if key not in table:
        raise DataError(
            f"{name} in {path} has no line of {key}, which another table names; get "
            f"the tables anew from {ADDRESS}."
        )
    return table[key]
