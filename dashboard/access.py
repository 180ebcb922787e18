"""Who may ask from another machine: whoever knows the token.

A person types it once, and their browser keeps a cookie that follows from it; a program
sends it in a header. It is in no address, so in no history and no log.
"""

import hmac
import os
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Request, Response, redirect, request
from werkzeug.wrappers import Response as Answer

from core.errors import DataError

FILE = ".token"  # of the data directory, unless another one is named
LEAST = 32  # letters of a token
COOKIE = "task2box"
SAFE = "=&%+,!~*'();:@/?"  # of a query, as it is
OPEN = ("/health", "/sign-in")  # to everybody
SIGN_IN = "Reload the page to sign in.\n"


@dataclass(frozen=True)
class Remote:
    """What lets other machines in.

    Args:
        token: What they must know.
        names: By which they may call this machine; any, where there are none.
    """

    token: str = field(repr=False)
    names: tuple[str, ...] = ()

    def is_called(self, name: str) -> bool:
        """Whether this machine answers to that name."""
        return not self.names or name in self.names

    @property
    def cookie(self) -> str:
        """What a browser keeps in place of the token, and no one can turn into it."""
        return hmac.new(self.token.encode(), b"signed in", sha256).hexdigest()

    def knows(self, asked: Request) -> bool:
        """Whether the head of that request holds the token, or its cookie."""
        if _is(asked.cookies.get(COOKIE, ""), self.cookie):
            return True
        kind, _, given = asked.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and _is(given, self.token)


def remote_of(server: Flask) -> Remote | None:
    """Who may ask that app from other machines; None for nobody."""
    return server.extensions.get("remote")


def token_in(path: Path) -> str:
    """The token that a file holds, made where there is none.

    Raises:
        DataError: It cannot be read or made, or is too short to keep anybody out.
    """
    try:
        if not path.exists():
            _make(path)
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise DataError(
            f"Cannot keep a token in {path}: {why}. Name another file with --token."
        ) from error
    if len(token) < LEAST or not token.isascii():
        raise DataError(
            f"The token in {path} has to be {LEAST} plain letters or more. Remove the "
            "file for a new one."
        )
    return token


def _make(path: Path) -> None:
    """A file that nobody else can read; where two make one, the first is it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(LEAST) + "\n")
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


def serve(server: Flask, remote: Remote) -> None:
    """Let in whoever knows the token, and ask all others for it."""
    server.extensions["remote"] = remote

    @server.before_request
    def known() -> Response | None:
        if request.path in OPEN or remote.knows(request):
            return None
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return _asked(request.query_string.decode(errors="replace"), "")
        return Response(SIGN_IN, status=401, mimetype="text/plain")

    @server.post("/sign-in")
    def sign_in() -> Answer:
        view = request.form.get("view", "")
        if not _is(request.form.get("token", ""), remote.token):
            return _asked(view, "This is not the token.")
        answer = redirect(f"/?{quote(view, safe=SAFE)}" if view else "/", 303)
        answer.set_cookie(
            COOKIE,
            remote.cookie,
            httponly=True,
            samesite="Lax",
            secure=request.headers.get("X-Forwarded-Proto") == "https",
        )
        return answer


def _is(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


def _asked(view: str, fault: str) -> Response:
    """The form, which keeps the view that a link is of."""
    page = FORM.format(view=escape(view), fault=escape(fault))
    answer = Response(page, status=401, mimetype="text/html")
    # Without a referrer browsers send no origin with a form.
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    return answer


FORM = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sign in: Task2Box Atlas</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 22rem; margin: 18vh auto 0;
  padding: 0 1rem; }}
h1 {{ font-size: 1.25rem; }}
input, button {{ font: inherit; box-sizing: border-box; width: 100%; padding: .5rem; }}
button {{ margin-top: .75rem; }}
</style>
</head>
<body>
<main>
<h1>Task2Box Atlas</h1>
<form method="post" action="/sign-in">
<p><label for="token">The token that whoever runs this server gave you</label></p>
<input id="token" name="token" type="password" autocomplete="current-password"
  required autofocus>
<input name="view" type="hidden" value="{view}">
<button type="submit">Sign in</button>
<p role="alert">{fault}</p>
</form>
</main>
</body>
</html>
"""
