"""Collections that learning can do little with, through the command line."""

import os
import re
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from core import cache, weights
from core.__main__ import main
from core.learning import training

ROOT = Path(__file__).parents[2]
TREE = "name,parent\nroot,\nleft,root\nright,root\na,left\nb,left\nc,right\nd,right\n"
FLAT = "name\na\nb\nc\nd\ne\nf\ng\n"
DRAWN = np.random.default_rng(0).standard_normal((7, 4)).astype(np.float32)


@pytest.fixture
def imported(tmp_path, capsys):
    """Import tasks and features as the collection `own`, and say where it lies."""

    def make(features, tasks=TREE):
        np.save(tmp_path / "features.npy", features)
        (tmp_path / "tasks.csv").write_text(tasks)
        given = [f"--features={tmp_path / 'features.npy'}"]
        given += [f"--tasks={tmp_path / 'tasks.csv'}", f"--data={tmp_path}"]
        assert main(["import", "own", *given]) == 0
        capsys.readouterr()
        return tmp_path

    return make


@pytest.fixture
def command(capsys):
    """Run a command on `own`; the exit status, and what was printed and said."""

    def run(folder, *arguments):
        first, *more = arguments
        status = main([first, "own", *more, f"--data={folder}"])
        return status, *capsys.readouterr()

    return run


def refused(outcome):
    """The one line that a command says, with nothing printed."""
    status, out, err = outcome
    assert (status, out) == (1, "")
    assert err.startswith("error: ") and err.endswith("\n") and err.count("\n") == 1
    return err.removeprefix("error: ").rstrip("\n")


FIT = ("fit", "--steps=3")
EVALUATE = ("evaluate", "--protocol=existing", "--cases=1", "--models=default")
PROJECT = ("project", "--method=pca")


@pytest.mark.parametrize(
    "asked",
    [
        FIT,
        EVALUATE,
        PROJECT,
    ],
    ids=lambda one: one[0],
)
def test_one_task_is_too_few(imported, command, asked):
    said = refused(command(imported(DRAWN[:1], "name\na\n"), *asked))
    assert said.startswith(
        ("Collection 'own' has one task", "Collection 'own' has 1 t")
    )
    assert "add " in said


@pytest.mark.parametrize("asked", [FIT, EVALUATE, PROJECT], ids=lambda one: one[0])
def test_equal_features_tell_nothing_apart(imported, command, asked):
    said = refused(command(imported(np.ones((7, 4))), *asked))
    assert said.startswith("All 7 rows of the features of 'own'")
    assert said.endswith("give features that differ.")


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_vectors_of_one_direction_cannot_be_projected(imported, command, method):
    folder = imported(np.arange(1, 8).reshape(7, 1) * np.ones((1, 4)))
    said = refused(command(folder, "project", f"--method={method}"))
    assert said.startswith("All 7 rows of the features of 'own', scaled to length 1,")


@pytest.mark.parametrize("asked", [FIT, EVALUATE], ids=lambda one: one[0])
def test_a_dimension_above_the_channels_is_refused(imported, command, asked):
    said = refused(command(imported(DRAWN), *asked, "--dim=5"))
    assert said.startswith(
        "5 dimensions are more than the 4 channel(s) of the features"
    )


def test_nothing_known_of_tasks_is_nothing_to_compare_with(imported, command):
    said = refused(command(imported(DRAWN, FLAT), *EVALUATE))
    assert said.startswith("Nothing is known of how the tasks of 'own' relate")


def test_without_relations_boxes_are_drawn_apart(imported, command):
    folder = imported(DRAWN, FLAT)
    assert command(folder, "fit", "--steps=100")[0] == 0
    boxes = cache.load_boxes(cache.Store(folder), "own", 2)
    reach = np.minimum(boxes.upper[:, None], boxes.upper) - np.maximum(
        boxes.lower[:, None], boxes.lower
    )
    shared = reach.clip(min=0).prod(axis=2) / boxes.volume
    assert shared[~np.eye(7, dtype=bool)].max() < 0.1


@pytest.mark.parametrize("asked", [FIT, PROJECT], ids=lambda one: one[0])
def test_constant_channels_do_no_harm(imported, command, asked):
    features = DRAWN.copy()
    features[:, 1], features[:, 2] = 1e4, 0
    status, out, _ = command(imported(features), *asked)
    assert status == 0
    assert "7 " in out


def test_a_state_that_broke_down_does_not_replace_the_last_good_one(imported, command):
    folder = imported(DRAWN)
    store, path = cache.Store(folder), folder / "own" / "checkpoint_2d.safetensors"

    def stop() -> None:
        while not path.exists():
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    watching = threading.Thread(target=stop)
    watching.start()
    assert command(folder, "fit", "--steps=100000")[0] == 130
    watching.join()
    arrays, about = weights.load_checkpoint(store, "own", 2)
    broken = {
        name: np.full_like(array, 3e38) if name.endswith("exp_avg") else array
        for name, array in arrays.items()
    }
    assert weights.save_checkpoint(store, "own", broken, about)
    good, step = path.read_bytes(), about["step"]
    # The next step makes every weight infinite, and the loss after it no number.
    said = refused(command(folder, "fit", "--steps=100000", "--resume"))
    assert re.match(rf"The loss is \w+ at step {step + 2} of 100000\.", said)
    assert path.read_bytes() == good


def test_a_header_that_asks_for_all_memory_there_is(tmp_path, capsys):
    with (tmp_path / "f.npy").open("wb") as file:
        about = {"descr": "<f4", "fortran_order": False, "shape": (2**50, 4)}
        np.lib.format.write_array_header_1_0(file, about)
    (tmp_path / "t.csv").write_text(FLAT)
    given = [f"--features={tmp_path / 'f.npy'}", f"--tasks={tmp_path / 't.csv'}"]
    assert main(["import", "own", *given, f"--data={tmp_path}"]) == 1
    assert capsys.readouterr() == (
        "",
        "error: There is not enough memory to import this; give fewer rows or channels "
        "of features, or features as float16.\n",
    )


def test_a_fit_too_large_for_memory_says_what_to_lower(imported, command, monkeypatch):
    def start(*_: object) -> None:
        torch.zeros(2**53)  # no machine has so much

    monkeypatch.setattr(training, "start", start)
    assert refused(command(imported(DRAWN), *FIT)) == (
        "There is not enough memory to fit this; give it fewer tasks, members or "
        "channels, or a smaller --dim; where it is that of a graphics card, use "
        "--device cpu."
    )
