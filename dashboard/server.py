"""The server of the page: who asks for too much is told so in a line of ours."""

import socket
import time
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, Request
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

from dashboard.access import SIGN_IN, remote_of
from dashboard.uploads import LIMIT, WORDS, is_upload, refusal

THREADS = 8
STRANGERS = 2**16  # bytes that whoever has no token may send: a form to sign in
CONNECTIONS = 2000  # that are kept open; a browser has some six
PATIENCE = 10  # s that what is under way has, when the server is to end


def server_of(app: Flask, bound: socket.socket) -> Any:
    """A server of `app` that listens there; `run` it.

    It reads a whole request, to a temporary file, before `app` hears of it; so the
    limits hold here first, by who asks and for what.
    """
    server: Any = create_server(
        app,
        sockets=[bound],
        threads=THREADS,
        max_request_body_size=LIMIT + 1,
        connection_limit=CONNECTIONS,
    )
    server.channel_class = partial(_Channel, app)
    return server


def run(server: Any) -> None:
    """Answer until interrupted, then nobody new, and end what is under way."""
    try:
        # `select` knows no more than 1,024 connections, `poll` does.
        server.asyncore.loop(map=server._map, use_poll=True)
    except (SystemExit, KeyboardInterrupt):
        ends = time.monotonic() + PATIENCE
        server.asyncore.dispatcher.close(server)  # the port is heard no more
        while _is_busy(server) and time.monotonic() < ends:
            server.asyncore.loop(timeout=0.1, map=server._map, count=1, use_poll=True)
    server.task_dispatcher.shutdown(timeout=1)


def _is_busy(server: Any) -> bool:
    return any(
        one.requests or one.total_outbufs_len
        for one in [*server.active_channels.values()]
    )


@dataclass(frozen=True)
class _Refusal:
    """What is said of a body that is larger than `most` bytes, as waitress has it."""

    most: int
    status: str
    said: str

    def to_response(self, _: str | None = None) -> tuple[str, list[Any], bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        return self.status, headers, self.said.encode()


def _refusal(app: Flask, head: Request) -> _Refusal:
    """How much may follow that head of a request, and what is said of more."""
    remote = remote_of(app)
    if remote is not None and not remote.knows(head):
        return _Refusal(STRANGERS, "401 Unauthorized", SIGN_IN)
    most = LIMIT if is_upload(head) else WORDS
    return _Refusal(most, "413 Request Entity Too Large", refusal(most))


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    adj: Any
    error: object

    def __init__(self, app: Flask, adj: Any) -> None:
        super().__init__(adj)
        self._app = app
        self._refusal: _Refusal | None = None

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        environ = {"REQUEST_METHOD": self.command, "PATH_INFO": self.path}
        for name in ("COOKIE", "AUTHORIZATION"):
            environ[f"HTTP_{name}"] = self.headers.get(name, "")
        self._refusal = _refusal(self._app, Request(environ))
        self.adj = copy(self.adj)  # of this request alone
        self.adj.max_request_body_size = self._refusal.most + 1

    def received(self, data: bytes) -> int:
        count: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = self._refusal
        return count


class _Channel(HTTPChannel):  # type: ignore[misc]
    def __init__(self, app: Flask, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.parser_class = partial(_Parser, app)
