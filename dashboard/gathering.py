"""A new collection out of a person's tables: looked at first, kept when they say so.

The tables wait in the folder of an upload, and so does what was made of them.
"""

import json
import re
import shutil
from contextlib import suppress
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request

from core import archive, own
from core.errors import DataError
from core.store import Store
from dashboard import child, uploads
from dashboard.shelf import Shelf

ROLES = ("tasks", "features", "members", "relations")
MADE = "made"  # the folder of what was made of the tables
LETTERS = 40  # of a name


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

    @server.post(f"/new/<token>/<any({', '.join(ROLES)}):role>")
    def table(token: str, role: str) -> Response:
        """One table as the body, in place of an earlier one of its role."""
        place = uploads.found(store.data, token) / role
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        uploads.take(place, request.args.get("file", ""))
        return jsonify({})

    @server.post("/new/<token>/preview")
    def preview(token: str) -> Response:
        """What is understood of the tables, which a process of its own reads."""
        folder = uploads.found(store.data, token)
        title = own.check_title(_said("title"))
        name = name_of(title)
        own.check_free(store, name)
        shutil.rmtree(folder / MADE, ignore_errors=True)
        for role in ("tasks", "features"):
            if not _files(folder / role):
                raise DataError(f"There is no file of {role}; add one.")
        options = [
            option
            for role in ROLES
            for path in _files(folder / role)
            for option in (f"--{role}", str(path))
        ]
        data = ("--data", str(folder / MADE))
        told = child.run("import", *options, *data, "--json", "--", name)
        own.rename(Store(folder / MADE, folder / "none"), name, title)
        return jsonify(json.loads(told))

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
    """What addresses and commands call a collection of that title."""
    words = re.findall(r"\w+", title.lower())
    return "-".join(words)[:LETTERS].strip("-")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*"))


def _said(key: str) -> str:
    told = request.get_json(silent=True)
    said = told.get(key) if isinstance(told, dict) else None
    if not isinstance(said, str):
        abort(400)
    return said
