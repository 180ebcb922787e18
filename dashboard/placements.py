"""What the browser asks for when a person has tasks to place."""

import json
from pathlib import Path

from flask import Flask, Response, abort, request

from core.errors import DataError
from core.store import Store
from dashboard import uploads
from dashboard.answers import as_json
from dashboard.placer import Asked, PlacingProcess
from dashboard.questions import body
from dashboard.shelf import Shelf
from dashboard.turns import Busy

KINDS = ("features", "members", "tasks")


def serve(server: Flask, shelf: Shelf, store: Store) -> None:
    """Take files of new tasks, and answer where they lie."""
    process = server.extensions["placing"] = PlacingProcess(store)

    def known(name: str, dim: object) -> tuple[str, int]:
        """The version of a collection that has boxes of so many dimensions."""
        if name not in shelf:
            abort(404)
        if not isinstance(dim, int) or dim not in shelf[name].boxes:
            raise DataError(
                f"{name!r} has no boxes in {dim} dimensions to place among."
            )
        return shelf.version(name), dim

    @server.post("/place/<name>/warm.json")
    def warm(name: str) -> Response:
        """What is read of new tasks; or why none can be placed, which is no fault."""
        try:
            version, dim = known(name, body().get("dim"))
            return as_json(process.warm(name, version, dim))
        except Busy:
            raise
        except DataError as error:
            return as_json(json.dumps({"lacks": str(error)}))

    @server.post("/place/files/<any(features, members, tasks):kind>.json")
    def file(kind: str) -> dict[str, str]:
        """Keep a file; the first of several opens the folder that its token names."""
        token = request.args.get("token", "")
        data = store.data
        folder = uploads.found(data, token) if token else uploads.opened(data)
        try:
            (folder / kind).mkdir(mode=0o700, exist_ok=True)
            uploads.take(folder / kind, request.args.get("name", ""))
        except BaseException:
            uploads.discard(folder)
            raise
        return {"token": folder.name}

    @server.post("/place/<name>.json")
    def place(name: str) -> Response:
        asked = body()
        folder = uploads.found(store.data, str(asked.get("token", "")))
        try:
            version, dim = known(name, asked.get("dim"))
            features, members, tasks = (_file(folder / kind) for kind in KINDS)
            if features is None:
                raise DataError("There are no features to place; choose a file.")
            wanted = Asked(name, version, dim, features, members, tasks)
            found = as_json(process.place(wanted))
        except Busy:  # nothing was begun: the files wait for the next try
            raise
        except BaseException:
            uploads.discard(folder)
            raise
        uploads.discard(folder)
        return found


def _file(folder: Path) -> Path | None:
    """The file that was kept there."""
    return next((one for one in folder.glob("*") if one.name[0] != "."), None)
