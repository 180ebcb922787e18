"""New tasks over HTTP, placed by a process of its own, among the birds of `cub`."""

import io
import os
import signal
import subprocess
import sys
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from app import shelf_of
from core import cache
from core.cache import Store
from core.collections.table.novel import NovelTasks
from core.placer import placed, placer_of
from core.relations import membership_of
from dashboard import placer as placing
from dashboard.application import create_app
from tests.browser.pages import ROOT, free_port, wait_for


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("placements"))


@pytest.fixture(scope="module")
def server(store):
    server = create_app(shelf_of(store)[0], store=store).server
    yield server
    server.extensions["placing"].close()


@pytest.fixture
def client(server):
    return server.test_client()


@pytest.fixture(scope="module")
def birds(store):
    """Sixteen images of two species, a little changed."""
    collection = cache.load_collection(store, "cub")
    members = collection.membership
    rows = np.concatenate(
        [
            members.member[members.start[t] :][:8]
            for t in np.flatnonzero(species(members))
        ]
    )
    return collection.features[rows].astype(np.float32) + 0.01


def species(members):
    """Flags of the first two tasks of about sixty members."""
    flags = (members.counts > 50) & (members.counts <= 60)
    return flags & (flags.cumsum() <= 2)


MEMBERS = "member,task\n" + "".join(
    f"{row},{'ours' if row < 8 else 'theirs'}\n" for row in range(16)
)


def bytes_of(array, save=np.save, **options):
    file = io.BytesIO()
    save(file, array, **options)
    return file.getvalue()


def token_of(client, **files):
    """Of files that are sent, each (name, bytes) under what it holds."""
    token = ""
    for kind, (file, whole) in files.items():
        query = {"name": file, "token": token}
        sent = client.post(f"/place/files/{kind}.json", query_string=query, data=whole)
        assert sent.status_code == 200, sent.text
        token = sent.get_json()["token"]
    return token


def ask(client, name="cub", dim=2, **files):
    """The answer to such files."""
    given = {"dim": dim, "token": token_of(client, **files)}
    return client.post(f"/place/{name}.json", json=given)


def kept(store):
    return [path for path in (store.data / ".uploads").rglob("*") if path.is_file()]


# What is answered


def test_new_tasks_lie_where_the_command_puts_them_and_nothing_is_kept(
    client, store, birds
):
    answer = ask(
        client,
        features=("birds.npy", bytes_of(birds)),
        members=("members.csv", MEMBERS.encode()),
    )
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    assert (told["dim"], told["notes"]) == (2, [])
    ours, theirs = told["tasks"]
    assert (ours["name"], ours["members"]) == ("ours", 8)
    placer = placer_of(store, "cub", 2)
    names, both = ("ours", "theirs"), [[*range(8)], [*range(8, 16)]]
    novel = NovelTasks("birds", names, birds, membership_of(both), ())
    expected = placed(placer, novel)
    for row, task in enumerate((ours, theirs)):
        assert task["lower"] == expected.boxes.lower[row].tolist()
        assert task["upper"] == expected.boxes.upper[row].tolist()
        np.testing.assert_allclose(
            task["spread"]["centre"], expected.spread.centre[row], atol=1e-4
        )
        assert task["outside"] == ""
        assert set(task["points"]) == {"tsne", "umap", "pca"}
        start, end = expected.around.start[row : row + 2]
        holders = [row for row, _ in task["holders"]["first"]]
        assert holders == expected.around.known[start:end].tolist()
    assert kept(store) == []


def test_what_is_of_another_kind_is_told_with_the_reason(client):
    noise = np.random.default_rng(0).normal(size=(2, 1280))
    told = ask(client, features=("noise.npy", bytes_of(noise))).get_json()
    for task in told["tasks"]:
        assert "99 % of known ones" in task["outside"]
        assert task["members"] is None


def test_a_zip_of_images_is_seen_by_the_encoder_of_the_collection(client):
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("noise/a.png", "noise/b.png", "plain/c.png"):
            pixels = rng.integers(0, 255, (64, 64, 3)) if "noise" in name else 200
            image = Image.fromarray(np.full((64, 64, 3), pixels, np.uint8))
            with archive.open(name, "w") as member:
                image.save(member, "PNG")
    told = ask(client, features=("pictures.zip", file.getvalue())).get_json()
    assert [(one["name"], one["members"]) for one in told["tasks"]] == [
        ("noise", 2),
        ("plain", 1),
    ]
    assert all(one["outside"] for one in told["tasks"])  # these are no birds


def test_in_three_dimensions_they_have_three(client, birds):
    file = ("birds.npz", bytes_of(birds[:3], np.savez_compressed))
    told = ask(client, dim=3, features=file).get_json()
    assert [len(task["lower"]) for task in told["tasks"]] == [3, 3, 3]


def test_a_warm_process_says_what_it_reads(client):
    told = client.post("/place/cub/warm.json", json={"dim": 2}).get_json()
    assert told["channels"] == 1280
    assert told["encoder"].startswith("EfficientNet-Lite0")


# What is refused, in one line; nothing of it is kept


def table_of(names, rows):
    header = ",".join(["name", *(f"c{k}" for k in range(len(rows[0])))])
    lines = [
        ",".join([name, *map(str, row)]) for name, row in zip(names, rows, strict=True)
    ]
    return "\n".join([header, *lines]).encode()


def with_nan(birds):
    broken = birds.copy()
    broken[3, 7] = np.nan
    return broken


def nested():
    """Features of Parquet with structures in a column."""
    whole = io.BytesIO()
    parquet.write_table(pa.table({"name": ["x"], "v": [[{"x": 1.0}]]}), whole)
    return whole.getvalue()


def objects(save):
    return bytes_of(np.array([{"a": 1}], dtype=object), save, allow_pickle=True)


@pytest.mark.parametrize(
    ("file", "make", "said"),
    [
        (
            "five.npy",
            lambda birds: bytes_of(birds[:, :5]),
            "five.npy has 5 channels and the 2D model of 'cub' reads 1,280; make",
        ),
        (
            "wide.csv",
            lambda birds: table_of(["x"], [range(10_000)]),
            "wide.csv has 10,000 channels and the 2D model of 'cub' reads 1,280; make",
        ),
        (
            "known.csv",
            lambda birds: table_of(["Aves"], birds[:1].tolist()),
            "'Aves' is a task of 'cub' already, which has its box; rename the new one",
        ),
        (
            "nan.npy",
            lambda birds: bytes_of(with_nan(birds)),
            "nan.npy holds no finite number (but inf, NaN, nothing, or one above 3e38) "
            "somewhere in row 3;",
        ),
        (
            "objects.npy",
            lambda birds: objects(np.save),
            "objects.npy is damaged, or ho",
        ),
        (
            "empty.csv",
            lambda birds: b"",
            "empty.csv is empty; give it a header and row",
        ),
        (
            "words.csv",
            lambda birds: b"a\0\xff\xfe\x81",
            "words.csv is not a text; save",
        ),
        (
            "half.npz",
            lambda birds: bytes_of(birds, np.savez)[:999],
            "half.npz is damage",
        ),
        (
            "birds.zip",
            lambda birds: b"PK",
            "birds.zip is damaged or no zip; zip the folder again.",
        ),
        (
            "birds.txt",
            lambda birds: b"1",
            "birds.txt is of the unknown kind '.txt'; save it as one of",
        ),
        (
            "nested.parquet",
            lambda birds: nested(),
            "nested.parquet, column 'v' holds lists of something else than numbers",
        ),
        (
            "words.npy",
            lambda birds: bytes_of(np.array(["a"])),
            "words.npy holds str32 of shape (1,); give numbers with one row per vector",
        ),
    ],
)
def test_bad_features_are_refused_in_one_line(client, store, birds, file, make, said):
    answer = ask(client, features=(file, make(birds)))
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert answer.text.startswith(said)
    assert "\n" not in answer.text
    assert kept(store) == []


def test_a_pickle_in_an_npz_is_not_opened(client):
    file = io.BytesIO()
    np.savez(file, features=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    answer = ask(client, features=("objects.npz", file.getvalue()))
    assert answer.status_code == 400
    assert "a pickle" in answer.text


def test_what_is_asked_must_be_there(client, birds):
    whole = ("birds.npy", bytes_of(birds))
    assert ask(client, name="cats", features=whole).status_code == 404
    answer = ask(client, dim=4, features=whole)
    assert answer.status_code == 400
    assert answer.text == "'cub' has no boxes in 4 dimensions to place among."
    answer = ask(client, members=("members.csv", MEMBERS.encode()))
    assert answer.text == "There are no features to place; choose a file."
    answer = ask(client)
    assert answer.text == "These files are not here any more; choose them again."
    assert client.post("/place/files/else.json", data=b"x").status_code == 405


def test_a_file_that_is_too_large_is_refused_before_it_is_read(client, store):
    answer = client.post(
        "/place/files/features.json?name=huge.npy",
        environ_overrides={"CONTENT_LENGTH": str(2 * 2**30)},
    )
    assert answer.status_code == 413
    assert "256 MB" in answer.text
    assert kept(store) == []


def test_a_collection_without_an_encoder_names_the_command(client, birds):
    answer = ask(client, "huggingface-published", features=("a.npy", bytes_of(birds)))
    assert answer.status_code == 400
    assert "python -m core fit huggingface-published --dim 2" in answer.text
    # Said before there is a file, too: it is no fault to look.
    warm = client.post("/place/huggingface-published/warm.json", json={"dim": 2})
    assert (warm.status_code, warm.get_json()) == (200, {"lacks": answer.text})


def test_two_uploads_at_once_do_not_meet(server, store, birds):
    together = Barrier(2)

    def place(count):
        together.wait()
        file = ("birds.npy", bytes_of(birds[:count]))
        return ask(server.test_client(), features=file).get_json()["tasks"]

    with ThreadPoolExecutor(2) as both:
        assert [len(one) for one in both.map(place, (2, 3))] == [2, 3]
    assert kept(store) == []


# The process


def test_where_torch_is_not_installed_the_command_is_named(store, viewing_only):
    without = create_app(shelf_of(store)[0], store=store).server
    try:
        warm = without.test_client().post("/place/cub/warm.json", json={"dim": 2})
        assert warm.get_json()["lacks"] == (
            "Placing needs torch, which is not installed. Install it with: make train"
        )
    finally:
        without.extensions["placing"].close()


def worker(server):
    """The number of the process."""
    (one,) = server.extensions["placing"]._pool._processes
    return one


def test_a_killed_process_is_said_and_the_next_one_serves(server, client, store, birds):
    whole = ("birds.npy", bytes_of(birds))
    assert ask(client, features=whole).status_code == 200
    first, most = worker(server), server.extensions["placing"].turns.most
    later = {"dim": 2, "token": token_of(client, features=whole)}
    os.kill(first, signal.SIGSTOP)  # in the middle of an answer, then
    with ThreadPoolExecutor(most) as others:
        asked = [
            others.submit(ask, server.test_client(), features=whole)
            for _ in range(most)
        ]
        wait_for(lambda: full(server))
        busy = client.post("/place/cub.json", json=later)
        warm = client.post("/place/cub/warm.json", json={"dim": 2})
        os.kill(first, signal.SIGKILL)
        answers = [one.result(60) for one in asked]
    for answer in (busy, warm):  # as many wait as may
        assert (answer.status_code, answer.mimetype) == (503, "text/plain")
        assert answer.headers["Retry-After"] == "2"
        assert answer.text.endswith("nothing of yours was begun. Try again in 2 s.")
    (said,) = (one.text for one in answers if one.status_code == 400)
    assert said.startswith("The placing process ended before it had an answer")
    assert [one.status_code for one in answers].count(200) == most - 1
    assert worker(server) != first
    again = client.post("/place/cub.json", json=later)
    assert again.status_code == 200, again.text
    assert kept(store) == []


def full(server):
    """Whether one is placing, or is about to, and as many wait as may."""
    process = server.extensions["placing"]
    return process.turns._here._value == 0 and process._pool._pending_work_items


def test_what_takes_too_long_is_stopped(server, client, store, birds, monkeypatch):
    monkeypatch.setattr(placing, "PATIENCE", 0.2)
    first = worker(server)
    os.kill(first, signal.SIGSTOP)
    answer = ask(client, features=("birds.npy", bytes_of(birds)))
    assert answer.status_code == 400
    assert answer.text.startswith("This took longer than 0 s and was stopped; ")
    assert not alive(first)
    assert kept(store) == []


def test_it_ends_with_a_page_that_is_killed(tmp_path):
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--data", str(tmp_path)]
    page = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}/place/taskonomy/warm.json"
        wait_for(lambda: warmed(address))
        tasks = Path(f"/proc/{page.pid}/task").glob("*/children")
        children = [int(one) for path in tasks for one in path.read_text().split()]
        assert children
    finally:
        page.kill()
        page.wait()
    wait_for(lambda: not any(alive(one) for one in children), 30)


def warmed(address):
    asked = urllib.request.Request(
        address, b'{"dim": 2}', {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status == 200
    except urllib.error.URLError:
        return False


def alive(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
