"""What every request must be and every answer says: who may ask, and what may run."""

import re
from collections.abc import Sequence

from flask import Flask, Response, abort, request

from dashboard.access import Remote

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
CALLBACKS = "/_dash-update-component"
# Of who asks; without one it is a socket file, which only this machine can open.
OWN = ("127.0.0.1", "::1", "", None)


def protect(
    server: Flask, scripts: Sequence[str], framed_by: str, remote: Remote | None
) -> None:
    """Answer only to whom it may concern, and let no foreign script run.

    Args:
        server: Of the app.
        scripts: Hashes of the scripts inside the page.
        framed_by: Pages that may show this one inside them, as a header says it.
        remote: Who may ask from other machines; None for nobody.
    """
    server.debug = False  # whatever the environment says: it shows the program's inside
    policy = (
        f"default-src 'self'; script-src 'self' {' '.join(scripts)}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
        f"base-uri 'none'; form-action 'self'; frame-ancestors {framed_by}"
    )

    @server.before_request
    def local() -> None:
        # Against DNS rebinding. Werkzeug's TRUSTED_HOSTS never matches an IPv6 address.
        name = re.sub(r":\d+$", "", request.host).lower()
        known = name in LOOPBACK or (remote is not None and remote.is_called(name))
        if not known:
            abort(400)
        # Whoever can reach a port can call this machine localhost.
        if remote is None and request.remote_addr not in OWN:
            abort(403)

    @server.before_request
    def text() -> None:
        # Werkzeug breaks on a query that is no UTF-8.
        request.query_string = request.query_string.decode(errors="replace").encode()

    @server.before_request
    def no_callback() -> None:
        # The page has none, and what Dash makes of odd ones is its inside.
        if request.path == CALLBACKS:
            abort(404)

    @server.before_request
    def own_page() -> Response | None:
        # No other page may change anything here, not even blindly, or read it.
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        if _is_visit() if reads else _same_origin():
            return None
        said = "Only the page itself may ask for this.\n"
        return Response(said, status=403, mimetype="text/plain")

    @server.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response


def _same_origin() -> bool:
    """Whether a page of this server asks, or a program that is no browser."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.origin
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or origin == request.host_url.rstrip("/")


def _is_visit() -> bool:
    """Whether a person follows a link, or one asks who may also send."""
    return request.headers.get("Sec-Fetch-Mode") == "navigate" or _same_origin()
