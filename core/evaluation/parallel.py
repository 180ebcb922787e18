"""Calls of a function, one after the other or in several processes."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import Any, TypeVar

from core.errors import DataError

Value = TypeVar("Value")


def calls(
    function: Callable[..., Value],
    arguments: Sequence[tuple[Any, ...]],
    jobs: int,
    start: Callable[[], None],
) -> Iterator[tuple[int, Value]]:
    """What `function` gives for each of the arguments, by their number, as it is done.

    Every process begins with `start`. Those that still run when the caller stops
    listening are ended.

    Raises:
        DataError: The system ended a process.
    """
    if jobs == 1 or len(arguments) < 2:
        start()
        for number, given in enumerate(arguments):
            yield number, function(*given)
        return
    number_of: dict[Future[Value], int] = {}
    try:
        with _pool(jobs, start) as pool:
            with _deaf_to_interrupts():
                for number, given in enumerate(arguments):
                    number_of[pool.submit(function, *given)] = number
            for future in as_completed(number_of):
                yield number_of[future], future.result()
    except BrokenProcessPool as error:
        raise DataError(
            f"One of {jobs} processes was ended, perhaps because memory was short; "
            "try fewer --jobs."
        ) from error


@contextmanager
def _pool(jobs: int, start: Callable[[], None]) -> Iterator[ProcessPoolExecutor]:
    """Processes that end at once when something goes wrong here."""
    others = set(active_children())
    context = get_context("spawn")  # a fork of a process with threads may hang
    pool = ProcessPoolExecutor(jobs, context, initializer=start)
    try:
        yield pool
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes started meanwhile never hear of Ctrl-C, which is for us to handle."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
