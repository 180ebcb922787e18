"""A worker at hand: a process that has loaded what jobs need before there is one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Spare:
    """A worker that has loaded what it needs, for the next job."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ready(self) -> None:
        """Have one at hand."""
        if self._process is None or self._process.poll() is not None:
            self._process = _worker()

    def taken(self) -> subprocess.Popen[bytes]:
        """Hand it over."""
        self.ready()
        process, self._process = self._process, None
        assert process is not None
        return process

    def dismissed(self) -> None:
        """End it."""
        if self._process is not None:
            dismiss(self._process)


def dismiss(worker: subprocess.Popen[bytes]) -> None:
    """End a worker that has no job."""
    with worker:
        worker.kill()


def _worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "core.jobs.worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C at the server is not meant for it
    )
