"""`place`: boxes for new tasks; nothing is learned anew, and no known box moves."""

import argparse
import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path

from core.cache import Store
from core.commands.command import Add, dimension, file_argument
from core.commands.placement import SHOWN, check_kind, document, lines, write
from core.errors import DataError

HELP = """\
Boxes for new tasks, each by itself, in the time of one pass through the encoder:
nothing is learned anew, and no box that is there moves. The tables are as those of
`import`. A box is told with the known boxes that hold more than half of it, the
innermost first, and which share of it they hold.

After ± stands how far its centre spreads (standard deviation, axis by axis) over 16
placements, each compared with a part of what is known and of the task's members; JSON
and tables also have that of its sides, and the 10 % and 90 % quantiles of its corners.
That is how much its place hangs on these, not how wrong it may be: a task unlike all
that are known lies among others, wherever that is. Of one vector that a network reads
no spread is known.
A task is told as "outside what this map knows" where its middle member is stranger than
99 % of the known members, each left out: by its cosine to the likest known one, by the
share of its features outside the main axes, or by how long these are."""

FEATURES = """NPY or NPZ (one array, or one called `features`) with a row per task, or
CSV or Parquet with the column `name` and numbers; with --members a row per member. They
must be made as those of the collection were. For a collection of images, also a zip of
images with a folder for each task, seen by the same encoder"""

MEMBERS = """CSV or Parquet with the columns `member` (number of a row of the features,
from 0, or its name where they have the column `name` or `member`) and `task`, as many
rows as you like for each. Without it, a task has one member; where boxes were learned
of one vector a task, the mean of the members is taken"""

TASKS = """CSV or Parquet with the column `name`, for rows of features without names,
and perhaps `parent`, as a parent has the members of its children too"""

OUTPUT = """also write the boxes there: CSV or Parquet with a row per box (name,
corners, innermost known box and its share, spread, and why it is outside what the map
knows, if it is), or JSON with all that --json prints"""

IN_PYTHON = """\
in Python:
  from core import cache
  from core.collections.table.novel import NovelTasks
  from core.placer import placed, placer_of
  placer = placer_of(cache.Store(cache.default_data()), "cub", 2)
  placement = placed(placer, NovelTasks("mine", names, features, membership, ()))
`features` is a float array with a row per member, `membership` tells which rows a task
has (core.relations.membership_of); None where each row is a task. The placement has
boxes, spread, what holds them, and what lies outside the map (core/placement.py)."""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("place", "boxes for new tasks; no known box moves", run)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = HELP, IN_PYTHON
    parser.add_argument("name", metavar="NAME", help="a collection; see list")
    for what, help, needed in (
        ("features", FEATURES, True),
        ("members", MEMBERS, False),
        ("tasks", TASKS, False),
        ("out", OUTPUT, False),
    ):
        file_argument(parser, what, help, required=needed)
    parser.add_argument(
        "--dim", type=dimension, default=2, metavar="D", help="of the boxes (default 2)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(
    store: Store,
    *,
    name: str,
    features: Path,
    members: Path | None,
    tasks: Path | None,
    out: Path | None,
    dim: int,
    json: bool,
) -> None:
    """Place new tasks among the boxes of a collection, and print where they are."""
    if out is not None:
        check_kind(out)
    from core.learning.training import use_one_thread
    from core.placer import placed, placer_of, read_new
    from core.task2vec.kept import holds_embeddings

    use_one_thread()
    if (embedded := holds_embeddings(features)) and (members or tasks):
        raise DataError(
            f"{features.name} says itself of which tasks it is; leave out "
            "--members and --tasks."
        )
    placer = placer_of(store, name, dim, embedded=embedded)
    novel = read_new(placer, features, members, tasks)
    placement = placed(placer, novel)
    for note in _shortened(novel.notes):
        print(f"note: {note}", file=sys.stderr)
    if out is not None:
        write(out, placement)
    if json:
        print(dumps(document(placement)))
        return
    table = placer.collection.tasks
    print(lines(placement, dict(zip(table.index, table["label"], strict=True))))
    if out is not None:
        print(f"{len(novel.names):,} boxes in {out}")


def _shortened(notes: Sequence[str]) -> list[str]:
    """The first notes, and how many more there are."""
    left = len(notes) - SHOWN
    return [*notes[:SHOWN], *([f"{left:,} more like these"] if left > 0 else [])]
