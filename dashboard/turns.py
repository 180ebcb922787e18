"""Turns: what takes long is done for a few at once, while a few more wait for it.

Whoever waits holds a thread of the server, and the page itself needs some: the next
one is told at once to come again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from core.errors import DataError

SOON = 10  # s after which it is worth to ask again


class Busy(DataError):
    """Nobody's fault: too many ask for the same at once."""

    def __init__(self) -> None:
        super().__init__(
            "The page reads files and places tasks for others just now, as many as it "
            f"can at once; nothing of yours was begun. Try again in {SOON} s."
        )


class Turns:
    """Of one kind of work, in this process.

    Args:
        at_once: Who may work together.
        waiting: Who may wait for one of these to end.
        patience: Seconds that they wait at most.
    """

    def __init__(self, at_once: int, waiting: int, patience: float) -> None:
        self.most = at_once + waiting
        self._patience = patience
        self._here = BoundedSemaphore(self.most)
        self._working = BoundedSemaphore(at_once)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn, and have it.

        Raises:
            Busy: There is none soon.
        """
        if not self._here.acquire(blocking=False):
            raise Busy
        try:
            if not self._working.acquire(timeout=self._patience):
                raise Busy
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._here.release()
