"""Reading and writing single files: never half of one, and errors that say the remedy.

No pickle is ever read or written: arrays are NPZ, tables Parquet, the rest JSON. Long
arrays are stored in their NPZ as they are, and mapped instead of read.
"""

import io
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from core.errors import DataError

# What the arrays of a file are, by name: the kind of their numbers (`f`, `i` or `U`,
# as in `numpy.dtype.kind`), then their axes. Axes of one name have one length, and a
# number is that length: `{"lower": "f tasks 2", "names": "U tasks"}`.
Layout = Mapping[str, str]
LONG = 2**20  # rows from which on arrays are mapped: packing them would take minutes
# How a zip is found damaged: names that are no text, a version that is none.
NO_ZIP = (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError)
# Writes all of a file into it.
Fill = Callable[[IO[bytes]], object]


def is_file(member: ZipInfo) -> bool:
    """Whether a member of a zip is no folder; of a damaged zip it may have no name."""
    return not member.filename.endswith("/")


def write(path: Path, fill: Fill) -> None:
    """Write `path` through `fill`; a reader sees the old file or the new, whole.

    Raises:
        DataError: The disk is full or the folder cannot be written; nothing is left.
    """
    write_all({path: fill})


def write_all(fills: Mapping[Path, Fill]) -> None:
    """Write files that belong together: each aside first, then all put in place.

    So a full disk leaves them all as they were. Between one rename and the next there
    is nothing to fail but the machine; what must never be read with an older one says
    itself what it belongs to.

    Raises:
        DataError: The disk is full or a folder cannot be written; nothing is left.
    """
    parts: dict[Path, Path] = {}
    try:
        for path, fill in fills.items():
            with writing(path):
                parts[path] = _aside(path, fill)
        for path, part in parts.items():
            with writing(path):
                part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _aside(path: Path, fill: Fill) -> Path:
    """A file beside `path`, filled and on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as part:
        try:
            fill(part)
            part.flush()  # a full disk shows here for what is small
            os.fsync(part.fileno())
            Path(part.name).chmod(0o644)  # it is made readable to its owner only
        except BaseException:
            Path(part.name).unlink()
            raise
    return Path(part.name)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what could not be written, where it is the disk that refuses.

    Raises:
        DataError: Any OSError inside, with the path and the remedy.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            f"Cannot write {path}: {error.strerror or error}. Free some space or name "
            "another folder with --data; what was there before is untouched."
        ) from error


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as an NPZ; equal arrays give equal bytes."""
    write(path, filled_with(arrays))


def filled_with(arrays: Mapping[str, np.ndarray]) -> Fill:
    """What writes arrays as an NPZ, compressed unless one is long."""
    long = any(array.ndim and len(array) >= LONG for array in arrays.values())

    def fill(file: IO[bytes]) -> None:
        if long:
            np.savez(file, allow_pickle=False, **arrays)
            return
        # In memory first: a ZipFile that meets a full disk fails again on closing.
        whole = io.BytesIO()
        np.savez_compressed(whole, allow_pickle=False, **arrays)
        file.write(whole.getbuffer())

    return fill


def write_json(path: Path, document: object) -> None:
    """Write a JSON document for people to read."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write(path, lambda file: file.write(text.encode()))


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    write(path, lambda file: file.write(table.to_parquet()))


def read_arrays(path: Path, layout: Layout, remedy: str) -> dict[str, Any]:
    """Arrays of an NPZ that holds at least what `layout` says.

    Long ones are read as they are looked at, and cannot be written to.

    Raises:
        DataError: The file is damaged or foreign; the command `remedy` makes it.
    """
    with (
        _reading(path, remedy),
        path.open("rb") as file,
        np.load(file, allow_pickle=False) as archive,
    ):
        mapped = _mapped(path, file)
        arrays = {
            key: mapped[key] if key in mapped else archive[key] for key in archive.files
        }
    check_arrays(path, arrays, layout, remedy)
    return arrays


def _mapped(path: Path, file: IO[bytes]) -> dict[str, np.ndarray]:
    """Arrays that are stored in an NPZ as they are, where they lie in the file."""
    found: dict[str, np.ndarray] = {}
    with ZipFile(file) as archive:
        for one in archive.infolist():
            if one.compress_type != ZIP_STORED:
                continue
            with archive.open(one) as member:
                version = np.lib.format.read_magic(member)
                read = np.lib.format.read_array_header_1_0
                if version != (1, 0):
                    read = np.lib.format.read_array_header_2_0
                shape, fortran, dtype = read(member)
                header = member.tell()
            if not shape or shape[0] < LONG or dtype.hasobject:
                continue
            # What precedes the member in the file is as long as its own header says.
            file.seek(one.header_offset + 26)
            lengths = np.frombuffer(file.read(4), "<u2")
            start = one.header_offset + 30 + int(lengths.sum()) + header
            found[Path(one.filename).stem] = np.memmap(
                path, dtype, "r", start, shape, "F" if fortran else "C"
            )
    return found


def check_arrays(
    path: Path, arrays: Mapping[str, np.ndarray], layout: Layout, remedy: str
) -> None:
    """Check that the arrays read from `path` are what `layout` says.

    Raises:
        DataError: One is missing, or of another kind or shape.
    """
    length: dict[str, int] = {}
    for key, wanted in layout.items():
        kind, *axes = wanted.split()
        found = arrays.get(key)
        if found is None:
            raise _foreign(path, f"has no array {key!r}", remedy)
        sizes = dict(zip(axes, found.shape, strict=False))
        fixed = all(int(axis) == sizes[axis] for axis in sizes if axis.isdigit())
        if found.dtype.kind != kind or found.ndim != len(axes) or not fixed:
            what = f"has {key!r} as {found.dtype.name} of shape {found.shape}"
            raise _foreign(path, f"{what}, not as {wanted!r}", remedy)
        for axis, size in sizes.items():
            if size != (expected := length.setdefault(axis, size)):
                what = f"has {size} {axis} in {key!r} where {expected} are expected"
                raise _foreign(path, what, remedy)


def read_json(path: Path, remedy: str) -> Any:
    """A JSON document.

    Raises:
        DataError: The file is not JSON.
    """
    with _reading(path, remedy):
        return json.loads(path.read_text(encoding="utf-8"))


def read_table(path: Path, remedy: str) -> pd.DataFrame:
    """A Parquet table.

    Raises:
        DataError: The file is not Parquet.
    """
    # Opened here: of a folder, pandas would read whatever files lie in it.
    with _reading(path, remedy), path.open("rb") as file:
        return pd.read_parquet(file)


def read_columns(path: Path, remedy: str) -> tuple[pa.Table, str]:
    """A Parquet table as Arrow keeps it, and the column by which rows are told.

    Raises:
        DataError: The file is not Parquet, or its rows have no names.
    """
    with _reading(path, remedy), path.open("rb") as file:
        table = parquet.read_table(file).combine_chunks()
        (index,) = (table.schema.pandas_metadata or {}).get("index_columns", ())
        return table, str(index)


@contextmanager
def checking(path: Path, remedy: str) -> Iterator[None]:
    """Say which file it was, where what was read from `path` makes no sense.

    Raises:
        DataError: Any ValueError inside, with the path and the remedy.
    """
    try:
        yield
    except ValueError as error:
        raise DataError(f"{path}: {error} Make it again with: {remedy}") from error


@contextmanager
def _reading(path: Path, remedy: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise DataError(
            f"Cannot read {path}: {error.strerror}. Make it again with: {remedy}"
        ) from error
    except Exception as error:  # zlib, zipfile, NumPy and pyarrow raise many kinds
        raise DataError(
            f"{path} is damaged or not a file of this program. "
            f"Make it again with: {remedy}"
        ) from error


def _foreign(path: Path, what: str, remedy: str) -> DataError:
    return DataError(
        f"{path} {what}, so it is not what {remedy!r} writes. "
        f"Make it again with: {remedy}"
    )
