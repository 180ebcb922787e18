"""`import`: a collection from a person's own tables."""

import sys
from collections.abc import Mapping
from json import dumps
from pathlib import Path
from shlex import join
from typing import Any

from core import cache
from core.cache import Store
from core.collection import check_name
from core.commands.building import report
from core.commands.command import Add, file_argument

HELP = """\
A collection from your own tables. Only what cannot be read in one way stops it; what is
left out otherwise is listed. Space around names is not part of them, and any text is a
name: 001, NA, None. CSVs may be separated by commas, semicolons or tabs, in UTF-8 or
Windows-1252; what had to be assumed is said.
"""

TASKS = """CSV or Parquet, a row per task: the column `name`, and if you like `label`,
`parent` or `parents` (one name, or several with ; or | between them, or a list in
Parquet), `size` (number of examples), and any others, which the page shows"""

FEATURES = """NPY or NPZ (one array, or one called `features`) with a row per task in
the same order, or CSV or Parquet with the column `name` and numbers; with --members a
row per member"""

MEMBERS = """CSV or Parquet with the columns `member` (number of a row of the features,
from 0, or its name where they have the column `name` or `member`) and `task`, as many
rows as you like for each; a parent has the members of its children too. Tasks with the
same members are all kept"""

RELATIONS = """CSV or Parquet with the columns `child`, `parent` and perhaps `strength`,
the share of the child inside the parent, from 0 to 1 (without the column: 1). They are
taken as they are, and pairs not listed share nothing; but what lies in a part lies in
the whole, tasks with common parts overlap, a parent in `tasks` holds its children, and
where only one direction is listed the other follows from the number of lowest tasks in
both. Without relations they follow from shared members, and without members from the
parents"""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("import", "a collection from your own tables", run)
    parser.description = " ".join(HELP.split())
    parser.add_argument("name", metavar="NAME", help="what to call it")
    for what, help, needed in (
        ("tasks", TASKS, True),
        ("features", FEATURES, True),
        ("members", MEMBERS, False),
        ("relations", RELATIONS, False),
    ):
        file_argument(parser, what, help, required=needed)
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(
    store: Store,
    *,
    name: str,
    tasks: Path,
    features: Path,
    members: Path | None,
    relations: Path | None,
    json: bool,
) -> None:
    """Keep the collection that files describe; an earlier one stays if that fails."""
    from core.collections.table import builder
    from core.collections.table.understood import understood

    files = {"tasks": tasks, "features": features}
    files |= {"members": members} if members else {}
    files |= {"relations": relations} if relations else {}
    check_name(name)
    given = builder.read(files)
    made = builder.put_together(name, given, files)
    if json:
        cache.save_collection(store, made)
        print(dumps(understood(given, made)))
        return
    about: Mapping[str, Any] = made.provenance
    shipped = store.shipped / name / "collection.json"
    if shipped.exists():
        print(
            f"warning: {name!r} hides the collection of that name that comes with the "
            "program; import it under another name to see both.",
            file=sys.stderr,
        )
    for source in about["sources"]:
        if "read_as" in source:
            print(f"{source['name']} was read as {source['read_as']}")
    report(store, made)
    own = [] if store.data == cache.default_data() else ["--data", str(store.data)]
    print(f"learn its boxes with: {join(['python', '-m', 'core', 'fit', name, *own])}")
