import os

import pytest

from core.jobs import courtesy
from core.jobs.progress import Report

NOW = 1_800_000_000.0


def moves(folder, when=NOW):
    courtesy.ask(folder)
    os.utime(folder / courtesy.FILE, (when, when))


@pytest.fixture
def asleep(monkeypatch):
    """How often a job has waited; each wait passes at once."""
    waits = []
    monkeypatch.setattr(courtesy.time, "time", lambda: NOW + sum(waits))
    monkeypatch.setattr(courtesy.time, "sleep", waits.append)
    return waits


def test_a_job_waits_for_a_hand_until_it_rests(tmp_path, asleep):
    courtesy.wait(tmp_path)
    assert asleep == []  # nobody ever moved
    moves(tmp_path)
    courtesy.wait(tmp_path)
    assert sum(asleep) == pytest.approx(courtesy.LULL, abs=courtesy.LOOK)
    courtesy.wait(tmp_path)
    assert sum(asleep) == pytest.approx(courtesy.LULL, abs=courtesy.LOOK)


def test_a_move_in_the_future_holds_nothing_up(tmp_path, asleep):
    moves(tmp_path, NOW + 3600)  # the clock was set back meanwhile
    courtesy.wait(tmp_path)
    assert asleep == []


def test_every_step_of_a_job_is_polite(tmp_path, asleep):
    (tmp_path / "job").mkdir()
    report = Report(tmp_path / "job")
    report.count("learning", steps=10)
    moves(tmp_path)
    report.step(1, 1.0)
    assert asleep
    Report(None).step(1)  # told to nobody: started by hand
