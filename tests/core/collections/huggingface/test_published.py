import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import cache
from core.boxes import Boxes, containment
from core.cache import Store
from core.collections.huggingface.published import (
    FIGURE,
    LEAST,
    read_boxes,
    relations_of_boxes,
)
from core.errors import DataError

ROOT = Path(__file__).parents[4]
HEAD = "name,x0,x1,y0,y1\n"
GOOD = HEAD + "me/whole,0,2,0,2\nme/part,0,1,0,1\nyou/aside,1,3,0,2\nyou/far,8,9,8,9\n"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The collection that is shipped."""
    nowhere = Store(tmp_path_factory.mktemp("none"))
    return cache.load_atlas(nowhere, "huggingface-published")


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "boxes.csv"
    path.write_text(text, encoding=encoding)
    return path


# What is shipped


def test_the_figure_has_131_data_sets(published):
    assert len(published.tasks) == 131
    assert published.boxes.keys() == {2}
    first = published.tasks.loc["barkermrl/imagenet-a"]
    assert (first["label"], first["owner"]) == ("imagenet-a", "barkermrl")
    assert first["url"] == "https://huggingface.co/datasets/barkermrl/imagenet-a"


def test_areas_are_those_of_the_boxes(published):
    np.testing.assert_allclose(
        published.tasks["area"], published.boxes[2].volume, rtol=1e-5
    )


def test_relations_are_the_containments_of_the_published_boxes(published):
    share = containment(published.boxes[2])
    np.fill_diagonal(share, 0)
    pairs, known = published.relations, np.zeros_like(share)
    known[pairs.child, pairs.parent] = pairs.strength
    np.testing.assert_allclose(known[share > LEAST], share[share > LEAST], atol=1e-5)
    assert not known[share < LEAST].any()


def test_it_says_that_its_boxes_are_published(published):
    about = published.provenance
    assert about["boxes"] == f"Published, not fitted here: {FIGURE}"
    assert "read off the published boxes" in about["notes"][0]
    assert about["sources"][0]["address"] == FIGURE
    assert about["command"].endswith("--boxes FILE")


# Reading boxes


def test_boxes_are_read_by_their_columns(tmp_path):
    boxes = read_boxes(written(tmp_path, GOOD, "utf-8-sig"))
    assert boxes.names == ("me/whole", "me/part", "you/aside", "you/far")
    assert boxes.lower[2].tolist() == [1, 0]
    assert boxes.upper[2].tolist() == [3, 2]


def test_relations_are_exact():
    lower = np.array([[0, 0], [0, 0], [1, 0], [1.995, 0]], dtype=np.float32)
    upper = np.array([[2, 2], [1, 1], [3, 2], [3, 3]], dtype=np.float32)
    pairs = relations_of_boxes(Boxes(lower, upper, ("whole", "part", "aside", "edge")))
    found = zip(
        pairs.child.tolist(), pairs.parent.tolist(), pairs.strength, strict=True
    )
    # The strip that `edge` shares with `whole` is too thin to be listed.
    assert {(i, j): round(float(share), 3) for i, j, share in found} == {
        (0, 1): 0.25,
        (0, 2): 0.5,
        (1, 0): 1.0,
        (2, 0): 0.5,
        (2, 3): pytest.approx(0.502, abs=1e-3),
        (3, 2): pytest.approx(0.667, abs=1e-3),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,x0,x1,y0\na,0,1,0\n", "has no column 'y1', only name, x0, x1, y0"),
        ("", "is not a CSV in UTF-8"),
        (HEAD, "has no row"),
        (GOOD + "a,2,1,0,1\n", "row 6: 'a' has x0 >= x1 or y0 >= y1 (x0=2, y0=0"),
        (GOOD + "a,1,1,0,1\n", "row 6: 'a' has x0 >= x1"),
        (GOOD + "a,0,,0,1\n", "row 6: 'a' has a corner that is no number (x0=0"),
        (GOOD + "a,0,wide,0,1\n", "row 6: 'a' has a corner that is no number"),
        (GOOD + "a,0,inf,0,1\n", "row 6: 'a' has a corner that is no number"),
        (GOOD + "me/part,0,1,0,1\n", "row 6: 'me/part' is listed twice"),
        (GOOD + " ,0,1,0,1\n", "row 6: '' has no name"),
        (GOOD + "a,0,1,0,1,7\n", "is not a CSV in UTF-8"),
    ],
)
def test_a_bad_row_is_named(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_boxes(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_encodings_are_refused(tmp_path):
    path = written(tmp_path, GOOD.replace("far", "fär"), "latin-1")
    with pytest.raises(DataError, match="is not a CSV in UTF-8"):
        read_boxes(path)


# The command


def build(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "core", "build", "huggingface-published", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_build_writes_the_boxes_too(tmp_path):
    data = tmp_path / "data"
    ended = build("--boxes", written(tmp_path, GOOD), "--data", data)
    assert ended.returncode == 0, ended.stderr
    folder = data / "huggingface-published"
    said, *notes = ended.stdout.splitlines()
    assert said == (
        f"huggingface-published: 4 tasks, 4 vectors, 1 strict containments in {folder}"
    )
    assert [note.startswith("note: ") for note in notes] == [True, True]
    atlas = cache.load_atlas(Store(data, tmp_path), "huggingface-published")
    assert atlas.tasks["area"].tolist() == [4, 1, 4, 1]
    assert atlas.boxes[2].upper.tolist() == [[2, 2], [1, 1], [3, 2], [9, 9]]
    assert "4 image data sets" in atlas.provenance["description"]


def test_a_missing_table_is_answered_with_the_figure(tmp_path):
    ended = build("--boxes", tmp_path / "none.csv", "--data", tmp_path / "data")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"error: Cannot read the published boxes at {tmp_path / 'none.csv'}: No such "
        f"file or directory. They are drawn at {FIGURE}; give a CSV of them with "
        "--boxes.\n"
    )
