"""What the page asks of a person's own collections, without a browser."""

import io
import shutil
import zipfile
from threading import Barrier, Thread

import pytest

import app
from core import cache, trash
from dashboard.application import create_app


@pytest.fixture
def store(store):
    """The animals as one's own, and as one that is shipped."""
    shutil.copytree(store.data / "animals", store.shipped / "plants")
    return store


@pytest.fixture
def client(store):
    shelf, _ = app.shelf_of(store)
    return create_app(shelf, store=store).server.test_client()


@pytest.fixture
def zipped(client):
    """The animals as one file."""
    with client.get("/own/animals.zip") as answer:
        return answer.data


def offered(client):
    return [name for name, _ in client.get("/collections.json").get_json()]


def listed(client):
    told = client.get("/own.json").get_json()
    return {one["name"]: one for one in told["collections"]}, told["deleted"]


def arriving(store):
    folder = store.data / ".uploads"
    return [*folder.iterdir()] if folder.is_dir() else []


def test_one_s_own_and_the_shipped_ones_are_listed(client, store):
    collections, deleted = listed(client)
    assert [*collections] == ["animals", "plants"]
    size = sum(path.stat().st_size for path in (store.data / "animals").iterdir())
    date = cache.load_provenance(store, "animals")["date"]
    assert collections["animals"] == {
        "name": "animals",
        "title": "Animals",
        "tasks": 7,
        "date": date,
        "dims": [2, 3],
        "size": size,
        "shipped": False,
        "whole": True,
        "fault": "",
    }
    assert collections["plants"]["size"] == 0
    assert deleted == []


def test_another_title_is_shown_at_once(client):
    answer = client.post("/own/animals/rename", json={"title": "Beasts"})
    assert answer.get_json() == {"name": "animals", "shown": True}
    assert ["animals", "Beasts"] in client.get("/collections.json").get_json()
    assert client.get("/atlas/animals.json").get_json()["title"] == "Beasts"


@pytest.mark.parametrize("words", [None, [], {}, {"title": 7}, {"title": None}])
def test_a_title_is_a_text(client, words):
    answer = client.post("/own/animals/rename", json=words)
    assert answer.status_code == 400


def test_deleted_and_had_back(client, store):
    assert client.post("/own/animals/delete").get_json()["shown"] is False
    assert offered(client) == ["plants"]
    assert client.get("/atlas/animals.json").status_code == 404
    assert listed(client)[1] == [{"name": "animals", "title": "Animals"}]
    again = client.post("/own/animals/delete")
    assert (again.status_code, again.mimetype) == (400, "text/plain")
    assert client.post("/own/animals/restore").get_json()["shown"] is True
    assert offered(client) == ["animals", "plants"]
    assert client.get("/atlas/animals.json").status_code == 200


@pytest.mark.parametrize("wish", ["rename", "delete", "restore"])
def test_shipped_ones_are_not_touched(client, store, wish):
    answer = client.post(f"/own/plants/{wish}", json={"title": "Mine"})
    assert answer.status_code == 400
    assert cache.load_provenance(store, "plants")["title"] == "Animals"
    assert client.get("/own/plants.zip").status_code == 503


@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2fanimals", ".trash", ".uploads"])
@pytest.mark.parametrize("wish", ["delete", "restore"])
def test_a_path_is_no_name(client, store, name, wish):
    answer = client.post(f"/own/{name}/{wish}")
    assert answer.status_code in (400, 404, 405)
    assert store.own("animals")


def test_other_pages_may_ask_for_nothing(client, store):
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/own/animals/delete", "/own/import", "/own/animals/rename"):
        assert client.post(path, headers=headers).status_code == 403
    assert store.own("animals")


def test_an_export_is_a_file_of_its_own_name(client, store):
    with client.get("/own/animals.zip") as answer:
        disposition = answer.headers["Content-Disposition"]
        assert disposition == "attachment; filename=animals.zip"
        assert answer.mimetype == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            assert "animals/boxes_2d.npz" in archive.namelist()
    assert arriving(store) == []


def test_an_import_is_shown_at_once(client, store, zipped):
    client.post("/own/animals/delete")
    answer = client.post("/own/import?file=animals.zip", data=zipped)
    assert answer.get_json() == {"name": "animals", "shown": True}
    assert offered(client) == ["animals", "plants"]
    assert client.get("/atlas/animals.json").get_json()["title"] == "Animals"
    assert arriving(store) == []


def test_an_import_whose_name_is_taken_gets_another(client, store, zipped):
    answer = client.post("/own/import?file=animals.zip", data=zipped)
    assert answer.get_json() == {
        "taken": "There is a collection 'animals' already; give this one another name."
    }
    answer = client.post("/own/import?file=animals.zip&name=beasts", data=zipped)
    assert answer.get_json() == {"name": "beasts", "shown": True}
    assert offered(client) == ["animals", "beasts", "plants"]


@pytest.mark.parametrize("name", ["../x", "-v", "--help", "a b", ".x"])
def test_an_import_under_what_is_no_name(client, store, zipped, name):
    query = {"file": "a.zip", "name": name}
    answer = client.post("/own/import", query_string=query, data=zipped)
    assert answer.status_code == 400
    assert offered(client) == ["animals", "plants"]
    assert arriving(store) == []


def test_what_is_no_archive_is_one_line(client, store):
    answer = client.post("/own/import?file=holiday.zip", data=b"PK not")
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert answer.text == (
        "holiday.zip is damaged or no zip; export the collection again."
    )
    assert arriving(store) == []


def test_two_imports_at_once_are_both_there(client, store, zipped):
    together, said = Barrier(2), []

    def send(name):
        mine = client.application.test_client()
        together.wait()
        query = {"file": "animals.zip", "name": name}
        answer = mine.post("/own/import", query_string=query, data=zipped)
        said.append(answer.get_json()["name"])

    threads = [Thread(target=send, args=[name]) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["one", "two"]
    assert offered(client) == ["animals", "one", "plants", "two"]


def test_a_start_empties_the_trash_and_removes_what_did_not_arrive(store):
    trash.delete(store, "animals")
    (store.data / ".uploads").mkdir()
    (store.data / ".uploads" / "half").write_bytes(b"half")
    app.clean(store)
    assert trash.deleted(store) == ()
    assert arriving(store) == []


def test_without_a_place_there_is_nothing_of_one_s_own(store):
    shelf, _ = app.shelf_of(store)
    client = create_app(shelf).server.test_client()
    assert client.get("/own.json").mimetype == "text/html"  # as any page
    assert client.post("/own/animals/delete").status_code == 405
    assert "own-dialog" not in client.get("/_dash-layout").text
