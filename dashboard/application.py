"""The one place where an app exists: layout, routes, headers."""

from pathlib import Path

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, g, request

from core.errors import DataError
from core.store import Store
from dashboard import (
    access,
    axes,
    discovery,
    explanation,
    gathering,
    jobs,
    keeping,
    layout,
    log,
    meters,
    modules,
    placements,
    rates,
    security,
    uploads,
)
from dashboard.access import Remote
from dashboard.modules import YEAR
from dashboard.prepared import Prepared
from dashboard.routes import collections, files, views
from dashboard.shelf import Shelf
from dashboard.turns import SOON, Busy
from dashboard.windows import Senseless

ASSETS = Path(__file__).parent.parent / "assets"


def create_app(
    shelf: Shelf,
    faults: tuple[str, ...] = (),
    framed_by: str = "'none'",
    store: Store | None = None,
    remote: Remote | None = None,
) -> Dash:
    """A Dash app that shows the atlases of `shelf`.

    Nothing is global: two apps from two shelves can live side by side.

    Args:
        shelf: At least one atlas.
        faults: What could not be read, shown on the page.
        framed_by: Pages that may show this one inside them, as a header says it.
        store: Where a person's own collections are kept; without it, none are.
        remote: Who may ask from other machines; without it, nobody.
    """
    app = Dash(
        "task2box",
        assets_folder=str(ASSETS),
        assets_ignore=r".*\.js",
        title="Task2Box Atlas",
        update_title="",
    )
    app.index_string = INDEX.replace("{%modules%}", modules.serve(app.server, ASSETS))
    limit = uploads.LIMIT if store else 0
    app.layout = lambda: layout.page(shelf.titles, faults, limit)
    axes.follow(app, layout.GRAPHS)
    log.serve(app.server)
    meters.serve(app.server, store)
    security.protect(app.server, app.csp_hashes(), framed_by, remote)
    rates.limit(app.server)
    if remote:
        access.serve(app.server, remote)
    app.server.before_request(shelf.follow)  # whoever asks next sees what jobs made
    prepared = Prepared(shelf, store)
    collections.serve(app.server, shelf, prepared)
    views.serve(app.server, shelf, prepared)
    files.serve(app.server, shelf, prepared, ASSETS)
    uploads.limit(app.server)
    if store:
        placements.serve(app.server, shelf, store)
        keeping.serve(app.server, shelf, store)
        gathering.serve(app.server, shelf, store)
        jobs.serve(app.server, store)
        discovery.serve(app.server, store)
        explanation.serve(app.server, shelf, store)
    _serve_health(app.server)
    _keep_assets(app.server)
    return app


def _serve_health(server: Flask) -> None:
    @server.get("/health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @server.errorhandler(DataError)
    def unreadable(error: DataError) -> Response:
        # Found damaged when it was first looked at, and made again it can be shown; or
        # what was sent makes no sense.
        status = 503 if request.method == "GET" else 400
        return Response(str(error), status=status, mimetype="text/plain")

    @server.errorhandler(Busy)
    def busy(error: Busy) -> Response:
        answer = Response(str(error), status=503, mimetype="text/plain")
        answer.headers["Retry-After"] = str(SOON)
        return answer

    @server.errorhandler(Senseless)
    def senseless(error: Senseless) -> Response:
        return Response(str(error), status=400, mimetype="text/plain")

    @server.errorhandler(DependencyException)
    def unknown(_: DependencyException) -> Response:
        return Response("There is no such file.\n", status=404, mimetype="text/plain")

    @server.errorhandler(500)
    def broken(_: Exception) -> Response:
        said = f"The program failed here; its output says how at {g.request}.\n"
        return Response(said, status=500, mimetype="text/plain")


def _keep_assets(server: Flask) -> None:
    @server.after_request
    def kept(response: Response) -> Response:
        # The page names the time of each file: what changes has another address, and
        # nobody needs to ask of a file whether it did.
        asset = request.endpoint == "_dash_assets.static" and "m" in request.args
        if asset and response.status_code in (200, 304):
            response.headers["Cache-Control"] = f"max-age={YEAR}"
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
<footer>{%config%}{%scripts%}{%modules%}{%renderer%}</footer>
</body>
</html>
"""
