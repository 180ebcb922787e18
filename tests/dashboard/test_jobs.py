"""What the browser asks of jobs, over HTTP without a browser."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

import app
from core import weights
from core.cache import Store
from core.jobs import courtesy, table
from core.jobs.job import moved, new_job
from core.jobs.progress import Report
from core.locks import locked
from dashboard.application import create_app

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # s, on a machine that does much else
FIT = {"dim": 2, "recipe": "network", "seed": 0, "steps": 20}


@pytest.fixture
def client(store):
    """Asks an app about the animals; its runner ends with the test."""
    shelf, _ = app.shelf_of(store)
    server = create_app(shelf, store=store).server
    yield server.test_client()
    server.extensions["jobs"].leave()


def start(client, options=FIT, what="fit", collection="animals"):
    document = {"collection": collection, "what": what, "options": options}
    return client.post("/jobs.json", json=document)


def listed(client):
    return client.get("/jobs.json").get_json()["jobs"]


def wait_for(claim):
    end = time.monotonic() + PATIENCE
    while not (answer := claim()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return answer


def test_nothing_is_written_before_somebody_asks_for_a_job(client, store):
    assert listed(client) == []
    assert not (store.data / ".jobs").exists()


def test_a_hand_that_moves_is_told_to_jobs_where_there_are_any(client, store):
    assert client.post("/moving").status_code == 200
    assert not (store.data / ".jobs").exists()
    table.opened(store)
    assert client.post("/moving").status_code == 200
    assert (store.data / ".jobs" / courtesy.FILE).exists()


def test_choices_are_collections_with_features(client, store):
    told = client.get("/jobs/choices.json").get_json()
    assert told == [{"name": "animals", "title": "Animals", "tasks": 7, "dims": [2, 3]}]
    (store.data / "animals" / "features.npz").unlink()
    assert client.get("/jobs/choices.json").get_json() == []
    refused = start(client)
    assert (refused.status_code, refused.text) == (
        400,
        "'animals' has no features to learn from.",
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "A job needs options."),
        ([], "A job needs options."),
        ({"what": "rm", "options": {}}, "There is no job 'rm': fit or project."),
        ({"what": "fit", "collection": "animals"}, "A job needs options."),
        (
            {"what": "fit", "collection": "../x", "options": FIT},
            "There is no collection '../x'.",
        ),
        (
            {"what": "fit", "collection": "plants", "options": FIT},
            "There is no collection 'plants'.",
        ),
        (
            {"what": "fit", "collection": "animals", "options": FIT | {"data": "/"}},
            "This job knows no 'data'.",
        ),
    ],
)
def test_what_makes_no_sense_is_one_line(client, store, document, said):
    answer = client.post("/jobs.json", json=document)
    assert (answer.status_code, answer.text) == (400, said)
    assert not (store.data / ".jobs").exists()


def test_points_of_too_many_tasks_are_refused_at_once(client, store, monkeypatch):
    monkeypatch.setattr("core.projection.MOST", 5)
    options = {"method": "umap", "seed": 0}
    asked = {"collection": "animals", "what": "project", "options": options}
    refused = client.post("/jobs.json", json=asked)
    assert (refused.status_code, refused.text) == (
        400,
        "Collection 'animals' has 7 tasks, and umap compares neighbours of 5 at most; "
        "choose PCA (--method pca).",
    )
    assert not (store.data / ".jobs").exists()


def test_other_pages_may_not_start_anything(client):
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/jobs.json", json={}, headers=headers).status_code == 403


def test_unknown_jobs_are_not_found(client, store):
    assert client.post("/jobs/0123456789ab/cancel").status_code == 404
    table.opened(store)
    assert client.post("/jobs/0123456789ab/cancel").status_code == 400
    assert client.post("/jobs/nonsense/cancel").status_code == 404
    assert client.get("/jobs/nonsense/frames.json").status_code == 404
    assert client.get("/jobs/0123456789ab/frames.json").get_json() == {"steps": []}


def test_frames_come_as_they_are_recorded(client, store, boxes):
    known = table.opened(store)
    job = table.add(known, new_job("animals", "fit", FIT))
    known.folder(job.id).mkdir()
    report = Report(known.folder(job.id))
    for step in (0, 4):
        report.frame(step, boxes)
    told = client.get(f"/jobs/{job.id}/frames.json").get_json()
    assert (told["steps"], told["tasks"], told["dim"]) == ([0, 4], 7, 2)
    later = client.get(f"/jobs/{job.id}/frames.json?after=0").get_json()
    assert later["steps"] == [4]
    assert client.get(f"/jobs/{job.id}/frames.json?after=4").get_json() == {"steps": []}


def test_a_job_is_started_done_and_seen_without_a_restart(no_egress, client):
    before = client.get("/atlas/animals.json").get_json()["boxes"]["2"]
    answer = start(client)
    assert answer.status_code == 200
    assert start(client).get_json()["id"] == answer.get_json()["id"]
    (job,) = wait_for(lambda: [one for one in listed(client) if one["ended"]])
    assert (job["state"], job["why"]) == ("done", "")
    assert (job["progress"]["step"], job["progress"]["phase"]) == (20, "done")
    after = client.get("/atlas/animals.json").get_json()["boxes"]["2"]
    assert after != before
    assert client.post(f"/jobs/{job['id']}/resume").text == (
        "This job is done, and cannot become queued."
    )
    assert client.post(f"/jobs/{job['id']}/forget").status_code == 200
    assert listed(client) == []


def test_no_runner_is_begun_beside_that_of_another_server(client, store):
    table.opened(store)
    with locked(store.data / ".jobs" / "runner.lock", "jobs"):
        start(client)
        assert [job["state"] for job in listed(client)] == ["queued"]
        assert not (store.data / ".jobs" / "runner.log").exists()
        client.post(f"/jobs/{listed(client)[0]['id']}/cancel")


def test_only_the_fit_that_wrote_the_checkpoint_is_resumable(client, store):
    """However clocks have jumped meanwhile."""
    known = table.opened(store)
    path = store.data / "animals" / "checkpoint_2d.safetensors"
    for seed, began in ((0, 9e9), (1, 9e9), (2, 0.0)):
        job = table.add(known, new_job("animals", "fit", FIT | {"seed": seed}))
        table.change(
            known, job.id, lambda now, at=began: moved(now, "running", started=at)
        )
        path.write_bytes(b"%d" % seed)
        os.utime(path, (100 - seed, 100 - seed))
        if seed < 2:  # the last one did not get so far
            known.folder(job.id).mkdir()
            report = Report(known.folder(job.id))
            report.kept(weights.checkpointed(store, "animals", 2))
        table.change(known, job.id, lambda now: moved(now, "failed"))
        os.utime(path, (100 - seed, 100 - seed))
        if seed == 1:
            told = {job["options"]["seed"]: job["resumable"] for job in listed(client)}
            assert told == {0: False, 1: True}
    assert not any(job["resumable"] for job in listed(client))


# Real servers


@contextmanager
def serving(data):
    """`python app.py` on a data directory, with its address; killed at the end."""
    command = [sys.executable, "app.py", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        with process:
            address = process.stdout.readline().strip().partition(": ")[2]
            yield process, address
            process.kill()
    finally:
        process.kill()


def ask(address, path, document=None):
    body = None if document is None else json.dumps(document).encode()
    asked = urllib.request.Request(
        f"{address}/{path}", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        return json.loads(answer.read())


def running(address):
    (job,) = ask(address, "jobs.json")["jobs"]
    return job


def test_a_job_outlives_the_server_and_all_killed_it_can_be_resumed(store):
    options = {"dim": 2, "recipe": "network", "seed": 0, "steps": 20_000}
    document = {"collection": "animals", "what": "fit", "options": options}
    before = (store.data / "animals" / "boxes_2d.npz").read_bytes()
    with serving(store.data) as (server, address):
        ask(address, "jobs.json", document)
        wait_for(lambda: running(address)["progress"]["step"] > 110)
        server.send_signal(signal.SIGKILL)
        server.wait()
    with serving(store.data) as (server, address):
        seen = running(address)
        assert seen["state"] == "running"  # it never stopped
        wait_for(
            lambda: running(address)["progress"]["step"] > seen["progress"]["step"]
        )
        known = table.opened(Store(store.data))
        pid = table.get(known, seen["id"]).pid
        server.send_signal(signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        server.wait()
    assert (store.data / "animals" / "boxes_2d.npz").read_bytes() == before
    with serving(store.data) as (_, address):
        told = wait_for(lambda: running(address)["ended"] and running(address))
        assert told["state"] in ("failed", "interrupted")  # as the runner saw it or not
        assert told["resumable"]
        ask(address, f"jobs/{told['id']}/resume", {})
        step = told["progress"]["step"]
        wait_for(lambda: running(address)["progress"]["phase"] == "learning")
        assert running(address)["progress"]["step"] >= 100
        assert step >= 110
        ask(address, f"jobs/{told['id']}/cancel", {})
        wait_for(lambda: running(address)["state"] == "cancelled")
