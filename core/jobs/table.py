"""The table of jobs in `<data>/.jobs/`, which several processes may change at once."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from sqlite3 import DatabaseError, OperationalError

from diskcache import Cache, Timeout

from core.errors import DataError
from core.jobs.job import Job, document_of, job_from, moved
from core.plain import Plain
from core.store import Store

KEPT = 20  # jobs that are over, the latest
MOST = 100  # jobs that wait
FOLDER = ".jobs"
TABLE = "table"  # in it


@dataclass(frozen=True)
class Table:
    """Jobs by their id, as JSON in a database that survives any kill."""

    store: Store
    cache: Cache

    def folder(self, id: str) -> Path:
        """Where the process of a job tells how far it is."""
        return self.store.data / FOLDER / id


def opened(store: Store) -> Table:
    """The table of a data directory, made where there is none.

    Raises:
        DataError: The folder cannot be written.
    """
    folder = store.data / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / TABLE / "cache.db").exists():
            _database.cache_clear()  # somebody removed the one of before
        return Table(store, _database(folder / TABLE))
    except (OSError, DatabaseError) as error:
        raise _unwritable(folder, error) from error


@lru_cache(8)  # to open one is to write to it
def _database(folder: Path) -> Cache:
    # Not mapped into memory: one that is cut off meanwhile would end the process.
    return Cache(str(folder), disk=Plain, sqlite_mmap_size=0)


def existing(store: Store) -> Table | None:
    """The table of a data directory, where there is one: nothing is written to look."""
    return opened(store) if (store.data / FOLDER / TABLE).exists() else None


def jobs(table: Table) -> list[Job]:
    """All jobs, the first that was asked for first; none of another version."""
    found = []
    with _writable(table):
        for key in list(table.cache):
            document = table.cache.get(key)
            with suppress(DataError):
                found += [job_from(document)] if document is not None else []
    return sorted(found, key=lambda job: (job.asked, job.id))


def get(table: Table, id: str) -> Job:
    """One job.

    Raises:
        DataError: There is none of this id.
    """
    with _writable(table):
        document = table.cache.get(id)
    if document is None:
        raise DataError("There is no such job any more.")
    return job_from(document)


def add(table: Table, job: Job) -> Job:
    """Queue a job; where the same waits or runs already, that one is meant.

    Raises:
        DataError: Too many wait already, or the table cannot be written.
    """
    with _changing(table):
        known = jobs(table)
        for one in known:
            same = (one.collection, one.what, one.options)
            if not one.is_over and same == (job.collection, job.what, job.options):
                return one
        if sum(one.state == "queued" for one in known) >= MOST:
            raise DataError(
                f"{MOST} jobs wait already, and no more may; cancel one of them, or "
                "ask again when one has begun."
            )
        over = [one for one in known if one.is_over]
        for old in over[: max(0, len(over) + 1 - KEPT)]:
            _remove(table, old.id)
        table.cache[job.id] = document_of(job)
    return job


def change(table: Table, id: str, by: Callable[[Job], Job]) -> Job:
    """Change a job as it is now, with nobody in between.

    Raises:
        DataError: There is none, it cannot be changed so, or the disk is full.
    """
    with _changing(table):
        job = by(get(table, id))
        table.cache[id] = document_of(job)
    return job


def cancel(table: Table, id: str) -> Job:
    """Cancel a job that waits, or ask for the end of one that runs; again is the same.

    Raises:
        DataError: There is no such job.
    """

    def cancelled(job: Job) -> Job:
        if job.state == "queued":
            return moved(job, "cancelled", ended=time.time(), why="It had not begun.")
        return replace(job, stopping=True) if job.state == "running" else job

    return change(table, id, cancelled)


def resume(table: Table, id: str, *, from_checkpoint: bool) -> Job:
    """Queue a job again that was stopped; again is the same.

    Raises:
        DataError: It is done, or there is no such job.
    """

    def queued(job: Job) -> Job:
        if not job.is_over:
            return job
        again = {"ended": None, "pid": None, "born": None, "stopping": False}
        return moved(job, "queued", why="", resume=from_checkpoint, **again)

    return change(table, id, queued)


def forget(table: Table, id: str) -> None:
    """Remove a job that is over, and what it told; what it made stays.

    Raises:
        DataError: It waits or runs.
    """
    with _changing(table):
        if not get(table, id).is_over:
            raise DataError("This job is not over yet; cancel it first.")
        _remove(table, id)


def _remove(table: Table, id: str) -> None:
    del table.cache[id]
    shutil.rmtree(table.folder(id), ignore_errors=True)
    (table.store.data / FOLDER / f"{id}.lock").unlink(missing_ok=True)


@contextmanager
def _changing(table: Table) -> Iterator[None]:
    with _writable(table), table.cache.transact(retry=True):
        yield


@contextmanager
def _writable(table: Table) -> Iterator[None]:
    try:
        yield
    except (OSError, DatabaseError, Timeout) as error:
        raise _unwritable(table.store.data / FOLDER, error) from error


def _unwritable(folder: Path, error: Exception) -> DataError:
    if isinstance(error, DatabaseError) and not isinstance(error, OperationalError):
        return DataError(
            f"The list of jobs in {folder} is damaged: {error}. Remove that folder; "
            "what jobs have made is kept elsewhere."
        )
    return DataError(
        f"Cannot keep jobs in {folder}: {error}. Free some space, or name another "
        "folder with --data."
    )
