"""Placing for the page: a process of its own, which has torch and the encoders warm.

What is here runs in the process of the page, but for `_begin`, `_warm` and `_place`.
"""

import json
import os
import signal
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from core.errors import DataError
from core.packages import lacking
from core.store import Store
from dashboard import child
from dashboard.latest import latest
from dashboard.turns import Turns

if TYPE_CHECKING:
    import numpy as np

    from core.placer import Placer
    from core.projection import Projection

KEPT = 4  # encoders in memory
PATIENCE = child.LONGEST  # s
ENDED = (
    "The placing process ended before it had an answer, as one does that lacks memory. "
    "Nothing is lost: try again, with fewer rows at a time if it happens again."
)


@dataclass(frozen=True)
class Asked:
    """What new tasks are placed among, and the files that they are in."""

    collection: str
    version: str
    dim: int
    features: Path
    members: Path | None
    tasks: Path | None


class PlacingProcess:
    """The process, which starts when it is first needed and ends with this one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._pool: ProcessPoolExecutor | None = None
        self._lock = Lock()
        self.turns = Turns(at_once=1, waiting=2, patience=60)

    def warm(self, collection: str, version: str, dim: int) -> str:
        """What can be placed among those boxes, once it can be done without waiting.

        Raises:
            Busy: Too many wait for it already.
            DataError: There is no encoder of them, or the process ended.
        """
        return self._answer(_warm, self.store, collection, version, dim)

    def place(self, asked: Asked) -> str:
        """New tasks among known ones, as JSON.

        Raises:
            Busy: Too many wait for it already.
            DataError: The files make no sense, or the process ended.
        """
        return self._answer(_place, self.store, asked)

    def close(self) -> None:
        """End the process, whatever it does: nothing is kept of it."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in (pool._processes or {}).values():  # has a name in Python 3.14
            process.kill()
        pool.shutdown(cancel_futures=True)

    def _answer(self, work: Any, *given: Any) -> str:
        with self.turns.one():
            return self._asked(work, *given)

    def _asked(self, work: Any, *given: Any) -> str:
        with self._lock:
            # Started from scratch: a copy of this process would copy locks that its
            # other threads hold.
            self._pool = pool = self._pool or ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=_begin
            )
            try:
                answer: Future[str] | None = pool.submit(work, *given)
            except BrokenProcessPool:
                answer = None
        try:
            if answer is not None:
                if not wait([answer], PATIENCE).done:
                    self.close()
                    raise DataError(
                        f"This took longer than {PATIENCE:.0f} s and was stopped; "
                        "nothing was kept. Give fewer rows or images at a time."
                    )
                return answer.result()
        except BrokenProcessPool:
            pass
        except ModuleNotFoundError as error:
            raise DataError(f"Placing needs {lacking(error)}") from error
        with self._lock:
            if self._pool is pool:
                self._pool = None  # the next one who asks has a new one
        raise DataError(ENDED)


def _begin() -> None:
    """In the new process: deaf to Ctrl-C, and no life after the page."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    page = parent_process()

    def end_with_it() -> None:
        if page is not None:
            page.join()
        os._exit(0)

    Thread(target=end_with_it, daemon=True).start()
    with suppress(ModuleNotFoundError):  # who asks for something meets it again
        from core.learning.training import use_one_thread

        use_one_thread()


def _warm(store: Store, collection: str, version: str, dim: int) -> str:
    from core.placer import has_image_encoder

    placer = _placer(collection, store, dim, version)
    _maps(collection, store, version)
    return json.dumps(
        {
            "channels": placer.channels,
            "encoder": str(placer.collection.provenance.get("encoder", "")),
            "images": has_image_encoder(placer.collection.provenance),
        }
    )


def _place(store: Store, asked: Asked) -> str:
    from core.new_points import new_points
    from core.placer import placed, read_new
    from core.projection import directions_of
    from dashboard.placed import document

    try:
        placer = _placer(asked.collection, store, asked.dim, asked.version)
        novel = read_new(placer, asked.features, asked.members, asked.tasks)
        placement = placed(placer, novel)
        known, maps = _maps(asked.collection, store, asked.version)
        new = directions_of(novel.features, novel.membership)
        each = zip(maps, new_points(maps, known, new), strict=True)
        points = {str(one.method): found for one, found in each}
    except MemoryError as error:
        raise DataError(
            "There is not enough memory to place this; give it fewer rows at a time."
        ) from error
    return json.dumps(document(placement, points, novel), separators=(",", ":"))


@latest(KEPT)
def _placer(collection: str, store: Store, dim: int, version: str) -> "Placer":
    from core.placer import placer_of

    return placer_of(store, collection, dim)


@latest(KEPT)
def _maps(
    collection: str, store: Store, version: str
) -> tuple["np.ndarray", list["Projection"]]:
    """Directions of the known tasks, and the point maps that were made of them."""
    from core import cache
    from core.projection import METHODS, directions_of

    known = cache.load_collection(store, collection)
    methods = [m for m in METHODS if store.holds(collection, f"projection_{m}.npz")]
    maps = [cache.load_projection(store, collection, method) for method in methods]
    return directions_of(known.features, known.membership), maps
