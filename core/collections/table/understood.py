"""What was understood of a person's files, for them to look at."""

from typing import Any

from core.collection import Collection
from core.collections.table.builder import Given
from core.collections.table.tasks import ABOVE
from core.tables import Table

TASKS = ("name", "label", *ABOVE, "size")
MEMBERS = ("member", "task")
RELATIONS = ("child", "parent", "strength")


def understood(given: Given, made: Collection) -> dict[str, Any]:
    """Counts, columns and what was left out, as JSON can hold them."""
    about, vectors = made.provenance, given.vectors
    shown = _file("tasks", given.tasks.table, TASKS)
    shown["shown"] = shown.pop("ignored")  # all that is said of a task is kept
    numbers = {
        "file": vectors.file,
        "holds": "features",
        "rows": len(vectors.values),
        "used": ["name"] if vectors.names is not None else [],
        "channels": int(vectors.values.shape[1]),
        "read_as": vectors.read_as,
    }
    return {
        "name": made.name,
        "tasks": len(made.tasks),
        "members": None if made.membership is None else len(made.features),
        "channels": int(made.features.shape[1]),
        "containments": int((made.relations.strength == 1).sum()),
        "relations": len(made.relations.child),
        "files": [
            shown,
            numbers,
            *([_file("members", given.members, MEMBERS)] if given.members else []),
            *(
                [_file("relations", given.relations, RELATIONS)]
                if given.relations
                else []
            ),
        ],
        "notes": about["notes"],
        "skipped": about["skipped"],
    }


def _file(holds: str, table: Table, known: tuple[str, ...]) -> dict[str, Any]:
    return {
        "file": table.file,
        "holds": holds,
        "rows": len(table.rows),
        "used": [column for column in table.columns if column in known],
        "ignored": [column for column in table.columns if column not in known],
        "read_as": table.read_as,
    }
