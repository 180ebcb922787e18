"""Answers on a collection that is seen through windows, over HTTP."""

import base64
import json

import numpy as np
import pytest

from dashboard.application import create_app
from dashboard.windows import MOST
from tests.expanses import expanse, shelf_of

WINDOW = "/window/forest.json"


@pytest.fixture(scope="module")
def large():
    return expanse(20_000)


@pytest.fixture(scope="module")
def client(large):
    return create_app(shelf_of(large)).server.test_client()


@pytest.fixture(scope="module")
def ask(client):
    """A function that gives the JSON of an address."""

    def answered(path, **query):
        answer = client.get(path, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    return answered


def numbers(text, kind="<f4"):
    return np.frombuffer(base64.b64decode(text), kind)


def test_the_first_answer_is_a_window_around_all_of_it(ask, large):
    told = ask("/atlas/forest.json")
    assert told["window"]["total"] == 20_000
    assert len(told["names"]) < MOST + 1000
    assert told["window"]["whole"] == list(large.frame(-1))
    assert told["colors"] == ["branch", "depth", "members", "f1"]
    assert told["subtrees"]["2"]["rows"] == [told["names"].index("t1")]
    assert told["subtrees"]["2"]["f1"] == [0.8765]
    assert told["besides"] == ["pca", "tree", "intervals"]


def test_a_window_says_of_its_tasks_what_an_atlas_does(ask, large):
    told = ask(WINDOW, frame="0.3,0.5,0.3,0.5", width=800, height=600)
    rows = large.rows(told["names"])
    corners = large.table.corners[rows]
    lower = numbers(told["boxes"]["2"]["lower"]).reshape(-1, 2)
    np.testing.assert_array_equal(lower, corners[:, ::2])
    assert told["labels"] == large.labels(rows)
    assert told["members"] == large.table.members[rows].tolist()
    above = [rows[parents[0]] if parents else -1 for parents in told["parents"]]
    assert above == large.tree.parent[rows].tolist()
    inside = numbers(told["window"]["inside"], "<u4")
    assert (inside + 1 == large.tree.size[rows]).all()
    hues = numbers(told["window"]["hues"])
    assert ((hues >= 0) & (hues < 360)).all()


def test_closer_windows_show_smaller_tasks(ask):
    far = ask(WINDOW, frame="0,1,0,1", width=500, height=500)
    near = ask(WINDOW, frame="0.3,0.4,0.3,0.4", width=500, height=500)
    assert near["window"]["asked"] < far["window"]["asked"]
    assert set(near["names"]) - set(far["names"])


def test_the_wheel_is_stretched_over_what_is_looked_into(ask, large):
    name = large.names([5])[0]
    told = ask(WINDOW, focus=name)
    inner = [k for k, parents in enumerate(told["parents"]) if parents]
    focus = told["names"].index(name)
    children = [k for k in inner if told["parents"][k] == [focus]]
    hues = numbers(told["window"]["hues"])[children]
    assert told["window"]["focus"] == name
    assert len(hues) > 1
    assert hues.max() - hues.min() > 180


def test_tasks_that_a_person_has_chosen_are_in_every_window(ask):
    told = ask(WINDOW, frame="0.3,0.4,0.3,0.4", also="t19999,nobody,t7")
    assert {"t19999", "t7"} <= set(told["names"])
    assert "nobody" not in told["names"]


@pytest.mark.parametrize(
    "query",
    [
        {"frame": "0,1,0"},
        {"frame": "0,1,0,x"},
        {"frame": "0,1,0,nan"},
        {"frame": "0,inf,0,1"},
        {"frame": "0,1e999,0,1"},
        {"frame": "1,0,0,1"},
        {"frame": "0,0,0,1"},
        {"frame": "0,1,0,1" * 1000},
        {"frame": "1_0,20,0,1"},
        {"width": "0"},
        {"width": "99999"},
        {"width": "-5"},
        {"width": "1.5"},
        {"height": "٣"},
        {"focus": "nobody"},
        {"focus": "../../etc/passwd"},
        {"also": ",".join(map(str, range(1000)))},
    ],
)
def test_what_makes_no_sense_is_refused(client, query):
    answer = client.get(WINDOW, query_string=query)
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert len(answer.text) < 100


@pytest.mark.parametrize("name", ["nobody", "..", "%2e%2e"])
def test_there_is_no_window_of_what_there_is_not(client, name):
    assert client.get(f"/window/{name}.json").status_code == 404
    assert client.get(f"/search/{name}.json?text=a").status_code == 404


def test_a_small_collection_has_no_windows(atlas):
    from tests.dashboard.shelves import shelved

    client = create_app(shelved(atlas)).server.test_client()
    assert client.get(f"/window/{atlas.name}.json").status_code == 404
    assert client.get(f"/search/{atlas.name}.json?text=a").status_code == 404


def test_names_are_searched_where_they_are(ask, large):
    label = large.labels([777])[0]
    found = ask("/search/forest.json", text=label)
    assert found[0]["label"] == label
    row = large.row(found[0]["name"])
    assert len(found[0]["above"]) == large.tree.depth[row]
    assert ask("/search/forest.json", text="") == []
    assert ask("/search/forest.json", text="x" * 100_000) == []


def test_a_view_may_name_any_task(ask):
    told = ask("/view.json", focus="t5", task="t19999", selection="t3,t19998")
    assert told["faults"] == []
    assert told["view"]["task"] == "t19999"
    assert told["view"]["selection"] == "t3,t19998"
    told = ask("/view.json", focus="nobody")
    assert told["view"]["focus"] == ""
    assert len(told["faults"]) == 1


def test_details_say_the_largest_tasks_and_count_all(client, large):
    row = int(np.argmax(np.bincount(large.tree.parent[1:])))
    told = client.get(f"/details.json?task=t{row}").text
    assert large.labels([row])[0] in told
    size = large.tree.size[row] - 1
    assert f"of {size:,} contained tasks lie in the box" in told
    count = int((large.tree.parent == row).sum())
    assert f"and {count - 16:,} more" in told


def test_details_say_how_well_held_out_pairs_are_told_apart(client):
    assert "F1 0.87 on 12 held-out" in client.get("/details.json?task=t1").text


def test_the_words_on_the_collection_count_all_of_it(client):
    assert "20,000" in client.get("/details.json").text
    assert "20,000" in client.get("/about/forest.json").text


def test_the_table_comes_in_pages(ask, large):
    row = int(np.argmax(np.bincount(large.tree.parent + 1)[1:]))
    children = np.flatnonzero(large.tree.parent == row)
    names = large.names(children)
    seen, begin = [], 0
    while begin < len(children):
        told = ask("/table.json", task=f"t{row}", begin=begin)
        rows = numbers(told["rows"], "<u4")
        seen += [told["tasks"]["names"][at] for at in rows]
        assert len(rows) == len(numbers(told["inside"], "<i2"))
        begin = told["pages"]["end"]
    assert seen == names


@pytest.mark.parametrize("begin", ["-5", "x", "1e9", "99999999999999999999"])
def test_a_page_that_there_is_not_is_the_nearest(ask, begin):
    assert ask("/table.json", task="t1", begin=begin)["pages"]["count"] > 0


def test_rows_of_any_tasks_become_a_file(client):
    asked = {"names": ["t19999", "t3"], "dim": 2}
    answer = client.post("/data/forest.json", json=asked)
    assert [row["name"] for row in json.loads(answer.data)] == ["t19999", "t3"]
    many = {"names": ["t1"] * (MOST + 1), "dim": 2}
    assert client.post("/data/forest.csv", json=many).status_code == 400
    for wrong in (
        {"names": [5], "dim": 2},
        {"names": "t1"},
        [],
        None,
        {"names": ["x"]},
    ):
        assert client.post("/data/forest.csv", json=wrong).status_code == 400


def test_a_file_of_its_own_has_what_is_seen(client):
    query = {"task": "t19999", "frame": "0,1,0,1", "width": 600, "height": 600}
    answer = client.get("/export/forest.html", query_string=query)
    assert answer.status_code == 200
    assert len(answer.data) < 4e6
    assert client.get("/export/forest.html?frame=x").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "nearest.json?task=t9",
        "inspector.json?task=t9",
        "errors.json?task=t9",
        "members.json?task=t9",
        "words/forest.json",
        "evaluation/forest.json",
        "boxes/forest.json?dim=2",
        "column/forest.json?color=edges",
        "matrix/forest.json?features=mean&measure=cosine&rows=1,2",
        "neighbourhoods/forest.json?rows=1,2",
        "truth/forest.json?rows=1,2",
        "fit/forest.json?fit=2d.x",
        "replay/forest.json?dim=2",
    ],
)
def test_what_needs_the_whole_collection_is_bounded_or_not_there(client, path):
    answer = client.get(f"/{path}")
    assert answer.status_code in (200, 404)
    assert len(answer.data) < 200_000
