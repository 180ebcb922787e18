"""What one process has computed, another one has: two apps on one data directory."""

from functools import wraps

import pytest

import app
from core.cache import load_boxes, save_boxes
from dashboard import prepared
from dashboard.application import create_app

ASKED = {
    "/matrix/animals.json": "features=mean&measure=cosine&rows=1,2,4,6",
    "/neighbourhoods/animals.json": "rows=1,2,4,6",
}


@pytest.fixture
def computed(monkeypatch):
    """Names of what was computed, one after the other."""
    done = []

    def counted(work):
        @wraps(work)
        def counting(*given):
            done.append(work.__name__)
            return work(*given)

        return counting

    for name in ("matrix", "neighbourhoods"):
        monkeypatch.setattr(prepared, name, counted(getattr(prepared, name)))
    return done


def answers(store):
    """Of a process that has just begun."""
    client = create_app(app.shelf_of(store)[0], store=store).server.test_client()
    found = [client.get(path, query_string=query) for path, query in ASKED.items()]
    assert [one.status_code for one in found] == [200, 200]
    return [one.get_data() for one in found]


def test_what_one_has_computed_another_has(store, computed):
    first = answers(store)
    assert computed == ["matrix", "neighbourhoods"]
    assert answers(store) == first
    assert computed == ["matrix", "neighbourhoods"]
    assert (store.data / ".answers").stat().st_mode & 0o777 == 0o700


def test_a_collection_that_is_another_is_computed_anew(store, computed):
    answers(store)
    save_boxes(store, "animals", load_boxes(store, "animals", 2), {"seed": 1})
    answers(store)
    assert computed == ["matrix", "neighbourhoods"] * 2


@pytest.mark.parametrize("damage", ["no folder", "no database"])
def test_where_nothing_can_be_kept_it_is_computed_every_time(store, computed, damage):
    if damage == "no folder":
        (store.data / ".answers").write_text("a file")
    else:
        (store.data / ".answers").mkdir()
        (store.data / ".answers" / "cache.db").write_bytes(b"no database" * 100)
    assert answers(store) == answers(store)
    assert computed == ["matrix", "neighbourhoods"] * 2
