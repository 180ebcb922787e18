"""`--jobs` and `--scheduler`: who does the calls of a command."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.commands.command import positive


def cores() -> int:
    """Of this machine."""
    return os.cpu_count() or 1


def workers_arguments(parser: argparse.ArgumentParser, jobs: int | None = None) -> None:
    """How many processes of this machine work, or those of which scheduler."""
    jobs = jobs or cores()
    parser.add_argument(
        "--jobs",
        type=positive,
        default=jobs,
        metavar="N",
        help=f"processes at once (default here: {jobs})",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="of Dask, whose workers do it instead: tcp://HOST:8786",
    )


@contextmanager
def employed(options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Options of a command, with as many `jobs` as its scheduler, if any, has workers.

    Processes of this machine stay until the command ends.

    Raises:
        DataError: No scheduler answers, or it has no worker.
    """
    from core.parallel import at_scheduler, processes_kept

    address = options.pop("scheduler", None)
    if address is None:
        with processes_kept():
            yield options
        return
    with at_scheduler(address) as workers:
        yield {**options, "jobs": workers}
