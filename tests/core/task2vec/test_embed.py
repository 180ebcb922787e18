"""The command `embed`, and what fit, evaluate and place make of its embeddings."""

import json
from functools import partial

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.cache import (
    Store,
    load_collection,
    load_embeddings,
    save_collection,
    save_embeddings,
)
from core.task2vec import measurements
from core.task2vec.activations import activations_of
from core.task2vec.distances import KINDS, distances
from core.task2vec.embedding import METHODS, Embeddings, Origin
from core.task2vec.kept import read_embeddings, write_embeddings
from core.task2vec.labelled import LabelledSet
from core.task2vec.measuring import Setting, head_of, measured
from core.task2vec.variational import variational
from core.task2vec.vectors import vectors
from tests.core.task2vec.toys import toy_probe

PROBE = "from tests.core.task2vec.toys import toy_probe as probe\n"


@pytest.fixture
def images(tmp_path):
    """Three folders of pictures that differ in colour, one of each broken."""
    rng = np.random.default_rng(0)
    for kind, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
        folder = tmp_path / "mine" / f"kind {kind}"
        folder.mkdir(parents=True)
        for k in range(6):
            pixels = 0.5 * rng.random((12, 10 + k, 3)) * 255 + np.array(colour) / 2
            mode = "L" if k == 5 else "RGB"
            picture = Image.fromarray(pixels.astype(np.uint8)).convert(mode)
            picture.save(folder / f"{k}.png")
        (folder / "broken.png").write_bytes(b"no picture")
    (tmp_path / "probe.py").write_text(PROBE)
    return tmp_path


def embed(images, *more, out="mine.npz"):
    return main(
        [
            "embed",
            str(images / "mine"),
            *("--probe", str(images / "probe.py")),
            *("--out", str(images / out)),
            *("--data", str(images / "data")),
            *more,
        ]
    )


def test_a_folder_of_folders_is_embedded(images, capsys):
    assert embed(images, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["tasks"]] == [".", "kind 0", "kind 1", "kind 2"]
    assert [one["samples"] for one in told["tasks"]] == [18, 6, 6, 6]
    assert {one["classes"] for one in told["tasks"]} == {3}
    assert {one["noise"] for one in told["tasks"]} == {0.0}
    found = read_embeddings(images / "mine.npz", "")
    # The whole is the mean of its classes, which share its head.
    np.testing.assert_allclose(
        found.fisher[0], found.fisher[1:].mean(axis=0), rtol=2e-2, atol=1e-9
    )
    assert not [*(images / "data" / ".cache").glob("activations-*")]


def test_what_is_kept_is_not_done_again(images, monkeypatch):
    assert embed(images) == 0
    before = read_embeddings(images / "mine.npz", "")
    for kind in range(3):  # classes by other names
        folder = images / "mine" / f"kind {kind}"
        folder.rename(images / "mine" / f"sort {2 - kind}")
    monkeypatch.setattr(measurements, "_measure", lambda *_: pytest.fail("again"))
    assert embed(images, out="again.npz") == 0
    after = read_embeddings(images / "again.npz", "")
    assert after.names[1:] == ("sort 0", "sort 1", "sort 2")
    np.testing.assert_array_equal(after.fisher[[0, 3, 2, 1]], before.fisher)


@pytest.mark.parametrize("method", METHODS)
def test_other_names_and_another_order_change_not_one_digit(
    images, method, monkeypatch
):
    few = partial(variational, steps=4)
    monkeypatch.setattr("core.task2vec.measuring.variational", few)
    ask = ("--method", method, "--max-samples", "9")
    assert embed(images, *ask) == 0
    before = read_embeddings(images / "mine.npz", "")
    for kind in range(3):
        folder = images / "mine" / f"kind {kind}"
        for k in range(6):
            (folder / f"{k}.png").rename(folder / f"other {9 - k}.png")
        folder.rename(images / "mine" / f"sort {2 - kind}")
    assert embed(images, *ask, "--data", str(images / "elsewhere"), out="b.npz") == 0
    after = read_embeddings(images / "b.npz", "")
    for key in ("fisher", "precision", "scale", "accuracy", "noise"):
        np.testing.assert_array_equal(
            getattr(after, key)[[0, 3, 2, 1]], getattr(before, key)
        )


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_interrupted_goes_on(images, jobs, monkeypatch, capsys):
    assert embed(images, "--data", str(images / "whole"), out="whole.npz") == 0
    measured = measurements.measured

    def stopped(probe, setting, one, seen, head):
        if one.name == "kind 1":
            raise KeyboardInterrupt
        return measured(probe, setting, one, seen, head)

    with monkeypatch.context() as first:
        first.setattr(measurements, "measured", stopped)
        assert embed(images) == 130
    assert "goes on from here" in capsys.readouterr().err
    done = []

    def counted(probe, setting, one, seen, head):
        done.append(one.name)
        return measured(probe, setting, one, seen, head)

    monkeypatch.setattr(measurements, "measured", counted)
    assert embed(images, "--jobs", str(jobs)) == 0
    if jobs == 1:  # others run in processes of their own
        assert done == ["kind 1", "kind 2"]
    whole, found = (
        read_embeddings(images / name, "") for name in ("whole.npz", "mine.npz")
    )
    np.testing.assert_array_equal(found.fisher, whole.fisher)


def test_images_interrupted_in_the_middle_are_taken_up(tmp_path):
    probe = toy_probe()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    digests, read = [f"{k:02}" for k in rng.permutation(40)], []

    def load(k):
        if len(read) == 20:
            raise KeyboardInterrupt
        read.append(k)
        return Image.fromarray(pixels[k])

    with pytest.raises(KeyboardInterrupt):
        activations_of(probe, "last", digests, load, tmp_path)
    again = []

    def load_again(k):
        again.append(k)
        return Image.fromarray(pixels[k])

    found = activations_of(probe, "last", digests, load_again, tmp_path)
    # One image says how large they are; 16 were done.
    assert len(again) == 1 + 40 - 16
    rows = np.arange(40)
    whole = activations_of(probe, "last", digests, load_again, tmp_path / "whole")
    np.testing.assert_array_equal(found.of(rows), whole.of(rows))
    np.testing.assert_array_equal(found.features(rows), whole.features(rows))


@pytest.mark.parametrize("method", METHODS)
def test_black_images_have_distances(images, method, monkeypatch):
    few = partial(variational, steps=4)
    monkeypatch.setattr("core.task2vec.measuring.variational", few)
    for kind in range(3):
        for k in range(6):
            black = Image.new("RGB", (8 + k, 9 + kind))
            black.save(images / "mine" / f"kind {kind}" / f"{k}.png")
    assert embed(images, "--method", method) == 0
    found = read_embeddings(images / "mine.npz", "")
    for kind in KINDS:
        assert np.isfinite(distances(found, kind)).all(), kind


@pytest.mark.parametrize("method", ["montecarlo", "variational"])
def test_other_methods_tell_how_sure_they_are(images, method, monkeypatch):
    few = partial(variational, steps=4)
    monkeypatch.setattr("core.task2vec.measuring.variational", few)
    assert embed(images, "--method", method, "--max-samples", "9") == 0
    found = read_embeddings(images / "mine.npz", "")
    assert (found.noise > 0).all()
    assert found.samples.tolist() == [9, 6, 6, 6]
    assert np.isfinite(distances(found)).all()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--stages", "end"), "no stage 'end'"),
        (("--probe", "nothing"), "no probe 'nothing'"),
        (("--out", "table.csv"), "--out FILE.npz"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(images, more, words, capsys):
    assert embed(images, *more) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("error: ")


def test_one_folder_has_nothing_to_tell_apart(images, capsys):
    for kind in (1, 2):
        for file in (images / "mine" / f"kind {kind}").iterdir():
            file.unlink()
    assert embed(images) == 1
    assert "nothing to tell apart" in capsys.readouterr().err


@pytest.fixture
def embedded(forest, tmp_path):
    """A collection with embeddings, and a file with those of two new tasks."""
    store = Store(tmp_path / "data")
    save_collection(store, forest)
    rng = np.random.default_rng(0)

    def made(names):
        fisher = rng.random((len(names), 6)) * 1e-3
        one = np.ones(len(names), dtype=np.int64)
        return Embeddings(
            names=tuple(names),
            origin=Origin("toy", "abc", ("last",), "exact", ("last",), (6,)),
            fisher=fisher,
            precision=fisher,
            scale=np.ones_like(fisher),
            classes=2 * one,
            samples=9 * one,
            accuracy=np.ones(len(names)),
            noise=np.zeros(len(names)),
        )

    save_embeddings(store, "forest", made(forest.tasks.index), {"among": "forest"})
    write_embeddings(tmp_path / "new.npz", made(["x", "y"]), {"among": "x"})
    return store, tmp_path / "new.npz"


def test_boxes_are_learned_and_scored_and_new_ones_placed(embedded, capsys):
    store, new = embedded
    assert load_embeddings(store, "forest").names[0] == "root"
    data = ("--data", str(store.data))
    fit = ["fit", "forest", "--features", "task2vec", "--steps", "3", *data]
    assert main(fit) == 0
    assert store.fits("forest") == ("2d.task2vec",)
    assert {"model_2d.task2vec.safetensors", "task2vec.npz"} <= {
        path.name for path in store.files("forest")
    }
    capsys.readouterr()
    place = ["place", "forest", "--features", str(new), "--json", *data]
    assert main(place) == 0
    out = capsys.readouterr()
    assert [one["name"] for one in json.loads(out.out)["boxes"]] == ["x", "y"]
    assert "embed them with --among forest" in out.err
    ask = ["evaluate", "forest", "--features", "task2vec", "--protocol", "novel"]
    assert main([*ask, "--cases", "1", "--models", "random", "--json", *data]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["features"] == "task2vec"
    assert [*told["models"]] == ["random"]


def test_embeddings_of_another_kind_are_not_placed(embedded, capsys):
    store, new = embedded
    found = read_embeddings(new, "")
    origin = Origin("toy", "other", ("last",), "exact", ("last",), (6,))
    write_embeddings(
        new, Embeddings(**{**vars(found), "origin": origin}), {"among": "forest"}
    )
    data = ("--data", str(store.data))
    fit = ["fit", "forest", "--features", "task2vec", "--steps", "3", *data]
    assert main(fit) == 0
    assert main(["place", "forest", "--features", str(new), *data]) == 1
    assert "cannot be compared" in capsys.readouterr().err


def test_what_is_embedded_is_imported(embedded, tmp_path, capsys):
    store, new = embedded
    (tmp_path / "tasks.csv").write_text("name,parent\nx,\ny,x\n")
    ask = ["import", "mine", "--tasks", str(tmp_path / "tasks.csv")]
    assert main([*ask, "--features", str(new), "--data", str(store.data)]) == 0
    made = load_collection(store, "mine")
    expected = vectors(read_embeddings(new, ""))  # of which files keep three digits
    np.testing.assert_allclose(made.features, expected, atol=2e-3)


def test_a_thousand_classes(tmp_path):
    probe = toy_probe()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2000, 8, 8, 3), dtype=np.uint8)
    digests = [f"{k:04}" for k in range(2000)]

    def load(k):
        return Image.fromarray(pixels[k])

    seen = activations_of(probe, "last", digests, load, tmp_path)
    one = LabelledSet(
        "all", np.arange(2000), np.arange(2000) % 1000, tuple(range(1000))
    )
    setting = Setting("exact", ("last", "dense"), most=50)
    found = measured(probe, setting, one, seen, head_of(one, seen, 0))
    assert found.classes.tolist() == [1000]
    assert found.samples.tolist() == [1000]  # an image of every class at least
    assert (found.fisher > 0).any()
