"""The tasks that a person's table lists, with their parents."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.errors import DataError
from core.hierarchy import cycle_of
from core.tables import Table, lists, numbers, read_table, shortened, texts, typed

COMPUTED = ("depth", "members", "also")  # columns that are made here
ABOVE = ("parent", "parents")
MOST = 256  # columns: each is a line of what the page says of a task

Parents = Mapping[str, list[str]]


@dataclass(frozen=True)
class ListedTasks:
    """Tasks in the order of their table, and the parents that it gives them.

    `parents` is None where the table has no such column.
    """

    table: Table
    names: tuple[str, ...]
    parents: Parents | None

    @property
    def file(self) -> str:
        """Name of the table's file."""
        return self.table.file


def read_tasks(path: Path) -> ListedTasks:
    """The tasks of a table; space around their names is not part of them.

    Raises:
        DataError: A name is missing or listed twice, a parent is unknown, tasks lie in
            each other, or a column means something else here.
    """
    table = read_table(path)
    table.need("name")
    _check_columns(table)
    names = texts(table, "name")
    row_of: dict[str, int] = {}
    for row, name in enumerate(names):
        if not name:
            raise DataError(f"{table.at(row)} has no name; add it.")
        if name in row_of:
            raise DataError(
                f"{table.at(row)}: task {shortened(name)!r} is listed in row "
                f"{table.rows[row_of[name]]} already; keep one."
            )
        row_of[name] = row
    column = next((column for column in ABOVE if column in table.columns), None)
    if column is None:
        return ListedTasks(table, tuple(names), None)
    above = [_separate(cell, row_of) for cell in lists(table, column)]
    _check_parents(table, row_of, above)
    return ListedTasks(table, tuple(names), dict(zip(names, above, strict=True)))


def lifted(parents: Parents, kept: Sequence[str]) -> dict[str, list[str]]:
    """Parents of the tasks kept: those left out give way to their own parents."""
    stays = set(kept)
    return {name: _kept_above(parents, name, stays) for name in kept}


def task_frame(tasks: ListedTasks, kept: Sequence[str]) -> pd.DataFrame:
    """What the table says of the tasks kept, but for their parents."""
    table = tasks.table
    row_of = {name: row for row, name in enumerate(tasks.names)}
    rows = [row_of[name] for name in kept]
    labels = texts(table, "label") if "label" in table.columns else tasks.names
    columns: dict[str, Any] = {
        "label": [labels[row] or tasks.names[row] for row in rows]
    }
    for column in table.columns:
        if column not in ("name", "label", *ABOVE):
            cells = _sizes(table) if column == "size" else typed(table, column)
            columns[column] = cells.iloc[rows].array
    return pd.DataFrame(columns, index=pd.Index([*kept], name="name"))


def _check_columns(table: Table) -> None:
    if len(table.columns) > MOST:
        raise DataError(
            f"{table.file} has {len(table.columns):,} columns; tasks can have {MOST}. "
            "Leave out what the page need not say of a task, and give numbers to learn "
            "from as features."
        )
    for column in table.columns:
        cell = next((one for one in table.cells[column] if isinstance(one, dict)), None)
        if cell is not None:
            raise DataError(
                f"{table.file}, column {column!r} holds structures such as "
                f"{shortened(repr(cell))}; give each part a column of its own."
            )
    for column in COMPUTED:
        if column in table.columns:
            raise DataError(
                f"{table.file} has a column {column!r}, which is computed here; rename "
                "it."
            )
    if all(column in table.columns for column in ABOVE):
        raise DataError(f"{table.file} has both 'parent' and 'parents'; keep one.")


def _separate(cell: Sequence[str], known: Mapping[str, int]) -> list[str]:
    """Names in a cell; a task whose name has a `;` or `|` is one, not several."""
    parts = [
        part.strip()
        for text in cell
        for part in ([text] if text in known else re.split(r"[;|]", text))
    ]
    return [*dict.fromkeys(filter(None, parts))]


def _check_parents(
    table: Table, row_of: Mapping[str, int], above: Sequence[Sequence[str]]
) -> None:
    unknown = [
        (row, one)
        for row, some in enumerate(above)
        for one in some
        if one not in row_of
    ]
    if unknown:
        row, name = unknown[0]
        more = f" ({len(unknown) - 1:,} more are unknown)" if len(unknown) > 1 else ""
        raise DataError(
            f"{table.at(row)}: the parent {shortened(name)!r} is not in the column "
            f"'name'{more}; add a row for it or remove it here."
        )
    cycle = cycle_of([tuple(row_of[one] for one in some) for some in above])
    if cycle:
        names = list(row_of)
        chain = " in ".join(repr(names[row]) for row in cycle)
        raise DataError(
            f"{table.at(cycle[0])}: tasks lie in each other, {shortened(chain)}; "
            "remove one of these parents."
        )


def _kept_above(parents: Parents, name: str, kept: set[str]) -> list[str]:
    found: dict[str, None] = {}
    front = parents[name][::-1]
    while front:
        one = front.pop()
        if one in kept:
            found[one] = None
        else:
            front.extend(parents[one][::-1])
    return list(found)


def _sizes(table: Table) -> "pd.Series[float]":
    found = numbers(table, ["size"])[:, 0]
    wrong = np.flatnonzero((found < 0) | np.isinf(found))
    if wrong.size:
        row = int(wrong[0])
        cell = table.cells["size"].iloc[row]
        raise DataError(
            f"{table.at(row)}: the size {cell!r} is not a number of examples; "
            "correct it, or leave it empty where it is unknown."
        )
    return pd.Series(found)
