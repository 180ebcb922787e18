"""The one place where an app exists: layout, callbacks, data routes, headers."""

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from threading import Lock

from dash import Dash
from flask import Flask, Response, abort, request

from core.errors import DataError
from core.evaluation.edges import Edges, edges_of
from dashboard import edges, layout
from dashboard.callbacks import explore
from dashboard.evaluation import report
from dashboard.inspector import MOST as COMPARED
from dashboard.inspector import ranked, truths
from dashboard.members import members
from dashboard.nearest import nearest
from dashboard.payload import corners, frames, payload, values, words
from dashboard.preservation import preservation
from dashboard.records import MOST, WRITERS, asked, records
from dashboard.shelf import KEPT, Shelf
from dashboard.standalone import standalone_html
from dashboard.table import table
from dashboard.view import view_from_query

ASSETS = Path(__file__).parent.parent / "assets"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(
    shelf: Shelf, faults: tuple[str, ...] = (), framed_by: str = "'none'"
) -> Dash:
    """A Dash app that shows the atlases of `shelf`.

    Nothing is global: two apps from two shelves can live side by side.

    Args:
        shelf: At least one atlas.
        faults: What could not be read, shown on the page.
        framed_by: Pages that may show this one inside them, as a header says it.
    """
    app = Dash(
        "task2box",
        assets_folder=str(ASSETS),
        assets_ignore=r"standalone\.js",
        title="Task2Box Atlas",
        update_title="",
        index_string=INDEX,
    )
    app.layout = layout.page(shelf.titles, faults)
    explore.register(app, shelf)
    _serve_data(app.server, shelf)
    _serve_edges(app.server)
    _protect(app.server, app.csp_hashes(), framed_by)
    return app


def _serve_data(server: Flask, shelf: Shelf) -> None:
    @lru_cache(KEPT)
    def columns(name: str) -> str:
        return _compact(payload(shelf[name]))

    @server.get("/atlas/<name>.json")
    def atlas_json(name: str) -> Response:
        return _once(columns(_known(name, shelf)))

    @server.get("/words/<name>.json")
    def words_json(name: str) -> Response:
        return _once(_compact(words(shelf[_known(name, shelf)])))

    @lru_cache(KEPT)
    def found(name: str, dim: int) -> Edges:
        atlas = shelf[name]
        return edges_of(atlas.boxes[dim], atlas.relations, atlas.hierarchy)

    finding = Lock()

    def judgement(name: str, dim: int) -> Edges:
        with finding:  # two requests at once find them once
            return found(name, dim)

    def judged(name: str, dim: int) -> dict[str, object]:
        return edges.sent(judgement(name, dim), len(shelf[name].tasks))

    @server.get("/column/<name>.json")
    def column_json(name: str) -> Response:
        """What one colour says of all tasks, sent when it is first chosen."""
        atlas, color = shelf[_known(name, shelf)], request.args.get("color", "")
        dims, known = edges.colors(atlas), values(atlas)
        if color in dims:
            return _once(_compact(judged(name, dims[color])))
        if color not in known:
            abort(404)
        return _once(_compact(known[color]))

    @server.get("/evaluation/<name>.json")
    def evaluation_json(name: str) -> Response:
        return _once(_compact(report(shelf[_known(name, shelf)])))

    @server.get("/view.json")
    def view_json() -> Response:
        view, faults = view_from_query(_query(), shelf)
        return _json(_compact({"view": asdict(view), "faults": faults}))

    @server.get("/table.json")
    def table_json() -> Response:
        view, _ = view_from_query(_query(), shelf)
        atlas, task = shelf[view.collection], view.task or view.focus
        known = table(atlas, atlas.row_of[task], view.dim) if task else {}
        return _json(_compact(known))

    @server.get("/nearest.json")
    def nearest_json() -> Response:
        view, _ = view_from_query(_query(), shelf)
        atlas, task = shelf[view.collection], view.task or view.focus
        if not task:
            return _json("{}")
        directions = shelf.directions(view.collection)
        row = atlas.row_of[task]
        return _json(_compact(nearest(atlas, directions, row, view.dim)))

    @server.get("/members.json")
    def members_json() -> Response:
        """Points of the members of the chosen task, sent when one zooms into it."""
        view, _ = view_from_query(_query(), shelf)
        atlas, known = shelf[view.collection], shelf.members(view.collection, view.dim)
        if known is None or not view.task:
            return _json("{}")
        return _once(_compact(members(atlas, known, atlas.row_of[view.task], view.dim)))

    @server.get("/errors.json")
    def errors_json() -> Response:
        view, _ = view_from_query(_query(), shelf)
        atlas = shelf[view.collection]
        if not edges.judged(atlas):
            return _json("{}")
        known = judgement(view.collection, view.dim)
        return _json(_compact(edges.errors(atlas, known, view.focus, view.task)))

    @server.get("/inspector.json")
    def inspector_json() -> Response:
        view, _ = view_from_query(_query(), shelf)
        atlas, task = shelf[view.collection], view.task or view.focus
        known = ranked(atlas, atlas.row_of[task], view.dim) if task else {}
        return _json(_compact(known))

    @server.get("/truth/<name>.json")
    def truth_json(name: str) -> Response:
        """True shares between a few tasks, as rows."""
        atlas = shelf[_known(name, shelf)]
        told = request.args.get("rows", "")
        if not re.fullmatch(rf"\d{{1,7}}(,\d{{1,7}}){{0,{COMPARED - 1}}}", told, re.A):
            abort(404)
        rows = [int(row) for row in told.split(",")]
        if max(rows) >= len(atlas.tasks):
            abort(404)
        return _json(_compact(truths(atlas, rows)))

    @lru_cache(KEPT)
    def kept(name: str, names: tuple[str, ...], dim: int) -> str:
        directions = shelf.directions(name)
        return _compact(preservation(shelf[name], directions, names, dim))

    @server.post("/preservation/<name>.json")
    def preservation_json(name: str) -> Response:
        request.max_content_length = MOST
        try:
            names, dim = asked(
                request.get_json(silent=True), shelf[_known(name, shelf)]
            )
        except DataError as error:
            return Response(str(error), status=400, mimetype="text/plain")
        return _json(kept(name, tuple(names), dim))

    @server.get("/fit/<name>.json")
    def fit_json(name: str) -> Response:
        """A further fit, sent when it is first seen beside the boxes."""
        fit = shelf.fit(_known(name, shelf), request.args.get("fit", ""))
        if fit is None:
            abort(404)
        return _once(_compact(corners(fit)))

    @server.get("/replay/<name>.json")
    def replay_json(name: str) -> Response:
        """How boxes came about, sent when one first asks to see it."""
        dim = request.args.get("dim", 0, int)
        replay = shelf.replay(_known(name, shelf), dim)
        if replay is None:
            abort(404)
        return _once(_compact(frames(replay)))

    @server.post("/data/<name>.<any(csv, json, parquet):kind>")
    def data_file(name: str, kind: str) -> Response:
        request.max_content_length = MOST
        atlas, (mimetype, write) = shelf[_known(name, shelf)], WRITERS[kind]
        try:
            names, dim = asked(request.get_json(silent=True), atlas)
        except DataError as error:
            return Response(str(error), status=400, mimetype="text/plain")
        answer = Response(write(records(atlas, names, dim)), mimetype=mimetype)
        file = f"{name}-{_tasks(len(names))}.{kind}"
        answer.headers.set("Content-Disposition", "attachment", filename=file)
        return answer

    @server.get("/export/<name>.html")
    def atlas_html(name: str) -> Response:
        atlas = shelf[_known(name, shelf)]
        view, _ = view_from_query(_query(), {name: atlas})
        title, texts = str(atlas.provenance["title"]), _compact(words(atlas))
        dims = edges.colors(atlas).items()
        known = values(atlas) | {color: judged(name, dim) for color, dim in dims}
        figures, colors = _compact(report(atlas)), _compact(known)
        seen = view.beside.removeprefix("fit.")  # one that is not seen is left out
        fit = shelf.fit(name, seen)
        fits = _compact({} if fit is None else {seen: corners(fit)})
        text = standalone_html(
            title, columns(name), texts, colors, figures, fits, view, ASSETS
        )
        return Response(text, mimetype="text/html")


def _serve_edges(server: Flask) -> None:
    @server.get("/health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @server.errorhandler(DataError)
    def unreadable(error: DataError) -> Response:
        # Found damaged when it was first looked at; made again it can be shown.
        return Response(str(error), status=503, mimetype="text/plain")


def _known(name: str, shelf: Shelf) -> str:
    if name not in shelf:
        abort(404)
    return name


def _tasks(count: int) -> str:
    return f"{count}-task" if count == 1 else f"{count}-tasks"


def _query() -> str:
    return request.query_string.decode(errors="replace")


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


def _once(text: str) -> Response:
    """An answer that a browser which has it already need not be sent again."""
    packs = request.accept_encodings["gzip"] > 0
    answer = Response(_packed(text) if packs else text, mimetype="application/json")
    if packs:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=16)
def _packed(text: str) -> bytes:
    """Lists of numbers and names become half as long or less."""
    return gzip.compress(text.encode(), compresslevel=1, mtime=0)


def _protect(server: Flask, scripts: Sequence[str], framed_by: str) -> None:
    """Answer only to this machine's own names, and let no foreign script run."""
    policy = (
        f"default-src 'self'; script-src 'self' {' '.join(scripts)}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; worker-src 'self' blob:; "
        f"object-src 'none'; base-uri 'none'; frame-ancestors {framed_by}"
    )

    @server.before_request
    def local() -> None:
        # Against DNS rebinding. Werkzeug's TRUSTED_HOSTS never matches an IPv6 address.
        if re.sub(r":\d+$", "", request.host).lower() not in LOOPBACK:
            abort(400)

    @server.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{%title%}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'
viewBox='0 0 20 20'%3E%3Crect x='1.5' y='1.5' width='17' height='17' rx='3' fill='none'
stroke='%23d2361e' stroke-width='2'/%3E%3Crect x='5' y='8' width='9' height='7' rx='2'
fill='none' stroke='%231f5fd0' stroke-width='2'/%3E%3C/svg%3E">
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>
"""
