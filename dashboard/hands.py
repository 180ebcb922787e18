"""Hands: who does jobs, a process of this machine or the workers of a Redis."""

import os
from subprocess import Popen
from threading import Lock
from typing import Protocol

from core.jobs import calling, runner
from core.jobs.table import Table
from core.store import Store

URL = "REDIS_URL"  # of the environment


class Hands(Protocol):
    """Who does the jobs of a data directory."""

    def call(self) -> str:
        """See to it that somebody does what waits; why it waits on, "" if it does not.

        Raises:
            DataError: The folder of jobs cannot be read or written.
        """

    def missed(self, known: Table) -> None:
        """What is said to run there has no process any more."""

    def leave(self) -> None:
        """Let what this process has started end after what it does, and wait for it."""


def hands_for(store: Store) -> Hands:
    """Workers of Celery where the environment names a Redis, else a runner of ours."""
    if not os.environ.get(URL):
        return Own(store)
    from dashboard.worker import Queue

    return Queue(store)


class Own:
    """The runner that this process has started, if any."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calling = Lock()
        self._runner: Popen[bytes] | None = None

    def call(self) -> str:
        """See to it that there is one, here or elsewhere; ours looks for jobs now."""
        with self._calling:
            if self._runner is not None and not calling.awake(self._runner):
                calling.leave(self._runner)
                self._runner = None
            if self._runner is None and not runner.is_at_work(self._store):
                self._runner = calling.begin(self._store)
        return ""

    def missed(self, known: Table) -> None:
        """Mark it as interrupted; a person may resume it."""
        runner.recover(known)

    def leave(self) -> None:
        """Let the runner end after what it does, and wait for that."""
        with self._calling:
            if self._runner is not None:
                calling.leave(self._runner)
            self._runner = None
