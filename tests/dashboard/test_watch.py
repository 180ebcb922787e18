import os
import shutil
import time

import pytest

import app
from dashboard import watch
from dashboard.application import create_app
from dashboard.watch import Watch


@pytest.fixture
def seen(store):
    return Watch(store)


def touched(path, ago):
    os.utime(path, ns=(time.time_ns() - int(ago * 1e9),) * 2)


def test_what_stays_as_it_is_has_not_changed(seen, store):
    assert seen.changed() == []
    for folder in (store.data / "animals", store.data):
        touched(folder, ago=100)
    assert seen.changed() == []
    stamp = seen.stamp("animals")
    assert Watch(store).stamp("animals") == stamp  # another program says the same


def test_new_boxes_are_seen_however_soon_they_follow(seen, store):
    path = store.data / "animals" / "boxes_2d.npz"
    stamps = {seen.stamp("animals")}
    for count in range(4):
        part = path.with_name(".part")
        part.write_bytes(path.read_bytes() + b"x")
        part.replace(path)
        assert seen.changed() == ["animals"]
        stamps.add(seen.stamp("animals"))
        assert len(stamps) == count + 2


def test_what_is_no_part_of_a_collection_changes_nothing(seen, store):
    (store.data / "animals" / "checkpoint_2d.safetensors").write_bytes(b"half")
    (store.data / "animals" / ".boxes_2d.npz.part").write_bytes(b"half")
    (store.data / ".uploads").mkdir()
    (store.data / "file").write_bytes(b"")
    assert seen.changed() == []


def test_collections_come_and_go(seen, store):
    shutil.copytree(store.data / "animals", store.data / "plants")
    assert seen.changed() == ["plants"]
    (store.data / "plants").rename(store.data / ".gone")
    assert seen.changed() == ["plants"]
    assert seen.changed() == []
    shutil.rmtree(store.data)
    assert seen.changed() == ["animals"]
    assert seen.changed() == []


@pytest.mark.parametrize("ago", [-1e7, 1e7])
def test_a_clock_that_jumps_hides_nothing(seen, store, ago):
    for folder in (store.data / "animals", store.data):
        touched(folder, ago)
    seen.changed()
    path = store.data / "animals" / "boxes_2d.npz"
    part = path.with_name(".part")
    part.write_bytes(path.read_bytes() + b"x")
    part.replace(path)
    assert seen.changed() == ["animals"]


def test_nothing_is_read_where_nothing_has_changed(seen, store, monkeypatch):
    for folder in (store.data / "animals", store.data):
        touched(folder, ago=watch.YOUNG + 1)
    seen.changed()
    monkeypatch.setattr(type(store), "files", None)
    assert seen.changed() == []


def test_two_servers_on_one_data_directory_say_the_same(store):
    clients = []
    for _ in range(2):
        shelf, _ = app.shelf_of(store)
        clients.append(create_app(shelf, store=store).server.test_client())
    one, other = clients

    def versions():
        answers = [client.get("/atlas/animals.json") for client in clients]
        return [answer.headers.get("Atlas-Version") for answer in answers]

    before = versions()
    assert before[0] == before[1]
    assert one.post("/own/animals/rename", json={"title": "Beasts"}).status_code == 200
    assert other.get("/collections.json").get_json() == [["animals", "Beasts"]]
    after = versions()
    assert after[0] == after[1] != before[0]
    assert other.post("/own/animals/delete").status_code == 200
    assert one.get("/collections.json").get_json() == []
    assert one.post("/own/animals/restore").status_code == 200
    assert other.get("/atlas/animals.json").get_json()["title"] == "Beasts"
