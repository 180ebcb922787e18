"""One collection as one file: a zip of the files that are kept of it, nothing else.

What comes from elsewhere is not trusted: every member is a file of the layout, of a
size that is told and bounded, and all is read as a collection before it is kept.
"""

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.lib import format as npy

from core import cache, files, weights
from core.errors import DataError
from core.explanation.kept import SHEETS
from core.own import check_free, check_own, vacate
from core.provenance import collection_digest
from core.replay import load_replay
from core.store import ARRIVING, LAYOUT, Store

MOST = 100  # files in an archive
LARGEST = 2**30  # bytes of all of them, unpacked
RATIO = 200  # of a file's size to that of its packed form: text has 20, a bomb 1000
SMALL = 2**20  # bytes, of a file whose ratio is no matter
CHUNK = 2**20
MADE = (1980, 1, 1, 0, 0, 0)  # equal collections give equal archives
KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def pack(store: Store, name: str, file: Any) -> None:
    """Write all that is kept of collection `name` to a file that is open for bytes.

    Where only some of it is a person's own, the rest comes from what is shipped. Parts
    of their images stay where they are.

    Raises:
        DataError: Nothing of it is a person's own.
    """
    check_own(store, name)
    own = store.own(name)
    whole = any(path.name == "collection.json" for path in own)
    with zipfile.ZipFile(file, "w") as archive:
        for path in own if whole else store.files(name):
            if path.name == SHEETS:
                continue
            member = zipfile.ZipInfo(f"{name}/{path.name}", MADE)
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            packed = path.suffix != ".json"  # NPZ and Parquet are, in themselves
            member.compress_type = KINDS[0 if packed else 1]
            with path.open("rb") as source, archive.open(member, "w") as target:
                shutil.copyfileobj(source, target, CHUNK)


def unpack(store: Store, path: Path, name: str = "") -> str:
    """Keep the collection of an archive, and give the name it is kept under.

    Args:
        store: Where to.
        path: Of the archive.
        name: What to call it; empty for what the archive calls it.

    Raises:
        DataError: It is no archive of a collection, or is not what it claims to be, or
            there is a collection of that name; nothing is kept then.
    """
    with _arriving(store) as folder:
        damaged = f"{path.name} is damaged or no zip; export the collection again."
        with _opened(path, damaged) as archive:
            members = _members(path.name, archive)
            name = name or _name_in(path, archive)
            check_free(store, name)
            place = folder / "shipped nowhere" / name
            place.mkdir(parents=True)
            for file, member in members.items():
                _copy(path.name, archive, member, place / file)
        check(place, path.name)
        settle(store, place, name)
    return name


def check(folder: Path, file: str) -> None:
    """Read all of a collection that came from elsewhere.

    Raises:
        DataError: It is damaged, or its files are not of one another; it is said to be
            out of `file`.
    """
    name, store = folder.name, Store(folder.parent, folder.parent / "none")
    _check_arrays(file, sorted(folder.glob("*.npz")))
    try:
        collection = cache.load_collection(store, name)
        known = collection.provenance.get("digest")
        if known not in (None, collection_digest(collection)):
            raise DataError("its features, relations and tasks are not of one another")
        _check_words(collection.provenance)
        if store.holds(name, "boxes_2d.npz"):
            cache.load_atlas(store, name)
        for dim in store.dims(name):
            boxes = cache.load_boxes(store, name, dim)
            if store.holds(name, f"replay_{dim}d.npz"):
                load_replay(store, name, boxes)
            if store.holds(name, weights.model_file(dim)):
                weights.load_model(store, name, dim)
        for stem in store.fits(name):
            cache.load_fit(store, name, stem)
    except DataError as error:
        # Whoever reads it knows nothing of the folder it was unpacked to, nor has the
        # command that would make it again.
        said = str(error).replace(f"{folder}/", "").partition(" Make it again with")[0]
        raise DataError(f"{file} holds no whole collection: {said}") from error


def settle(store: Store, folder: Path, name: str) -> None:
    """Move a whole collection from beside the others to where it is kept.

    Raises:
        DataError: There is one of that name, perhaps since a moment ago.
    """
    check_free(store, name)
    try:
        vacate(store.data / name)
        folder.rename(store.data / name)  # fails where there is one by now
    except OSError as error:
        raise DataError(
            f"Cannot keep {name!r} in {store.data}: {error.strerror}. Give it another "
            "name, or name a folder that can be written with --data."
        ) from error


@contextmanager
def _arriving(store: Store) -> Iterator[Path]:
    """A folder beside the collections, which goes with all that is left in it."""
    root = store.data / ARRIVING
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root) as folder:
            yield Path(folder)
    except OSError as error:
        raise DataError(
            f"Cannot unpack to {root}: {error.strerror}. Free some space, or name "
            "another folder with --data."
        ) from error


@contextmanager
def _opened(path: Path, damaged: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            # Of one that was cut, the last zip in it would be read.
            if min((one.header_offset for one in archive.infolist()), default=0):
                raise zipfile.BadZipFile
            yield archive
    except files.NO_ZIP as error:
        raise DataError(damaged) from error
    except FileNotFoundError as error:
        raise DataError(f"There is no file {path}.") from error


def _members(file: str, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """What the archive holds, by the name of a file of the layout.

    Raises:
        DataError: Something else, something twice, or more than there can be.
    """
    listed = [one for one in archive.infolist() if files.is_file(one)]
    if len(archive.infolist()) > MOST:
        raise DataError(
            f"{file} holds {len(listed):,} files; a collection has a dozen."
        )
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for one in listed:
        *above, name = PurePosixPath(one.filename).parts or ("",)
        kind = stat.S_IFMT(one.external_attr >> 16)
        if not LAYOUT.fullmatch(name) or len(above) > 1 or above in ([".."], ["/"]):
            raise DataError(
                f"{file} holds {one.filename[:120]!r}, which is not a collection's. Of "
                "images or tables, make a new collection."
            )
        if kind not in (0, stat.S_IFREG):
            raise DataError(f"{file} holds {name!r} as a link, not as a file.")
        if name in found:
            raise DataError(f"{file} holds {name!r} twice.")
        if one.flag_bits & 1 or one.compress_type not in KINDS:
            raise DataError(
                f"{file} is encrypted or packed in an unusual way; zip it plainly."
            )
        _check_size(file, name, one.file_size, one.compress_size)
        found[name] = one
        folders.add(tuple(above))
    if len(folders) > 1 or "collection.json" not in found:
        raise DataError(f"{file} holds not one collection; export one by one.")
    _check_total(file, sum(one.file_size for one in listed))
    return found


def _check_total(file: str, total: int) -> None:
    if total > LARGEST:
        raise DataError(
            f"{file} unpacks to {_size(total)}, and a collection may have "
            f"{_size(LARGEST)}."
        )


def _check_size(file: str, name: str, size: int, packed: int) -> None:
    if size > SMALL and size > RATIO * packed:
        raise DataError(
            f"{file} is a zip bomb: {name!r} has {_size(packed)} in it, and "
            f"{_size(size)} unpacked."
        )


def _name_in(path: Path, archive: zipfile.ZipFile) -> str:
    """What the archive calls its collection: by its folder, or else by the file."""
    (first, *_) = (one for one in archive.namelist() if not one.endswith("/"))
    parts = PurePosixPath(first).parts
    return parts[0] if len(parts) > 1 else path.stem


def _copy(
    file: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path
) -> None:
    """Unpack a member; more than it said it is ends in an error of the checksum."""
    left = member.file_size
    with archive.open(member) as source, place.open("xb") as target:
        while some := source.read(CHUNK):
            left -= len(some)
            if left < 0:
                raise DataError(f"{file} is a zip bomb: {place.name!r} has no end.")
            target.write(some)
    if left:
        raise DataError(f"{file} is damaged: {place.name!r} ends too soon.")


def _check_arrays(file: str, paths: Sequence[Path]) -> None:
    """Check NPZs, which are zips themselves, before NumPy makes room for them."""
    total = 0
    for path in paths:
        damaged = f"{file} is damaged in {path.name}; export the collection again."
        with _opened(path, damaged) as arrays:
            for one in arrays.infolist():
                total += one.file_size
                with arrays.open(one) as array:
                    if _claimed(array) not in (None, one.file_size):
                        raise DataError(damaged)
    _check_total(file, total)


def _claimed(array: Any) -> int | None:
    """Bytes of an NPY by its header, None where it holds objects or has none."""
    try:
        version = npy.read_magic(array)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, _, dtype = read[version](array)
    except (ValueError, KeyError):
        return None
    if dtype.hasobject:
        return None
    return array.tell() + int(np.prod(shape, dtype=object)) * dtype.itemsize


def _check_words(about: object) -> None:
    words = ("title", "description", "encoder", "member", "command", "date")
    numbers = ("tasks", "members")
    known = about if isinstance(about, dict) else {}
    for key, kind in [*((one, str) for one in words), *((one, int) for one in numbers)]:
        if not isinstance(known.get(key), kind):
            raise DataError(f"collection.json gives {key!r} as {known.get(key)!r}.")


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MB"
