"""Files that a browser sends: to disk as they come, within a limit, and not for long.

Each lies in a folder of its own, `<data>/.uploads/<token>/`, which goes when its use
ends, when others come and nobody touched it for an hour, and when the program starts.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from flask import Flask, Request, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from core.errors import DataError
from core.store import ARRIVING

LIMIT = 256 * 2**20  # bytes of one file
TOTAL = 4 * 2**30  # bytes of all that lie here, and what is made of them
WORDS = 4 * 2**20  # bytes of any other request, which is read into memory
CHUNK = 2**20
PATIENCE = 3600  # s that a folder is kept which nobody touches
EVERY = 60  # s between two looks for such
LETTERS = 100  # of a file's name
# Where files are sent to, as the routes of those who `take` them say it.
PATHS = re.compile(
    r"/own/import|/place/files/[a-z]+\.json"
    r"|/new/[0-9a-f]{32}/(?!preview|keep|discard)[a-z]+"
)


def limit(server: Flask) -> None:
    """Refuse what is too large, before it is read where its length is told."""
    server.config["MAX_CONTENT_LENGTH"] = WORDS

    @server.errorhandler(RequestEntityTooLarge)
    def too_large(_: RequestEntityTooLarge) -> Response:
        said = refusal(request.max_content_length or LIMIT)
        return Response(said, status=413, mimetype="text/plain")


def is_upload(asked: Request) -> bool:
    """Whether a file may be the body of that request, by its head."""
    return asked.method == "POST" and PATHS.fullmatch(asked.path) is not None


def refusal(limit: int) -> str:
    """What is said of a request that is larger than so many bytes."""
    return (
        f"This is larger than {limit // 2**20} MB, the most that the page takes at "
        "once; nothing was kept. Use the command line for more: python -m core --help"
    )


def opened(data: Path) -> Path:
    """A new folder for uploads under the data directory; its name is its token.

    Raises:
        DataError: It cannot be made.
    """
    root = data / ARRIVING
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget(root, int(time.time() // EVERY))
        folder = root / secrets.token_hex(16)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise DataError(
            f"Cannot take files in {root}: {error.strerror}. Free some space, or start "
            "the program with another --data."
        ) from error
    return folder


def found(data: Path, token: str) -> Path:
    """The folder of that token.

    Raises:
        DataError: There is none (any more).
    """
    folder = data / ARRIVING / token
    if not re.fullmatch(r"[0-9a-f]{32}", token) or not folder.is_dir():
        raise DataError("These files are not here any more; choose them again.")
    folder.touch()
    return folder


def take(folder: Path, name: str) -> Path:
    """Write the body of the present request to a file; it is there whole or not at all.

    Args:
        folder: As `opened` gives it.
        name: What the person calls the file; it keeps a plain form of it.

    Raises:
        DataError: It ended too soon, cannot be written, or there is too much already.
        RequestEntityTooLarge: It is larger than `LIMIT`.
    """
    request.max_content_length = LIMIT
    stream = request.stream  # refused here where its length is told
    root = next(place for place in folder.parents if place.name == ARRIVING)
    coming = LIMIT if request.content_length is None else request.content_length
    if _held(root) + coming > TOTAL:
        raise DataError(
            f"Files of {TOTAL / 2**30:.0f} GB wait here already, the most that are "
            "kept; nothing was added. They go when they are used, or after an hour: "
            "try again then, or use the command line: python -m core --help"
        )
    path = folder / plain(name)
    part = folder / f".{secrets.token_hex(8)}"  # no plain name begins so
    try:
        with part.open("xb") as file:
            shutil.copyfileobj(stream, file, CHUNK)
            length = file.tell()
        if request.content_length not in (None, length):
            raise ClientDisconnected
        part.replace(path)
    except ClientDisconnected as error:
        raise DataError(f"{path.name} came only in part; send it again.") from error
    except OSError as error:
        raise DataError(
            f"Cannot keep {path.name} in {folder.parent}: {error.strerror}. Free some "
            "space, or start the program with another --data."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


@contextmanager
def received(data: Path, name: str) -> Iterator[Path]:
    """The body of the present request as a file, for as long as it is used.

    Raises:
        DataError: It ended too soon, or cannot be written.
        RequestEntityTooLarge: It is larger than `LIMIT`.
    """
    folder = opened(data)
    try:
        yield take(folder, name)
    finally:
        discard(folder)


def discard(folder: Path) -> None:
    """Remove a folder with all files in it."""
    shutil.rmtree(folder, ignore_errors=True)


def clear(data: Path) -> None:
    """Remove what earlier runs of the program left."""
    discard(data / ARRIVING)


def plain(name: str) -> str:
    """A name that is no path: the last letters of the last part of one."""
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(letter for letter in last if letter.isprintable())
    # As long as file systems allow, in letters of four bytes, with its ending.
    return shown.strip(". ")[-LETTERS:].strip(". ") or "file"


def _held(root: Path) -> int:
    """Bytes of all files below; what others send meanwhile counts as it comes."""
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            with suppress(OSError):  # gone meanwhile
                total += Path(folder, name).stat().st_size
    return total


@lru_cache(maxsize=1)  # a look takes as long as there are folders
def _forget(root: Path, turn: int) -> None:
    for folder in root.iterdir():
        try:
            old = folder.stat().st_mtime < turn * EVERY - PATIENCE
        except OSError:  # gone meanwhile
            continue
        if old:
            discard(folder)
