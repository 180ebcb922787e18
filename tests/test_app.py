import json
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

import app
from core import trash
from core.cache import Store
from core.errors import DataError
from dashboard import uploads

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # s, on a machine that does much else


@contextmanager
def started(*arguments):
    """The program as a person starts it, and the address that it prints."""
    process = subprocess.Popen(
        [sys.executable, "app.py", "--port", "0", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Ctrl-C must reach it even where tests run in the background.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    watchdog = Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        said, _, address = process.stdout.readline().strip().partition(": ")
        assert said == "Task2Box Atlas", process.communicate()
        yield process, address
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def stopped(process):
    """Exit status and what was said on stderr after Ctrl-C."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert out == ""
    return process.returncode, err


def get(address, path):
    with urllib.request.urlopen(f"{address}{path}", timeout=PATIENCE) as answer:
        return answer.read().decode()


def main(monkeypatch, *arguments):
    """The exit status of the program with these arguments."""
    monkeypatch.setattr(sys, "argv", ["app.py", *map(str, arguments)])
    return app.main()


def error(capsys):
    """The one line of an error, without the word."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    return err.removeprefix("error: ").rstrip("\n")


@pytest.fixture
def taken():
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


# A person starts it


def test_it_prints_its_address_answers_there_and_ends_on_ctrl_c(store):
    with started("--data", store.data) as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert get(address, "/health") == "ok\n"
        titles = get(address, "/_dash-layout")
        assert '"Animals"' in titles
        assert '"ImageNet-1k"' in titles  # is shipped
        assert json.loads(get(address, "/atlas/animals.json"))["title"] == "Animals"
        status, err = stopped(process)
    assert status in (0, 130)
    assert err == ""


def test_a_damaged_collection_is_said_and_the_others_are_shown(store):
    shutil.copytree(store.data / "animals", store.data / "plants")
    path = store.data / "plants" / "boxes_2d.npz"
    path.write_bytes(path.read_bytes()[:100])
    message = (
        f"{path} is damaged or not a file of this program. "
        "Make it again with: python -m core fit plants --dim 2"
    )
    with started("--data", store.data) as (process, address):
        assert message in json.dumps(json.loads(get(address, "/_dash-layout")))
        assert json.loads(get(address, "/atlas/animals.json"))["title"] == "Animals"
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(address, "/atlas/plants.json")
        with refused.value as answer:
            assert answer.code == 404
        _, err = stopped(process)
    assert err == f"warning: {message}\n"


def ask(address, path, words=None):
    """What is answered to words that the page sends."""
    body = json.dumps(words or {}).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{address}{path}", body, headers)
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        return json.load(answer)


def test_it_ends_in_good_order_when_it_is_asked_to_while_it_can_place(
    tmp_path, no_egress
):
    with started("--data", tmp_path) as (process, address):
        told = ask(address, "/place/taskonomy/warm.json", {"dim": 2})
        assert told["channels"] > 0
        process.terminate()
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, "", "")


def test_what_another_one_has_deleted_or_receives_stays(store):
    first = app.clean(store)
    folder = uploads.opened(store.data)
    trash.delete(store, "animals")
    second = app.clean(store)
    first.release()  # as the end of its process does, whatever that is
    third = app.clean(store)  # the second one is there still
    assert folder.is_dir()
    assert trash.deleted(store) == ("animals",)
    second.release()
    third.release()
    app.clean(store).release()
    assert not folder.exists()
    assert trash.deleted(store) == ()


def test_where_nothing_can_be_written_nothing_is_cleaned(tmp_path):
    (tmp_path / "file").write_text("no folder")
    app.clean(Store(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "no folder"


# For other machines


def test_other_machines_need_the_token_which_is_said_nowhere(store):
    given = ["--host", "0.0.0.0", "--allow-remote", "--data", store.data]
    with started(*given) as (process, address):
        port = address.rpartition(":")[2]
        token = (store.data / ".token").read_text().strip()
        for path in ("/", "/atlas/animals.json", "/jobs.json"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                get(f"http://127.0.0.1:{port}", path)
            with refused.value as answer:
                assert answer.code == 401
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/atlas/animals.json",
            headers={"Authorization": f"Bearer {token}", "Host": "atlas.example"},
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            assert json.load(answer)["title"] == "Animals"
        _, err = stopped(process)
    assert err == (
        f"Other machines sign in with the token in {store.data / '.token'}\n"
    )


# Where it listens


def test_a_port_in_use_is_one_line(store, taken, monkeypatch, capsys):
    assert main(monkeypatch, "--data", store.data, "--port", taken) == 1
    assert error(capsys) == (
        f"Cannot listen on 127.0.0.1 port {taken}: Address already in use. Choose "
        "another port with --port, or 0 for any free one."
    )


@pytest.mark.parametrize("port", [99999, 65536, -1])
def test_a_port_that_there_is_not_is_one_line(store, port, monkeypatch, capsys):
    assert main(monkeypatch, "--data", store.data, "--port", port) == 1
    assert error(capsys) == (
        f"There is no port {port}. Choose one below 65536 with --port, or 0 for any "
        "free one."
    )


def test_two_programs_never_share_a_port():
    with app.bound("127.0.0.1", 0) as first, pytest.raises(DataError, match="in use"):
        app.bound("127.0.0.1", first.getsockname()[1])


def test_localhost_is_this_machine_only():
    with app.bound("localhost", 0) as made:
        assert made.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "http"], "argument --port: invalid int value: 'http'"),
        (["--host", "0.0.0.0"], "--host 0.0.0.0 lets other machines in"),
        (["--host", "192.168.0.7"], "--host 192.168.0.7 lets other machines in"),
        (["--host", "example.org"], "--host example.org lets other machines in"),
        (["--host", ""], "--host  lets other machines in: --allow-remote"),
    ],
)
def test_what_cannot_be_an_address_is_refused(arguments, said, monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        main(monkeypatch, *arguments)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


# What it shows


def refusal(data, nowhere):
    """Why nothing can be shown."""
    with pytest.raises(DataError) as caught:
        app.shelf_of(Store(data, nowhere))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_any_collection_it_says_how_to_build_one(tmp_path):
    data, nowhere = tmp_path / "data", tmp_path / "nowhere"
    assert refusal(data, nowhere) == (
        f"No collection in {data} or {nowhere}. Build one with: "
        "python -m core build imagenet"
    )


@pytest.mark.parametrize("data", ["no folder", "a file"])
def test_what_is_shipped_is_shown_without_data_of_ones_own(tmp_path, data):
    (tmp_path / "a file").write_text("a file")
    shelf, faults = app.shelf_of(Store(tmp_path / data))
    assert next(iter(shelf)) == "imagenet"
    assert faults == ()
    assert shelf["imagenet"].name == "imagenet"


def test_collections_are_read_in_the_order_of_their_names(store):
    shutil.copytree(store.data / "animals", store.shipped / "zebras")
    shelf, faults = app.shelf_of(store)
    assert list(shelf) == ["animals", "zebras"]
    assert faults == ()


def test_the_collection_that_needs_least_explaining_comes_first(store):
    shutil.copytree(store.data / "animals", store.data / "imagenet")
    shelf, _ = app.shelf_of(store)
    assert list(shelf) == ["imagenet", "animals"]


def test_nothing_is_read_before_it_is_asked_for(store):
    """What is damaged where a glance does not see it shows later, in words."""
    path = store.data / "animals" / "boxes_2d.npz"
    whole = path.read_bytes()
    path.write_bytes(b"\0" * 60 + whole[60:])  # the end of the file is as it was
    shelf, faults = app.shelf_of(store)
    assert faults == ()
    with pytest.raises(DataError, match=r"boxes_2d\.npz is damaged"):
        shelf["animals"]
    path.write_bytes(whole)
    assert shelf["animals"].name == "animals"


COMMANDS = {
    "tasks.parquet": "build animals",
    "relations.npz": "build animals",
    "collection.json": "build animals",
    "boxes_2d.npz": "fit animals --dim 2",
    "boxes_3d.npz": "fit animals --dim 3",
    "projection_pca.npz": "project animals --method pca",
    "evaluation.json": "evaluate animals --protocol existing --dim 2",
}


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def foreign(path):
    path.write_bytes(b"%PDF-1.7 of another program\n\xff\xfe")


def folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [cut, emptied, foreign, folder])
@pytest.mark.parametrize("file", COMMANDS)
def test_a_damaged_file_is_named_with_its_remedy(store, file, damage):
    path = store.data / "animals" / file
    damage(path)
    said = refusal(store.data, store.shipped)
    assert str(path) in said
    assert said.endswith(f"Make it again with: python -m core {COMMANDS[file]}")


@pytest.mark.parametrize("file", ["tasks.parquet", "relations.npz", "boxes_2d.npz"])
def test_a_missing_file_is_named_with_its_remedy(store, file):
    (store.data / "animals" / file).unlink()
    assert refusal(store.data, store.shipped) == (
        f"No {file} of 'animals' in {store.data} or {store.shipped}. "
        f"Make it with: python -m core {COMMANDS[file]}"
    )


@pytest.mark.parametrize(
    "file", ["boxes_3d.npz", "projection_pca.npz", "evaluation.json", "features.npz"]
)
def test_a_collection_is_shown_without_what_is_not_needed(store, file):
    (store.data / "animals" / file).unlink()
    shelf, faults = app.shelf_of(store)
    assert list(shelf) == ["animals"]
    assert faults == ()


def test_every_damaged_collection_is_said(store):
    for name in ("plants", "stones"):
        shutil.copytree(store.data / "animals", store.data / name)
        cut(store.data / name / "relations.npz")
    shelf, faults = app.shelf_of(store)
    assert list(shelf) == ["animals"]
    assert ["plants" in faults[0], "stones" in faults[1]] == [True, True]


def test_what_make_run_installs_is_enough_to_look_at_everything_and_asks_nobody(
    tmp_path, viewing_only, no_egress
):
    with started("--data", tmp_path) as (_, address):
        for name in Store(tmp_path).names():
            view = json.loads(get(address, f"/view.json?collection={name}"))
            assert (view["view"]["collection"], view["faults"]) == (name, [])
            assert json.loads(get(address, f"/atlas/{name}.json"))["collection"] == name
            for part in ("words", "evaluation"):
                json.loads(get(address, f"/{part}/{name}.json"))
        query = "collection=cub&dim=3&task=Passeriformes"
        for part in ("members", "nearest", "inspector", "errors"):
            assert json.loads(get(address, f"/{part}.json?{query}"))
        for path in (
            "/fit/cub.json?fit=2d.published",
            "/replay/imagenet.json?dim=2",
            "/boxes/cub.json?dim=5",
            "/jobs.json",
            "/jobs/choices.json",
            "/collections.json",
        ):
            json.loads(get(address, path))
        assert "</html>" in get(address, "/export/cub.html")
