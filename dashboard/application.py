"""The one place where an app exists: layout, callbacks, data routes, headers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from dash import Dash
from flask import Flask, Response, abort, request

from core.atlas import Atlas
from dashboard import layout
from dashboard.callbacks import explore
from dashboard.payload import payload
from dashboard.standalone import standalone_html
from dashboard.view import view_from_query

ASSETS = Path(__file__).parent.parent / "assets"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(atlases: Mapping[str, Atlas], faults: tuple[str, ...] = ()) -> Dash:
    """A Dash app that shows `atlases`, by collection name.

    Nothing is global: two apps from two sets of atlases can live side by side.

    Args:
        atlases: At least one.
        faults: What could not be read, shown on the page.
    """
    app = Dash(
        "task2box",
        assets_folder=str(ASSETS),
        assets_ignore=r"standalone\.js",
        title="Task2Box Atlas",
        update_title="",
        index_string=INDEX,
    )
    app.layout = layout.page(atlases, faults)
    explore.register(app, atlases)
    _serve_data(app.server, atlases)
    _protect(app.server, app.csp_hashes())
    return app


def _serve_data(server: Flask, atlases: Mapping[str, Atlas]) -> None:
    @cache
    def columns(name: str) -> str:
        return json.dumps(payload(atlases[name]), separators=(",", ":"))

    @server.get("/atlas/<name>.json")
    def atlas_json(name: str) -> Response:
        if name not in atlases:
            abort(404)
        answer = Response(columns(name), mimetype="application/json")
        answer.headers["Cache-Control"] = "no-cache"
        answer.add_etag()
        answer.make_conditional(request)
        return answer

    @server.get("/view.json")
    def view_json() -> Response:
        query = request.query_string.decode(errors="replace")
        view, faults = view_from_query(query, atlases)
        answer = {"view": asdict(view), "faults": faults}
        return Response(json.dumps(answer), mimetype="application/json")

    @server.get("/export/<name>.html")
    def atlas_html(name: str) -> Response:
        if name not in atlases:
            abort(404)
        query = request.query_string.decode(errors="replace")
        view, _ = view_from_query(query, {name: atlases[name]})
        return Response(
            standalone_html(columns(name), view, ASSETS), mimetype="text/html"
        )

    @server.get("/health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")


def _protect(server: Flask, scripts: Sequence[str]) -> None:
    """Answer only to this machine's own names, and let no foreign script run."""
    policy = (
        f"default-src 'self'; script-src 'self' {' '.join(scripts)}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
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
