"""A new collection out of tables, as the page asks for it; no browser needed."""

import io
import zipfile
from threading import Barrier, Thread

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

import app
from core import cache
from dashboard import child, uploads
from dashboard.application import create_app
from dashboard.gathering import name_of

TASKS = """\
name,label,parent,colour
animal,Animal,,grey
bird,Bird,animal,red
fish,Fish,animal,blue
ghost,Ghost,animal,white
"""
FEATURES = "name,x,y\nanimal,1,1\nbird,0,1\nfish,2,1\nstone,9,9\n"
MEMBERS = "member,task,by\n0,bird,me\n1,bird,me\n2,fish,me\n"
RELATIONS = "child,parent,strength,note\nbird,animal,1,sure\nfish,animal,1,sure\n"


@pytest.fixture
def client(store):
    shelf, _ = app.shelf_of(store)
    return create_app(shelf, store=store).server.test_client()


def csv(text):
    return ("csv", text.encode())


def npy(array, **more):
    whole = io.BytesIO()
    np.save(whole, array, **more)
    return ("npy", whole.getvalue())


def begun(client, **files):
    """The token of an upload of these files, by what they hold."""
    token = client.post("/new").get_json()["token"]
    for role, (ending, content) in files.items():
        path = f"/new/{token}/{role}?file={role}.{ending}"
        assert client.post(path, data=content).status_code == 200
    return token


def looked_at(client, title="My zoo!", **files):
    token = begun(client, **files)
    return token, client.post(f"/new/{token}/preview", json={"title": title})


def left(store):
    """What lies in the data directory but for the animals."""
    return {path.name for path in store.data.iterdir()} - {"animals", ".uploads"}


def test_first_it_is_looked_at_and_then_it_is_kept(client, store):
    token, answer = looked_at(client, tasks=csv(TASKS), features=csv(FEATURES))
    assert answer.get_json() == {
        "name": "my-zoo",
        "tasks": 3,
        "members": None,
        "channels": 2,
        "containments": 2,
        "relations": 4,
        "files": [
            {
                "file": "tasks.csv",
                "holds": "tasks",
                "rows": 4,
                "used": ["name", "label", "parent"],
                "shown": ["colour"],
                "read_as": "",
            },
            {
                "file": "features.csv",
                "holds": "features",
                "rows": 4,
                "used": ["name"],
                "channels": 2,
                "read_as": "",
            },
        ],
        "notes": [
            "Shares follow from the hierarchy alone: a task counts as the lowest tasks "
            "in it."
        ],
        "skipped": [
            {"item": "ghost", "reason": "has no row in features.csv"},
            {"item": "features.csv, row 5", "reason": "no such task"},
        ],
    }
    assert left(store) == set()
    answer = client.post(f"/new/{token}/keep")
    assert answer.get_json() == {"name": "my-zoo", "shown": False}  # no boxes yet
    assert left(store) == {"my-zoo"}
    assert [*(store.data / ".uploads").iterdir()] == []
    made = cache.load_collection(store, "my-zoo")
    assert [*made.tasks.index] == ["animal", "bird", "fish"]
    assert made.provenance["title"] == "My zoo!"
    assert made.provenance["command"] == (
        "python -m core import my-zoo --tasks tasks.csv --features features.csv"
    )
    (own, *_) = client.get("/own.json").get_json()["collections"][1:]
    assert (own["name"], own["title"], own["dims"]) == ("my-zoo", "My zoo!", [])


def test_members_and_relations_are_told_too(client):
    _, answer = looked_at(
        client,
        tasks=csv(TASKS),
        features=npy(np.eye(3)),
        members=csv(MEMBERS),
        relations=csv(RELATIONS),
    )
    told = answer.get_json()
    assert (told["members"], told["channels"], told["containments"]) == (3, 3, 2)
    *_, members, relations = told["files"]
    assert (members["used"], members["ignored"]) == (["member", "task"], ["by"])
    assert relations["used"] == ["child", "parent", "strength"]
    assert relations["ignored"] == ["note"]
    reason = "neither it nor a child has a member in members.csv"
    assert {"item": "ghost", "reason": reason} in told["skipped"]


def test_a_file_can_be_given_again(client):
    token = begun(client, tasks=csv("nonsense"), features=csv(FEATURES))
    client.post(f"/new/{token}/tasks?file=better.csv", data=TASKS.encode())
    answer = client.post(f"/new/{token}/preview", json={"title": "zoo"})
    assert answer.get_json()["files"][0]["file"] == "better.csv"


def test_what_is_given_up_leaves_nothing(client, store):
    token, _ = looked_at(client, tasks=csv(TASKS), features=csv(FEATURES))
    assert client.post(f"/new/{token}/discard").status_code == 200
    assert [*(store.data / ".uploads").iterdir()] == []
    answer = client.post(f"/new/{token}/keep")
    assert (answer.status_code, answer.text) == (
        400,
        "These files are not here any more; choose them again.",
    )


def test_nothing_is_kept_that_was_not_looked_at(client, store):
    token = begun(client, tasks=csv(TASKS), features=csv(FEATURES))
    assert client.post(f"/new/{token}/keep").status_code == 404
    assert left(store) == set()


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Animals", "There is a collection 'animals' already"),
        ("", "A collection cannot be called ''"),
        ("!!!", "'' cannot name a collection"),
        ("x" * 200, "give it a line of 1 to 120 letters"),
    ],
)
def test_titles_that_will_not_do(client, store, title, said):
    _, answer = looked_at(client, title, tasks=csv(TASKS), features=csv(FEATURES))
    assert answer.status_code == 400
    assert said in answer.text
    assert left(store) == set()


def test_a_name_that_was_taken_meanwhile(client, store):
    tokens = [
        looked_at(client, "Zoo", tasks=csv(TASKS), features=csv(FEATURES))[0]
        for _ in range(2)
    ]
    first, second = (client.post(f"/new/{token}/keep") for token in tokens)
    assert first.status_code == 200
    assert second.text == (
        "There is a collection 'zoo' already; give this one another name."
    )
    assert cache.load_collection(store, "zoo")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My Zoo", "my-zoo"),
        ("  ../../etc/passwd ", "etc-passwd"),
        ("Vögel & Fische", "vogel-fische"),
        ("--help", "help"),
        ("動物", "collection-520545ec"),
        ("a" * 99, "a" * 40),
    ],
)
def test_a_title_gives_a_name(title, name):
    assert name_of(title) == name


# Images


def images(count=3, **more):
    """A zip of folders of images, two in one and one beside, and other files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for folder, color in (
            ("round/red", (200, 0, 0)),
            ("round/blue", (0, 0, 200)),
            ("square", (0, 200, 0)),
        ):
            for k in range(count):
                picture = io.BytesIO()
                shade = tuple(part + 9 * k for part in color)
                Image.new("RGB", (32, 32), shade).save(picture, "PNG")
                archive.writestr(f"shapes/{folder}/{k}.png", picture.getvalue())
        for name, content in more.items():
            archive.writestr(name.replace("__", "/"), content)
    return ("zip", whole.getvalue())


def test_image_folders_are_a_collection_too(client, store):
    broken = {"shapes__square__x.png": b"no image", "shapes__notes.txt": b"hello"}
    token, answer = looked_at(client, "Shapes", images=images(**broken))
    told = answer.get_json()
    # All shapes are the top folder; round, red, blue and square lie in it.
    assert (told["tasks"], told["members"], told["channels"]) == (5, 9, 1280)
    assert told["containments"] == 6
    (zipped,) = told["files"]
    assert (zipped["file"], zipped["holds"], zipped["rows"]) == (
        "images.zip",
        "images",
        10,
    )
    (skipped,) = told["skipped"]
    assert skipped["item"].endswith("square/x.png")
    assert client.post(f"/new/{token}/keep").get_json()["name"] == "shapes"
    made = cache.load_collection(store, "shapes")
    assert made.provenance["title"] == "Shapes"
    assert made.provenance["command"] == "python -m core build folder images.zip"


def test_a_zip_without_images_is_one_line(client, store):
    _, answer = looked_at(client, "Shapes", images=("zip", b"PK"))
    assert (answer.status_code, answer.text) == (
        400,
        "images.zip is damaged, encrypted or no zip; zip the folder again.",
    )
    assert left(store) == set()


# Bad input


def nested():
    """A table of Parquet with structures in a column."""
    table = pa.table({"name": ["a", "b"], "where": [{"x": 1}, {"x": 2}]})
    whole = io.BytesIO()
    parquet.write_table(table, whole)
    return ("parquet", whole.getvalue())


def deep():
    """Features of Parquet with structures in a column."""
    table = pa.table({"name": ["animal"], "v": [[{"x": 1.0}]]})
    whole = io.BytesIO()
    parquet.write_table(table, whole)
    return ("parquet", whole.getvalue())


def wide():
    """A CSV with 10,000 columns."""
    columns = ",".join(["name", *(f"c{k}" for k in range(9_999))])
    return csv(f"{columns}\n" + ",".join(["a"] * 10_000) + "\n")


def objects():
    """A pickle, which would run a program."""
    return npy(np.array([{"a": 1}], dtype=object), allow_pickle=True)


def archived():
    """The same in an NPZ."""
    whole = io.BytesIO()
    np.savez(whole, features=np.array([{"a": 1}], dtype=object))
    return ("npz", whole.getvalue())


def bomb():
    """An array that claims to be larger than the memory."""
    head, whole = io.BytesIO(), io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (2**20, 2**12)}
    np.lib.format.write_array_header_1_0(head, shape)
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("features.npy", head.getvalue() + bytes(2**20))
    return ("npz", whole.getvalue())


GOOD = {"tasks": csv(TASKS), "features": csv(FEATURES)}
BAD = {
    "pickled npy": ({"features": objects()}, "holds Python objects (a pickle)"),
    "pickled npz": ({"features": archived()}, "holds Python objects (a pickle)"),
    "nested tasks": ({"tasks": nested()}, "column 'where' holds structures such as"),
    "nested features": ({"features": deep()}, "holds lists of something else"),
    "10,000 columns": ({"tasks": wide()}, "has 10,000 columns; tasks can have 256"),
    "fewer rows": ({"features": npy(np.eye(2))}, "has 2 rows and tasks.csv 4 tasks"),
    "more rows": ({"features": npy(np.eye(9))}, "has 9 rows and tasks.csv 4 tasks"),
    "duplicate names": (
        {"tasks": csv(TASKS + "bird,Bird,,red\n")},
        "row 6: task 'bird' is listed in row 3 already",
    ),
    "no text": ({"tasks": ("csv", b"\x00\xff\x81\x8d")}, "tasks.csv is not a text"),
    "half a table": ({"tasks": csv(TASKS[:-9])}, "has 3 cells where the header has 4"),
    "half an array": (
        {"features": ("npy", npy(np.eye(4))[1][:150])},
        "features.npy is damaged",
    ),
    "another kind": ({"tasks": ("exe", b"MZ")}, "is of the unknown kind '.exe'"),
    "an empty file": ({"tasks": csv("")}, "tasks.csv is empty"),
    "no numbers": (
        {"features": csv("name,x\nbird,red\nfish,blue\n")},
        "'red' is not a number",
    ),
    "a loop": (
        {"tasks": csv("name,parent\nanimal,bird\nbird,animal\n")},
        "tasks lie in each other",
    ),
}


@pytest.mark.parametrize(("files", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_leaves_nothing(client, store, files, said):
    token, answer = looked_at(client, **(GOOD | files))
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert said in answer.text
    assert "\n" not in answer.text
    assert client.post(f"/new/{token}/keep").status_code == 404
    assert left(store) == set()


def test_what_would_fill_the_memory_ends_in_a_line(client, store, monkeypatch):
    monkeypatch.setattr(child, "ROOM", 2 * 2**30)
    _, answer = looked_at(client, tasks=csv(TASKS), features=bomb())
    assert answer.status_code == 400
    assert answer.text.startswith("There is not enough memory to import this; ")
    assert left(store) == set()


def test_what_takes_too_long_is_stopped(client, store, monkeypatch):
    monkeypatch.setattr(child, "PATIENCE", 0.01)
    _, answer = looked_at(client, **GOOD)
    assert answer.status_code == 400
    assert "was stopped; nothing was kept" in answer.text
    assert left(store) == set()


def test_a_file_of_features_is_needed(client):
    _, answer = looked_at(client, tasks=csv(TASKS))
    assert (answer.status_code, answer.text) == (
        400,
        "There is no file of features; add one.",
    )


def test_a_table_that_is_too_large_is_refused_unread(client, store):
    token = client.post("/new").get_json()["token"]
    length = {"CONTENT_LENGTH": str(2 * 2**30), "wsgi.input": io.BytesIO()}
    path = f"/new/{token}/tasks?file=tasks.csv"
    answer = client.post(path, environ_overrides=length)
    assert answer.status_code == 413
    assert f"larger than {uploads.LIMIT // 2**20} MB" in answer.text
    assert list(store.data.glob(".uploads/*/*/*")) == []


@pytest.mark.parametrize("token", ["0" * 32, "..", "a/b", "%2e%2e"])
@pytest.mark.parametrize("wish", ["tasks?file=a.csv", "preview", "keep", "discard"])
def test_a_token_is_no_path(client, token, wish):
    answer = client.post(f"/new/{token}/{wish}", json={"title": "zoo"})
    assert answer.status_code in (400, 404, 405)


def test_two_uploads_at_once_do_not_meet(client, store):
    together, said = Barrier(2), {}

    def send(title, count):
        mine = client.application.test_client()
        together.wait()
        table = pd.DataFrame({"name": [f"{title}{k}" for k in range(count)]})
        tasks, features = csv(table.to_csv(index=False)), npy(np.eye(count))
        token, answer = looked_at(mine, title, tasks=tasks, features=features)
        said[title] = answer.get_json()["tasks"]
        mine.post(f"/new/{token}/keep")

    threads = [Thread(target=send, args=one) for one in (("one", 3), ("two", 4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {"one": 3, "two": 4}
    assert left(store) == {"one", "two"}
