"""The one place where an app exists: layout, routes, headers."""

import re
from collections.abc import Sequence
from pathlib import Path

from dash import Dash
from flask import Flask, Response, abort, request

from core.errors import DataError
from core.store import Store
from dashboard import (
    discovery,
    gathering,
    jobs,
    keeping,
    layout,
    placements,
    routes,
    uploads,
)
from dashboard.shelf import Shelf

ASSETS = Path(__file__).parent.parent / "assets"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(
    shelf: Shelf,
    faults: tuple[str, ...] = (),
    framed_by: str = "'none'",
    store: Store | None = None,
) -> Dash:
    """A Dash app that shows the atlases of `shelf`.

    Nothing is global: two apps from two shelves can live side by side.

    Args:
        shelf: At least one atlas.
        faults: What could not be read, shown on the page.
        framed_by: Pages that may show this one inside them, as a header says it.
        store: Where a person's own collections are kept; without it, none are.
    """
    app = Dash(
        "task2box",
        assets_folder=str(ASSETS),
        assets_ignore=r"standalone\.js",
        title="Task2Box Atlas",
        update_title="",
        index_string=INDEX,
    )
    limit = uploads.LIMIT if store else 0
    app.layout = lambda: layout.page(shelf.titles, faults, limit)
    routes.serve(app.server, shelf, ASSETS)
    uploads.limit(app.server)
    if store:
        placements.serve(app.server, shelf, store)
        keeping.serve(app.server, shelf, store)
        gathering.serve(app.server, shelf, store)
        jobs.serve(app.server, shelf, store)
        discovery.serve(app.server, store)
    _serve_health(app.server)
    _protect(app.server, app.csp_hashes(), framed_by)
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

    @server.before_request
    def own_page() -> Response | None:
        # No other page may change anything here, not even blindly.
        if request.method in ("GET", "HEAD", "OPTIONS") or _same_origin():
            return None
        said = "Only the page itself may ask for this.\n"
        return Response(said, status=403, mimetype="text/plain")

    @server.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


def _same_origin() -> bool:
    """Whether a page of this server asks, or a program that is no browser."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.origin
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or origin == request.host_url.rstrip("/")


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
