"""A new collection out of a person's files: looked at first, kept when they say so.

The files wait in the folder of an upload, and so does what was made of them.
"""

import json
import re
import shutil
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from flask import Flask, Response, abort, jsonify, request

from core import archive, cache, own
from core.errors import DataError
from core.store import Store
from dashboard import child, uploads
from dashboard.questions import said
from dashboard.shelf import Shelf

ROLES = ("tasks", "features", "members", "relations")
IMAGES = "images"  # of one zip, in place of all tables
MADE = "made"  # the folder of what was made of the tables
LETTERS = 40  # of a name
# What may be asked of a process that looks at images, some 30 a second.
SLOW: Any = {"room": 16 * 2**30, "patience": child.LONGEST}


def serve(server: Flask, shelf: Shelf, store: Store) -> None:
    """Answer what the browser asks on the way to a new collection.

    Args:
        server: Of the app.
        shelf: Told of it.
        store: Where it is kept.
    """

    @server.post("/new")
    def begin() -> Response:
        return jsonify(token=uploads.opened(store.data).name)

    @server.post(f"/new/<token>/<any({', '.join((*ROLES, IMAGES))}):role>")
    def table(token: str, role: str) -> Response:
        """One table as the body, in place of an earlier one of its role."""
        place = uploads.found(store.data, token) / role
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        uploads.take(place, request.args.get("file", ""))
        return jsonify({})

    @server.post("/new/<token>/preview")
    def preview(token: str) -> Response:
        """What is understood of the files, which a process of its own reads."""
        folder = uploads.found(store.data, token)
        title = own.check_title(said("title"))
        name = name_of(title)
        own.check_free(store, name)
        shutil.rmtree(folder / MADE, ignore_errors=True)
        made = Store(folder / MADE, folder / "none")
        images = _files(folder / IMAGES)
        told = _seen(made, name, images[0]) if images else _read(made, name, folder)
        own.rename(made, name, title)
        return jsonify(told)

    @server.post("/new/<token>/keep")
    def keep(token: str) -> Response:
        folder = uploads.found(store.data, token)
        made = [path for path in _files(folder / MADE) if path.is_dir()]
        if not made:
            abort(404)
        name = made[0].name
        archive.settle(store, made[0], name)
        uploads.discard(folder)
        with suppress(DataError):
            shelf.renew(name)
        return jsonify(name=name, shown=name in shelf)

    @server.post("/new/<token>/discard")
    def discard(token: str) -> Response:
        uploads.discard(uploads.found(store.data, token))
        return jsonify({})


def name_of(title: str) -> str:
    """What addresses and commands call a collection of that title.

    It has Latin letters without accents, or none of the title's.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    found = "-".join(words)[:LETTERS].strip("-")
    other = any(map(str.isalpha, title))  # in another script
    return found or (f"collection-{crc32(title.encode()):x}" if other else "")


def _read(made: Store, name: str, folder: Path) -> Any:
    """What is understood of tables."""
    for role in ("tasks", "features"):
        if not _files(folder / role):
            raise DataError(f"There is no file of {role}; add one.")
    options = [
        option
        for role in ROLES
        for path in _files(folder / role)
        for option in (f"--{role}", str(path))
    ]
    data = ("--data", str(made.data))
    return json.loads(child.run("import", *options, *data, "--json", "--", name))


def _seen(made: Store, name: str, images: Path) -> dict[str, Any]:
    """What is understood of a zip of images, which takes a while to look at."""
    data = ("--data", str(made.data))
    options = ("--name", name, *data)
    child.run("build", "folder", *options, "--", str(images), **SLOW)
    collection = cache.load_collection(made, name)
    about, relations = collection.provenance, collection.relations
    counts: Any = about["counts"]
    return {
        "name": name,
        "tasks": len(collection.tasks),
        "members": len(collection.features),
        "channels": int(collection.features.shape[1]),
        "containments": int((relations.strength == 1).sum()),
        "relations": len(relations.child),
        "files": [
            {
                "file": images.name,
                "holds": IMAGES,
                "rows": counts["image files"],
                "used": [
                    f"{count:,} {what}" for what, count in counts.items() if count
                ],
            }
        ],
        "notes": about["notes"],
        "skipped": about["skipped"],
    }


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*"))
