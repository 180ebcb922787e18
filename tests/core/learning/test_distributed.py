"""Fits by two processes that torchrun starts, on loopback."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core import cache, weights
from core.__main__ import main
from core.boxes import containment
from core.cache import Store, save_collection
from core.learning import objective, sampling, training
from core.learning.blends import draw_blends
from core.learning.distributed import Group
from core.learning.placing import corners_of, inputs_of
from core.learning.recipe import TrainingConfig
from core.learning.training_data import training_data

ROOT = Path(__file__).parents[3]
CONFIG = TrainingConfig(steps=20, known=64, unrelated=64, crowded=64)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("encoder", ["set", "task"])
def test_the_parts_of_a_step_are_what_one_process_draws(collection, encoder, size):
    data = training_data(collection, encoder)
    config = TrainingConfig(**{**vars(CONFIG), "encoder": encoder})
    state = training.start(data, config)
    pairs = sampling.pairs_of(data.tasks, data.relations, data.withheld)
    model = state.model
    gradients, losses = [], []
    for group in (Group(), *(Group(rank, size) for rank in range(size))):
        rng = np.random.default_rng(5)
        blends = draw_blends(pairs, rng, 0)
        corners = corners_of(
            model, inputs_of(data.features, data.membership, "cpu"), 0.5
        )
        crowd = objective.crowd_of(pairs, rng, corners, config, 0.5)
        loss_at = objective.objective(data, pairs, config, "cpu", group)
        loss = loss_at(corners, blends, crowd, rng, 0.5)
        wanted = [one for one in model.parameters() if one.requires_grad]
        found = torch.autograd.grad(loss, wanted, allow_unused=True)
        gradients.append(torch.cat([one.ravel() for one in found if one is not None]))
        losses.append(loss.item())
    np.testing.assert_allclose(np.mean(losses[1:]), losses[0], rtol=1e-5)
    together = torch.stack(gradients[1:]).mean(dim=0)
    torch.testing.assert_close(together, gradients[0], rtol=1e-4, atol=1e-5)


def test_two_processes_fit_what_one_does_killed_on_the_way_or_not(
    store, collection, tmp_path, capsys
):
    one, two = Store(tmp_path / "one"), Store(tmp_path / "two")
    for other in (one, two):
        save_collection(other, collection)
    asked = ["fit", "animals", "--steps", "200", "--data"]
    assert main([*asked, str(one.data)]) == 0
    alone = capsys.readouterr().out
    together, _ = ended(started(two))
    assert together.count("animals: 7 boxes") == 1  # one of them prints
    # Numbers are added in another order, which steps make more of.
    assert loss_in(together) == pytest.approx(loss_in(alone), rel=0.05)
    shares = [containment(boxes_of(each)) for each in (one, two)]
    assert np.abs(shares[0] - shares[1]).mean() < 0.02

    broken = started(store, "--max-restarts", "1")
    kept = store.data / "animals" / "checkpoint_2d.safetensors"
    until = time.monotonic() + 200
    while not kept.exists() and time.monotonic() < until:
        time.sleep(0.01)
    step = weights.load_checkpoint(store, "animals", 2)[1]["step"]
    os.kill(worker(broken.pid, rank=1), signal.SIGKILL)
    again, error = ended(broken)
    assert 0 < step < 200
    assert "exitcode: -9" in error  # torchrun says what it has seen
    assert again.count("animals: 7 boxes") == 1
    assert not kept.exists()
    np.testing.assert_array_equal(boxes_of(store).lower, boxes_of(two).lower)
    np.testing.assert_array_equal(boxes_of(store).upper, boxes_of(two).upper)


def test_one_that_is_started_anew_before_it_kept_anything_begins_again(
    store, collection, tmp_path, monkeypatch, capsys
):
    plain = Store(tmp_path / "plain")
    save_collection(plain, collection)
    asked = ["fit", "animals", "--steps", "20", "--data"]
    assert main([*asked, str(plain.data)]) == 0
    monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", "1")
    assert main([*asked, str(store.data)]) == 0, capsys.readouterr().err
    np.testing.assert_array_equal(boxes_of(store).lower, boxes_of(plain).lower)


def started(store, *options):
    """Two processes that fit the seven animals, two of which cross."""
    fit = ["-m", "core", "fit", "animals", "--steps", "200", "--data", str(store.data)]
    by = [sys.executable, "-m", "torch.distributed.run", "--standalone", *options]
    return subprocess.Popen(
        [*by, "--nproc-per-node", "2", *fit],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process):
    """What a process that ends well has printed."""
    try:
        out, error = process.communicate(timeout=300)
    finally:
        process.terminate()  # and with torchrun all that it has started
    assert process.returncode == 0, error
    return out, error


def loss_in(text):
    return float(re.search(r"loss ([\d.]+)", text)[1])


def boxes_of(store):
    return cache.load_boxes(store, "animals", 2)


def worker(parent, rank):
    """The process of a rank that torchrun has started."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "stat").read_text().rsplit(")", 1)[1].split()
            given = (path / "environ").read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        if int(status[1]) == parent and f"RANK={rank}".encode() in given:
            return int(path.name)
    raise AssertionError(f"No process of rank {rank} runs.")
