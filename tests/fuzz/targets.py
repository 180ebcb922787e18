"""What is fuzzed: functions of bytes that end quietly, whatever these are.

A person may be told what they can mend (`DataError`); anything else that is raised is
a fault of the program, and so is an answer that says 500, tells of the program's inside
or takes longer than `PATIENCE` or `WAITING`.
"""

import atexit
import io
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from PIL import Image

import app
from core import archive
from core.collections.folder import builder as folders
from core.collections.folder import zipped
from core.collections.folder.image_files import listing_of
from core.collections.folder.unzipped import unzipped
from core.collections.table import builder
from core.collections.table.novel import read_novel
from core.encoders.encoder import Encoder
from core.errors import DataError
from core.store import Store
from core.tables import read_table
from dashboard import rates, uploads
from dashboard.application import create_app
from dashboard.view import view_from_query

PATIENCE = 2.0  # s of processor time: the machine may do much else
WAITING = 30.0  # s in all, which a lock or a sleep takes as well
SEPARATOR = b"\x1e"  # between the parts of one input
NAMED = b"\x1f"  # between the name of an image and the image
COLOURS = Encoder(
    "colours",
    "mean colours",
    {},
    4,
    lambda many: np.array([_mean(one) for one in many]),
)
# Each starts processes of its own, which read what is fuzzed here directly.
ELSEWHERE = ("/own/import", "/jobs/ready", "/warm.json", "/preview")

Target = Callable[[bytes], None]


@lru_cache
def _folder() -> Path:
    # In memory where there is such a place: a disk is most of what an input costs.
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="task2box-fuzz-", dir=place))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


def _file(name: str, data: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(data)
    return path


def _mean(image: Image.Image) -> np.ndarray:
    return np.asarray(image.resize((1, 1)), dtype=np.float32).ravel()


@lru_cache
def _store() -> Store:
    return Store(_folder() / "data")


@lru_cache
def _shelf() -> app.Shelf:
    return app.shelf_of(_store())[0]


def table(data: bytes) -> None:
    """A table, CSV or Parquet by the first byte."""
    ending = ("csv", "tsv", "parquet")[data[0] % 3] if data else "csv"
    with suppress(DataError):
        read_table(_file(f"a.{ending}", data[1:]))


def collection(data: bytes) -> None:
    """A collection out of tables of tasks, vectors, members and relations."""
    ending = ("csv", "npy", "npz")[data[0] % 3] if data else "csv"
    names = ("tasks.csv", f"features.{ending}", "members.csv", "relations.csv")
    parts = data[1:].split(SEPARATOR)
    found = {
        name.partition(".")[0]: _file(name, part)
        for name, part in zip(names, parts, strict=False)
    }
    if len(found) > 1:
        with suppress(DataError):
            builder.build("own", found)


def novel(data: bytes) -> None:
    """New tasks to place, out of features, members and a table of tasks."""
    ending = ("csv", "npy", "npz")[data[0] % 3] if data else "csv"
    names = (f"new.{ending}", "members.csv", "tasks.csv")
    parts = data[1:].split(SEPARATOR)[:3]
    found = [_file(one, part) for one, part in zip(names, parts, strict=False) if part]
    if found:
        with suppress(DataError):
            read_novel(*found)


def images(data: bytes) -> None:
    """A zip of image folders, as a new collection and as new tasks to place.

    Parts may come without the zip: names and what lies there. Of a picture that can be
    read, the mean of its colours stands for what the network says.
    """
    if SEPARATOR in data:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a name may come twice
            for part in data.split(SEPARATOR):
                name, _, inside = part.partition(NAMED)
                called = name.decode(errors="replace").partition("\0")[0]
                file.writestr(called or "a", inside)  # a zip ends names there
        data = whole.getvalue()
    path = _file("new images.zip", data)
    with suppress(DataError), unzipped(path) as folder:
        found = listing_of(folder)
        folders.collection_of({}, found, COLOURS, name="own", command="build")
    with suppress(DataError), mock.patch.object(zipped, "_encoder", lambda: COLOURS):
        zipped.read_zipped(path, "own", known=True)


def unpacked(data: bytes) -> None:
    """A zip of a collection, or of anything else; parts may come without the zip."""
    if SEPARATOR in data:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as file:
            for name, part in zip(ARCHIVED, data.split(SEPARATOR), strict=False):
                file.writestr(f"a/{name}", part)
        data = whole.getvalue()
    with suppress(DataError):
        archive.unpack(
            Store(_folder() / "in", _folder() / "none"), _file("a.zip", data)
        )


def view(data: bytes) -> None:
    """A query of the address bar; what comes of it is itself a view that there is."""
    query = data.decode(errors="replace")
    found, _ = view_from_query(query, _shelf())
    assert found.collection in _shelf()


@lru_cache
def _client() -> tuple[Any, list[tuple[str, str]]]:
    usual, rates.RATES = rates.RATES, {}  # nobody here waits
    server = create_app(_shelf(), store=_store()).server
    rates.RATES = usual
    rules = sorted(
        (method, rule.rule)
        for rule in server.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST"}
    )
    return server.test_client(), rules


def routes() -> list[tuple[str, str]]:
    """Every method and rule that the server has."""
    return _client()[1]


def token() -> str:
    """Of a new upload without a file."""
    return uploads.opened(_store().data).name


def request(data: bytes) -> None:
    """Which route, then its parts, its query and its body."""
    rules = routes()
    route, names, query, body = (data.split(SEPARATOR, 3) + [b""] * 4)[:4]
    method, rule = rules[int.from_bytes(route[:2], "big") % len(rules)]
    asked(method, rule, names.decode(errors="replace").split("/"), query, body)


def asked(
    method: str,
    rule: str,
    names: list[str],
    query: bytes,
    body: bytes,
    elsewhere: tuple[str, ...] = ELSEWHERE,
) -> None:
    """One request, which has to be answered soon and in words."""
    client, _ = _client()
    path, words = [], iter(names)
    for part in rule.replace("<", "\0<").replace(">", ">\0").split("\0"):
        if not part.startswith("<"):
            path.append(part)
        elif "any(" in part:
            path.append(part.partition("(")[2].partition(",")[0])
        else:
            path.append(next(words, ""))
    address = "".join(path)
    if address.endswith(elsewhere):
        return
    given = {
        "method": method,
        "data": body,
        "content_type": "application/json" if body[:1] in (b"{", b"[") else None,
        "environ_overrides": {"QUERY_STRING": query.decode("latin-1")},
    }
    # What is read when it is first asked for takes its time, checked as it is in tests.
    soon, seconds, answer = _timed(client, address, given)
    if not soon:
        soon, seconds, answer = _timed(client, address, given)
    told = method, address, query, body
    assert answer.status_code != 500, told
    assert b"Traceback (most recent" not in answer.get_data(), told
    assert soon, (*told, seconds)


def _timed(
    client: Any, address: str, given: Mapping[str, Any]
) -> tuple[bool, tuple[float, float], Any]:
    """Whether an answer came soon, seconds of processor time and in all, the answer."""
    begun = time.thread_time(), time.monotonic()
    answer = client.open(address, **given)
    answer.get_data()
    worked, waited = time.thread_time() - begun[0], time.monotonic() - begun[1]
    return worked < PATIENCE and waited < WAITING, (worked, waited), answer


TARGETS: Mapping[str, Target] = {
    "table": table,
    "collection": collection,
    "novel": novel,
    "images": images,
    "unpacked": unpacked,
    "view": view,
    "request": request,
}
PICTURES = (
    *(("png", "RGBA"), ("jpeg", "L"), ("gif", "P"), ("bmp", "1"), ("tiff", "I;16")),
    *(("webp", "RGB"), ("ppm", "RGB"), ("tga", "LA"), ("pcx", "L"), ("jp2", "RGB")),
)
ARCHIVED = ("collection.json", "tasks.parquet", "features.npz", "relations.npz")


def _picture(kind: str, mode: str) -> bytes:
    made, written = io.BytesIO(), Image.registered_extensions()[f".{kind}"]
    Image.linear_gradient("L").resize((4, 3)).convert(mode).save(made, written)
    return made.getvalue()


@lru_cache
def seeds(name: str) -> tuple[bytes, ...]:
    """Inputs that make sense, of which others are made."""
    csv = b"name,parent,size\nroot,,7\nleft,root,2\nright,root,1.5\n"
    vectors, packed, tables = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.save(vectors, np.eye(3, dtype=np.float32))
    np.savez(packed, features=np.eye(3, dtype=np.float32))
    pd.DataFrame({"name": ["root", "left"], "parent": ["", "root"]}).to_parquet(tables)
    if name == "table":
        semicolons = csv.replace(b",", b";").replace(b".", b",")
        return (b"\0" + csv, b"\1" + semicolons, b"\2" + tables.getvalue())
    if name == "collection":
        written = b"name,x,y\nroot,1,2\nleft,3,4\nright,5,6\n"
        members = b"member,task\n0,left\n1,right\n2,right\n"
        pairs = b"child,parent,strength\nleft,root,1\nright,root,0.5\n"
        return (
            b"\0" + SEPARATOR.join([csv, written]),
            b"\1" + SEPARATOR.join([csv, vectors.getvalue(), members]),
            b"\2" + SEPARATOR.join([csv, packed.getvalue(), members, pairs]),
        )
    if name == "novel":
        named = b"name,x,y\nmine,1,2\nyours,3,4\n"
        members = b"member,task\n0,mine\n1,mine\n2,yours\n"
        tasks = b"name,size\nmine,2\nyours,1\n"
        return (
            b"\0" + named,
            b"\1" + SEPARATOR.join([vectors.getvalue(), members]),
            b"\2" + SEPARATOR.join([packed.getvalue(), members, tasks]),
        )
    if name == "images":
        parts = [
            f"a/{kind}/{mode}.{kind}".encode() + NAMED + _picture(kind, mode)
            for kind, mode in PICTURES
        ]
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
            for part in parts[:3]:
                called, _, inside = part.partition(NAMED)
                file.writestr(called.decode(), inside)
        return (whole.getvalue(), *map(SEPARATOR.join, pairwise(parts)))
    if name == "unpacked":
        shipped = Store(_folder()).shipped / "taskonomy"
        parts = [(shipped / file).read_bytes() for file in ARCHIVED]
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as file:
            for entry, part in zip(ARCHIVED, parts, strict=True):
                file.writestr(f"a/{entry}", part)
        return (whole.getvalue(), SEPARATOR.join(parts))
    queries = (
        b"collection=cub&dim=3&axes=0,1&focus=Passeriformes&task=Corvidae",
        b"collection=taskonomy&viewport=0,1,0,1&selection=a,b%2Cc&hidden=x&off=labels",
        b"collection=cub&color=members&between=2,40&floor=3&opacity=50&features=mean",
        b"collection=cub&beside=matrix&rows=1,2,3&measure=cosine&fit=2d.published&dim=5",
    )
    if name == "view":
        return queries
    bodies = (
        b'{"names": ["Corvidae"], "dim": 2}',
        b'{"collection": "cub", "what": "fit", "options": {"dim": 1, "recipe": "x"}}',
        b'{"token": "0123", "dim": 2, "title": "T", "task": 1, "name": "n"}',
    )
    names = (b"cub", b"0123456789ab", b"taskonomy/x")
    return tuple(
        SEPARATOR.join(
            [k.to_bytes(2, "big"), names[k % 3], queries[k % 4], bodies[k % 3]]
        )
        for k in range(len(routes()))
    )
