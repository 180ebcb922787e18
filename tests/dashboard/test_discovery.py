import csv
import io
import shutil

import numpy as np
import pytest
from PIL import Image

import app
from core import files
from core.discovery.kept import discoveries, load
from core.discovery.sheet import write_sheet
from core.store import Store
from dashboard.application import create_app
from dashboard.discovery import told
from tests.discoveries import CLASSES, keep_discovery


@pytest.fixture
def client(store):
    shelf, _ = app.shelf_of(store)
    return create_app(shelf, store=store).server.test_client()


def test_nothing_is_discovered_yet(client):
    assert client.get("/discoveries.json").get_json() == []
    assert client.get("/discovery/tiny-quick.json").status_code == 404


def test_a_discovery_is_told_with_places_on_its_sheet(client, store):
    keep_discovery(store)
    assert client.get("/discoveries.json").get_json() == ["tiny-quick"]
    told = client.get("/discovery/tiny-quick.json").get_json()
    one = load(store, "tiny-quick")
    assert told["sheet"] == {"across": 32, "count": len(one.sheet)}
    assert [task["name"] for task in told["tasks"]] == ["task 1", "task 2"]
    for task, margin in zip(told["tasks"], one.margin, strict=True):
        low, high = (margin[one.sheet[cells]] for cells in task["sides"])
        assert (low <= 0).all()
        assert (high > 0).all()
        assert (np.diff(low) >= 0).all()  # the surest first
        assert (np.diff(high) <= 0).all()
        for cell, side in task["quiz"]:
            assert (margin[one.sheet[cell]] > 0) == side
            assert one.sheet[cell] in one.test
        shown = {cell for side in task["sides"] for cell in side}
        assert not shown & {cell for cell, _ in task["quiz"]}
    split, _ = told["splits"]
    ((cell, label, taken),) = split["halves"]["mistakes"]
    assert (one.sheet[cell], label, taken) == (3, 3, 0)


def test_the_sheet_is_sent_whole(client, store):
    folder = keep_discovery(store)
    answer = client.get("/discovery/tiny-quick.png")
    assert answer.mimetype == "image/png"
    assert answer.data == (folder / "sheet.png").read_bytes()
    with Image.open(io.BytesIO(answer.data)) as sheet:
        assert sheet.width == 32 * 8


def test_images_that_are_not_there_are_not_told_of(client, store):
    keep_discovery(store, sheet=False)
    told = client.get("/discovery/tiny-quick.json").get_json()
    assert told["sheet"] is None
    assert told["tasks"][0]["sides"] == [[], []]
    assert told["splits"][0]["halves"]["mistakes"] == []
    assert client.get("/discovery/tiny-quick.png").status_code == 404


def test_a_split_can_be_downloaded(client, store):
    keep_discovery(store)
    answer = client.get("/discovery/tiny-quick/split-0.csv")
    assert "tiny-quick-split-1.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 240
    one = load(store, "tiny-quick")
    for row, item, label, margin in zip(
        rows, one.items, one.labels, one.margin[0], strict=True
    ):
        assert (row["item"], row["class"]) == (item, CLASSES[label])
        assert int(row["target"]) == (label in (0, 2))
        assert int(row["task 1"]) == (margin > 0)
    same = {row["side"]: row["target"] == row["task 1"] for row in rows}
    assert all((row["target"] == row["task 1"]) == same[row["side"]] for row in rows)
    assert client.get("/discovery/tiny-quick/split-2.csv").status_code == 404


def test_a_split_by_two_tasks_leaves_out_where_they_differ(client, store):
    keep_discovery(store)
    text = client.get("/discovery/tiny-quick/split-1.csv").text
    ways = {"train": set(), "test": set(), "left out": set()}
    for row in csv.DictReader(io.StringIO(text)):
        says = tuple(row["target"] == row[one] for one in ("task 1", "task 2"))
        ways[row["side"]].add(says)
    ((one, other),) = ways["train"]
    assert ways["test"] == {(not one, not other)}
    assert ways["left out"] == {(not one, other), (one, not other)}


def test_a_name_is_kept_and_forgotten(client, store):
    keep_discovery(store)
    sent = {"task": 1, "name": "  wears a collar "}
    answer = client.post("/discovery/tiny-quick/name.json", json=sent)
    assert answer.get_json() == {"1": "wears a collar"}
    told = client.get("/discovery/tiny-quick.json").get_json()
    assert [task["given"] for task in told["tasks"]] == ["", "wears a collar"]
    client.post("/discovery/tiny-quick/name.json", json={"task": 1, "name": ""})
    told = client.get("/discovery/tiny-quick.json").get_json()
    assert [task["given"] for task in told["tasks"]] == ["", ""]


def test_names_and_images_of_other_tasks_are_not_told(client, store):
    folder = keep_discovery(store)
    client.post("/discovery/tiny-quick/name.json", json={"task": 1, "name": "collar"})
    (folder / "splits.json").unlink()
    for file in ("sheet.png", "sheet.npz"):  # as if the new one were shipped
        shipped = store.shipped / folder.name / file
        shipped.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / file, shipped)
    with np.load(folder / "tasks.npz") as arrays:
        files.write_arrays(
            folder / "tasks.npz", {**arrays, "margin": -arrays["margin"]}
        )

    def told():
        return client.get("/discovery/tiny-quick.json").get_json()

    assert (told()["sheet"], told()["tasks"][1]["given"]) == (None, "")
    assert client.get("/discovery/tiny-quick.png").status_code == 404
    one = load(store, "tiny-quick")
    pixels = np.zeros((1, 8, 8, 1), dtype=np.uint8)
    write_sheet(shipped.parent, pixels, np.array([7]), one.digest)
    assert told()["sheet"]["count"] == 1  # not the person's own of before
    picture = client.get("/discovery/tiny-quick.png").data
    assert picture == (shipped.parent / "sheet.png").read_bytes()
    client.post("/discovery/tiny-quick/name.json", json={"task": 0, "name": "legs"})
    assert [task["given"] for task in told()["tasks"]] == ["legs", ""]
    files.write_json(folder / "names.json", {"0": "of an older program"})
    assert told()["tasks"][0]["given"] == ""


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"task": 2, "name": "x"}, "tasks 0 to 1, not 2"),
        ({"task": 0, "name": "x" * 61}, "at most 60 letters"),
        ({"task": 0, "name": "a\nb"}, "a line"),
        ({"name": "x"}, "number of its task"),
        ([], "number of its task"),
    ],
)
def test_names_that_are_none(client, store, sent, said):
    keep_discovery(store)
    answer = client.post("/discovery/tiny-quick/name.json", json=sent)
    assert answer.status_code == 400
    assert said in answer.text


def test_what_is_shipped_can_be_told_and_its_images_may_be(tmp_path):
    store = Store(tmp_path)
    names = discoveries(store)
    # Those that can be looked at come first.
    assert names == ("fashion-mnist-quick", "cifar10-standard")
    for name in names:
        told_of = told(load(store, name))
        assert all(task["converged"] for task in told_of["tasks"])
        assert told_of["map"]
        if told_of["sheet"] is not None:
            assert "MIT" in told_of["source"]
            assert all(len(task["quiz"]) == 20 for task in told_of["tasks"])


def test_a_damaged_discovery_is_said_so(client, store):
    folder = keep_discovery(store)
    (folder / "tasks.npz").write_bytes(b"PK nothing")
    answer = client.get("/discovery/tiny-quick.json")
    assert answer.status_code == 503
    assert "tasks.npz is damaged" in answer.text
