"""Tasks as the rows of a file that people read on with: CSV, JSON or Parquet."""

import base64
import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from core.atlas import Atlas
from core.collection import COLUMNS
from core.errors import DataError

MOST = 8 * 2**20  # bytes of a request: the names of all tasks, several times over
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def asked(document: object, atlas: Atlas) -> tuple[list[str], int]:
    """Names of the tasks, and dimension of the boxes, that a request is about.

    Raises:
        DataError: It is no such request, or names what there is not.
    """
    known = document if isinstance(document, Mapping) else {}
    names, dim = known.get("names"), known.get("dim")
    if not isinstance(names, list) or not names:
        raise DataError("Give the names of the tasks as a list, at least one.")
    if type(dim) is not int or dim not in atlas.boxes:
        raise DataError(f"Collection {atlas.name!r} has no boxes in {dim!r:.40}D.")
    for name in names:
        if not isinstance(name, str) or name not in atlas.row_of:
            raise DataError(f"Collection {atlas.name!r} has no task {name!r:.80}.")
    return list(dict.fromkeys(names)), dim


def records(atlas: Atlas, names: Sequence[str], dim: int) -> pd.DataFrame:
    """A row for every task: all that its table says, and the corners of its box.

    A column of the table that is called like one of the others is set apart by a word.
    """
    rows = [atlas.row_of[name] for name in names]
    tasks, boxes = atlas.tasks.iloc[rows], atlas.boxes[dim]
    first = {"name": list(names), "label": tasks["label"].to_numpy()}
    last = {column: tasks[column].to_numpy() for column in COLUMNS if column != "label"}
    for axis in range(dim):
        last[f"lower_{axis + 1}"] = boxes.lower[rows, axis]
        last[f"upper_{axis + 1}"] = boxes.upper[rows, axis]
    told = {
        f"{column} (metadata)" if column in {*first, *last} else str(column): tasks[
            column
        ].to_numpy()
        for column in tasks.columns
        if column not in COLUMNS
    }
    return pd.DataFrame(first | told | last)


def csv_of(frame: pd.DataFrame) -> bytes:
    """RFC 4180, in UTF-8; a list is written as JSON, nothing where nothing is known.

    Spreadsheets run what begins like a formula: such texts get an apostrophe first.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)  # with \r\n, or a lone \r in a text would stay bare
    writer.writerow(map(_inert, frame.columns))
    writer.writerows(map(_cell, row) for row in _rows(frame))
    return file.getvalue().encode()


def json_of(frame: pd.DataFrame) -> bytes:
    """A list with an object for every task; null where nothing is known."""
    columns = frame.columns.tolist()
    told = [dict(zip(columns, map(_plain, row), strict=True)) for row in _rows(frame)]
    return json.dumps(told, ensure_ascii=False, allow_nan=False, indent=1).encode()


def parquet_of(frame: pd.DataFrame) -> bytes:
    """The columns with the types that they have."""
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    return file.getvalue()


WRITERS: Mapping[str, tuple[str, Callable[[pd.DataFrame], bytes]]] = {
    "csv": ("text/csv", csv_of),
    "json": ("application/json", json_of),
    "parquet": ("application/vnd.apache.parquet", parquet_of),
}


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    # Column by column: a row of the frame would be brought to one type, and a column
    # gives its floats as 64 bits, with digits that those of 32 do not have.
    columns = (column for _, column in frame.items())
    values = (one.to_numpy() if one.dtype.kind == "f" else one for one in columns)
    return zip(*values, strict=True)


def _cell(value: object) -> str:
    if isinstance(value, float | np.floating) and math.isinf(value):
        return str(float(value))
    plain = _plain(value)
    if isinstance(plain, str):
        return _inert(plain)
    return "" if plain is None else json.dumps(plain, ensure_ascii=False)


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(value: Any) -> Any:
    """The value as JSON has it: texts, numbers, lists and objects; None if unknown."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, float | np.floating):
        # The shortest decimal that is read back as the same number, also of 32 bits.
        return float(str(value)) if math.isfinite(value) else None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if pd.isna(value):
        return None
    if isinstance(value, date):  # a pandas Timestamp as well
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else _number(value)


def _number(value: object) -> object:
    return value if isinstance(value, int) else str(value)
