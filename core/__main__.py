"""Collections, boxes and their evaluation from the command line."""

import argparse
import signal
import sys
from collections.abc import Sequence

from core.cache import Store
from core.commands import (
    agreeing,
    building,
    deleting,
    discovering,
    embedding,
    evaluating,
    explaining,
    exporting,
    fitting,
    gallery,
    importing,
    listing,
    metatask,
    placing,
    projecting,
    renaming,
    splitting,
    unpacking,
    working,
)
from core.commands.command import Interrupted, adder
from core.commands.workers import employed
from core.errors import DataError
from core.packages import lacking

COMMANDS = (
    listing,
    building,
    importing,
    fitting,
    projecting,
    evaluating,
    embedding,
    metatask,
    agreeing,
    discovering,
    splitting,
    gallery,
    explaining,
    placing,
    exporting,
    unpacking,
    renaming,
    deleting,
    working,
)
# How torch says that memory ran out: a processor's, then a graphics card's.
LACKING = ("not enough memory", "can't allocate memory", "out of memory")
# What to lower then, command by command.
SMALLER = {
    "list": "close other programs",
    "build": "close other programs, or build fewer tasks or images",
    "import": "give fewer rows or channels of features, or features as float16",
    "fit": "give it fewer tasks, members or channels, or a smaller --dim; where it is "
    "that of a graphics card, use --device cpu",
    "project": "use --method pca, or fewer tasks",
    "evaluate": "evaluate fewer --models at a time, a smaller --dim, or fewer tasks",
    "embed": "use fewer --jobs, or --max-samples",
    "metatask": "close other programs",
    "agree": "use fewer --jobs, or a smaller --limit",
    "discover": "use fewer --jobs, or a smaller --limit",
    "split": "use fewer --jobs, or a smaller --limit",
    "gallery": "close other programs",
    "explain": "use fewer --jobs",
    "place": "give it fewer rows of features at a time",
    "export": "close other programs",
    "unpack": "close other programs, or export a smaller collection",
    "rename": "close other programs",
    "delete": "close other programs",
    "restore": "close other programs",
    "jobs": "close other programs",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 with one line on stderr when not."""
    options = vars(_parser().parse_args(arguments))
    command = options.pop("command")
    run = options.pop("run")
    store = Store(options.pop("data"))
    try:
        with employed(options) as given:
            run(store, **given)
    except (Interrupted, KeyboardInterrupt) as stop:
        print(stop if str(stop) else "interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    except Exception as error:
        said = mendable(error, command)
        if not said:
            raise
        print(f"error: {said}", file=sys.stderr)
        return 1
    return 0


def mendable(error: Exception, command: str) -> str:
    """What a person can put right, in one line; empty for a fault of the program."""
    # A reader that ran out of memory may have taken it for a damaged file.
    if _is_lack_of_memory(error) or _is_lack_of_memory(error.__cause__):
        return f"There is not enough memory to {command} this; {SMALLER[command]}."
    if isinstance(error, ModuleNotFoundError):
        return f"This command needs {lacking(error)}"
    return str(error) if isinstance(error, DataError) else ""


def _is_lack_of_memory(error: BaseException | None) -> bool:
    """Whether Python or NumPy say so, or torch, which is not loaded to ask it."""
    if isinstance(error, RuntimeError):
        return any(words in str(error) for words in LACKING)
    return isinstance(error, MemoryError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    add = adder(parser.add_subparsers(dest="command", required=True))
    for command in COMMANDS:
        command.add(add)
    return parser


if __name__ == "__main__":
    sys.exit(main())
