import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.application import create_app
from tests.dashboard.shelves import shelved

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-that-nobody-writes-down"
CODE = """
from flask import Flask
from dashboard import log
log.write_lines()
app = Flask("task2box")
log.serve(app)
@app.get("/atlas/<name>.json")
def atlas(name):
    return "{}"
@app.get("/breaks")
def breaks():
    raise RuntimeError("of the program")
client = app.test_client()
told = {"Authorization": "Bearer SECRET", "Cookie": "task2box=SECRET"}
told["X-Request-Id"] = "abc"
client.get("/atlas/SECRET.json?task=SECRET", headers=told)
client.get("/breaks?token=SECRET")
client.get("/none/SECRET")
"""


@pytest.fixture
def client(atlas):
    return create_app(shelved(atlas)).server.test_client()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1_2", True), ("", False), ("a" * 65, False), ("a b", False), ("é", False)],
)
def test_every_answer_has_an_id(client, given, kept):
    first, second = (
        client.get(path, headers={"X-Request-Id": given}).headers["X-Request-Id"]
        for path in ("/health", "/nowhere")
    )
    assert (first == given) == kept
    assert (first == second) == kept
    assert kept or len(first) == 16


def test_lines_tell_of_requests_and_faults_and_of_nothing_that_was_sent():
    command = [sys.executable, "-c", CODE.replace("SECRET", SECRET)]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert SECRET not in ended.stdout + ended.stderr
    seen, fault, broken, unknown = map(json.loads, ended.stderr.splitlines())
    assert (seen["what"], seen["request"], seen["status"]) == ("request", "abc", 200)
    assert (seen["route"], seen["bytes"]) == ("/atlas/<name>.json", 2)
    assert 0 <= seen["ms"] < 1000
    assert (fault["level"], fault["request"]) == ("error", broken["request"])
    assert "RuntimeError: of the program" in fault["fault"]
    assert (broken["route"], broken["status"]) == ("/breaks", 500)
    assert (unknown["route"], unknown["status"]) == (None, 404)


def test_nothing_is_written_unless_somebody_asked_for_it(client, caplog):
    client.get("/health")
    assert caplog.records == []
    assert not logging.getLogger("task2box").isEnabledFor(logging.INFO)
