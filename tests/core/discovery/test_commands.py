"""What `agree`, `discover` and `split` print, write and refuse."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core import files
from core.__main__ import main
from core.discovery import breaking, simclr
from core.discovery.breaking import outcome
from core.discovery.discovery import ALIKE
from core.discovery.drawn import drawn
from core.discovery.kept import load
from core.discovery.presets import PRESETS
from core.store import Store
from tests.discoveries import keep_discovery


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Searches of a few steps."""
    usual = PRESETS["quick"]
    search = replace(usual.search, tasks=4, dim=4, together=4, steps=8)
    learning = replace(usual.learning, batch=24)  # of two tasks few images are left
    less = replace(usual, learning=learning, search=search, rounds=1, human=2, chance=2)
    monkeypatch.setitem(PRESETS, "quick", less)


@pytest.fixture
def folder(tmp_path):
    """160 images of two classes, told apart by their upper half; two cues are below."""
    rng = np.random.default_rng(0)
    place = tmp_path / "squares"
    for k in range(160):
        pixels = rng.integers(0, 30, (16, 16, 3), dtype=np.uint8)
        pixels[:8] += np.uint8(90 * (k % 2))
        pixels[8:, :8] += np.uint8(200 * (k // 2 % 2))
        pixels[8:, 8:] += np.uint8(150 * (k // 4 % 2))
        at = place / ["dark", "light"][k % 2]
        at.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(at / f"{k:03}.png")
    return place


def run(capsys, *arguments):
    assert main([*map(str, arguments)]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def failed(capsys, *arguments):
    assert main([*map(str, arguments)]) == 1
    return capsys.readouterr().err


def test_agree_scores_people_chance_and_a_persons_own(folder, tmp_path, capsys):
    cue = {}
    for path in folder.rglob("*.png"):
        item = path.relative_to(folder).as_posix()
        cue[item] = "bright" if int(path.stem) // 2 % 2 else "dim"
    table = pd.DataFrame({"item": [*cue], "cue": [*cue.values()]})
    table.to_csv(tmp_path / "cues.csv", index=False)
    given = ("agree", folder, "--labels", tmp_path / "cues.csv", "--data", tmp_path)
    found = json.loads(run(capsys, *given, "--json"))
    assert found["images"] == 160
    assert [one["name"] for one in found["yours"]] == ["cue"]
    assert [one["name"] for one in found["human"]] == ["dark"]
    own, chance = found["yours"][0], found["random"]
    assert own["score"] > 0.95
    assert own["accuracy"] > 0.95
    assert max(one["score"] for one in chance) < own["low"]
    assert len(found["encoder"]) == 4
    # Kept results are read again, and say the same.
    assert json.loads(run(capsys, *given, "--json")) == found
    text = run(capsys, *given)
    assert text.startswith("labelling")
    assert "mean of random" in text


def test_discover_and_split_keep_what_they_find(folder, tmp_path, capsys):
    given = (folder, "--data", tmp_path, "--nets", "2")
    place = tmp_path / "discovery-squares-quick"
    place.mkdir()
    (place / "names.json").write_text("{}")  # of the tasks of another search
    found = json.loads(run(capsys, "discover", *given, "--json"))
    assert not (place / "names.json").exists()
    assert load(Store(tmp_path), "squares-quick").picture
    assert found["networks"] == 2
    assert found["largest similarity"] < 0.8
    assert all(one["converged"] for one in found["tasks"])
    table = pd.read_csv(place / "tasks.csv")
    assert len(table) == 160
    assert set(table["class"]) == {"dark", "light"}
    assert table["task 1"].mean() == pytest.approx(0.5, abs=0.15)
    told = json.loads(
        run(capsys, "split", *given, "--targets", 1, "--tasks", 1, "--json")
    )
    assert set(told["means"]) == {"one task", "two tasks"}
    for split in told["splits"]:
        called = "-and-".join(map(str, split["tasks"]))
        side = pd.read_csv(next((place / "splits").glob(f"*task-{called}.csv")))
        counts = side["side"].value_counts()
        assert counts["train"] == split["learn"]
        assert counts["test"] == split["test"]
        assert counts.get("left out", 0) == 160 - split["learn"] - split["test"]
        for number in split["tasks"]:
            same = side["target"] == side[f"task {number}"]
            assert same[side["side"] == "train"].nunique() == 1
            assert same[side["side"] == "test"].nunique() == 1
        assert split["halves"]["adversarial"]["accuracy"]
        assert len(split["classes"]["confusion"]) == 2
    assert {len(split["tasks"]) for split in told["splits"]} == {1, 2}


def test_splits_of_a_regulated_search_go_on_where_they_were_interrupted(
    folder, tmp_path, capsys, monkeypatch
):
    few = simclr.Contrast(steps=20, batch=32)
    monkeypatch.setattr(simclr, "Contrast", lambda flips: replace(few, flips=flips))
    given = (folder, "--data", tmp_path, "--nets", 2, "--regulated")
    assert "discover squares --preset quick --regulated" in failed(
        capsys, "split", *given
    )
    found = json.loads(run(capsys, "discover", *given, "--json"))
    assert found["regulated"]
    asked = ("split", *given, "--targets", 1, "--tasks", 1, "--json")
    learned = []

    def second_interrupted(*args, **kwargs):
        learned.append(args[1])
        if len(learned) == 2:
            raise KeyboardInterrupt
        return outcome(*args, **kwargs)

    monkeypatch.setattr(breaking, "outcome", second_interrupted)
    assert main([*map(str, asked)]) != 0
    assert "goes on from here" in capsys.readouterr().err
    splits = json.loads(run(capsys, *asked))["splits"]
    every = 4 * len(splits)  # two ways, of it and of its control
    assert len(learned) == 2 + every - 1  # the first was kept
    place = tmp_path / "discovery-squares-quick-regulated"
    assert (place / "splits.json").exists()
    assert json.loads(run(capsys, *asked))["splits"] == splits
    assert len(learned) == 2 + every - 1


def test_gallery_draws_the_figures_that_were_discovered(tmp_path, capsys):
    store = Store(tmp_path)
    folder = keep_discovery(store, "drawn-quick", sheet=False)
    (folder / "splits.json").unlink()
    about = json.loads((folder / "discovery.json").read_text())
    (folder / "discovery.json").write_text(json.dumps(about | {"seed": 5}))
    with np.load(folder / "tasks.npz") as arrays:
        named = {**arrays, "items": np.array([*map(str, range(240))])}
    files.write_arrays(folder / "tasks.npz", named)
    run(capsys, "gallery", "drawn-quick", "--images", "drawn", "--data", tmp_path)
    one = load(store, "drawn-quick")
    with Image.open(one.picture) as sheet:
        cell = np.asarray(sheet)[:12, 12:24]
    assert (cell == drawn(240, seed=5).pixels[one.sheet[1]]).all()


def test_help_tells_the_similarity_that_is_asked_for(capsys):
    with pytest.raises(SystemExit):
        main(["discover", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert f"no two of them similar above {ALIKE} on the images" in said


def test_split_by_the_median_needs_no_discovery(folder, tmp_path, capsys):
    asked = ("--targets", 1, "--tasks", 1, "--median", "--json")
    done = json.loads(run(capsys, "split", folder, "--data", tmp_path, *asked))
    one = next(split for split in done["splits"] if len(split["tasks"]) == 1)
    assert (one["learn"], one["test"]) == (80, 80)
    place = tmp_path / "discovery-squares-quick" / "median"
    table = pd.read_csv(next(place.glob(f"*.task-{one['tasks'][0]}.csv")))
    assert (table.groupby("class")["side"].value_counts() == 40).all()


def test_what_cannot_be_done_is_said_in_one_line(folder, tmp_path, capsys):
    data = ("--data", tmp_path)
    said = failed(capsys, "split", folder, *data)
    assert "find some with: python -m core discover squares --preset quick" in said
    assert "neither digits" in failed(capsys, "agree", "no-such-place", *data)
    assert "lie in one folder" in failed(capsys, "agree", folder / "dark", *data)
    assert "name their folder with --images" in failed(capsys, "agree", "cub", *data)
    assert "two networks" in failed(capsys, "agree", folder, "--nets", 1, *data)
    assert "at least 24" in failed(capsys, "agree", folder, "--limit", 10, *data)
    assert "fewer than a batch" in failed(capsys, "agree", folder, "--limit", 30, *data)
    (folder / "dark" / "000.png").write_bytes(b"")
    assert "000.png of" in failed(capsys, "agree", folder, *data)
