import socket
from contextlib import contextmanager, suppress
from threading import Thread

import pytest
from flask import Flask, request

from dashboard import server as serving

LIMIT = 4 * 2**20


@pytest.fixture
def address(monkeypatch):
    """Where a server answers with the length of what it is sent, up to a limit."""
    monkeypatch.setattr(serving, "LIMIT", LIMIT)
    app = Flask(__name__)
    app.post("/")(lambda: f"{len(request.data)} bytes")
    server = serving.server_of(app, socket.create_server(("127.0.0.1", 0)))
    thread = Thread(target=server.run)
    thread.start()
    yield "127.0.0.1", server.effective_port
    server.trigger.pull_trigger(server.close)  # in its own thread
    thread.join()


@contextmanager
def asking(address, *headers):
    """A connection that has sent the head of a request."""
    head = ["POST / HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        yield connection


def answered(connection):
    """Status line and body of the answer."""
    whole = b""
    with suppress(ConnectionResetError):
        while some := connection.recv(2**16):
            whole += some
    head, _, body = whole.decode().partition("\r\n\r\n")
    return head.splitlines()[0], body


def test_what_is_within_the_limit_is_answered(address):
    with asking(address, "Content-Length: 3") as connection:
        connection.sendall(b"abc")
        assert answered(connection) == ("HTTP/1.1 200 OK", "3 bytes")


def test_who_hangs_up_in_the_middle_is_in_nobody_s_way(address):
    with asking(address, "Content-Length: 1000000") as connection:
        connection.sendall(b"half")
    with asking(address, "Content-Length: 3") as connection:
        connection.sendall(b"abc")
        assert answered(connection) == ("HTTP/1.1 200 OK", "3 bytes")


def test_two_gigabytes_are_refused_before_any_is_sent(address):
    with asking(address, f"Content-Length: {2 * 2**30}") as connection:
        status, said = answered(connection)
    assert status == "HTTP/1.1 413 Request Entity Too Large"
    assert said.startswith("This is larger than 4 MB")
    assert "\n" not in said


def test_a_length_that_is_not_told_is_refused_at_the_limit(address):
    megabyte = b"%x\r\n" % 2**20 + bytes(2**20) + b"\r\n"
    with asking(address, "Transfer-Encoding: chunked") as connection:
        sent = 0
        with suppress(ConnectionError):  # it closes while we speak
            while sent < 2 * 2**30:
                connection.sendall(megabyte)
                sent += 2**20
    assert sent < LIMIT + 64 * 2**20
