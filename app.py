"""Show the atlases in a browser: python app.py [--port P] [--data DIR].

In a notebook: `from app import show`, then `show("cub")`.
"""

import argparse
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape
from pathlib import Path
from sqlite3 import DatabaseError
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from filelock import ReadWriteLock, Timeout
from flask import Flask

from core import cache, trash, weights
from core.cache import Store
from core.described import load_description
from core.errors import DataError
from core.replay import load_replay
from core.windows.reading import load_expanse
from dashboard import memory, uploads
from dashboard.access import FILE, Remote, token_in
from dashboard.application import create_app
from dashboard.log import write_lines
from dashboard.server import run, server_of
from dashboard.shelf import FIRST, Shelf, in_order
from dashboard.watch import Watch

BEGINS = 10  # s that another program has to begin
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Who may show the page inside their own: notebooks of this machine.
NOTEBOOKS = "http://localhost:* http://127.0.0.1:* vscode-webview:"


def __getattr__(name: str) -> Any:
    """`server`, which others serve: gunicorn 'app:server' --workers 2.

    Raises:
        AttributeError: It is something else.
    """
    if name != "server":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return served()


def served(
    data: str | Path = "",
    remote: Sequence[str] | None = None,
    token: str | Path = "",
    *,
    log: bool = False,
) -> Flask:
    """The page for a server of one's own choice, by the options of the command line.

    For one: gunicorn "app:served('/srv/atlas', ['atlas.example.org'])".

    Args:
        data: The data directory, if not the person's own.
        remote: Names of this machine for others, which need a token; `[]` for any.
        token: The file that holds it, if not `.token` of the data directory.
        log: Whether a line of JSON is written for every request.

    Raises:
        DataError: There is nothing to show, or the token cannot be kept.
    """
    memory.give_back()
    if log:
        write_lines()
    store = Store(Path(data or cache.default_data()))
    shelf, faults = shelf_of(store)
    lock = clean(store)
    known = _remote(remote, Path(token or store.data / FILE))
    page = create_app(shelf, faults, store=store, remote=known).server
    page.extensions["running"] = lock  # goes with it
    for fault in faults:
        print(f"warning: {fault}", file=sys.stderr)
    return page


def main() -> int:
    """Serve until interrupted; 1 with one line on stderr when that is not possible."""
    parser = argparse.ArgumentParser(description="Show the atlases in a browser.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8050, help="0 takes a free one")
    parser.add_argument(
        "--data", type=Path, default=cache.default_data(), metavar="DIR"
    )
    parser.add_argument(
        "--allow-remote",
        nargs="*",
        metavar="NAME",
        help="let other machines in that know the token; they may call this one NAME",
    )
    parser.add_argument(
        "--token", default="", metavar="FILE", help=f"that holds it, not DIR/{FILE}"
    )
    parser.add_argument(
        "--log", action="store_true", help="write a line of JSON for every request"
    )
    options = parser.parse_args()
    if options.allow_remote is None and options.host not in LOOPBACK:
        parser.error(f"--host {options.host} lets other machines in: --allow-remote")
    try:
        remote, token = options.allow_remote, options.token
        page = served(options.data, remote, token, log=options.log)
        server = server_of(page, bound(options.host, options.port))
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    host = f"[{options.host}]" if ":" in options.host else options.host
    # On a busy machine requests wait a moment, which is not worth a line each.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    print(f"Task2Box Atlas: http://{host}:{server.effective_port}", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # in good order, too
    run(server)
    page.extensions["placing"].close()
    return 0


def _remote(names: Sequence[str] | None, path: Path) -> Remote | None:
    """Who else may ask; where the token is, but not what it is, is said on stderr."""
    if names is None:
        return None
    remote = Remote(token_in(path), tuple(name.lower() for name in names))
    print(f"Other machines sign in with the token in {path}", file=sys.stderr)
    return remote


@dataclass(frozen=True)
class Frame:
    """The page inside a notebook, which shows what `_repr_html_` gives."""

    address: str
    height: int

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{escape(self.address)}" width="100%" height="{self.height}" '
            'style="border: 0" title="Task2Box Atlas" allow="clipboard-write"></iframe>'
        )


def show(collection: str = FIRST, height: int = 820, data: Path | None = None) -> Frame:
    """The page of a collection as the result of a notebook's cell.

    The browser must run on the machine of the notebook: the server, one for all cells,
    answers to no other, and ends with it.

    Raises:
        DataError: There is no such collection, or none can be shown.
    """
    address, names = _serving(data or cache.default_data())
    if collection not in names:
        known = ", ".join(names)
        raise DataError(f"There is no collection {collection!r}; there are: {known}.")
    return Frame(f"{address}/?{urlencode({'collection': collection})}", height)


@lru_cache
def _serving(data: Path) -> tuple[str, tuple[str, ...]]:
    """Address of a server in the background, and what it can show."""
    store = Store(data)
    shelf, faults = shelf_of(store)
    application = create_app(shelf, faults, framed_by=NOTEBOOKS, store=store)
    server = server_of(application.server, bound("127.0.0.1", 0))
    Thread(target=run, args=[server], daemon=True).start()
    return f"http://127.0.0.1:{server.effective_port}", tuple(shelf)


def clean(store: Store) -> ReadWriteLock | None:
    """Remove what was deleted, and what never arrived, while it ran the last time.

    While any other program shows the same data it is not the last time yet: all stays.

    Returns:
        What tells the next program that this one runs; it is let go with it. None where
        nothing can be written, so that there is nothing to remove.
    """
    try:
        store.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = ReadWriteLock(store.data / ".page.db", is_singleton=False)
        with suppress(Timeout):
            lock.acquire_write(timeout=0)
            uploads.clear(store.data)
            trash.empty(store)
            lock.release()
        lock.acquire_read(timeout=BEGINS)
    except (OSError, ValueError, DatabaseError):  # Timeout, too
        return None
    return lock


def shelf_of(store: Store) -> tuple[Shelf, tuple[str, ...]]:
    """Every atlas that looks whole, and why the others cannot be shown.

    They are looked at now and read when a person first asks for them.

    Raises:
        DataError: None can be shown.
    """
    titles, faults, unlearned = {}, [], []
    for name in store.names():
        try:
            titles[name] = str(cache.glance(store, name)["title"])
        except DataError as error:
            # That boxes are to be learned yet is no fault, the page lists it.
            (faults if store.dims(name) else unlearned).append(str(error))
    if not titles:
        nothing = f"No collection in {store.data} or {store.shipped}. Build one with: "
        (said, *_) = (*faults, *unlearned, f"{nothing}python -m core build imagenet")
        raise DataError(said)
    loads = (
        cache.load_atlas,
        cache.load_directions,
        weights.load_members,
        cache.load_fit,
        load_replay,
    )
    shelf = Shelf(
        in_order(titles),
        *(partial(load, store) for load in loads),
        look=partial(_title, store),
        describe_by=partial(load_description, store),
        watch=Watch(store),
        expand=partial(load_expanse, store),
    )
    return shelf, tuple(faults)


def _title(store: Store, name: str) -> str | None:
    """The title of a collection as it is on disk now, None where it has no boxes."""
    if name not in store.names() or not store.holds(name, "boxes_2d.npz"):
        return None
    return str(cache.glance(store, name)["title"])


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens on that address.

    Raises:
        DataError: The port is taken or may not be used.
    """
    free = "with --port, or 0 for any free one."
    if port not in range(2**16):
        raise DataError(f"There is no port {port}. Choose one below 65536 {free}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # without the address again
        raise DataError(
            f"Cannot listen on {host} port {port}: {reason}. Choose another port {free}"
        ) from error


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before there was a server that could end by itself
        sys.exit(128 + signal.SIGINT)
