import pytest

from core.jobs.ending import ending, memory_kills
from core.jobs.progress import DONE, Progress

HALF = Progress("learning", 5, 10)
NONE = Progress("starting")


def told(status, said="", progress=HALF, *, asked=False, short=False):
    end = ending(status, said, progress, asked=asked, short_of_memory=short)
    return end.state, end.why


@pytest.mark.parametrize(
    ("status", "said", "progress", "asked", "short", "state", "why"),
    [
        (0, "", HALF, False, False, "done", ""),
        (0, "", HALF, True, False, "done", ""),  # it was done before it heard
        (None, "", Progress(DONE, 10, 10), False, False, "done", ""),
        (130, "", HALF, True, False, "cancelled", "Cancelled at step 5 of 10."),
        (-15, "", NONE, True, False, "cancelled", "Cancelled."),
        (-9, "", HALF, True, True, "cancelled", "Cancelled at step 5 of 10."),
        (1, "a\nerror: No space left on device.\n", HALF, False, False, "failed",
         "No space left on device."),
        (1, "error: Too few tasks.", HALF, True, False, "failed", "Too few tasks."),
        (-9, "", HALF, False, False, "failed", "Killed at step 5 of 10 (SIGKILL)."),
        (-9, "", HALF, False, True, "failed",
         "Killed at step 5 of 10 (SIGKILL), probably because the memory of this "
         "machine ran out."),
        (-11, "", HALF, False, True, "failed", "Killed at step 5 of 10 (SIGSEGV)."),
        (-15, "", HALF, False, False, "interrupted",
         "Interrupted at step 5 of 10: its process was stopped."),
        (130, "", HALF, False, False, "interrupted",
         "Interrupted at step 5 of 10: its process was stopped."),
        (None, "", HALF, False, False, "interrupted",
         "Interrupted at step 5 of 10: its process is gone."),
        (1, "Traceback\nKeyError: 'x'\n", NONE, False, False, "failed",
         "The program failed: KeyError: 'x'"),
        (3, "", NONE, False, False, "failed", "The program failed: status 3"),
    ],
)  # fmt: skip
def test_every_end_is_told_as_what_it_was(
    status, said, progress, asked, short, state, why
):
    assert told(status, said, progress, asked=asked, short=short) == (state, why)


def test_kills_for_memory_are_counted_where_linux_says_so(tmp_path):
    machine, group = tmp_path / "vmstat", tmp_path / "memory.events"
    machine.write_text("pgfault 7\noom_kill 2\n")
    group.write_text("low 0\noom 3\noom_kill 1\n")
    assert memory_kills((machine, group, tmp_path / "nowhere")) == 3
    assert memory_kills(()) == 0
