"""A person's own tables as a collection: tasks, features, members and relations.

What cannot be used is left out and listed in `skipped` where the rest still means what
it said; where it might mean something else, nothing is built and the message says why.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import join

import numpy as np
import pandas as pd
from jaxtyping import Float

from core.collection import Collection, check_name
from core.collections.table.closure import closest, completed
from core.collections.table.members import Skipped, rows_of_members, rows_of_tasks
from core.collections.table.relations import ListedRelations, relations_in
from core.collections.table.tasks import ListedTasks, lifted, read_tasks, task_frame
from core.collections.table.vectors import Vectors, read_vectors
from core.hierarchy import hierarchy_of
from core.relations import Membership, Relations, membership_of, relations_of
from core.tables import Table, read_table

Files = Mapping[str, Path]


@dataclass(frozen=True)
class Given:
    """What is in a person's files, each by itself."""

    tasks: ListedTasks
    vectors: Vectors
    members: Table | None
    relations: Table | None


def read(files: Files) -> Given:
    """Read a person's files.

    Args:
        files: By what they hold: `tasks`, `features`, and perhaps `members` and
            `relations`.

    Raises:
        DataError: One cannot be read, or contradicts itself.
    """
    return Given(
        read_tasks(files["tasks"]),
        read_vectors(files["features"]),
        read_table(files["members"]) if "members" in files else None,
        read_table(files["relations"]) if "relations" in files else None,
    )


def build(name: str, files: Files) -> Collection:
    """The collection that a person's files describe; see `python -m core import -h`.

    Args:
        name: What it is called.
        files: As `read` takes them.

    Raises:
        DataError: A file cannot be read, or contradicts itself or another one.
    """
    check_name(name)
    return put_together(name, read(files), files)


def put_together(name: str, found: Given, files: Files) -> Collection:
    """The collection that is in a person's files.

    Raises:
        DataError: One contradicts another.
    """
    tasks, vectors = found.tasks, found.vectors
    members, pairs = found.members, found.relations
    skipped: Skipped = []
    kept, values, membership = _described(tasks, vectors, members, skipped)
    listed = None if pairs is None else relations_in(pairs, tasks, kept, skipped)
    parents = lifted(tasks.parents or {name: [] for name in tasks.names}, kept)
    relations = _relations(kept, parents, membership, listed)
    if tasks.parents is None:
        parents = _closest(kept, relations, membership)
    given = [one for one in (tasks.table, vectors, members, pairs) if one is not None]
    frame = _completed(task_frame(tasks, kept), parents, membership)
    return Collection(
        name=name,
        tasks=frame,
        features=values,
        membership=membership,
        relations=relations,
        provenance={
            "title": name,
            "description": f"{len(kept):,} tasks out of a person's own tables.",
            "sources": [_source(one) for one in given],
            "encoder": "as given",
            "member": "member" if membership else "task",
            "channels": values.shape[1],
            "tasks": len(kept),
            "members": len(values),
            "command": _command(name, files),
            "notes": _notes(frame, relations, membership, listed),
            "skipped": skipped,
        },
    )


def _described(
    tasks: ListedTasks, vectors: Vectors, members: Table | None, skipped: Skipped
) -> tuple[list[str], Float[np.ndarray, "rows channels"], Membership | None]:
    """Tasks of which there are features, these, and which rows are whose."""
    if members is None:
        row_of = rows_of_tasks(tasks, vectors, skipped)
        return list(row_of), vectors.values[list(row_of.values())], None
    rows_of = rows_of_members(tasks, vectors, members, skipped)
    used = np.unique(np.concatenate([*rows_of.values()]))
    unused = len(vectors.values) - len(used)
    if unused:
        item = f"{vectors.file}, {unused:,} rows"
        skipped.append({"item": item, "reason": "members of no task"})
    places = [np.searchsorted(used, rows).tolist() for rows in rows_of.values()]
    return list(rows_of), vectors.values[used], membership_of(places)


def _relations(
    names: Sequence[str],
    parents: Mapping[str, list[str]],
    membership: Membership | None,
    listed: ListedRelations | None,
) -> Relations:
    """As listed; else by shared members; else by the hierarchy."""
    if listed is None and membership is not None:
        return relations_of(membership)
    row_of = {name: row for row, name in enumerate(names)}
    pairs = [(row_of[a], row_of[b]) for a in names for b in parents[a]]
    child, parent = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    none = np.zeros(0, dtype=np.int64)
    listed = listed or ListedRelations(none, none, np.zeros(0))
    return completed(
        len(names), listed.child, listed.parent, listed.strength, (child, parent)
    )


def _closest(
    names: Sequence[str], relations: Relations, membership: Membership | None
) -> dict[str, list[str]]:
    """Parents where nobody gave any: the closest tasks that hold a task strictly."""
    if membership is None:
        size = -np.bincount(relations.child, minlength=len(names))
    else:
        size = membership.counts
    above = closest(len(names), relations, size.tolist())
    return {
        name: [names[row] for row in rows]
        for name, rows in zip(names, above, strict=True)
    }


def _completed(
    frame: pd.DataFrame,
    parents: Mapping[str, list[str]],
    membership: Membership | None,
) -> pd.DataFrame:
    """The task table with what is computed here."""
    names, above = list(frame.index), [parents[name] for name in frame.index]
    counts = 1 if membership is None else membership.counts
    depth = list(hierarchy_of(names, above).depth)
    frame = frame.assign(parents=pd.Series(above, frame.index, dtype=object))
    frame = frame.assign(depth=depth, members=counts)
    if membership is not None:
        frame = frame.assign(also=_also(frame["label"].tolist(), membership))
    return frame


def _also(labels: Sequence[str], membership: Membership) -> list[str]:
    """Labels of the other tasks with the same members, for every task."""
    rows = np.split(membership.member, membership.start[1:-1])
    sets = [one.tobytes() for one in rows]
    same: dict[bytes, list[int]] = defaultdict(list)
    for row, one in enumerate(sets):
        same[one].append(row)
    return [
        ", ".join(labels[other] for other in same[one] if other != row)
        for row, one in enumerate(sets)
    ]


def _notes(
    frame: pd.DataFrame,
    relations: Relations,
    membership: Membership | None,
    listed: ListedRelations | None,
) -> list[str]:
    notes = []
    if listed is not None:
        notes.append(
            "Which tasks lie in which is as listed; pairs that are not listed share "
            "nothing, unless it follows from those that are."
        )
    elif membership is None and len(relations.child):
        notes.append(
            "Shares follow from the hierarchy alone: a task counts as the lowest tasks "
            "in it."
        )
    elif membership is None:
        notes.append(
            "Nothing says which tasks lie in which: boxes are drawn apart, and only "
            "the points tell which tasks are alike."
        )
    if "also" in frame and (same := int((frame["also"] != "").sum())):
        notes.append(
            f"{same:,} tasks have the same members as another one, so their boxes "
            "coincide."
        )
    return notes


def _source(given: Table | Vectors) -> dict[str, str]:
    source = {
        "name": given.file,
        "package": "own file",
        "version": given.version,
        "licence": "your own",
    }
    return source | ({"read_as": given.read_as} if given.read_as else {})


def _command(name: str, files: Files) -> str:
    options = [
        word for what, path in files.items() for word in (f"--{what}", path.name)
    ]
    return join(["python", "-m", "core", "import", name, *options])
