import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from core.jobs import progress
from core.jobs.progress import POINTS, Progress, Report, learned, load_frames


@pytest.fixture
def clock():
    """A clock that a test turns."""

    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


def test_what_was_told_last_is_found(tmp_path, clock):
    report = Report(tmp_path, clock)
    report.phase("reading")
    assert progress.load_progress(tmp_path) == Progress("reading")
    report.count("learning", steps=10)
    clock.now = 1
    report.step(2, 3.0)
    told = progress.load_progress(tmp_path)
    assert told == Progress("learning", 2, 10, 3.0, None, ((2, 3.0),))
    clock.now = 2
    report.step(4, 2.0)
    told = progress.load_progress(tmp_path)
    curve = ((2, 3.0), (4, 2.0))
    assert told == Progress("learning", 4, 10, 2.0, 3.0, curve)  # 0.5 s a step
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


def test_steps_are_told_now_and_then_and_the_last_always(tmp_path, clock):
    report = Report(tmp_path, clock)
    report.count("learning", steps=3)
    report.step(1, 1.0)  # at once after the phase
    assert progress.load_progress(tmp_path).step == 0
    report.step(3, 0.5)
    assert progress.load_progress(tmp_path).step == 3
    report.phase(progress.DONE)
    assert progress.load_progress(tmp_path).phase == "done"
    assert progress.load_progress(tmp_path).step == 3


def test_the_time_left_goes_by_how_long_steps_took_lately(tmp_path, clock):
    report = Report(tmp_path, clock)
    report.count("learning", steps=100)
    for step in range(1, 61):
        clock.now += 1.0 if step <= 10 else 0.5
        report.step(step, 1.0)
    assert progress.load_progress(tmp_path).left == pytest.approx(20, rel=0.01)


def test_nobody_is_told_where_nobody_wants_to_know(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    report = progress.begin(None)
    report.phase("reading")
    report.count("learning", steps=2)
    report.step(2, 1.0)
    assert not report.wanted
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"phase": 1}', '{"curve": 3}'])
def test_what_nobody_told_is_a_start(tmp_path, text):
    assert progress.load_progress(tmp_path) == Progress("starting")
    (tmp_path / "progress.json").write_text(text)
    assert progress.load_progress(tmp_path) == Progress("starting")


def test_a_resumed_report_goes_on_where_the_checkpoint_was(tmp_path, boxes, clock):
    report = Report(tmp_path, clock)
    report.count("learning", steps=30)
    for step in (5, 10, 15):
        clock.now += 1
        report.step(step, 1.0)
        report.frame(step, boxes)
    again = Report(tmp_path, clock)
    again.phase("reading")
    again.resume(10)
    again.count("learning", step=10, steps=30)
    told = progress.load_progress(tmp_path)
    assert [step for step, _ in told.curve] == [5, 10]
    assert load_frames(tmp_path).steps.tolist() == [5, 10]


def test_frames_come_after_the_ones_that_are_known(tmp_path, boxes):
    report = Report(tmp_path)
    assert load_frames(tmp_path) is None
    for step in (0, 7, 12):
        report.frame(step, boxes)
    (tmp_path / "frame_9.npy").write_bytes(b"cut off")
    found = load_frames(tmp_path, after=0)
    assert found.steps.tolist() == [7, 12]
    np.testing.assert_array_equal(found.lower[1], boxes.lower)
    np.testing.assert_array_equal(found.upper[0], boxes.upper)


def test_a_report_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="Cannot write") as caught:
        progress.begin(tmp_path / "file" / "folder")
    assert "\n" not in str(caught.value)


@given(st.lists(st.floats(allow_nan=True), min_size=1, max_size=1000))
def test_a_curve_stays_short_and_in_order_and_ends_with_the_last(losses):
    told = Progress("learning")
    for step, loss in enumerate(losses, 1):
        told = learned(told, step, loss)
    steps = [step for step, _ in told.curve]
    finite = [step for step, loss in enumerate(losses, 1) if math.isfinite(loss)]
    assert len(steps) <= POINTS + 1
    assert steps == sorted(set(steps))
    assert steps[-1:] == finite[-1:]
    assert json.loads(json.dumps(told.curve)) == [list(one) for one in told.curve]
