"""`python -m core jobs`: what was asked for, and what became of it."""

import json
import re
from dataclasses import replace

import pytest

from core.__main__ import main
from core.cache import Store, save_collection
from core.jobs import runner, table
from core.jobs.job import moved, new_job

FIT = {"dim": 2, "recipe": "network", "seed": 7, "steps": 9}


@pytest.fixture
def known(tmp_path):
    """A table of jobs of nobody."""
    return table.opened(Store(tmp_path))


@pytest.fixture
def say(known, capsys):
    """What the command prints, and its status."""

    def run(*arguments):
        status = main(["jobs", "--data", str(known.store.data), *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def queued(known, what="fit", options=FIT):
    return table.add(known, new_job("forest", what, options))


def test_a_job_is_a_line_with_what_it_is_of_and_its_state(known, say):
    fit, points = queued(known), queued(known, "project", {"method": "pca", "seed": 0})
    assert say() == (
        0,
        f"{fit.id}: fit forest --dim 2 --recipe network --seed 7 --steps 9: queued\n"
        f"{points.id}: project forest --method pca: queued\n",
        "",
    )


def test_json_has_all_that_is_known(known, say):
    job = queued(known)
    (told,) = json.loads(say("--json")[1])
    assert (told["id"], told["options"], told["state"]) == (job.id, FIT, "queued")
    assert told["progress"]["phase"] == "starting"


def test_one_is_cancelled_by_its_id_and_again_is_the_same(known, say):
    job = queued(known)
    for _ in range(2):
        status, out, _ = say("--cancel", job.id)
        assert (status, out.rstrip().rpartition(": ")[2]) == (
            0,
            "cancelled; It had not begun.",
        )
    assert table.get(known, job.id).state == "cancelled"


def test_one_that_is_not_there_is_one_line(known, say):
    status, out, err = say("--cancel", "0" * 12)
    assert (status, out) == (1, "")
    assert err == "error: There is no such job any more.\n"


def test_a_job_whose_process_is_gone_is_told_so(known, say):
    job = queued(known)
    table.change(known, job.id, lambda now: moved(now, "running", pid=2**22, born=1.0))
    assert re.search("interrupted; .* its process is gone", say()[1])


def test_where_nothing_was_asked_for_nothing_is_written(tmp_path, capsys):
    data = tmp_path / "nothing"
    assert main(["jobs", "--data", str(data)]) == 0
    assert main(["jobs", "--json", "--data", str(data)]) == 0
    assert capsys.readouterr().out == "[]\n"
    assert not data.exists()


def test_a_collection_is_called_as_people_call_things(known, say, forest):
    name = "Vögel-動物"
    save_collection(known.store, replace(forest, name=name))
    job = table.add(known, new_job(name, "fit", FIT | {"steps": 2}))
    runner.serve(known.store, None)
    assert table.get(known, job.id).state == "done"
    assert f"fit {name} --dim 2" in say()[1]
    assert known.store.holds(name, "boxes_2d.npz")
