"""What the browser asks for when a person has tasks to place."""

from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, request

from core.errors import DataError
from core.store import Store
from dashboard import uploads
from dashboard.placer import Asked, PlacingProcess
from dashboard.shelf import Shelf


def serve(server: Flask, shelf: Shelf, store: Store) -> PlacingProcess:
    """Take files of new tasks, and answer where they lie."""
    process = PlacingProcess(store)

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
        version, dim = known(name, _asked().get("dim"))
        return _json(process.warm(name, version, dim))

    @server.post("/place/files.json")
    def files() -> dict[str, str]:
        """Keep a file; the first of several opens the folder that its token names."""
        token, name = request.args.get("token", ""), request.args.get("name", "")
        folder = (
            uploads.found(store.data, token) if token else uploads.opened(store.data)
        )
        try:
            path = uploads.take(folder, name)
        except BaseException:
            uploads.discard(folder)
            raise
        return {"token": folder.name, "name": path.name}

    @server.post("/place/<name>.json")
    def place(name: str) -> Response:
        asked = _asked()
        folder = uploads.found(store.data, str(asked.get("token", "")))
        try:
            version, dim = known(name, asked.get("dim"))
            given = {what: _file(folder, asked.get(what)) for what in FILES}
            if given["features"] is None:
                raise DataError(
                    "There are no features to place; choose a file of them."
                )
            return _json(process.place(Asked(name, version, dim, **given)))
        finally:
            uploads.discard(folder)

    return process


FILES = ("features", "members", "tasks")


def _asked() -> dict[str, Any]:
    told = request.get_json(silent=True)
    return told if isinstance(told, dict) else {}


def _file(folder: Path, name: object) -> Path | None:
    return folder / uploads.plain(str(name)) if name else None


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")
