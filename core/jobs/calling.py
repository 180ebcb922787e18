"""A runner as whoever needs one calls it: begun, woken, let go."""

import subprocess
import sys
from pathlib import Path

from core import files
from core.jobs.table import FOLDER, opened
from core.store import Store

ROOT = Path(__file__).parents[2]


def begin(store: Store) -> subprocess.Popen[bytes]:
    """Start a runner; it works as long as its stdin is open, and to the end of a job.

    Raises:
        DataError: The folder cannot be written.
    """
    folder = opened(store).store.data / FOLDER
    path = folder / "runner.log"
    with files.writing(path), path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "core.jobs", "--data", str(store.data.absolute())],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )


def awake(runner: subprocess.Popen[bytes]) -> bool:
    """Tell a runner that there may be a job; whether it is still there to hear it."""
    if runner.poll() is not None:
        return False
    assert runner.stdin is not None
    try:
        runner.stdin.write(b"\n")
        runner.stdin.flush()
    except BrokenPipeError:
        return False
    return True


def leave(runner: subprocess.Popen[bytes]) -> None:
    """Let a runner end after what it does, and wait for that."""
    with runner:  # which closes its stdin
        pass
