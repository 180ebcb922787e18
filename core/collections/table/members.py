"""Which rows of a person's features are what: tasks, or members of tasks."""

from collections.abc import Mapping, Sequence

from core.collections.table.tasks import ListedTasks
from core.collections.table.vectors import ARRAYS, Vectors
from core.errors import DataError
from core.hierarchy import descendants, hierarchy_of
from core.tables import Table, shortened, texts

Skipped = list[dict[str, str]]


def rows_of_tasks(
    tasks: ListedTasks, vectors: Vectors, skipped: Skipped
) -> dict[str, int]:
    """The row of features of every task that has one.

    Raises:
        DataError: Rows without names are not as many as tasks, or no name is a task.
    """
    if vectors.names is None:
        return _by_order(tasks, vectors)
    row_of = {name: row for row, name in enumerate(vectors.names)}
    found = {name: row_of[name] for name in tasks.names if name in row_of}
    if not found:
        raise DataError(
            f"No name in {vectors.file} (first: {shortened(vectors.names[0])!r}) is a "
            f"task of {tasks.file} (first: {shortened(tasks.names[0])!r}); use the "
            "same names in both, or say with --members which rows each task has."
        )
    lacking = f"has no row in {vectors.file}"
    skipped += [
        {"item": name, "reason": lacking} for name in tasks.names if name not in row_of
    ]
    known = set(tasks.names)
    other = [row for row, name in enumerate(vectors.names) if name not in known]
    if other:
        where = named_rows(vectors.rows, other)
        skipped.append({"item": f"{vectors.file}, {where}", "reason": "no such task"})
    return found


def rows_of_members(
    tasks: ListedTasks, vectors: Vectors, listing: Table, skipped: Skipped
) -> dict[str, list[int]]:
    """The rows of features of every task that has some: its own and its children's.

    Raises:
        DataError: A member is not a row of the features, or no task has any.
    """
    own = _listed(tasks, vectors, listing, skipped)
    parents = tasks.parents or {}
    above = [parents.get(name, []) for name in tasks.names]
    tree = hierarchy_of(tasks.names, above)
    found: dict[str, list[int]] = {}
    for row, name in enumerate(tasks.names):
        below = (tasks.names[one] for one in descendants(tree, row))
        rows = own.get(name, set()).union(*(own.get(one, set()) for one in below))
        if rows:
            found[name] = sorted(rows)
        else:
            why = f"neither it nor a child has a member in {listing.file}"
            skipped.append({"item": name, "reason": why})
    return found


def named_rows(numbers: Sequence[int], rows: Sequence[int]) -> str:
    """Rows of a file as a person counts them, the first by its number."""
    more = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    return f"row {numbers[rows[0]]}{more}"


def say_unknown(
    listing: Table,
    tasks: ListedTasks,
    unknown: Mapping[str, list[int]],
    skipped: Skipped,
) -> None:
    """List tasks that a table names although there are no such tasks."""
    for name, rows in unknown.items():
        where = f"{listing.file}, {named_rows(listing.rows, rows)}"
        why = f"not a task of {tasks.file}, but named in {where}"
        skipped.append({"item": name, "reason": why})


def _by_order(tasks: ListedTasks, vectors: Vectors) -> dict[str, int]:
    count = len(vectors.values)
    if count != len(tasks.names):
        raise DataError(
            f"{vectors.file} has {count:,} rows and {tasks.file} {len(tasks.names):,} "
            "tasks; give one row per task in the same order, or say with --members "
            "which rows each task has."
        )
    if not vectors.file.lower().endswith(ARRAYS):
        raise DataError(
            f"{vectors.file} has no column 'name' that says which task a row is of; "
            "add it."
        )
    return {name: row for row, name in enumerate(tasks.names)}


def _listed(
    tasks: ListedTasks, vectors: Vectors, listing: Table, skipped: Skipped
) -> dict[str, set[int]]:
    """Rows of features that the table gives to every task itself."""
    listing.need("member", "task")
    row_of = _member_rows(vectors)
    known = set(tasks.names)
    own: dict[str, set[int]] = {}
    nobody: dict[str, list[int]] = {}
    unknown: dict[str, list[int]] = {}
    again: list[int] = []
    pairs = zip(texts(listing, "member"), texts(listing, "task"), strict=True)
    for row, (member, task) in enumerate(pairs):
        if not member or not task:
            what = "task" if member else "member"
            raise DataError(f"{listing.at(row)} has no {what}; add it.")
        if member not in row_of and vectors.names is None:
            raise _no_row(listing, row, member, vectors)
        if task not in known:
            unknown.setdefault(task, []).append(row)
        elif member not in row_of:
            nobody.setdefault(member, []).append(row)
        elif row_of[member] in own.setdefault(task, set()):
            again.append(row)
        else:
            own[task].add(row_of[member])
    say_unknown(listing, tasks, unknown, skipped)
    for name, rows in nobody.items():
        where = f"{listing.file}, {named_rows(listing.rows, rows)}"
        why = f"not in {vectors.file}, but named in {where}"
        skipped.append({"item": name, "reason": why})
    if again:
        where = named_rows(listing.rows, again)
        why = "the same member and task as in a row before"
        skipped.append({"item": f"{listing.file}, {where}", "reason": why})
    if not any(own.values()):
        first = listing.cells[["member", "task"]].iloc[0].tolist()
        raise DataError(
            f"No row of {listing.file} names a task of {tasks.file} and a member in "
            f"{vectors.file}, first: {shortened(repr(first))}; use the same names."
        )
    return own


def _member_rows(vectors: Vectors) -> dict[str, int]:
    names = vectors.names or map(str, range(len(vectors.values)))
    return {name: row for row, name in enumerate(names)}


def _no_row(listing: Table, row: int, member: str, vectors: Vectors) -> DataError:
    last = len(vectors.values) - 1
    return DataError(
        f"{listing.at(row)}: the member {shortened(member)!r} is no row of "
        f"{vectors.file}, whose rows are 0 to {last}; correct it, or give the features "
        "as a table with a column 'name'."
    )
