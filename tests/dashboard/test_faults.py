"""What a server does where the disk, the clock or another program fails it.

Whatever happens, what was complete is shown as it was, and what failed is said.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

import app
from core import cache
from core.errors import DataError
from core.jobs import table
from core.jobs.job import new_job
from core.store import Store
from dashboard.application import create_app

ROOT = Path(__file__).parents[2]
FIT = {"dim": 2, "recipe": "network", "seed": 0, "steps": 20}
# Everything that writes, asked for where nothing can be written.
WRITES = """
import io, json, os, resource, signal, sys
from pathlib import Path
import numpy as np
import app
from core.errors import DataError
from core.store import Store
from dashboard.access import token_in
from dashboard.application import create_app

data = Path(sys.argv[1])
server = app.served(data)
client = server.test_client()
client.get("/atlas/animals.json"), client.get("/jobs.json"), client.get("/own.json")
client.get("/table.json?collection=animals&task=bird")
{fault}
body = io.BytesIO()
np.save(body, np.random.default_rng(0).random((4, 5000)))
large = body.getvalue()
fit = dict(collection="animals", what="fit", options={fit})
asked = [
    ("POST", "/place/files/features.json?name=a.npy", dict(data=large)),
    ("POST", "/new", dict()),
    ("POST", "/own/import?file=a.zip", dict(data=large)),
    ("GET", "/own/animals.zip", dict()),
    ("POST", "/own/animals/rename", dict(json=dict(title="Beasts" * 400))),
    ("POST", "/own/animals/rename", dict(json=dict(title="Beasts"))),
    ("POST", "/jobs.json", dict(json=fit)),
    ("POST", "/jobs/ready", dict()),
    ("GET", "/jobs.json", dict()),
    ("GET", "/atlas/animals.json", dict()),
    ("GET", "/table.json?collection=animals&task=fish", dict()),
    ("GET", "/export/animals.html", dict()),
    ("POST", "/own/animals/delete", dict()),
    ("POST", "/own/animals/restore", dict()),
]
for method, path, more in asked:
    answer = client.open(path, method=method, **more)
    print(json.dumps([path, answer.status_code, answer.text]))
try:
    token_in(data / "token")
except DataError as error:
    print(json.dumps(["token", 0, str(error)]))
server.extensions["jobs"].leave()
os._exit(0)
"""
FAULTS = {
    "full": "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))",
    "read only": "os.geteuid() or os.setuid(65534)",  # to root all can be written
}


def contents(folder):
    """Bytes of every file of a collection."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*"))}


def answers(store, fault):
    """What each request came to, by its path."""
    code = WRITES.format(fault=FAULTS[fault], fit=FIT)
    command = [sys.executable, "-c", code, str(store.data)]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr, ended.stderr
    told = map(json.loads, ended.stdout.splitlines())
    return {path: (status, text) for path, status, text in told}


@pytest.fixture
def reachable(store):
    """The store where others than the owner of the tests' folder can see it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(store.data, f"{folder}/data")
        yield Store(Path(folder) / "data")
        _allow(Path(folder), 0o755)


def _allow(folder, mode):
    for path in [folder, *folder.rglob("*")]:
        path.chmod(mode)


@pytest.mark.parametrize("fault", FAULTS)
def test_where_nothing_can_be_written_all_is_shown_and_every_wish_answered(
    reachable, fault
):
    before = contents(reachable.data / "animals")
    if fault == "read only":
        _allow(reachable.data, 0o555)
    told = answers(reachable, fault)
    assert [path for path, (status, _) in told.items() if status == 500] == []
    for path in ("/atlas/animals.json", "/export/animals.html"):
        assert told[path][0] == 200
    refused = {path: text for path, (status, text) in told.items() if status != 200}
    assert {"/place/files/features.json?name=a.npy", "token"} <= refused.keys()
    for text in refused.values():
        assert text.count("\n") <= 1
        assert "Traceback" not in text
    assert contents(reachable.data / "animals") == before


# What was there before


def client_of(store):
    shelf, faults = app.shelf_of(store)
    return create_app(shelf, faults, store=store).server.test_client()


@pytest.mark.parametrize("left", [b"", b"no database, just some words\n" * 99])
def test_a_damaged_list_of_jobs_keeps_nobody_from_looking(store, left):
    folder = store.data / ".jobs" / "table"
    folder.mkdir(parents=True)
    (folder / "cache.db").write_bytes(left)
    client = client_of(store)
    assert client.get("/atlas/animals.json").status_code == 200
    said = client.get("/jobs.json")
    assert said.status_code == (503 if left else 200)
    assert ("Remove that folder" in said.text) == bool(left)


def test_a_list_of_jobs_that_is_damaged_meanwhile_neither(store):
    known = table.opened(store)
    table.add(known, new_job("animals", "project", {"method": "pca", "seed": 0}))
    client = client_of(store)
    try:
        for path in (store.data / ".jobs" / "table").glob("cache.db*"):
            path.write_bytes(b"cut")
        assert client.get("/jobs.json").status_code in (200, 503)
        assert client.get("/metrics").status_code == 200
        assert client.get("/atlas/animals.json").status_code == 200
    finally:
        shutil.rmtree(store.data / ".jobs")
        client.application.extensions["jobs"].leave()


def test_a_job_of_another_version_is_in_nobody_s_way(store):
    known = table.opened(store)
    job = table.add(known, new_job("animals", "project", {"method": "pca", "seed": 0}))
    for id, more in (("0123456789ab", {"priority": 3}), ("ba9876543210", {"id": 7})):
        known.cache[id] = {**asdict(job), "id": id, **more}
    known.cache["aaaaaaaaaaaa"] = "no job at all"
    assert table.jobs(known) == [job]
    table.cancel(known, job.id)
    client = client_of(store)
    (told,) = client.get("/jobs.json").get_json()["jobs"]
    assert told["id"] == job.id
    assert client.post("/jobs/0123456789ab/cancel").status_code == 400


def test_what_a_killed_program_left_is_not_shown(store):
    """A half of a file beside it, and files of a fit that was never complete."""
    folder = store.data / "animals"
    for name in ("boxes_2d.npz", "tasks.parquet", "collection.json"):
        whole = (folder / name).read_bytes()
        (folder / f".{name}.x3k").write_bytes(whole[: len(whole) // 2])
    (folder / "checkpoint_5d.safetensors").write_bytes(b"half")
    shutil.copytree(folder, store.data / "plants")
    (store.data / "plants" / "collection.json").unlink()  # is written last
    client = client_of(store)
    assert client.get("/collections.json").get_json() == [["animals", "Animals"]]
    atlas = client.get("/atlas/animals.json").get_json()
    assert atlas["boxes"].keys() == {"2"} or "3" not in atlas["boxes"]["2"]
    assert client.get("/boxes/animals.json?dim=5").status_code == 404


@pytest.mark.parametrize("count", [0, 10, 700])
def test_boxes_that_are_cut_off_meanwhile_are_said_and_others_shown(store, count):
    shutil.copytree(store.data / "animals", store.data / "plants")
    client = client_of(store)
    assert client.get("/atlas/plants.json").status_code == 200
    path = store.data / "plants" / "boxes_2d.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[:count])
    os.utime(path.parent)
    gone = client.get("/atlas/plants.json")
    assert gone.status_code in (404, 503)
    assert client.get("/atlas/animals.json").status_code == 200
    path.write_bytes(whole)
    os.utime(path.parent)
    assert client.get("/atlas/plants.json").status_code == 200


def test_boxes_of_an_older_version_that_lack_an_array_are_said(store):
    path = store.data / "animals" / "boxes_3d.npz"
    with np.load(path) as archive:
        kept = {name: archive[name] for name in archive.files if name != "upper"}
    np.savez(path, **kept)
    with pytest.raises(DataError, match="has no array 'upper'"):
        cache.load_atlas(store, "animals")
    client = client_of(store)
    answer = client.get("/atlas/animals.json")
    assert answer.status_code == 503
    assert "Make it again with: python -m core fit animals --dim 3" in answer.text
