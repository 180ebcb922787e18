"""The server of the page: who asks for too much is told so in a line of ours."""

import socket
import time
from typing import Any

from flask import Flask
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import RequestEntityTooLarge

from dashboard.uploads import LIMIT, refusal

THREADS = 8
CONNECTIONS = 2000  # that are kept open; a browser has some six
PATIENCE = 10  # s that what is under way has, when the server is to end


def server_of(app: Flask, bound: socket.socket) -> Any:
    """A server of `app` that listens there; `run` it.

    It reads a whole request, to a temporary file, before `app` hears of it; so the
    limit holds here first.
    """
    server: Any = create_server(
        app,
        sockets=[bound],
        threads=THREADS,
        max_request_body_size=LIMIT + 1,
        connection_limit=CONNECTIONS,
    )
    server.channel_class = _Channel
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


class _TooLarge:
    """An error as waitress answers it."""

    def to_response(self, _: str | None = None) -> tuple[str, list[Any], bytes]:
        headers = [("Content-Type", "text/plain; charset=utf-8")]
        return "413 Request Entity Too Large", headers, refusal(LIMIT).encode()


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    error: object

    def received(self, data: bytes) -> int:
        count: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = _TooLarge()
        return count


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
