"""Tables that a person made, CSV or Parquet, and what their cells mean.

Cells stay what is written there: `001`, `NA` and `None` are names like any other.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from core.errors import DataError
from core.spreadsheets import check_columns, read_sheet

TABLES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class Table:
    """A person's table, whose rows messages call as the person counts them.

    Attributes:
        file: Its name, without the folder.
        version: Start of the digest of its bytes.
        cells: Text in a CSV, empty where nothing is written; in Parquet any value.
        rows: Number of every row in the file: the header of a CSV is row 1.
        decimal: What a number has before its fraction.
        untyped: Every cell is a text, as in a CSV.
        read_as: What had to be assumed of the file; empty for nothing.
    """

    file: str
    version: str
    cells: pd.DataFrame
    rows: tuple[int, ...]
    decimal: str = "."
    untyped: bool = False
    read_as: str = ""

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(map(str, self.cells.columns))

    def at(self, row: int) -> str:
        """Where a row of `cells` stands in the file."""
        return f"{self.file}, row {self.rows[row]}"

    def need(self, *columns: str) -> None:
        """Check that there are these columns.

        Raises:
            DataError: One is missing.
        """
        for column in columns:
            if column not in self.columns:
                found = ", ".join(map(repr, self.columns))
                raise DataError(
                    f"{self.file} has no column {column!r}, only {shortened(found)}; "
                    "add or rename one."
                )


def read_file(path: Path, kinds: Sequence[str]) -> bytes:
    """The bytes of a person's file of one of these kinds.

    Raises:
        DataError: It is missing, empty, a folder, unreadable or of another kind.
    """
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file in it.")
    if path.suffix.lower() not in kinds:
        raise DataError(
            f"{path.name} is of the unknown kind {path.suffix!r}; save it as one of "
            f"{', '.join(kinds)}."
        )
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"Cannot read {path}: {error.strerror}; name a file that can be read."
        ) from error
    if not whole.strip():
        raise DataError(f"{path.name} is empty; give it a header and rows.")
    return whole


def version_of(whole: bytes) -> str:
    """Start of the digest of a file: another one tells that the file has changed."""
    return sha256(whole).hexdigest()[:12]


def read_table(path: Path) -> Table:
    """A table from a CSV (or TSV) or Parquet file.

    Raises:
        DataError: It cannot be read, or is not a table with a header and rows.
    """
    whole = read_file(path, TABLES)
    parquet = path.suffix.lower() == ".parquet"
    table = (_from_parquet if parquet else _from_csv)(path.name, whole)
    if table.cells.empty:
        raise DataError(f"{table.file} has no rows; add some.")
    return table


def numbers(
    table: Table, columns: Sequence[str]
) -> Float[np.ndarray, "rows {len(columns)}"]:
    """Cells of some columns as numbers, NaN where nothing is written.

    Raises:
        DataError: A cell is not a number.
    """
    found = np.empty((len(table.rows), len(columns)))
    for at, column in enumerate(columns):
        found[:, at] = _column(table, column)
    return found


def texts(table: Table, column: str) -> list[str]:
    """Cells of a column as texts without space around, empty where nothing is written.

    Whole numbers are taken as they are written, those beside gaps too, which pandas
    makes fractions of.

    Raises:
        DataError: A cell is neither.
    """
    return [
        _text(value, table, row, column)
        for row, value in enumerate(table.cells[column].tolist())
    ]


def lists(table: Table, column: str) -> list[list[str]]:
    """Cells of a column as lists of texts: a list in Parquet, or one text.

    Raises:
        DataError: A cell is neither.
    """
    found = []
    for row, value in enumerate(table.cells[column].tolist()):
        several = value if isinstance(value, list | tuple | np.ndarray) else [value]
        cell = [_text(one, table, row, column) for one in several]
        found.append([text for text in cell if text])
    return found


def typed(table: Table, column: str) -> "pd.Series[Any]":
    """A column with the type of its cells: what Parquet says, or what a CSV means.

    Texts become numbers where every one of them would be written as it was read, so
    nothing is lost: `2.5` and `7`, but neither `007` nor `2.50`.
    """
    cells = table.cells[column]
    written = cells.tolist()
    if table.untyped and any(written):
        for kind, dtype in ((int, "Int64"), (float, "Float64")):
            if all(not one or _same(one, kind, table.decimal) for one in written):
                point = [one.replace(table.decimal, ".") for one in written]
                values = [kind(one) if one else pd.NA for one in point]
                return pd.Series(values, cells.index, dtype=dtype)
    return cells


def shortened(text: str) -> str:
    """A text that fits in a message."""
    return text if len(text) <= 120 else f"{text[:120]}…"


def _same(text: str, kind: type[int] | type[float], decimal: str) -> bool:
    try:
        value = kind(text.replace(decimal, "."))
    except ValueError:
        return False
    small = abs(value) < 2**63 if kind is int else np.isfinite(value)
    # 12 is 12.0 among fractions: one column of prices, say.
    forms = {repr(value).replace(".", decimal), repr(value).removesuffix(".0")}
    return bool(small) and text in forms


def _column(table: Table, column: str) -> Float[np.ndarray, " rows"]:
    cells = table.cells[column]
    if pd.api.types.is_numeric_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan)
    values = cells.tolist()
    if table.decimal != ".":
        values = [one.replace(table.decimal, ".") for one in values]
    try:
        return np.array(values, dtype=object).astype(np.float64)
    except (ValueError, TypeError):
        return np.array([_number(table, column, k, v) for k, v in enumerate(values)])


def _number(table: Table, column: str, row: int, value: object) -> float:
    if value is None or value is pd.NA or value == "" or value is pd.NaT:
        return np.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        cell = shortened(repr(table.cells[column].iloc[row]))
        raise DataError(
            f"{table.at(row)}, column {column!r}: {cell} is not a number; write it "
            "like 1234.5."
        ) from error


def _text(value: object, table: Table, row: int, column: str) -> str:
    if value is None or value is pd.NA or value != value:  # NaN
        return ""
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str) or "\0" in value:
        raise DataError(
            f"{table.at(row)}, column {column!r}: {shortened(repr(value))} is not a "
            "text; write it as one."
        )
    return value.strip()


def _from_csv(file: str, whole: bytes) -> Table:
    sheet = read_sheet(file, whole)
    return Table(file, version_of(whole), **vars(sheet), untyped=True)


def _from_parquet(file: str, whole: bytes) -> Table:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(io.BytesIO(whole))
        check_columns(file, opened.schema_arrow.names)
        whole_numbers = {
            getattr(pa, kind)(): dtype
            for kind, dtype in (
                *((f"int{bits}", pd.Int64Dtype()) for bits in (8, 16, 32, 64)),
                *((f"uint{bits}", pd.Int64Dtype()) for bits in (8, 16, 32)),
            )
        }
        # Whole numbers stay whole beside nulls, which pandas makes fractions of.
        cells = opened.read().to_pandas(
            ignore_metadata=True,
            types_mapper=whole_numbers.get,
            maps_as_pydicts="lossy",
        )
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:  # of its metadata, too
        raise DataError(f"{file} is damaged or not Parquet; write it again.") from error
    # The row numbers of a pandas table are no column of it.
    index = [one for one in cells if re.fullmatch(r"__index_level_\d+__", one)]
    cells = cells.drop(columns=index)
    rows = tuple(range(1, len(cells) + 1))
    return Table(file, version_of(whole), cells, rows)
