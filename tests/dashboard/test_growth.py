"""No answer on a large collection goes through all of its tasks."""

import numpy as np
import pytest

from dashboard.application import create_app
from tests.expanses import expanse, shelf_of
from tests.wary import MOST, guard

TASKS = 4 * MOST


@pytest.fixture(scope="module")
def large():
    found = expanse(TASKS)
    guard(found)
    return found


@pytest.fixture(scope="module")
def client(large):
    return create_app(shelf_of(large)).server.test_client()


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """A task is looked at as a whole only where it is far smaller than all of them."""
    monkeypatch.setattr("core.windows.expanse.DIRECT", 1 << 10)
    monkeypatch.setattr("dashboard.excerpts.COUNTED", 1 << 10)
    monkeypatch.setattr("dashboard.windows.MOST", 200)


@pytest.mark.parametrize(
    "path",
    [
        "/atlas/forest.json",
        "/window/forest.json",
        "/window/forest.json?frame=0,1,0,1&width=1400&height=900",
        "/window/forest.json?frame=0.3,0.31,0.3,0.31&width=1400&height=900",
        "/window/forest.json?focus=t0",
        "/window/forest.json?focus=t1&also=t9,t65535",
        "/search/forest.json?text=b",
        "/search/forest.json?text=bafo",
        "/search/forest.json?text=bafo+ce",
        "/search/forest.json?text=bafoxru",
        "/view.json?task=t9&focus=t1&selection=t2,t3",
        "/details.json",
        "/details.json?task=t0",
        "/details.json?task=t1",
        "/details.json?task=t65535",
        "/table.json",
        "/table.json?task=t0",
        "/table.json?task=t1&begin=1000000",
        "/inspector.json?task=t1",
        "/nearest.json?task=t1",
        "/errors.json?focus=t1&task=t1",
        "/members.json?task=t1",
        "/words/forest.json",
        "/about/forest.json",
        "/evaluation/forest.json",
        "/export/forest.html?task=t9",
        "/column/forest.json?color=f1",
    ],
)
def test_no_answer_goes_through_all_tasks(client, path):
    answer = client.get(path)
    assert answer.status_code in (200, 404), answer.text


def test_rows_for_a_file_do_not_go_through_all_tasks(client):
    asked = {"names": ["t65535", "t3"], "dim": 2}
    assert client.post("/data/forest.csv", json=asked).status_code == 200


@pytest.mark.parametrize(
    "whole",
    [
        lambda known: known.table.members.max(),
        lambda known: np.count_nonzero(known.tree.parent[1:] == 0),
        lambda known: np.flatnonzero(known.tree.size == 1),
        lambda known: np.diff(known.tree.depth),
    ],
)
def test_what_goes_through_all_tasks_is_noticed(large, whole):
    with pytest.raises(AssertionError, match="goes through"):
        whole(large)
