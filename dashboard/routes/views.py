"""What the browser asks of the view in its address bar: words of the chosen task."""

from dataclasses import asdict

from flask import Flask, Response, request

from dashboard import edges, excerpts
from dashboard.about import summary
from dashboard.answers import as_json, compact, composed, once
from dashboard.details import task_details
from dashboard.inspector import ranked
from dashboard.members import members
from dashboard.nearest import nearest
from dashboard.prepared import Prepared
from dashboard.questions import looked_at, view_of
from dashboard.shelf import Shelf
from dashboard.table import table


def serve(server: Flask, shelf: Shelf, prepared: Prepared) -> None:
    """Answer what the browser asks of what is looked at; nothing where that is no task.

    Args:
        server: Of the app.
        shelf: What is shown.
        prepared: What is kept of it.
    """

    @server.get("/view.json")
    def view_json() -> Response:
        view, faults = view_of(shelf)
        return as_json(compact({"view": asdict(view), "faults": faults}))

    @server.get("/details.json")
    def details_json() -> Response:
        """What is said of the chosen task, or of the collection where none is."""
        view, atlas, task = looked_at(shelf)
        large = shelf.expanse(view.collection)
        if not task:
            return composed(summary(atlas, len(large) if large else None))
        if large is not None:
            return composed(excerpts.details(large, large.row(task)))
        return composed(task_details(atlas, atlas.row_of[task], view.dim))

    @server.get("/table.json")
    def table_json() -> Response:
        view, atlas, task = looked_at(shelf)
        if (large := shelf.expanse(view.collection)) is not None:
            begin = request.args.get("begin", 0, int)
            return as_json(compact(excerpts.table(large, large.row(task), begin)))
        known = table(atlas, atlas.row_of[task], view.dim) if task else {}
        return as_json(compact(known))

    @server.get("/nearest.json")
    def nearest_json() -> Response:
        view, atlas, task = looked_at(shelf)
        if not task:
            return as_json("{}")
        known = shelf.description(view.collection, view.features)
        row = atlas.row_of[task]
        return as_json(compact(nearest(atlas, known, row, view.dim)))

    @server.get("/members.json")
    def members_json() -> Response:
        """Points of the members of the chosen task, sent when one zooms into it."""
        view, atlas, _ = looked_at(shelf)
        known = shelf.members(view.collection, view.dim)
        if known is None or not view.task:
            return as_json("{}")
        return once(compact(members(atlas, known, atlas.row_of[view.task], view.dim)))

    @server.get("/errors.json")
    def errors_json() -> Response:
        """Where the boxes are amiss within the focus, and of the chosen task."""
        view, atlas, _ = looked_at(shelf)
        if not edges.judged(atlas):
            return as_json("{}")
        known = prepared.edges(view.collection, view.dim)
        return as_json(compact(edges.errors(atlas, known, view.focus, view.task)))

    @server.get("/inspector.json")
    def inspector_json() -> Response:
        view, atlas, task = looked_at(shelf)
        known = ranked(atlas, atlas.row_of[task], view.dim) if task else {}
        return as_json(compact(known))
