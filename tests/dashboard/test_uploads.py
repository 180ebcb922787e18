import io
import os
import re
import time
from pathlib import Path

import pytest
from flask import Request, request
from hypothesis import given
from hypothesis import strategies as st

import app
from core.errors import DataError
from dashboard import uploads
from dashboard.application import create_app
from tests.dashboard.shelves import shelved

GIGANTIC = 2 * 2**30


@pytest.fixture
def server(atlas, tmp_path):
    """An app that tells how long a file is, and what is on disk meanwhile."""
    server = create_app(shelved(atlas)).server

    @server.post("/length")
    def length():
        name = "../../features.npy"
        with uploads.received(tmp_path, name) as path:
            inside = path.relative_to(tmp_path).parts
            return {"length": path.stat().st_size, "at": inside}

    @server.post("/words")
    def words():
        return {"length": len(request.get_data())}

    return server


@pytest.fixture
def client(server):
    return server.test_client()


def sent(client, body, **environ):
    """The answer to a body as a server passes it on."""
    whole = {"wsgi.input": body, **environ}
    return client.post("/length", environ_overrides=whole)


def left(data):
    return [path for path in data.rglob("*") if path.is_file()]


def test_a_file_is_kept_while_it_is_used(client, tmp_path):
    answer = client.post("/length", data=b"x" * 3_000_000).get_json()
    assert answer["length"] == 3_000_000
    hidden, token, name = answer["at"]
    assert (hidden, len(token), name) == (".uploads", 32, "features.npy")
    assert left(tmp_path) == []


def test_a_folder_can_be_read_by_its_owner_only(tmp_path):
    folder = uploads.opened(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700


class Endless(io.RawIOBase):
    """A body of two gigabytes that is never in memory, and how much of it was read."""

    def __init__(self):
        self.read_so_far = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        count = min(len(buffer), GIGANTIC - self.read_so_far)
        self.read_so_far += count
        return count


def test_two_gigabytes_are_refused_unread_where_the_length_is_told(client, tmp_path):
    body = Endless()
    answer = sent(client, body, CONTENT_LENGTH=str(GIGANTIC))
    assert answer.status_code == 413
    assert answer.mimetype == "text/plain"
    assert "larger than 256 MB" in answer.text
    assert "\n" not in answer.text
    assert body.read_so_far == 0
    assert left(tmp_path) == []


def test_two_gigabytes_are_refused_at_the_limit_where_it_is_not(
    client, tmp_path, monkeypatch
):
    monkeypatch.setattr(uploads, "LIMIT", 3 * 2**20)
    body = Endless()
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = sent(client, body, CONTENT_LENGTH="", **chunked)
    assert answer.status_code == 413
    assert "larger than 3 MB" in answer.text
    assert body.read_so_far <= 3 * 2**20 + uploads.CHUNK
    assert left(tmp_path) == []


def test_what_is_no_file_may_be_large_neither(client):
    answer = client.post("/words", data=b"x" * (uploads.WORDS + 1))
    assert answer.status_code == 413
    assert "larger than 4 MB" in answer.text


@pytest.mark.parametrize("terminated", [True, False])
def test_an_upload_cut_in_half_leaves_nothing(client, tmp_path, terminated):
    body, known = io.BytesIO(b"half"), {"wsgi.input_terminated": terminated}
    answer = sent(client, body, CONTENT_LENGTH="1000", **known)
    assert answer.status_code == 400
    assert answer.text == "features.npy came only in part; send it again."
    assert left(tmp_path) == []


def test_a_full_disk_is_said_and_leaves_nothing(client, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads.shutil, "copyfileobj", full)
    answer = client.post("/length", data=b"x")
    assert answer.status_code == 400
    assert "No space left on device. Free some space" in answer.text
    assert left(tmp_path) == []


def test_files_beyond_what_is_kept_of_all_are_refused(client, tmp_path, monkeypatch):
    folder = uploads.opened(tmp_path)
    (folder / "a.csv").write_bytes(bytes(2**20))
    monkeypatch.setattr(uploads, "TOTAL", 2**20 + 3)
    assert client.post("/length", data=b"abc").get_json()["length"] == 3
    answer = client.post("/length", data=b"abcd")
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert "wait here already, the most that are kept; nothing was add" in answer.text
    assert "\n" not in answer.text
    assert left(tmp_path) == [folder / "a.csv"]
    uploads.discard(folder)
    assert client.post("/length", data=b"abcd").get_json()["length"] == 4


def test_what_takes_a_file_is_known_by_its_head(store):
    server = create_app(app.shelf_of(store)[0], store=store).server
    client, most = server.test_client(), uploads.LIMIT
    taken = {"/own/import"}
    for rule in server.url_map.iter_rules():
        if "POST" not in rule.methods or rule.rule == "/jobs/ready":  # begins a process
            continue
        kind = re.search(r"<any\((.*)\):", rule.rule)
        for word in kind[1].split(", ") if kind else [""]:
            token = uploads.opened(store.data).name
            path = re.sub("<any.*?>", word, rule.rule).replace("<token>", token)
            path = re.sub("<(path:)?name>", "animals", path).replace("<id>", "0" * 12)
            head = {"REQUEST_METHOD": "POST", "PATH_INFO": path}
            answer = client.post(
                path, environ_overrides={"CONTENT_LENGTH": str(most + 1)}
            )
            takes = answer.text == uploads.refusal(most)
            assert uploads.is_upload(Request(head)) == takes, path
            taken |= {rule.rule} if takes else set()
    assert len(taken) == 3, taken


def test_a_folder_is_found_by_its_token_alone(tmp_path):
    folder = uploads.opened(tmp_path)
    assert uploads.found(tmp_path, folder.name) == folder
    for token in ("", "..", "../..", "0" * 32, folder.name.upper() + "/"):
        with pytest.raises(DataError, match="choose them again"):
            uploads.found(tmp_path, token)


def test_many_folders_are_looked_at_once_a_minute(tmp_path, monkeypatch):
    looks = []
    look = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: looks.append(path) or look(path))
    now = 60.0 * 30_000_000
    for seconds in (0, 1, 59, 60, 119):
        monkeypatch.setattr(uploads.time, "time", lambda at=now + seconds: at)
        uploads.opened(tmp_path)
    assert looks == [tmp_path / ".uploads"] * 2


def test_old_files_go_when_others_come_and_all_at_the_next_start(tmp_path, monkeypatch):
    old, young = uploads.opened(tmp_path), uploads.opened(tmp_path)
    (old / "a.csv").write_text("a")
    now = time.time()
    os.utime(old, (now - 2 * uploads.PATIENCE,) * 2)
    monkeypatch.setattr(uploads.time, "time", lambda: now + uploads.EVERY)
    newest = uploads.opened(tmp_path)
    assert not old.exists()
    assert young.is_dir() and newest.is_dir()
    uploads.clear(tmp_path)
    assert [*tmp_path.iterdir()] == []
    uploads.clear(tmp_path)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("tasks.csv", "tasks.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\my files\Aufgaben ä.csv", "Aufgaben ä.csv"),
        (".hidden", "hidden"),
        ("..", "file"),
        ("a\0b\n.csv", "ab.csv"),
        ("x" * 300 + ".npz", "x" * 96 + ".npz"),
        ("", "file"),
    ],
)
def test_a_name_is_no_path(name, plain):
    assert uploads.plain(name) == plain


@given(st.text())
def test_a_name_is_one_part_of_a_path(name):
    plain = uploads.plain(name)
    assert 0 < len(plain) <= uploads.LETTERS
    assert not {*plain} & {"/", "\\", "\0"}
    assert plain[0] != "."
