"""What people take away: tasks as data files, and a view as one HTML file."""

from dataclasses import replace
from pathlib import Path

from flask import Flask, Response, request

from core.atlas import Atlas
from dashboard import windows
from dashboard.answers import compact
from dashboard.matrix import MOST as DRAWN
from dashboard.payload import Payload, corners, words
from dashboard.prepared import Prepared
from dashboard.questions import body, known, listed, named, query, rows_of
from dashboard.records import MOST, WRITERS, asked, records
from dashboard.shelf import Shelf
from dashboard.standalone import standalone_html
from dashboard.view import View, view_from_query


def serve(server: Flask, shelf: Shelf, prepared: Prepared, assets: Path) -> None:
    """Answer with files.

    Args:
        server: Of the app.
        shelf: What is shown.
        prepared: What is kept of it.
        assets: Folder of the modules that a file of its own holds.
    """

    @server.post("/data/<name>.<any(csv, json, parquet):kind>")
    def data_file(name: str, kind: str) -> Response:
        request.max_content_length = MOST
        mimetype, write = WRITERS[kind]
        atlas = listed(shelf, known(shelf, name))
        names, dim = asked(body(), atlas)
        answer = Response(write(records(atlas, names, dim)), mimetype=mimetype)
        file = f"{name}-{_tasks(len(names))}.{kind}"
        answer.headers.set("Content-Disposition", "attachment", filename=file)
        return answer

    @server.get("/export/<name>.html")
    def atlas_html(name: str) -> Response:
        atlas = shelf.about(known(shelf, name), named())
        view, _ = view_from_query(query(), {name: atlas})
        further = {dim: corners(boxes) for dim, boxes in atlas.boxes.items() if dim > 2}
        text = standalone_html(
            title=str(atlas.provenance["title"]),
            columns=columns(name),
            boxes=compact(further),
            words=compact(words(atlas)),
            values=compact(prepared.colors(name, atlas)),
            figures=prepared.figures(name),
            fits=compact(fits(name, view)),
            matrix=matrix(name, atlas, view),
            view=view,
            assets=assets,
        )
        return Response(text, mimetype="text/html")

    def columns(name: str) -> str:
        """All that is drawn: of a large collection what is seen of it."""
        large = shelf.expanse(name)
        if large is None:
            return prepared.columns(name)
        seen = windows.asked(request.args, large)
        also = tuple(large.rows(named()).tolist())
        return compact(windows.window(large, replace(seen, also=also)))

    def fits(name: str, view: View) -> dict[str, Payload]:
        """The further fit that is seen; one that is not is left out."""
        seen = view.beside.removeprefix("fit.")
        fit = shelf.fit(name, seen)
        return {} if fit is None else {seen: corners(fit)}

    def matrix(name: str, atlas: Atlas, view: View) -> str:
        """The distances that are seen."""
        if view.beside != "matrix" or "rows" not in request.args:
            return "{}"
        rows = rows_of(atlas, DRAWN)
        return prepared.matrix(name, view.features, view.measure, rows)


def _tasks(count: int) -> str:
    return f"{count}-task" if count == 1 else f"{count}-tasks"
