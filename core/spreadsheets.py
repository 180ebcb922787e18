"""CSV as spreadsheets and programs write it, in many countries: text to cells.

Cells stay what is written there; what had to be assumed of the file is said.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core.errors import DataError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
POINT = re.compile(r"[+-]?\d+\.\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Sheet:
    """What a CSV holds.

    Attributes:
        cells: Texts, empty where nothing is written; its columns have names.
        rows: Number of every row in the file, whose header is row 1.
        decimal: What a number has before its fraction.
        read_as: What had to be assumed of the file; empty for nothing.
    """

    cells: pd.DataFrame
    rows: tuple[int, ...]
    decimal: str
    read_as: str


def read_sheet(file: str, whole: bytes) -> Sheet:
    """The cells of a CSV (or TSV) called `file`.

    Raises:
        DataError: It is not a text, or no table.
    """
    text, encoding = _decoded(file, whole)
    first = "\t,;" if file.lower().endswith(".tsv") else ",;\t"
    separator = max(first, key=lambda one: len(_header(text, one)))
    rows, lines = _lines(file, text, separator)
    header = [column.strip() for column in lines.pop(0)]
    unnamed = [k for k, column in enumerate(header) if not column]
    named = [k for k, column in enumerate(header) if column]
    check_columns(file, [header[k] for k in named])
    # Strings of their own kind: pandas would make numbers of some and gaps of others.
    columns = {header[k]: [line[k] for line in lines] for k in named}
    decimal = "," if separator != "," and _has_commas(lines) else "."
    said = [
        "" if separator == "," else f"separated by {SEPARATORS[separator]}",
        encoding,
        "" if decimal == "." else "with decimal commas",
        _without([k for k in unnamed if any(line[k].strip() for line in lines)]),
    ]
    return Sheet(
        pd.DataFrame(columns, dtype=object),
        tuple(rows[1:]),
        decimal,
        ", ".join(filter(None, said)),
    )


def check_columns(file: str, columns: Sequence[str]) -> None:
    """Check that no two columns of a table have one name.

    Raises:
        DataError: Two have.
    """
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        raise DataError(f"{file} has two columns {twice[0]!r}; rename one.")


def _decoded(file: str, whole: bytes) -> tuple[str, str]:
    """The text of a file, and what had to be assumed of its letters."""
    marked = whole.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = {"utf-16": "in UTF-16"} if marked else {}
    encodings |= {"utf-8-sig": "", "cp1252": "in Windows-1252"}
    for encoding, said in encodings.items():
        try:
            text = whole.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, said
    raise DataError(f"{file} is not a text; save it as CSV in UTF-8.")


def _header(text: str, separator: str) -> list[str]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return next(record for record in reader if any(record))
    except (csv.Error, StopIteration):
        return []


def _records(file: str, text: str, separator: str) -> list[list[str]]:
    found: list[list[str]] = []
    lines = io.StringIO(text, newline="")
    try:
        for record in csv.reader(lines, delimiter=separator, strict=True):
            found.append(record)
    except csv.Error as error:
        raise DataError(
            f"{file}, row {len(found) + 1} cannot be read: {error}. Correct its "
            "quotes, or give the table as Parquet."
        ) from error
    return found


def _lines(file: str, text: str, separator: str) -> tuple[list[int], list[list[str]]]:
    """Rows where something is written, by number, and their cells; header first."""
    records = enumerate(_records(file, text, separator), start=1)
    written = [(row, cells) for row, cells in records if any(map(str.strip, cells))]
    if not written:
        raise DataError(f"{file} is empty; give it a header and rows.")
    width = len(written[0][1])
    for row, cells in written:
        if len(cells) != width:
            raise DataError(
                f"{file}, row {row} has {len(cells)} cells where the header has "
                f"{width}; give every row as many, in quotes where a cell holds "
                f"{SEPARATORS[separator]}."
            )
    return [row for row, _ in written], [cells for _, cells in written]


def _has_commas(lines: Sequence[Sequence[str]]) -> bool:
    """Whether fractions have a comma, as spreadsheets write them in many countries."""
    cells = [cell.strip() for line in lines for cell in line if "," in cell]
    points = (cell.strip() for line in lines for cell in line if "." in cell)
    return any(map(COMMA.fullmatch, cells)) and not any(map(POINT.fullmatch, points))


def _without(columns: Sequence[int]) -> str:
    if not columns:
        return ""
    return f"without column {columns[0] + 1}, which has no name"
