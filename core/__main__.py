"""Collections, boxes and their evaluation from the command line."""

import argparse
import signal
import sys
from collections.abc import Sequence

from core.cache import Store
from core.commands import (
    building,
    evaluating,
    fitting,
    importing,
    listing,
    projecting,
)
from core.commands.command import Interrupted, adder
from core.errors import DataError

COMMANDS = (listing, building, importing, fitting, projecting, evaluating)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 with one line on stderr when not."""
    options = vars(_parser().parse_args(arguments))
    del options["command"]
    run = options.pop("run")
    store = Store(options.pop("data"))
    try:
        run(store, **options)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        needs = f"This command needs {error.name}, which is not installed."
        print(f"error: {needs} Install it with: make train", file=sys.stderr)
        return 1
    except (Interrupted, KeyboardInterrupt) as stop:
        print(stop if str(stop) else "interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    add = adder(parser.add_subparsers(dest="command", required=True))
    for command in COMMANDS:
        command.add(add)
    return parser


if __name__ == "__main__":
    sys.exit(main())
