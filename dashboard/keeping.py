"""What a person does with collections of their own: export, import, rename, delete."""

from contextlib import suppress
from dataclasses import asdict

from flask import Flask, Response, jsonify, request, send_file

from core import archive, own, trash
from core.errors import DataError
from core.store import Store
from dashboard import child, uploads
from dashboard.questions import said
from dashboard.shelf import Shelf


def serve(server: Flask, shelf: Shelf, store: Store) -> None:
    """Answer what the browser asks of a person's own collections.

    Args:
        server: Of the app.
        shelf: Told of every change.
        store: Where they are kept.
    """

    def changed(name: str) -> Response:
        with suppress(
            DataError
        ):  # one that cannot be read may be deleted, or come back
            shelf.renew(name)
        return jsonify({"name": name, "shown": name in shelf})

    @server.get("/own.json")
    def own_json() -> Response:
        """All collections, and those that were deleted."""
        bin = Store(store.data / trash.TRASH, store.shipped)
        gone = [own.described(bin, name) for name in trash.deleted(store)]
        return jsonify(
            collections=[asdict(one) for one in own.listed(store)],
            deleted=[{"name": one.name, "title": one.title} for one in gone],
        )

    @server.get("/own/<name>.zip")
    def exported(name: str) -> Response:
        own.check_own(store, name)
        folder = uploads.opened(store.data)
        path = folder / f"{name}.zip"
        try:
            with path.open("xb") as file:
                archive.pack(store, name, file)
            whole = path.open("rb")  # it can be read until it is closed
        except OSError as error:
            raise DataError(
                f"Cannot export to {path}: {error.strerror}. Free some space."
            ) from error
        finally:
            uploads.discard(folder)
        return send_file(whole, as_attachment=True, download_name=path.name)

    @server.post("/own/import")
    def imported() -> Response:
        """A collection out of the zip that is the body, perhaps under another name."""
        given, name = request.args.get("file", ""), request.args.get("name", "")
        with uploads.received(store.data, given) as path:
            options = ("--name", name) if name else ()
            data = ("--data", str(store.data))
            try:
                said = child.run("unpack", *options, *data, "--", str(path))
            except DataError as error:
                if not str(error).endswith(own.TAKEN):
                    raise
                return jsonify(taken=str(error))  # the page asks for another
        return changed(said.partition(":")[0])

    @server.post("/own/<name>/<any(rename, delete, restore):wish>")
    def wished(name: str, wish: str) -> Response:
        if wish == "rename":
            own.rename(store, name, said("title"))
        elif wish == "delete":
            trash.delete(store, name)
        else:
            trash.restore(store, name)
        return changed(name)
