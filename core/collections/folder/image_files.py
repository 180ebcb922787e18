"""The image files in a folder and below, and what else lies there."""

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataError
from core.images import is_image_name

LINKS = 2  # links on the way to a folder: many that cross would never end
Identity = tuple[int, int]  # of a folder on disk, whatever its paths


@dataclass(frozen=True)
class Listing:
    """Image files of `folder` by their paths in it, in order, and what was left out."""

    folder: Path
    images: tuple[str, ...]
    hidden: int
    others: int
    skipped: tuple[tuple[str, str], ...]  # path and reason

    @property
    def title(self) -> str:
        """The name of the folder itself."""
        return readable(self.folder.resolve().name) or "/"


def listing_of(folder: Path) -> Listing:
    """What lies in a folder and below; links are followed, but not round in circles.

    Raises:
        DataError: There is no such folder, or no image file in it.
    """
    if not folder.exists():
        raise DataError(f"There is no folder {folder}; correct the path.")
    if not folder.is_dir():
        raise DataError(f"{folder} is a file; name the folder that the images are in.")
    images, skipped = [], []
    hidden = others = 0
    for path, kind in _walk(folder):
        hidden += kind == "hidden"
        others += kind == "other"
        if kind == "image":
            images.append(path)
        elif kind not in {"hidden", "other"}:
            skipped.append((path, kind))
    if not images:
        left = "".join(f" ({readable(path)}: {why})" for path, why in skipped[:1])
        raise DataError(
            f"{folder} and the folders in it hold no image file but "
            f"{others + hidden + len(skipped)} others{left}; name a folder of images "
            "(.jpg, .png and the like)."
        )
    return Listing(
        folder, tuple(sorted(images)), hidden, others, tuple(sorted(skipped))
    )


def readable(path: str) -> str:
    """A path as one line of text; what is no text, or breaks lines, is escaped."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return "".join(
        ascii(one)[1:-1] if unicodedata.category(one) in {"Cc", "Zl", "Zp"} else one
        for one in text
    )


def _walk(folder: Path) -> Iterator[tuple[str, str]]:
    """Every path below, and what is there: image, other, hidden, or why it is left."""
    top: list[tuple[str, frozenset[Identity], int]] = [
        ("", frozenset({_identity(folder.stat())}), 0)
    ]
    while top:  # no recursion: folders may be nested deeper than Python calls
        at, above, links = top.pop()
        try:
            with os.scandir(folder / at) as found:
                entries = [*found]
        except OSError as error:
            yield at or ".", _unreadable(error)
            continue
        for entry in entries:
            path = f"{at}/{entry.name}" if at else entry.name
            kind = _kind(entry, above, links)
            if kind == "folder":
                inside = above | {_identity(entry.stat())}
                top.append((path, inside, links + entry.is_symlink()))
            else:
                yield path, kind


def _kind(entry: os.DirEntry[str], above: frozenset[Identity], links: int) -> str:
    if entry.name.startswith("."):
        return "hidden"
    try:
        if entry.is_dir():
            if _identity(entry.stat()) in above:
                return "it is a link to a folder that it lies in"
            if links + entry.is_symlink() > LINKS:
                return f"more than {LINKS} links lead there"
            return "folder"
        if not is_image_name(entry.name):
            return "other"
        if entry.is_file():  # reading a pipe would wait for ever
            return "image"
        return "it is a link to nothing" if entry.is_symlink() else "it is no file"
    except OSError as error:
        return _unreadable(error)


def _identity(stat: os.stat_result) -> Identity:
    return stat.st_dev, stat.st_ino


def _unreadable(error: OSError) -> str:
    return f"it cannot be read ({error.strerror})"
