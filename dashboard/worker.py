"""Jobs by way of Redis: `celery -A dashboard.worker worker`, where REDIS_URL names one.

What is sent is which job of which data directory; what a job is, how far it is and
whether somebody wants it stopped stays in the table there. So a message that comes
twice, late or never does no harm: the page sends it again.
"""

import math
import os
import time
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import redis
from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from core.jobs import runner, table
from core.jobs.process import is_lost
from core.jobs.spare import Spare
from core.store import Store
from dashboard.hands import URL

ANEW = 30.0  # s after which is looked whether a job that waits has a message still
PATIENCE = 1.0  # s that Redis may take to answer
AGAIN = 3600  # s after which a message whose worker is gone comes to another one

app = Celery("task2box", broker=os.environ.get(URL), backend=os.environ.get(URL))
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,  # a message is done with when the job is
    task_reject_on_worker_lost=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": AGAIN,
        "socket_connect_timeout": PATIENCE,
        "socket_timeout": PATIENCE,
    },
)


@app.task(name="job", ignore_result=True)
def job(data: str, id: str) -> None:
    """See a job of a data directory to its end."""
    runner.see_to(Store(Path(data)), id, _spare())
    _spare().ready()


@lru_cache
def _spare() -> Spare:
    """Of this process."""
    return Spare()


@worker_process_init.connect
def _ready(**_: Any) -> None:
    _spare().ready()


@worker_process_shutdown.connect
def _dismissed(**_: Any) -> None:
    _spare().dismissed()


class Queue:
    """The messages that this process has sent: jobs that wait for a worker."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sending = Lock()
        self._seen: dict[str, float] = {}  # when a message was, by the id of the job

    def call(self) -> str:
        """Send every job that waits or was lost and has no message; why they wait on.

        A Redis that was started anew may know nothing of what was sent to it, and other
        servers send too: what has a message is not looked at again for a while.
        """
        with self._sending:
            now = time.monotonic()
            known = table.existing(self._store)
            found = table.jobs(known) if known else []
            waiting = [one.id for one in found if one.state == "queued" or is_lost(one)]
            self._seen = {id: self._seen.get(id, -math.inf) for id in waiting}
            anew = [id for id in waiting if now - self._seen[id] > ANEW]
            try:
                sent = _messages() if anew else b""
                for id in anew:
                    if id.encode() not in sent:
                        self._send(id)
                    self._seen[id] = now
            except (OperationalError, RedisError):
                return f"Waits for Redis, which does not answer at {_place()}."
        return ""

    def _send(self, id: str) -> None:
        job.apply_async((str(self._store.data.absolute()), id), retry=False)

    def missed(self, known: table.Table) -> None:
        """It is sent again, and goes on where it was."""
        self.call()

    def leave(self) -> None:
        """Workers are not ours to end."""


def _messages() -> bytes:
    """All that no worker has taken yet, which say in words which job they are of."""
    timeouts = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    with redis.Redis.from_url(os.environ[URL], **timeouts) as client:
        return b"\n".join(client.lrange(app.conf.task_default_queue, 0, -1))


def _place() -> str:
    """Where Redis is, without the password that may stand before it."""
    return urlsplit(os.environ.get(URL, "")).netloc.rpartition("@")[2]
