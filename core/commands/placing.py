"""`place`: boxes for new tasks; nothing is learned anew, and no known box moves."""

import argparse
import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from core import cache, files
from core.boxes import Boxes
from core.cache import Store, python_command
from core.collections.table.novel import NovelTasks, check_novel, read_novel
from core.commands.command import Add, dimension, file_argument
from core.commands.placement import (
    SHOWN,
    Placement,
    check_kind,
    document,
    lines,
    write,
)
from core.errors import DataError
from core.features import described
from core.holders import holders
from core.relations import Membership

HELP = """\
Boxes for new tasks, each by itself, in the time of one pass through the encoder:
nothing is learned anew, and no box that is there moves. The tables are as those of
`import`. A box is told with the known boxes that hold more than half of it, the
innermost first, and which share of it they hold."""

FEATURES = """NPY or NPZ (one array, or one called `features`) with a row per task, or
CSV or Parquet with the column `name` and numbers; with --members a row per member. They
must be made as those of the collection were"""

MEMBERS = """CSV or Parquet with the columns `member` (number of a row of the features,
from 0, or its name where they have the column `name` or `member`) and `task`, as many
rows as you like for each. Without it, a task has one member; where boxes were learned
of one vector a task, the mean of the members is taken"""

TASKS = """CSV or Parquet with the column `name`, for rows of features without names,
and perhaps `parent`, as a parent has the members of its children too"""

OUTPUT = """also write the boxes there: CSV or Parquet with a row per box (name,
corners, innermost known box and its share), or JSON with all that --json prints"""

IN_PYTHON = """\
in Python:
  from core import cache, weights
  from core.learning import checkpoint
  from core.learning.placing import place
  store = cache.Store(cache.default_data())
  model = checkpoint.stored_model(
      *weights.load_model(store, "cub", 2),
      cache.load_collection(store, "cub").features,
  )
  boxes = place(model, features, membership, names, known=False)
`features` is a float array with a row per member, `membership` tells which rows a task
has (core.relations.membership_of); it is None where boxes were learned of one vector a
task. What holds them: core.holders.holders(boxes, known)."""


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
    from core.learning.training import use_one_thread

    if out is not None:
        check_kind(out)
    use_one_thread()
    model, channels = _encoder(store, name, dim)
    known = cache.load_boxes(store, name, dim)
    novel = read_novel(features, members, tasks)
    check_novel(novel.names, known.names, name)
    boxes = _placed(model, channels, novel, f"the {dim}D model of {name!r}")
    placement = Placement(boxes, known, holders(boxes, known))
    for note in _shortened(novel.notes):
        print(f"note: {note}", file=sys.stderr)
    if out is not None:
        write(out, placement)
    if json:
        print(dumps(document(placement)))
        return
    table = cache.load_tasks(store, name)
    print(lines(placement, dict(zip(table.index, table["label"], strict=True))))
    if out is not None:
        print(f"{len(boxes.names):,} boxes in {out}")


def _encoder(store: Store, name: str, dim: int) -> tuple[Any, int]:
    """The encoder of the boxes, and the number of channels that it reads."""
    from core import weights
    from core.learning import checkpoint

    arrays, about = weights.load_model(store, name, dim)
    features = cache.load_collection(store, name).features
    command = f"fit {name} --dim {dim}"
    path = store.find(name, weights.model_file(dim), command)
    with files.checking(path, python_command(command)):
        if cache.load_settings(store, name, dim) != about.get("config"):
            raise DataError("The boxes beside it are of another fit.")
        model = checkpoint.stored_model(arrays, about, features)
    return model, features.shape[1]


def _placed(model: Any, channels: int, novel: NovelTasks, what: str) -> Boxes:
    from core.learning.placing import place

    features, membership = _inputs(model, novel)
    if features.shape[1] != channels:
        raise DataError(
            f"{novel.file} has {features.shape[1]:,} channels and {what} reads "
            f"{channels:,}; make the features as those of the collection were made."
        )
    try:
        return place(model, features, membership, novel.names, known=False)
    except DataError as error:
        raise DataError(
            f"{novel.file} has numbers that {what} makes no boxes of: "
            f"{str(error).removesuffix('; fit them again.')}; look for extreme ones."
        ) from error


def _inputs(
    model: Any, novel: NovelTasks
) -> tuple[Float[np.ndarray, "rows channels"], Membership | None]:
    """What the encoder reads of the new tasks."""
    from core.learning.set_encoder import SetEncoder

    features, membership = novel.features.astype(np.float32), novel.membership
    if isinstance(model, SetEncoder):
        rows = np.arange(len(features) + 1)
        return features, membership or Membership(rows[:-1], rows)
    if membership is not None:
        features = described(features, membership, "mean")
    return features, None


def _shortened(notes: Sequence[str]) -> list[str]:
    """The first notes, and how many more there are."""
    left = len(notes) - SHOWN
    return [*notes[:SHOWN], *([f"{left:,} more like these"] if left > 0 else [])]
