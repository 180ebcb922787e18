from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from core import cache, weights
from core.__main__ import main
from core.commands import fitting as command
from core.errors import DataError
from core.learning.recording import moments, stored_replay
from core.replay import load_replay


def test_moments_go_from_none_to_all_and_are_denser_at_the_beginning():
    assert moments(100, 6) == (0, 4, 16, 36, 64, 100)
    assert moments(3) == (0, 1, 2, 3)
    assert moments(0) == (0,)
    assert len(moments(10_000)) == 40


def fit(store, *asked):
    return main(["fit", "animals", "--data", str(store.data), *asked])


def recorded(store):
    return load_replay(store, "animals", cache.load_boxes(store, "animals", 2))


def test_a_recorded_fit_is_the_same_and_ends_with_its_boxes(store, capsys):
    assert fit(store, "--steps", "30") == 0
    plain = cache.load_boxes(store, "animals", 2)
    assert fit(store, "--steps", "30", "--record") == 0
    assert "steps are kept to be replayed." in capsys.readouterr().out
    boxes = cache.load_boxes(store, "animals", 2)
    np.testing.assert_array_equal(plain.lower, boxes.lower)
    replay = recorded(store)
    assert tuple(replay.steps) == moments(30)
    assert not np.array_equal(replay.lower[0], replay.lower[-1])
    first = (store.data / "animals" / "replay_2d.npz").read_bytes()
    assert fit(store, "--steps", "30", "--record") == 0
    assert (store.data / "animals" / "replay_2d.npz").read_bytes() == first


@pytest.mark.parametrize("recipe", ["default", "published"])
def test_an_interrupted_fit_is_recorded_as_a_whole(store, monkeypatch, recipe):
    asked = ("--recipe", recipe, "--steps", "30", "--record")
    assert fit(store, *asked) == 0
    whole = recorded(store)

    @contextmanager
    def stopping():
        left = iter(range(11, -1, -1))
        yield SimpleNamespace(is_set=lambda: next(left, 0) == 0)

    monkeypatch.setattr(command, "stopping", stopping)
    assert fit(store, *asked) == 130
    monkeypatch.undo()
    assert fit(store, *asked, "--resume") == 0
    again = recorded(store)
    for key, array in vars(whole).items():
        np.testing.assert_array_equal(getattr(again, key), array)


def test_steps_that_were_not_recorded_are_not_made_up():
    with pytest.raises(DataError, match="without --record"):
        stored_replay({"model.own": np.zeros(1)})


def test_what_is_laid_out_exactly_has_nothing_to_replay(forest, store, capsys):
    cache.save_collection(store, forest)
    asked = ["fit", "forest", "--record", "--data", str(store.data)]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "There is nothing to replay: these boxes took no step.\n" in said
    assert store.replays("forest") == ()


def test_a_further_fit_leaves_boxes_and_encoder_as_they_were(store):
    assert fit(store, "--steps", "5") == 0
    boxes = cache.load_boxes(store, "animals", 2)
    model = (store.data / "animals" / weights.model_file(2)).read_bytes()
    assert fit(store, "--recipe", "published", "--steps", "5", "--as", "theirs") == 0
    np.testing.assert_array_equal(
        cache.load_boxes(store, "animals", 2).lower, boxes.lower
    )
    assert (store.data / "animals" / weights.model_file(2)).read_bytes() == model
    theirs = cache.load_fit(store, "animals", "2d.theirs")
    assert not np.array_equal(theirs.lower, boxes.lower)
    assert not list((store.data / "animals").glob("checkpoint*"))


@pytest.mark.parametrize("word", ["", "Two", "a b", "../up", "-a", "a-", "a" * 31])
def test_a_further_fit_has_a_name_that_any_file_can_have(store, capsys, word):
    with pytest.raises(SystemExit) as stop:
        fit(store, f"--as={word}")
    assert stop.value.code == 2
    assert "is not a word of a-z" in capsys.readouterr().err


def test_a_further_fit_is_not_recorded(store, capsys):
    with pytest.raises(SystemExit) as stop:
        fit(store, "--as", "other", "--record")
    assert stop.value.code == 2
    assert "not allowed with" in capsys.readouterr().err
