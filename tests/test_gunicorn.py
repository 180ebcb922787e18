"""The page served by gunicorn, by more than one process on one data directory."""

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from core.cache import Store
from core.jobs.progress import DONE
from dashboard import child
from dashboard.server import PATIENCE, THREADS
from tests.browser.pages import answers, free_port, wait_for

ROOT = Path(__file__).parents[1]


@contextmanager
def serving(data):
    """Two workers, and the address that they share."""
    port = free_port()
    given = [f"app:served({str(data)!r})", "--workers", "2", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *given, "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"))
        wait_for(lambda: len(workers(process)) == 2)
        yield process, f"http://127.0.0.1:{port}"
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def workers(process):
    return [
        one
        for one in psutil.Process(process.pid).children()
        if one.status() != psutil.STATUS_ZOMBIE
    ]


def ask(address, path, document=None):
    """The answer of either worker, and which atlas it is of."""
    body = None if document is None else json.dumps(document).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{address}{path}", body, headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer), answer.headers["Atlas-Version"]


@contextmanager
def half_sent(address, count):
    """So many requests that wait for the rest of what they are sent."""
    head = ["POST /jobs.json HTTP/1.1", "Host: localhost", "Content-Length: 99"]
    head += ["Content-Type: application/json", "", "{"]
    with ExitStack() as open_ones:
        for _ in range(count):
            there = "127.0.0.1", int(address.rpartition(":")[2])
            one = open_ones.enter_context(socket.create_connection(there))
            one.sendall("\r\n".join(head).encode())
        yield


def test_a_worker_has_threads_and_is_left_the_time_that_the_program_takes():
    told = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert (told["worker_class"], told["threads"]) == ("gthread", THREADS)
    assert told["timeout"] > child.LONGEST >= child.PATIENCE
    assert told["graceful_timeout"] == PATIENCE


def versions(address):
    """What both workers call the atlas, most likely: each is as likely to answer."""
    return {ask(address, "/view.json?collection=animals")[1] for _ in range(14)}


def test_workers_say_the_same_before_and_after_a_job_and_one_may_be_killed(store):
    with serving(store.data) as (process, address):
        with half_sent(address, 6):  # more than there are workers
            (before,) = versions(address)
        options = {"dim": 2, "recipe": "network", "seed": 0, "steps": 20}
        asked = {"collection": "animals", "what": "fit", "options": options}
        job, _ = ask(address, "/jobs.json", asked)
        victim = workers(process)[0]
        os.kill(victim.pid, signal.SIGKILL)
        with suppress(ConnectionError, urllib.error.URLError):  # what it was asked
            ask(address, "/jobs.json")
        wait_for(lambda: victim.pid not in {one.pid for one in workers(process)})

        def done():
            (told,) = ask(address, "/jobs.json")[0]["jobs"]
            return (told["id"], told["progress"]["phase"]) == (job["id"], DONE)

        wait_for(done)
        wait_for(lambda: len(workers(process)) == 2)
        time.sleep(2)  # the one that was begun anew listens
        (after,) = versions(address)
        assert after != before
    assert Store(store.data).dims("animals") == (2, 3)
