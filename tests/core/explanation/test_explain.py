"""The command `explain`, and what it keeps."""

import json
import sys

import numpy as np
import pytest

from core.__main__ import main
from core.errors import DataError
from core.explanation import running
from core.explanation.classifier import classifier_of
from core.explanation.explaining import task_named, told_right
from core.explanation.kept import load_explanation, read_explanation
from core.explanation.summary import summary
from core.store import Store
from core.task2vec.head import Head
from core.task2vec.labelled import labelled_sets
from core.task2vec.pictures import of_folder
from tests.core.explanation.toys import colours_probe, picture

PROBE = "from tests.core.explanation.toys import colours_probe as probe\n"
FLAT = "from tests.core.explanation.toys import flat_probe as probe\n"
METHODS = "gradcam,gradient"


@pytest.fixture
def images(tmp_path):
    """Three folders of pictures, of a patch of a colour each."""
    for colour, kind in enumerate(("red", "green", "blue")):
        folder = tmp_path / "mine" / kind
        folder.mkdir(parents=True)
        for k in range(10):
            picture(colour, (2 * k, 10), 10 * colour + k).save(folder / f"{k}.png")
    (tmp_path / "probe.py").write_text(PROBE)
    (tmp_path / "flat.py").write_text(FLAT)
    return tmp_path


def explain(images, *more, what=None, probe="probe.py", methods=METHODS):
    return main(
        [
            "explain",
            what or str(images / "mine"),
            *("--model", str(images / probe)),
            *("--images", "4", "--magnitudes", "1", "--methods", methods),
            *(() if what else ("--out", str(images / "rows.parquet"))),
            *("--data", str(images / "data")),
            *more,
        ]
    )


def test_a_folder_is_explained_and_every_figure_comes_from_the_rows(images, capsys):
    assert explain(images, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    found = read_explanation(images / "rows.parquet", "explain")
    rows = found.of("mine", "colours")
    assert len(rows) == len(found.rows) == (2 + 4) * 4 * (1 + 13 + 2 + 2)
    assert told["figures"]["micro, predicted class"] == summary(rows)
    assert told["figures"]["macro, fixed class"] == summary(
        rows, mode="fixed", average="macro"
    )
    assert (told["classes"], told["setting"]["images"]) == (3, 4)
    control = told["figures"]["micro, predicted class"]["control-constant"]
    assert (control["consistency"]["value"], control["cose"]["value"]) == (1, 0)


def test_a_table_is_printed(images, capsys):
    assert explain(images) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("mine: 3 classes by colours")
    assert {"gradcam", "gradient"} == {line.split()[0] for line in lines[2:4]}
    assert [line.split()[0] for line in lines[4:]][-1] == "control-constant"


def test_an_interrupted_run_goes_on_where_it_stopped(images, monkeypatch, capsys):
    whole = running._explain
    calls = []

    def some(*given):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(given)
        return whole(*given)

    monkeypatch.setattr(running, "_explain", some)
    assert explain(images) == 130
    assert "the same command goes on from here" in capsys.readouterr().err
    again = []
    monkeypatch.setattr(running, "_explain", lambda *g: (again.append(g), whole(*g))[1])
    assert explain(images) == 0
    assert len(again) == 6 - 2
    monkeypatch.setattr(running, "_explain", lambda *_: pytest.fail("again"))
    before = read_explanation(images / "rows.parquet", "").rows
    assert explain(images) == 0
    assert read_explanation(images / "rows.parquet", "").rows.equals(before)


def test_rows_of_a_collection_are_kept_beside_it(images, capsys):
    store = Store(images / "data")
    folder = ["--folder", str(images / "mine")]
    assert main(["build", "folder", *folder[1:], "--data", str(images / "data")]) == 0
    assert explain(images, *folder, what="mine", methods="gradient") == 0
    first = load_explanation(store, "mine")
    assert explain(images, *folder, what="mine", methods="gradcam") == 0
    both = load_explanation(store, "mine")
    assert {*first.rows["method"]} | {"gradcam"} == {*both.rows["method"]}
    assert len(both.about) == 1 and both.about[0]["task"] == "."
    # Of fewer pictures, what is known of more stays.
    few = ["--images", "2"]
    assert explain(images, *folder, *few, what="mine", methods="gradcam++") == 0
    some = load_explanation(store, "mine")
    assert some.rows.groupby("method", observed=True)["image"].nunique().to_dict() == {
        **dict.fromkeys(both.rows["method"], 4),
        "gradcam++": 2,
    }
    assert some.about[0]["setting"]["images"] == 4
    # Rows of other changes are not compared with those of before.
    assert explain(images, *folder, "--magnitudes", "2", what="mine") == 0
    assert len(load_explanation(store, "mine").about) == 1
    counts = (
        load_explanation(store, "mine").rows.groupby("method", observed=True).size()
    )
    assert counts.nunique() == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--methods", "gradcamm"], "no method 'gradcamm'; there are: gradcam"),
        (["--task", "red"], "no task 'red' of two or more classes"),
        (["--layer", "pool.9"], "Layer 'pool.9' of 'colours' gives no maps"),
    ],
)
def test_what_cannot_be_asked_is_told(images, capsys, more, said):
    assert explain(images, *more) == 1
    assert said in capsys.readouterr().err


def test_a_model_without_maps_is_explained_by_other_methods(images, capsys):
    assert explain(images, probe="flat.py", methods="gradcam") == 1
    error = capsys.readouterr().err
    assert "has no convolutional stage" in error and "occlusion, lime" in error


def test_no_picture_told_right_is_told(images):
    found = of_folder(images / "mine")
    task = task_named(labelled_sets(found.names, found.membership), None)
    wrong = Head(20 * np.eye(3)[[0, 2, 1]], np.zeros(3), 1.0)  # of blue, green, red
    classifier = classifier_of(colours_probe(), wrong)
    held = np.ones(len(task.rows), dtype=bool)
    with pytest.raises(DataError, match="tells none of the 30 images"):
        told_right(classifier, task, found, held, 4, 0)


def test_images_of_a_collection_must_be_named(images, capsys):
    assert main(["explain", "cub", "--data", str(images / "data")]) == 1
    assert "name their folder or archive with --folder" in capsys.readouterr().err
    assert main(["explain", str(images / "mine")]) == 1
    assert "Say with --out" in capsys.readouterr().err


def test_damaged_rows_are_told(images):
    assert explain(images, methods="gradient") == 0
    (images / "rows.parquet").write_bytes(b"no table")
    with pytest.raises(DataError, match="damaged"):
        read_explanation(images / "rows.parquet", "explain mine")
    assert "torchvision" not in sys.modules
