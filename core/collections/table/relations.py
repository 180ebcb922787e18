"""The relations that a person's table lists."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.collections.table.members import Skipped, named_rows, say_unknown
from core.collections.table.tasks import ListedTasks
from core.errors import DataError
from core.tables import Table, numbers, shortened, texts


@dataclass(frozen=True)
class ListedRelations:
    """Pairs of tasks, as rows of the tasks kept; strength may be 0 here."""

    child: Int[np.ndarray, " pairs"]
    parent: Int[np.ndarray, " pairs"]
    strength: Float[np.ndarray, " pairs"]


def relations_in(
    table: Table, tasks: ListedTasks, kept: Sequence[str], skipped: Skipped
) -> ListedRelations:
    """The relations of a table among the tasks kept; the rest goes to `skipped`.

    Raises:
        DataError: A strength is no share, a pair is listed with two strengths, or
            nothing is left.
    """
    table.need("child", "parent")
    strength = _strengths(table)
    row_of = {name: row for row, name in enumerate(kept)}
    known = set(tasks.names)
    first: dict[tuple[int, int], int] = {}
    unknown: dict[str, list[int]] = {}
    dropped: dict[str, list[int]] = {}
    pairs = list(zip(texts(table, "child"), texts(table, "parent"), strict=True))
    for row, pair in enumerate(pairs):
        if not all(pair):
            what = "parent" if pair[0] else "child"
            raise DataError(f"{table.at(row)} has no {what}; add it.")
        strange = [name for name in pair if name not in known]
        for name in strange:
            unknown.setdefault(name, []).append(row)
        if strange:
            continue
        if not all(name in row_of for name in pair):
            dropped.setdefault("one of its tasks was left out", []).append(row)
        elif pair[0] == pair[1]:
            dropped.setdefault("a task and itself", []).append(row)
        else:
            key = row_of[pair[0]], row_of[pair[1]]
            before = first.setdefault(key, row)
            _check_same(table, strength, before, row)
            if before < row:
                dropped.setdefault("the same as a row before", []).append(row)
    say_unknown(table, tasks, unknown, skipped)
    for why, rows in dropped.items():
        where = named_rows(table.rows, rows)
        skipped.append({"item": f"{table.file}, {where}", "reason": why})
    if not first:
        raise DataError(
            f"No row of {table.file} names two tasks of {tasks.file}, first: "
            f"{pairs[0][0]!r} in {pairs[0][1]!r}; use the same names."
        )
    child, parent = np.array(list(first), dtype=np.int64).T
    return ListedRelations(child, parent, strength[list(first.values())])


def _strengths(table: Table) -> Float[np.ndarray, " rows"]:
    if "strength" not in table.columns:
        return np.ones(len(table.rows))
    found = numbers(table, ["strength"])[:, 0]
    outside = np.flatnonzero(~((found >= 0) & (found <= 1)))
    if outside.size:
        row = int(outside[0])
        cell = shortened(str(table.cells["strength"].iloc[row]))
        more = f" ({outside.size - 1:,} more rows as well)" if outside.size > 1 else ""
        raise DataError(
            f"{table.at(row)}: the strength {cell!r} is no share from 0 to 1{more}; "
            "correct it, or remove the row."
        )
    return found


def _check_same(
    table: Table, strength: Float[np.ndarray, " rows"], before: int, row: int
) -> None:
    if strength[before] != strength[row]:
        raise DataError(
            f"{table.at(row)} gives strength {strength[row]:g} to a pair that has "
            f"{strength[before]:g} in row {table.rows[before]}; keep one."
        )
