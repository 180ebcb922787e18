"""Runs the jobs of a table one after another, in a process of its own.

`python -m core.jobs` is started by whoever queues a job. One of them holds the lock and
works; the others find it held and end. It outlives the page and its server: they only
read the table and write wishes into it.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from core import files
from core.errors import DataError
from core.jobs.ending import ending, memory_kills
from core.jobs.job import Job, arguments, moved
from core.jobs.process import born, is_lost, lives, send
from core.jobs.progress import LEARNING, load_progress
from core.jobs.resuming import is_resumable
from core.jobs.spare import Spare, dismiss
from core.jobs.table import FOLDER, Table, change, get, jobs, opened, resume
from core.locks import alone, is_locked
from core.store import Store

LOOK = 0.05  # s between two looks at a job that runs
IDLE = 1.0  # s between two looks at a table with nothing to do, unless woken
LINGER = 600  # s that it waits for a next job, with a worker at hand
GRACE = 0.6  # s that a process has to end in good order
KEEPING = 10.0  # s that it has where it keeps what it has learned by then
FULL = 1.0  # s between two tries to write to a full disk
LETTERS = 4000  # of the end of what a process said


def serve(store: Store, wakes: IO[bytes] | None) -> None:
    """Do all jobs that are queued, and those that come while somebody may wake us.

    Returns at once where another process does them.

    Args:
        store: Where the table is.
        wakes: Becomes readable when there may be a job, and ends with who would say so.

    Raises:
        DataError: The table cannot be written.
    """
    table = opened(store)
    while True:
        with alone(_lock(store)) as first:
            if not first:
                return
            _take_over(table)
            _work(table, wakes)
        # What was queued between the last look and the lock's end is nobody else's.
        if _next(table) is None:
            return


def see_to(store: Store, id: str, spare: Spare) -> None:
    """See one job to its end, whoever began it; again is the same.

    Where it is over already, or another process sees to it, there is nothing to do. One
    whose processes were all killed goes on where it was.

    Raises:
        DataError: The table cannot be written.
    """
    table = opened(store)
    if (job := _known(table, id)) is not None and job.state == "running":
        _see_out(table, job)
        job = get(table, id)
    if job is not None and job.state == "interrupted" and not job.stopping:
        left = is_resumable(table, job)
        job = resume(table, id, from_checkpoint=left)
    if job is not None and job.state == "queued":
        _do(table, job, spare)


def _known(table: Table, id: str) -> Job | None:
    return next((job for job in jobs(table) if job.id == id), None)


def recover(table: Table) -> None:
    """Mark as interrupted what ran when everything was killed, unless a runner will."""
    with alone(_lock(table.store)) as first:
        for job in filter(is_lost, jobs(table)) if first else []:
            _see_out(table, job)


def is_at_work(store: Store) -> bool:
    """Whether there is a runner, whoever began it; it looks for jobs by itself."""
    return is_locked(_lock(store))


def _lock(store: Store, at: str = "runner") -> Path:
    """Held by who does all jobs, or sees to one, or fits a collection."""
    return store.data / FOLDER / f"{at}.lock"


def _take_over(table: Table) -> None:
    """See to the end what runs without a runner: ours was killed, the job was not."""
    for job in jobs(table):
        if job.state == "running":
            _see_out(table, job)


def _see_out(table: Table, job: Job) -> None:
    """Wait for the end of a job that nobody watches, and write it down."""
    with alone(_lock(table.store, job.id)) as first:
        if first and get(table, job.id).state == "running":
            _watched(table, job, None)
            _patiently(partial(_end, table, job, None))


def _work(table: Table, wakes: IO[bytes] | None) -> None:
    spare = Spare()
    try:
        idle_since = time.monotonic()
        while True:
            if (job := _next(table)) is not None:
                _do(table, job, spare)
                idle_since = time.monotonic()
            elif wakes is None or time.monotonic() - idle_since > LINGER:
                return
            else:
                spare.ready()
                wakes = _waited(wakes)
    finally:
        spare.dismissed()


def _waited(wakes: IO[bytes]) -> IO[bytes] | None:
    """Wait a moment or until woken; None where nobody is left who would."""
    readable, _, _ = select.select([wakes], [], [], IDLE)
    return None if readable and not os.read(wakes.fileno(), 4096) else wakes


def _next(table: Table) -> Job | None:
    return next((job for job in jobs(table) if job.state == "queued"), None)


def _do(table: Table, job: Job, spare: Spare) -> None:
    """Let a worker do a job and write down how it ended; or nothing, if one does."""
    with alone(_lock(table.store, job.id)) as first:
        if first:
            with _turn(table, job) as still:
                if still:
                    _done_by(spare.taken(), table, job)


@contextmanager
def _turn(table: Table, job: Job) -> Iterator[bool]:
    """Wait for the end of another fit of its collection; whether a job still waits.

    That may be one of the table, which another process sees to, or one of a terminal.
    """
    while _waits(table, job.id):
        if job.what != "fit":
            yield True
            return
        # Cut, as names of files are: those who share one wait in vain, no more.
        with alone(_lock(table.store, f"fit-{job.collection[:50]}")) as first:
            if first and not is_locked(table.store.fit_lock(job.collection)):
                yield _waits(table, job.id)
                return
        time.sleep(IDLE)
    yield False


def _waits(table: Table, id: str) -> bool:
    job = _known(table, id)
    return job is not None and job.state == "queued"


def _done_by(worker: subprocess.Popen[bytes], table: Table, job: Job) -> None:
    before, folder = memory_kills(), table.folder(job.id)
    first = job.started if job.resume and job.started else time.time()
    begun = {"started": first, "pid": worker.pid, "born": born(worker.pid)}
    try:
        job = change(table, job.id, lambda now: moved(now, "running", **begun))
        _clear(folder, again=job.resume)
    except DataError as error:  # cancelled a moment ago, or the disk is full
        dismiss(worker)
        _patiently(partial(_fail, table, job.id, str(error)))
        return
    told = {
        "folder": str(folder),
        "arguments": arguments(job, table.store.data, folder),
    }
    assert worker.stdin is not None
    with suppress(BrokenPipeError), worker.stdin as stdin:  # gone: its status tells
        stdin.write(json.dumps(told).encode() + b"\n")
    _watched(table, job, worker)
    killed = memory_kills() > before
    _patiently(partial(_end, table, job, worker.returncode, short_of_memory=killed))


def _clear(folder: Path, *, again: bool) -> None:
    """Room for what a process tells; what it told before it was stopped stays."""
    with files.writing(folder):
        if not again:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _fail(table: Table, id: str, why: str) -> None:
    """End a job that could not begin, unless it was ended by somebody else."""
    over = {"ended": time.time(), "pid": None, "born": None, "why": why}
    if get(table, id).state == "queued":
        change(table, id, lambda now: moved(now, "running"))
    if get(table, id).state == "running":
        change(table, id, lambda now: moved(now, "failed", **over))


def _watched(table: Table, job: Job, worker: subprocess.Popen[bytes] | None) -> None:
    """Wait for the end of a job's process; stop it where somebody asks for that."""
    told = 0.0  # when it was told to stop
    while _runs(job, worker):
        if get(table, job.id).stopping:
            if not told:
                told = time.monotonic()
                send(job, signal.SIGTERM)
            elif time.monotonic() - told > _grace(table.folder(job.id)):
                send(job, signal.SIGKILL)
        time.sleep(LOOK)


def _grace(folder: Path) -> float:
    return KEEPING if load_progress(folder).phase == LEARNING else GRACE


def _runs(job: Job, worker: subprocess.Popen[bytes] | None) -> bool:
    return lives(job) if worker is None else worker.poll() is None


def _end(
    table: Table, job: Job, status: int | None, *, short_of_memory: bool = False
) -> None:
    """Write down how a job ended."""
    folder = table.folder(job.id)
    end = ending(
        status,
        _said(folder),
        load_progress(folder),
        asked=get(table, job.id).stopping,
        short_of_memory=short_of_memory,
    )
    over = {"ended": time.time(), "pid": None, "born": None, "why": end.why}
    change(table, job.id, lambda now: moved(now, end.state, **over))


def _patiently(write: Callable[[], None]) -> None:
    """Write into the table as soon as the disk lets us."""
    while True:
        try:
            return write()
        except DataError as error:
            print(f"error: {error}", file=sys.stderr, flush=True)
            time.sleep(FULL)


def _said(folder: Path) -> str:
    try:
        said = (folder / "said.txt").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return said.rstrip()[-LETTERS:]
