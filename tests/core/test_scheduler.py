"""A scheduler and two workers of Dask, as a person starts them."""

import gc
import json
import operator
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from distributed import Client

from core.__main__ import main
from core.errors import DataError
from core.parallel import at_scheduler, calls
from core.version import build

ROOT = Path(__file__).parents[2]
QUIET = ("--no-dashboard", "--host", "127.0.0.1")


def dask(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Address of a scheduler, before it has workers."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    asked = ("--port", "0", "--scheduler-file", str(file))
    with dask("scheduler", *QUIET, *asked) as scheduler:
        until(file.exists)
        until(file.read_text)
        yield json.loads(file.read_text())["address"]
        scheduler.terminate()


@pytest.fixture(scope="module")
def workers(alone):
    """Their processes, started when a test first asks for the address with workers."""
    said = pytest.raises(
        DataError, match=r"has no worker. Start some.*dask worker tcp:"
    )
    with said, at_scheduler(alone):
        pass
    # Without a nanny nobody starts one again that was killed.
    plain = ("--nthreads", "1", "--no-nanny")
    both = [dask("worker", alone, *QUIET, *plain) for _ in range(2)]
    until(lambda: count(alone) == 2)
    yield both
    for one in both:
        one.kill()
        one.wait()


def count(address):
    try:
        with at_scheduler(address) as there:
            return there
    except DataError:
        return 0


def until(is_so):
    for _ in range(300):
        if is_so():
            return
        time.sleep(0.1)
    pytest.fail("it never came")


def test_calls_are_done_elsewhere(alone, workers):
    with at_scheduler(alone) as there:
        assert there == 2
        arguments = [(number, 2) for number in range(9)]
        found = dict(calls(operator.pow, arguments, 1, gc.enable))
        assert found == {number: number**2 for number in range(9)}
        assert dict(calls(os.getppid, [()], 1, gc.enable)) == {0: os.getpid()}
    assert dict(calls(os.getpid, [()], 1, gc.enable)) == {0: os.getpid()}


def test_a_worker_of_other_sources_is_refused(alone, workers, monkeypatch, tmp_path):
    here = build()
    changed = copied(tmp_path)
    with changed.joinpath("metrics.py").open("a", encoding="utf-8") as module:
        module.write("BETTER = True\n")
    monkeypatch.setattr("core.version.CORE", changed)
    assert build().split()[0] == here.split()[0]  # of the same version
    said = f"runs version {here} of the program, and this is {build()}; start it anew"
    with at_scheduler(alone), pytest.raises(DataError, match=re.escape(said)):
        list(calls(operator.pow, [(1, 2)], 1, gc.enable))


def test_one_of_the_same_sources_elsewhere_is_not(
    alone, workers, monkeypatch, tmp_path
):
    monkeypatch.setattr("core.version.CORE", copied(tmp_path))
    with at_scheduler(alone):
        assert list(calls(operator.pow, [(3, 2)], 1, gc.enable)) == [(0, 9)]


def copied(folder):
    """The sources of the program in another folder."""
    kept = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "core", folder / "core", ignore=kept))


def test_what_a_killed_worker_did_is_done_by_another(alone, workers, tmp_path, capsys):
    asked = ["agree", "digits", "--limit", "200", "--json"]
    assert main([*asked, "--jobs", "1", "--data", str(tmp_path / "here")]) == 0
    here = capsys.readouterr().out
    command = [sys.executable, "-m", "core", *asked, "--data", str(tmp_path / "there")]
    command += ["--scheduler", alone]
    with (
        Client(alone, set_as_default=False) as client,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as agree,
    ):
        process = client.run(os.getpid)
        until(lambda: any(client.processing().values()))
        busy = next(one for one, keys in client.processing().items() if keys)
        os.kill(process[busy], signal.SIGKILL)
        there = agree.communicate()[0].decode()
    assert agree.returncode == 0
    assert json.loads(there) == json.loads(here)
    assert count(alone) == 1


def test_no_scheduler_is_said(monkeypatch):
    monkeypatch.setattr("core.parallel.PATIENCE", 0.5)
    said = pytest.raises(DataError, match=r"No Dask scheduler answers at 'tcp://127")
    with said, at_scheduler("tcp://127.0.0.1:1"):
        pass
