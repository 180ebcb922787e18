"""A process that does one job: `python -m core.jobs.worker`, started by the runner.

It reads what is slow to read before there is a job, so that one begins at once; then it
is the command line, with the arguments that it is given on a line of its stdin. Where
stdin ends there will be no job.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from core.__main__ import main as command_line

NICE = 10  # the page of a person comes first
ROOM = b" " * 4096  # overwritten by what is said, which a full disk must not swallow


def main() -> int:
    """Wait for a job and do it; its exit status."""
    os.nice(NICE)
    # Lack of memory, or of torch: the job meets it again, and says so.
    with suppress(MemoryError, ModuleNotFoundError):
        _load()
    given = sys.stdin.readline()
    if not given:
        return 0
    told = json.loads(given)
    _say_into(Path(told["folder"]))
    return command_line(told["arguments"])


def _load() -> None:
    """Load what fits need, which takes seconds."""
    import pyarrow.parquet  # noqa: F401  tables
    import torch

    import core.learning.checkpoint  # noqa: F401  and with it all that learns

    # The first optimizer loads as much again as torch itself.
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])


def _say_into(folder: Path) -> None:
    """Leave what is printed in the folder, and listen no more."""
    for name, stream in (("out.txt", sys.stdout), ("said.txt", sys.stderr)):
        with (folder / name).open("wb") as file:
            file.write(ROOM)
            file.seek(0)
            os.dup2(file.fileno(), stream.fileno())
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # to take down all that was loaded takes as long as a cancel may
