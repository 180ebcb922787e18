import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask, request

from app import shelf_of
from dashboard import access, child
from dashboard import server as serving
from dashboard.application import create_app
from dashboard.turns import SOON, Busy, Turns
from tests.browser.pages import wait_for

ROOT = Path(__file__).parents[2]
LIMIT, WORDS, STRANGERS = 4 * 2**20, 2 * 2**20, 2**20
FILES = "/own/import"
TOKEN = "a-token-that-is-as-long-as-it-has-to-be"
REMOTE = access.Remote(TOKEN)
# Says its port, then "begun" in the middle of a request that takes a while.
SLOW = """
import socket, time
from flask import Flask
from dashboard.server import run, server_of
app = Flask("slow")
@app.get("/")
def slow():
    print("begun", flush=True)
    time.sleep(0.7)
    return "x" * 3_000_000
server = server_of(app, socket.create_server(("127.0.0.1", 0)))
print(server.effective_port, flush=True)
run(server)
print("over")
"""


@contextmanager
def served(app):
    """Where it answers."""
    server = serving.server_of(app, socket.create_server(("127.0.0.1", 0)))
    thread = Thread(target=serving.run, args=[server], daemon=True)
    thread.start()
    yield "127.0.0.1", server.effective_port
    server.trigger.pull_trigger(server.close)  # in its own thread
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def app(monkeypatch):
    """What answers with the length of what it is sent, within these limits."""
    monkeypatch.setattr(serving, "LIMIT", LIMIT)
    monkeypatch.setattr(serving, "WORDS", WORDS)
    monkeypatch.setattr(serving, "STRANGERS", STRANGERS)
    app = Flask(__name__)

    @app.post("/")
    @app.post(FILES)
    def length():
        return f"{len(request.data)} bytes"

    return app


@pytest.fixture
def address(app):
    """Of a server that this machine alone can ask."""
    with served(app) as address:
        yield address


@pytest.fixture
def guarded(app):
    """Of one that others can ask who have the token."""
    access.serve(app, REMOTE)
    with served(app) as address:
        yield address


@contextmanager
def asking(address, *headers, path="/"):
    """A connection that has sent the head of a request."""
    head = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
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


@pytest.mark.parametrize(("path", "most"), [(FILES, 4), ("/", 2)])
def test_what_is_too_large_is_refused_before_any_is_sent(address, path, most):
    length = f"Content-Length: {most * 2**20 + 1}"
    with asking(address, length, path=path) as connection:
        status, said = answered(connection)
    assert status == "HTTP/1.1 413 Request Entity Too Large"
    assert said.startswith(f"This is larger than {most} MB")
    assert "\n" not in said


@pytest.mark.parametrize("known", [f"Authorization: Bearer {TOKEN}", "Cookie: "])
def test_whoever_has_the_token_may_send_files(guarded, known):
    if known == "Cookie: ":
        known += f"other=1; {access.COOKIE}={REMOTE.cookie}"
    with asking(guarded, known, f"Content-Length: {LIMIT}", path=FILES) as connection:
        connection.sendall(bytes(LIMIT))
        assert answered(connection) == ("HTTP/1.1 200 OK", f"{LIMIT} bytes")


WRONG = ["X: y", "Authorization: Bearer no", f"Cookie: {access.COOKIE}=\xff\\9"]


@pytest.mark.parametrize("given", WRONG)
def test_whoever_has_not_may_send_what_signing_in_takes(guarded, given):
    length = f"Content-Length: {STRANGERS + 1}"
    with asking(guarded, given, length, path=FILES) as connection:
        assert answered(connection) == ("HTTP/1.1 401 Unauthorized", access.SIGN_IN)
    with asking(guarded, given, "Content-Length: 3", path=FILES) as connection:
        connection.sendall(b"abc")
        assert answered(connection) == ("HTTP/1.1 401 UNAUTHORIZED", access.SIGN_IN)


@pytest.mark.parametrize(("path", "most"), [(FILES, LIMIT), ("/", WORDS)])
def test_a_length_that_is_not_told_is_refused_at_the_limit(address, path, most):
    assert sent_until_closed(address, path) < most + 64 * 2**20


def test_so_it_is_of_strangers_and_much_sooner(guarded, monkeypatch):
    monkeypatch.setattr(serving, "LIMIT", 2**30)
    assert sent_until_closed(guarded, FILES) < STRANGERS + 64 * 2**20


def sent_until_closed(address, path):
    """Bytes of a body without an end that are taken."""
    megabyte = b"%x\r\n" % 2**20 + bytes(2**20) + b"\r\n"
    with asking(address, "Transfer-Encoding: chunked", path=path) as connection:
        sent = 0
        with suppress(ConnectionError):  # it closes while we speak
            while sent < 2 * 2**30:
                connection.sendall(megabyte)
                sent += 2**20
    return sent


# Reads no file but waits for one.
READER = """
import time
from pathlib import Path
while not Path({!r}).exists():
    time.sleep(0.02)
raise SystemExit("error: enough")
"""


def test_the_page_answers_while_files_of_many_are_read(store, tmp_path, monkeypatch):
    end = tmp_path / "end"
    monkeypatch.setattr(child, "CODE", READER.format(str(end)))
    monkeypatch.setattr(child, "TURNS", Turns(2, 1, 60))
    app = create_app(shelf_of(store)[0], store=store).server
    with served(app) as (host, port), ThreadPoolExecutor(serving.THREADS) as many:
        there = f"http://{host}:{port}"
        try:
            asked = [
                many.submit(status_of, f"{there}{FILES}", b"PK")
                for _ in range(serving.THREADS)
            ]
            wait_for(lambda: sum(one.done() for one in asked) == len(asked) - 3, 20)
            for path in ("/health", "/atlas/animals.json"):
                assert status_of(f"{there}{path}")[0] == 200
        finally:
            end.touch()
    told = Counter(one.result() for one in asked)
    later = serving.THREADS - 3
    assert told == {(503, str(Busy()), str(SOON)): later, (400, "enough", None): 3}


def status_of(address, body=None):
    """Status, words and when to ask again."""
    try:
        with urllib.request.urlopen(address, body, timeout=20) as answer:
            return answer.status, answer.read(), None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers["Retry-After"]


def test_what_takes_long_leaves_threads_to_the_page(store):
    app = create_app(shelf_of(store)[0], store=store).server
    slow = child.TURNS.most + app.extensions["placing"].turns.most
    assert slow <= serving.THREADS - 2


def refuses(there):
    try:
        socket.create_connection(there, timeout=20).close()
    except ConnectionError:  # reset, where it waited as the port was closed
        return True
    return False


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_under_way_is_answered_before_it_ends_and_nobody_new_is(times):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    with process:
        there = "127.0.0.1", int(process.stdout.readline())
        with socket.create_connection(there, timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert process.stdout.readline() == "begun\n"
            process.send_signal(signal.SIGINT)
            wait_for(lambda: refuses(there))
            if times == 2:  # who asks again does not want to wait
                process.send_signal(signal.SIGINT)
                process.wait(20)
                return
            _, body = answered(connection)
        assert len(body) == 3_000_000
        assert process.stdout.read() == "over\n"
        assert process.wait(20) == 0
