"""New tasks out of a person's own tables, in the formats of `import`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from core.collections.table.members import Skipped, rows_of_members, rows_of_tasks
from core.collections.table.tasks import ListedTasks, read_tasks
from core.collections.table.vectors import Vectors, read_vectors
from core.errors import DataError
from core.relations import Membership, membership_of
from core.tables import Table, read_table, shortened, texts


@dataclass(frozen=True)
class NovelTasks:
    """Tasks to be placed, with a row of features each, or with members.

    Attributes:
        file: Name of the file of the features, for messages.
        names: Of the tasks.
        features: A row per member where `membership` says whose, else per task.
        membership: Rows of `features` of every task; None where each is a task's own.
        notes: What was assumed, and what was left out.
    """

    file: str
    names: tuple[str, ...]
    features: Float[np.ndarray, "rows channels"]
    membership: Membership | None
    notes: tuple[str, ...]


def read_novel(
    features: Path, members: Path | None = None, tasks: Path | None = None
) -> NovelTasks:
    """New tasks that files describe.

    They are those of the table `tasks`, or else those that `members` names, or else one
    for every row of the features, called by its name or `row 0`, `row 1`, ….

    Raises:
        DataError: A file cannot be read, or contradicts itself or another one.
    """
    vectors = read_vectors(features)
    listing = read_table(members) if members else None
    listed = read_tasks(tasks) if tasks else None
    skipped: Skipped = []
    if listing is not None:
        known = listed or _named_in(listing)
        rows_of = rows_of_members(known, vectors, listing, skipped)
        names, values = tuple(rows_of), vectors.values
        membership = membership_of(list(rows_of.values()))
    else:
        names, values = _rows(vectors, listed, skipped)
        membership = None
    given = [one for one in (listed and listed.table, vectors, listing) if one]
    return NovelTasks(
        vectors.file, names, values, membership, (*_assumed(given), *_left_out(skipped))
    )


def check_novel(names: Sequence[str], known: Sequence[str], collection: str) -> None:
    """Check that no name of a new task is that of a known one.

    Raises:
        DataError: One is.
    """
    both = sorted(set(names) & set(known))
    if both:
        more = f" (and {len(both) - 1:,} more)" if len(both) > 1 else ""
        raise DataError(
            f"{shortened(repr(both[0]))}{more} is a task of {collection!r} already, "
            "which has its box; rename the new one, or leave it out."
        )


def _named_in(listing: Table) -> ListedTasks:
    """The tasks that a table of members names, in its order."""
    listing.need("member", "task")
    return ListedTasks(
        listing, tuple(dict.fromkeys(filter(None, texts(listing, "task")))), None
    )


def _rows(
    vectors: Vectors, listed: ListedTasks | None, skipped: Skipped
) -> tuple[tuple[str, ...], Float[np.ndarray, "tasks channels"]]:
    """Names and vectors of tasks that have a row each."""
    if listed is None:
        return vectors.names or tuple(f"row {row}" for row in vectors.rows), (
            vectors.values
        )
    row_of = rows_of_tasks(listed, vectors, skipped)
    return tuple(row_of), vectors.values[list(row_of.values())]


def _assumed(given: Sequence[Table | Vectors]) -> list[str]:
    return [f"{one.file} was read as {one.read_as}" for one in given if one.read_as]


def _left_out(skipped: Skipped) -> list[str]:
    return [f"skipped {one['item']}: {one['reason']}" for one in skipped]
