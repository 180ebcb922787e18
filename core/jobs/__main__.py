"""`python -m core.jobs --data DIR`: run what is queued, while stdin is open."""

import argparse
import sys

from core.commands.command import data_argument
from core.errors import DataError
from core.jobs.runner import serve
from core.store import Store, default_data


def main() -> int:
    """Run jobs until there are no more; 1 with one line on stderr when not possible."""
    parser = argparse.ArgumentParser(prog="python -m core.jobs", description=__doc__)
    data_argument(parser, default=default_data())
    try:
        serve(Store(parser.parse_args().data.absolute()), sys.stdin.buffer)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
