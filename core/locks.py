"""Locks: files that one process holds at a time, and that go with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import DataError

MOMENT = 0.2  # s that a lock may be held by who only looks whether it is


@contextmanager
def locked(path: Path, what: str, patience: float = MOMENT) -> Iterator[None]:
    """Hold the lock file `path` while `what` runs; it goes with the process.

    Args:
        path: Of the lock file, which is made.
        what: For whom it is held, in words.
        patience: Seconds to wait for it; -1 for as long as another process holds it.

    Raises:
        DataError: Another process holds it, or the folder cannot be written.
    """
    lock = FileLock(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise DataError(
            f"Another process is running {what} (it holds {path}). Wait until it ends, "
            "or give this one a folder of its own with --data."
        ) from error
    except OSError as error:
        raise DataError(
            f"Cannot lock {path}: {error.strerror or error}. Name a folder that can be "
            "written with --data."
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock file `path`; nothing is written to look."""
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # who needs the lock says so
        return False


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether this process alone holds the lock file `path`, in the context."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=MOMENT)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()
