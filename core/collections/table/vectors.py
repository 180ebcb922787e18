"""Rows of numbers that a person made: NPY, NPZ, or a table. Never a pickle."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from core.errors import DataError
from core.tables import TABLES, Table, numbers, read_file, read_table, texts, version_of

ARRAYS = (".npy", ".npz")
NAMES = ("name", "member")  # columns that name the rows of a table
SHOWN = 5  # rows that a message names
UNPACKED = 4 * 2**30  # bytes of an NPZ


@dataclass(frozen=True)
class Vectors:
    """One vector a row; of a task, or of a member that tasks have.

    Attributes:
        file: Name of the file, without the folder.
        version: Start of the digest of its bytes.
        values: Finite, as float16 or float32.
        names: What the rows are of; None where the file does not say.
        rows: Number of every row in the file: in an array they count from 0.
        read_as: What had to be assumed of the file; empty for nothing.
    """

    file: str
    version: str
    values: Float[np.ndarray, "rows channels"]
    names: tuple[str, ...] | None
    rows: tuple[int, ...]
    read_as: str = ""

    def __post_init__(self) -> None:
        if 0 in self.values.shape:
            raise DataError(f"{self.file} holds no numbers; give every row some.")
        broken = np.flatnonzero(~np.isfinite(self.values).all(axis=1))
        if broken.size:
            some = ", ".join(str(self.rows[row]) for row in broken[:SHOWN])
            more = f" and {broken.size - SHOWN:,} more" if broken.size > SHOWN else ""
            raise DataError(
                f"{self.file} holds no finite number (but inf, NaN, nothing, or one "
                f"above 3e38) somewhere in row {some}{more}; replace or remove "
                "what is there."
            )
        first: dict[str, int] = {}
        for row, name in enumerate(self.names or ()):
            if not name:
                raise DataError(
                    f"{self.file}, row {self.rows[row]} has no name; add it."
                )
            if name in first:
                raise DataError(
                    f"{self.file} lists {name!r} twice, in rows "
                    f"{self.rows[first[name]]} and {self.rows[row]}; keep one."
                )
            first[name] = row


def read_vectors(path: Path) -> Vectors:
    """Vectors from an NPY, NPZ, CSV (or TSV) or Parquet file.

    A table names its rows in the column `name` or `member`; all its other columns are
    numbers, or in Parquet lists of them. An NPZ has one array, or one of the name
    `features`.

    Raises:
        DataError: It cannot be read, or holds something else than finite numbers.
    """
    if path.suffix.lower() in TABLES and not path.is_dir():
        return _of_table(read_table(path))
    whole = read_file(path, (*ARRAYS, *TABLES))
    values = _single(path.name, _arrays(path.name, whole))
    if values.ndim != 2 or values.dtype.kind not in "fiub":
        raise DataError(
            f"{path.name} holds {values.dtype.name} of shape {values.shape}; give "
            "numbers with one row per vector."
        )
    return Vectors(
        path.name, version_of(whole), _narrow(values), None, tuple(range(len(values)))
    )


def _arrays(file: str, whole: bytes) -> Mapping[str, np.ndarray]:
    try:
        if zipfile.is_zipfile(io.BytesIO(whole)):
            _check_size(file, whole)
        found = np.load(io.BytesIO(whole), allow_pickle=False)
        if isinstance(found, np.ndarray):
            return {"features": found}
        return {key: found[key] for key in found.files}
    except DataError:
        raise
    except Exception as error:  # zlib, zipfile and NumPy raise many kinds
        raise DataError(
            f"{file} is damaged, or holds Python objects (a pickle), which could run "
            "any program and are never opened; save an array of numbers with "
            "numpy.save."
        ) from error


def _check_size(file: str, whole: bytes) -> None:
    """Check, before anything is unpacked, that it is not far larger than it looks."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        size = sum(one.file_size for one in archive.infolist())
    if size > UNPACKED:
        raise DataError(
            f"{file} would hold {size / 2**30:,.1f} GB once it is unpacked, more than "
            f"the {UNPACKED / 2**30:.0f} GB that are read; save fewer rows in it."
        )


def _single(file: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    if "features" in arrays:
        return arrays["features"]
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    raise DataError(
        f"{file} holds the arrays {', '.join(arrays) or '(none)'}; name the one that "
        "counts 'features'."
    )


def _of_table(table: Table) -> Vectors:
    named = [column for column in NAMES if column in table.columns]
    columns = [column for column in table.columns if column not in named[:1]]
    if table.untyped and not named and all(map(_is_number, columns)):
        raise DataError(
            f"{table.file} has numbers in its first row, where a table has the names "
            "of its columns; add them."
        )
    return Vectors(
        table.file,
        table.version,
        _narrow(_values(table, columns)),
        tuple(texts(table, named[0])) if named else None,
        table.rows,
        table.read_as,
    )


def _values(table: Table, columns: list[str]) -> Float[np.ndarray, "rows channels"]:
    several = [one for one in columns if _holds_lists(table.cells[one])]
    plain = [one for one in columns if one not in several]
    return np.hstack(
        [numbers(table, plain), *(_stacked(table, column) for column in several)]
    )


def _stacked(table: Table, column: str) -> Float[np.ndarray, "rows entries"]:
    cells = table.cells[column].tolist()
    length = len(cells[0]) if cells[0] is not None else 0
    for row, cell in enumerate(cells):
        if cell is None or len(cell) != length:
            found = "nothing" if cell is None else f"{len(cell)} numbers"
            raise DataError(
                f"{table.at(row)}, column {column!r} has {found} where the first row "
                f"has {length}; give every row as many."
            )
    try:
        return np.array(cells, dtype=np.float64).reshape(len(cells), -1)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{table.file}, column {column!r} holds lists of something else than "
            "numbers; leave that column out."
        ) from error


def _holds_lists(cells: "pd.Series[Any]") -> bool:
    some = next((cell for cell in cells if cell is not None), None)
    return isinstance(some, list | np.ndarray)


def _narrow(values: np.ndarray) -> Float[np.ndarray, "rows channels"]:
    """As float32, unless it is narrower: what boxes are learned from."""
    if values.dtype == np.float16:
        return values
    with np.errstate(over="ignore"):  # becomes inf, which is reported
        return values.astype(np.float32)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True
