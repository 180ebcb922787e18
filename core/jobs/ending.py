"""How a process ended, told as what it was."""

import signal
from dataclasses import dataclass
from pathlib import Path

from core.jobs.job import State
from core.jobs.progress import DONE, Progress

ERROR = "error: "  # how a command begins the line that says what a person can mend
ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # to end in good order
STOPPED = 128 + signal.SIGINT  # what a command returns that ended in good order
# How often Linux killed a process to get memory back: all of it, and this group.
COUNTS = (Path("/proc/vmstat"), Path("/sys/fs/cgroup/memory.events"))


@dataclass(frozen=True)
class Ending:
    """What a job came to, and what is to be said of it."""

    state: State
    why: str


def ending(
    status: int | None,
    said: str,
    progress: Progress,
    *,
    asked: bool,
    short_of_memory: bool,
) -> Ending:
    """What became of a job whose process is gone.

    Args:
        status: Of its exit, negative for a signal; None where nobody knows.
        said: What it wrote to stderr.
        progress: What it last told.
        asked: Whether it was asked to stop.
        short_of_memory: Whether Linux killed a process meanwhile to get memory back.
    """
    lines = [line for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    place = _place(progress)
    if status == 0 or (status is None and progress.phase == DONE):
        return Ending("done", "")
    if last.startswith(ERROR):
        return Ending("failed", last.removeprefix(ERROR))
    if asked:
        return Ending("cancelled", f"Cancelled{place}.")
    if status is None:
        return Ending("interrupted", f"Interrupted{place}: its process is gone.")
    if status == STOPPED or -status in ASKED:
        return Ending("interrupted", f"Interrupted{place}: its process was stopped.")
    if status < 0:
        name = signal.Signals(-status).name
        memory = ", probably because the memory of this machine ran out"
        why = memory if -status == signal.SIGKILL and short_of_memory else ""
        return Ending("failed", f"Killed{place} ({name}){why}.")
    return Ending("failed", f"The program failed{place}: {last or f'status {status}'}")


def _place(progress: Progress) -> str:
    if not progress.steps:
        return ""
    return f" at step {progress.step:,} of {progress.steps:,}"


def memory_kills(counts: tuple[Path, ...] = COUNTS) -> int:
    """How often Linux killed a process to get memory back; 0 where it does not say."""
    found = 0
    for path in counts:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        words = (line.split() for line in lines)
        found += sum(int(one[1]) for one in words if one[:1] == ["oom_kill"])
    return found
