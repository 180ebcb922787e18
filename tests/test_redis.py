"""Jobs by a real Redis and real workers of Celery, of which some are killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest
import redis

from core.__main__ import main
from core.cache import load_boxes
from core.jobs import table
from core.jobs.job import new_job
from dashboard import rates
from dashboard.application import create_app
from tests.browser.pages import ROOT, free_port, wait_for
from tests.dashboard.shelves import shelved
from tests.dashboard.test_jobs import ask

FIT = {"dim": 2, "recipe": "network", "seed": 0, "steps": 600}
ASKED = {"collection": "animals", "what": "fit", "options": FIT}


@contextmanager
def process(*command, **how):
    with subprocess.Popen(command, cwd=ROOT, **how) as started:
        try:
            yield started
        finally:
            started.kill()


@contextmanager
def redis_at(port):
    command = ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    with process(*command, stdout=subprocess.DEVNULL) as server:
        client = redis.Redis(port=port)
        wait_for(lambda: _answers(client))
        yield server
        client.close()


def _answers(client):
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


@pytest.fixture
def port(monkeypatch):
    port = free_port()
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}")
    return port


@contextmanager
def celery(app="dashboard.worker", slots=1):
    """A worker with processes for jobs, each of which leads a group of processes."""
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "-c", str(slots)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with process(*command, **quiet) as worker:
        yield worker
        for one in psutil.Process(worker.pid).children():
            one.kill()


@contextmanager
def serving(data):
    """`python app.py`, and its address."""
    command = [sys.executable, "app.py", "--port", "0", "--data", str(data)]
    with process(*command, stdout=subprocess.PIPE, text=True) as page:
        yield page.stdout.readline().strip().partition(": ")[2]


def only(address):
    (job,) = ask(address, "jobs.json")["jobs"]
    return job


def test_a_job_is_finished_by_another_worker_when_its_own_are_killed(store, port):
    asked = ["--recipe", "network", "--steps", str(FIT["steps"])]
    assert main(["fit", "animals", *asked, "--data", str(store.data)]) == 0
    before = load_boxes(store, "animals", 2)
    (store.data / "animals" / "boxes_2d.npz").unlink()
    with redis_at(port), celery() as worker, serving(store.data) as address:
        id = ask(address, "jobs.json", ASKED)["id"]
        known = table.opened(store)
        wait_for(lambda: only(address)["progress"]["step"] > 110)
        (pool,) = psutil.Process(worker.pid).children()
        os.kill(pool.pid, signal.SIGKILL)  # of Celery
        os.kill(table.get(known, id).pid, signal.SIGKILL)  # and what does the job
        wait_for(lambda: only(address)["state"] == "done")
        told = only(address)
    assert told["resumed"]
    found = load_boxes(store, "animals", 2)
    assert found.lower.tolist() == before.lower.tolist()
    assert found.upper.tolist() == before.upper.tolist()


def test_jobs_wait_for_a_redis_that_is_gone_and_go_on_without_it(store, port):
    quick = {**ASKED, "options": {**FIT, "steps": 20}}
    with serving(store.data) as address:
        assert ask(address, "jobs.json", ASKED)["state"] == "queued"
        said = f"Waits for Redis, which does not answer at 127.0.0.1:{port}."
        assert only(address)["why"] == said
        with redis_at(port), celery():
            wait_for(lambda: only(address)["progress"]["step"] > 110)
            with redis.Redis(port=port) as client:
                client.shutdown(nosave=True)
            id = ask(address, "jobs.json", quick)["id"]
            wait_for(lambda: said in whys(address))
            with redis_at(port):
                wait_for(lambda: states(address) == {"done"})
                again = [one["started"] for one in ask(address, "jobs.json")["jobs"]]
        (long, short) = ask(address, "jobs.json")["jobs"]
        assert [long["started"], short["started"]] == again
        assert (short["id"], long["resumed"]) == (id, False)


def test_of_two_fits_of_a_collection_one_waits_for_the_other(store, port):
    with redis_at(port), celery(slots=2), serving(store.data) as address:
        for dim in (2, 3):
            options = {**FIT, "steps": 20, "dim": dim}
            ask(address, "jobs.json", {**ASKED, "options": options})
        wait_for(lambda: not states(address) & {"queued", "running"})
        assert states(address) == {"done"}
        told = ask(address, "jobs.json")["jobs"]
    first, second = sorted(told, key=lambda one: one["started"])
    assert first["ended"] <= second["started"]


def whys(address):
    return [one["why"] for one in ask(address, "jobs.json")["jobs"]]


def states(address):
    return {one["state"] for one in ask(address, "jobs.json")["jobs"]}


@pytest.fixture
def modules(port):
    """What reads the address of Redis when it is imported, imported anew."""
    names = ("dashboard.worker", "tests.background")
    before = {name: sys.modules.pop(name, None) for name in names}
    yield
    for name, module in before.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


def test_what_redis_has_forgotten_is_sent_anew(store, port, modules, monkeypatch):
    from dashboard import worker

    known = table.opened(store)
    job = table.add(known, new_job("animals", "fit", FIT))
    with redis_at(port), redis.Redis(port=port) as client:
        queue, other = worker.Queue(store), worker.Queue(store)  # of two servers
        assert [queue.call(), queue.call(), client.llen("celery")] == ["", "", 1]
        monkeypatch.setattr(worker, "ANEW", -1)  # as if long ago
        assert [other.call(), queue.call(), client.llen("celery")] == ["", "", 1]
        client.flushall()
        assert [queue.call(), other.call(), client.llen("celery")] == ["", "", 1]
        client.flushall()
        table.cancel(known, job.id)
        assert [queue.call(), client.llen("celery")] == ["", 0]


def test_callbacks_of_dash_run_in_the_same_workers(port, modules):
    with redis_at(port), celery("tests.background:celery_app"):
        from tests.background import page

        client = page.server.test_client()
        (callback,) = client.get("/_dash-dependencies").get_json()
        asked = {
            "output": callback["output"],
            "outputs": {"id": "answer", "property": "children"},
            "inputs": [{"id": "button", "property": "n_clicks", "value": 12}],
            "changedPropIds": ["button.n_clicks"],
        }
        begun = client.post("/_dash-update-component", json=asked).get_json()
        query = {"cacheKey": begun["cacheKey"], "job": begun["job"]}

        told = []

        def is_done():
            path = "/_dash-update-component"
            answer = client.post(path, json=asked, query_string=query)
            # Dash looks for the result, then whether the task runs: one that ends in
            # between is answered with nothing, and the result is there for the next.
            told.append((answer.get_json() or {}).get("response"))
            return told[-1] is not None

        wait_for(is_done)
        assert told[-1] == {"answer": {"children": 144}}


def test_processes_count_together_and_each_alone_without_redis(
    port, atlas, monkeypatch
):
    monkeypatch.setattr(rates, "RATES", {"/jobs": 3})

    def statuses(count):
        return [client.post("/jobs.json").status_code for _ in range(count)]

    with redis_at(port):
        for _ in range(2):  # as two processes would
            client = create_app(shelved(atlas)).server.test_client()
            found = statuses(2)
        assert found == [405, 429]
    assert statuses(4) == [405, 405, 405, 429]
