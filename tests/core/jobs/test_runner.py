"""Real processes that do jobs, are stopped, killed, and short of room."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from threading import Thread

import psutil
import pytest

from core.cache import Store, load_boxes, save_collection
from core.jobs import calling, runner, table
from core.jobs.job import moved, new_job
from core.jobs.process import born, is_lost
from core.jobs.progress import load_frames, load_progress
from core.jobs.resuming import is_resumable
from core.jobs.spare import Spare
from core.locks import locked

PATIENCE = 120  # s, on a machine that does much else
LONG = 20_000  # steps that nobody waits for


@pytest.fixture
def data(tmp_path, forest):
    """A data directory with 22 nested tasks, not fitted."""
    store = Store(tmp_path / "data")
    save_collection(store, forest)
    return store


def fit(steps, seed=0):
    options = {"dim": 2, "recipe": "network", "seed": seed, "steps": steps}
    return new_job("forest", "fit", options)


def wait_for(claim):
    end = time.monotonic() + PATIENCE
    while not (answer := claim()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return answer


def stepped(step):
    """What a job tells of itself that has taken so many steps."""
    return lambda progress: progress.step >= step


@contextlib.contextmanager
def running(store, job, told):
    """A job that has told so much of itself, and the table."""
    known = table.opened(store)
    job = table.add(known, job)
    thread = Thread(target=runner.serve, args=(store, None))
    thread.start()
    try:
        wait_for(lambda: told(load_progress(known.folder(job.id))))
        yield known, table.get(known, job.id)
    finally:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def done(store, job):
    """What became of a job."""
    known = table.opened(store)
    job = table.add(known, job)
    runner.serve(store, None)
    return table.get(known, job.id)


def files(store):
    """What is kept of the collection, but for locks."""
    found = (store.data / "forest").iterdir()
    return {path.name: path.read_bytes() for path in found if path.suffix != ".lock"}


def test_jobs_are_done_one_after_another_and_tell_how_far_they_are(data):
    known = table.opened(data)
    options = {"method": "tsne", "seed": 0}
    boxes, points = fit(30), new_job("forest", "project", options)
    ids = [table.add(known, job).id for job in (boxes, points)]
    runner.serve(data, None)
    first, second = (table.get(known, id) for id in ids)
    assert [first.state, second.state] == ["done", "done"]
    assert first.started <= first.ended <= second.started <= second.ended
    told = load_progress(known.folder(first.id))
    assert (told.phase, told.step, told.steps) == ("done", 30, 30)
    assert load_progress(known.folder(second.id)).loss > 0
    frames = load_frames(known.folder(first.id))
    assert frames.ends_with(load_boxes(data, "forest", 2))
    assert {"replay_2d.npz", "projection_tsne.npz"} <= files(data).keys()


def test_a_fit_waits_for_another_of_its_collection_and_is_cancelled_meanwhile(data):
    known = table.opened(data)
    given_up, boxes = (table.add(known, fit(2, seed=seed)) for seed in range(2))
    with locked(data.fit_lock("forest"), "a fit of a terminal"):
        both = [Thread(target=runner.serve, args=(data, None))]
        both += [Thread(target=runner.see_to, args=(data, boxes.id, Spare()))]
        for thread in both:
            thread.start()
        time.sleep(2 * runner.IDLE)
        assert [job.state for job in table.jobs(known)] == ["queued"] * 2
        table.cancel(known, given_up.id)
    for thread in both:
        thread.join(PATIENCE)
    told = [job.state for job in table.jobs(known)]
    assert told == ["cancelled", "done"]
    assert not known.folder(given_up.id).exists()


def test_a_cancelled_fit_goes_on_to_the_same_bytes(data, tmp_path):
    other = Store(tmp_path / "other")
    shutil.copytree(data.data, other.data)
    assert done(other, fit(300)).state == "done"
    with running(data, fit(300), stepped(30)) as (known, job):
        table.cancel(known, job.id)
        table.cancel(known, job.id)
    job = table.get(known, job.id)
    assert job.state == "cancelled"
    assert job.why.startswith("Cancelled at step ")
    assert "boxes_2d.npz" not in files(data)
    table.resume(known, job.id, from_checkpoint=True)
    runner.serve(data, None)
    assert table.get(known, job.id).state == "done"
    assert files(data) == files(other)


def test_a_cancelled_fit_keeps_its_steps_on_a_slow_machine_too(data):
    with running(data, fit(LONG), stepped(5)) as (known, job):
        os.killpg(job.pid, signal.SIGSTOP)  # as if others had all cores
        table.cancel(known, job.id)
        time.sleep(3 * runner.GRACE)
        os.killpg(job.pid, signal.SIGCONT)
    job = table.get(known, job.id)
    assert job.state == "cancelled"
    assert is_resumable(known, job)


def test_a_cancelled_projection_leaves_nothing(data):
    job = new_job("forest", "project", {"method": "umap", "seed": 0})
    before = files(data)
    with running(data, job, lambda told: told.phase == "computing") as (known, job):
        table.cancel(known, job.id)
    job = table.get(known, job.id)
    assert (job.state, job.why) == ("cancelled", "Cancelled.")
    assert files(data) == before


def test_a_killed_worker_is_told_and_the_boxes_stay(data):
    assert done(data, fit(5)).state == "done"
    before = files(data)
    with running(data, fit(LONG, seed=1), stepped(5)) as (known, job):
        os.kill(job.pid, signal.SIGKILL)
    job = table.get(known, job.id)
    assert job.state == "failed"
    assert job.why.startswith("Killed at step ")
    assert "(SIGKILL)" in job.why
    kept = {name: one for name, one in files(data).items() if "checkpoint" not in name}
    assert kept == before


def test_a_terminated_worker_keeps_its_state(data):
    with running(data, fit(LONG), stepped(5)) as (known, job):
        os.kill(job.pid, signal.SIGTERM)
    job = table.get(known, job.id)
    assert job.state == "interrupted"
    assert "checkpoint_2d.safetensors" in files(data)


def test_what_a_person_can_mend_is_told_in_its_line(data):
    (data.data / "forest" / "features.npz").write_bytes(b"PK no more")
    job = done(data, fit(5))
    assert job.state == "failed"
    assert "features.npz is damaged" in job.why
    assert "\n" not in job.why


def test_a_killed_runner_leaves_the_job_to_the_next(data):
    known = table.opened(data)
    job = table.add(known, fit(400))
    process = calling.begin(data)
    wait_for(lambda: load_progress(known.folder(job.id)).step >= 5)
    with process:
        process.kill()
    job = table.get(known, job.id)
    assert psutil.pid_exists(job.pid)
    runner.serve(data, None)  # sees it to its end
    assert table.get(known, job.id).state == "done"
    assert load_boxes(data, "forest", 2).names


def test_all_killed_the_next_start_is_clean(data):
    known = table.opened(data)
    job = table.add(known, fit(LONG))
    process = calling.begin(data)
    wait_for(lambda: load_progress(known.folder(job.id)).step >= 120)
    with process:
        process.kill()
    job = table.get(known, job.id)
    worker = psutil.Process(job.pid)
    worker.kill()
    psutil.wait_procs([worker], PATIENCE)
    assert is_lost(job)
    runner.recover(known)
    job = table.get(known, job.id)
    assert job.state == "interrupted"
    assert job.why.endswith("its process is gone.")
    assert "checkpoint_2d.safetensors" in files(data)
    assert [name for name in files(data) if name.startswith(".")] == []


def test_another_process_of_that_number_is_not_the_job(data):
    known = table.opened(data)
    job = table.add(known, fit(5))
    mine = {"pid": os.getpid(), "born": born(os.getpid()) - 1}
    table.change(known, job.id, lambda now: moved(now, "running", **mine))
    runner.serve(data, None)
    assert table.get(known, job.id).state == "interrupted"


@pytest.mark.parametrize("seconds", [-86400, -1, 3600])
def test_a_clock_that_jumps_loses_no_job(data, monkeypatch, seconds):
    known = table.opened(data)
    job = table.add(known, fit(5))
    mine = {"pid": os.getpid(), "born": born(os.getpid())}
    job = table.change(known, job.id, lambda now: moved(now, "running", **mine))
    booted = psutil.boot_time()
    # Linux tells when it was started by the clock as it is now.
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: booted + seconds)
    assert not is_lost(job)
    runner.recover(known)
    assert table.get(known, job.id).state == "running"


def test_two_runners_start_a_job_once(data):
    known = table.opened(data)
    both = [calling.begin(data) for _ in range(2)]
    job = table.add(known, fit(20))
    for process in both:
        calling.awake(process)
    ended = wait_for(lambda: [one for one in both if one.poll() is not None])
    assert [one.returncode for one in ended] == [0]  # the other one works
    wait_for(lambda: table.get(known, job.id).is_over)
    for process in both:
        calling.leave(process)
    assert table.get(known, job.id).state == "done"
    log = (data.data / ".jobs" / "runner.log").read_text()
    assert "Traceback" not in log


def test_a_job_that_was_cancelled_before_it_began_is_not_begun(data):
    known = table.opened(data)
    job = table.add(known, fit(LONG))
    table.cancel(known, job.id)
    runner.serve(data, None)
    assert table.get(known, job.id).state == "cancelled"
    assert not known.folder(job.id).exists()


@pytest.fixture
def small(tmp_path):
    """A disk of two megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_told_and_the_boxes_stay(small, data):
    store = Store(small / "data")
    shutil.copytree(data.data, store.data)
    assert done(store, fit(5)).state == "done"
    before = files(store)
    with running(store, fit(250, seed=1), stepped(5)) as (known, job):
        left = shutil.disk_usage(small).free
        (small / "filler").write_bytes(b"\0" * (left - 4096 * 4))
        with contextlib.suppress(OSError), (small / "more").open("wb") as more:
            while True:
                more.write(b"\0" * 4096)
                more.flush()
        # The runner cannot write either, until there is room for a line.
        wait_for(lambda: not psutil.pid_exists(job.pid) or _gone(job.pid))
        (small / "filler").unlink()
    job = table.get(known, job.id)
    assert job.state == "failed"
    assert "No space left on device" in job.why
    kept = {name: one for name, one in files(store).items() if "checkpoint" not in name}
    assert kept == before


def _gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_where_torch_is_not_installed_the_command_is_named(data, viewing_only):
    job = done(data, fit(5))
    assert job.state == "failed"
    assert job.why == (
        "This command needs torch, which is not installed. Install it with: make train"
    )


def test_a_lack_of_memory_is_told(data, monkeypatch):
    # What torch and all that has mapped by then, and little more.
    limited = """
import resource, runpy, sys
import core.metrics, core.jobs.worker
import psutil
core.jobs.worker._load()
most = psutil.Process().memory_info().vms + 32 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.argv = ["worker"]
runpy.run_module("core.jobs.worker", run_name="__main__")
"""
    real = subprocess.Popen

    def popen(command, **settings):
        if command[1:] == ["-m", "core.jobs.worker"]:
            command = [command[0], "-c", limited]
        return real(command, **settings)

    monkeypatch.setattr(calling.subprocess, "Popen", popen)
    big = save_large(data)
    options = {"dim": 2, "recipe": "network", "seed": 0, "steps": 5}
    job = done(data, new_job(big, "fit", options))
    assert job.state == "failed"
    assert job.why.startswith("There is not enough memory to fit this")


def save_large(store):
    """The forest with so many channels that a copy of them is some memory."""
    from dataclasses import replace

    import numpy as np

    from core.cache import load_collection

    forest = load_collection(store, "forest")
    rng = np.random.default_rng(0)
    features = rng.normal(size=(len(forest.features), 200_000)).astype(np.float32)
    save_collection(store, replace(forest, name="large", features=features))
    return "large"
