"""Calls of a function, one after the other or by the workers of Dask.

Workers are processes of this machine that last as long as the calls do, or those of a
scheduler that somebody has started elsewhere (`at_scheduler`).
"""

import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeVar

from core.errors import DataError
from core.version import build

if TYPE_CHECKING:
    from distributed import Client, Future

Value = TypeVar("Value")
PATIENCE = 10  # s that a scheduler may take to answer
AHEAD = 2  # calls a worker has at hand: the one that it does and the next
DEATHS = 2  # of workers that a call survives
QUIET = {
    "distributed.scheduler.allowed-failures": DEATHS,
    # Calls bring their arrays along, so that they outlive the worker that had them.
    "distributed.admin.large-graph-warning-threshold": "1 TiB",
    # Dask would also have them give back every page at once (MALLOC_TRIM_THRESHOLD_);
    # networks ask for the same ones all the time, and took twice as long.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1},
}
_one_at_a_time = Lock()
_employed: "list[Client]" = []
_keeping: "list[tuple[ExitStack, list[Client]]]" = []


def calls(
    function: Callable[..., Value],
    arguments: Sequence[tuple[Any, ...]],
    jobs: int,
    start: Callable[[], None],
) -> Iterator[tuple[int, Value]]:
    """What `function` gives for each of the arguments, by their number, as it is done.

    A call whose worker ends is done by another one. Those that still run when the
    caller stops listening are ended here; elsewhere nobody waits for them any more.

    Args:
        function: Of a module, so that a worker knows it.
        arguments: Of each call.
        jobs: Processes at once, where `at_scheduler` names no others.
        start: What every process does before its calls; again is the same.

    Raises:
        DataError: The workers of a call ended, one after the other, or run another
            version or other sources of the program.
    """
    if not _employed and (jobs == 1 or len(arguments) < 2):
        start()
        for number, given in enumerate(arguments):
            yield number, function(*given)
        return
    with ExitStack() as open_now:
        if _employed:
            client = _employed[-1]
        else:
            client = _processes(min(jobs, len(arguments)), open_now)
        yield from _submitted(client, function, arguments, start)


@contextmanager
def processes_kept() -> Iterator[None]:
    """Meanwhile processes that calls start stay for later calls, which begin sooner."""
    with ExitStack() as until:
        _keeping.append((until, []))
        try:
            yield
        finally:
            _keeping.pop()


@contextmanager
def at_scheduler(address: str) -> Iterator[int]:
    """Meanwhile calls are done by the workers of a Dask scheduler; how many there are.

    Raises:
        DataError: No scheduler answers there, or it has no worker.
    """
    import dask
    from distributed import Client

    try:
        with dask.config.set(QUIET):
            client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(
            f"No Dask scheduler answers at {address!r}. Start one with: dask scheduler"
        ) from error
    with client:
        there = _workers(client)
        if not there:
            raise DataError(
                f"The Dask scheduler at {address} has no worker. Start some in the "
                f"program's folder: python -m dask worker {address} --nthreads 1"
            )
        _employed.append(client)
        try:
            yield there
        finally:
            _employed.pop()


def _processes(jobs: int, open_now: ExitStack) -> "Client":
    """So many at least: those that are kept, or for now."""
    if not _keeping:
        return open_now.enter_context(_own(jobs))
    until, kept = _keeping[-1]
    if not kept:
        kept.append(until.enter_context(_own(jobs)))
    (client,) = kept
    if jobs > _workers(client):
        cluster: Any = client.cluster
        with _deaf_to_interrupts():
            cluster.scale(jobs)
            client.wait_for_workers(jobs)
    return client


@contextmanager
def _own(jobs: int) -> "Iterator[Client]":
    """Processes of this machine, which end with the context, whatever they do."""
    import dask
    from distributed import Client, LocalCluster, Security

    # Ctrl-C is for us to handle: processes started meanwhile never hear of it.
    with dask.config.set(QUIET), ExitStack() as open_now:
        with _deaf_to_interrupts():
            cluster = open_now.enter_context(
                LocalCluster(
                    n_workers=jobs,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    # Who can call a worker runs code in it: keys are in memory, ours.
                    security=Security.temporary(),
                    dashboard_address="127.0.0.1:0",
                    memory_limit=0,  # the system's own
                    silence_logs=logging.CRITICAL,  # what is amiss is raised here
                )
            )
        client = open_now.enter_context(Client(cluster, set_as_default=False))
        try:
            yield client
        finally:
            # Dask fails to end a process that it is just starting in place of another
            # that died in its first moments, and in its own wait for workers a
            # removal may be told twice (2026.8).
            until = monotonic() + PATIENCE
            while _workers(client) < len(cluster.worker_spec) and monotonic() < until:
                sleep(0.05)


def _workers(client: "Client") -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _submitted(
    client: "Client",
    function: Callable[..., Value],
    arguments: Sequence[tuple[Any, ...]],
    start: Callable[[], None],
) -> Iterator[tuple[int, Value]]:
    from distributed import KilledWorker, as_completed

    number_of: dict[Future[Value], int] = {}
    waiting = iter(enumerate(arguments))

    def submitted(count: int) -> "list[Future[Value]]":
        """No more than is needed to keep all busy: what waits here takes no memory."""
        new = {
            client.submit(_call, build(), start, function, given, pure=False): number
            for number, given in islice(waiting, count)
        }
        number_of.update(new)
        return list(new)

    done = as_completed(submitted(AHEAD * max(_workers(client), 1)), loop=client.loop)
    try:
        for future in done:
            value = future.result()
            done.update(submitted(1))
            yield number_of.pop(future), value
    except KilledWorker as error:
        raise DataError(
            "Processes were ended, one after the other, over the same call, perhaps "
            "because memory was short; try fewer --jobs."
        ) from error
    finally:
        client.cancel(list(number_of), force=True)


def _call(
    asked_by: str,
    start: Callable[[], None],
    function: Callable[..., Value],
    given: tuple[Any, ...],
) -> Value:
    """A call in a worker: one at a time, as chance has one state in a process."""
    if asked_by != build():
        raise DataError(
            f"A worker runs version {build()} of the program, and this is {asked_by}; "
            "start it anew in a folder with the same sources."
        )
    with _one_at_a_time:
        start()
        return function(*given)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
