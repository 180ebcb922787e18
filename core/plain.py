"""Plain: rows of a database on disk that are JSON and nothing else."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import DatabaseError
from typing import Any

from diskcache import JSONDisk
from diskcache.core import MODE_PICKLE


class Plain(JSONDisk):  # type: ignore[misc]
    """A row that says it is a pickle is damaged.

    diskcache would load it, and so run what anybody has written there.
    """

    def get(self, key: Any, raw: int) -> Any:
        """The key of a row."""
        with _reading(is_plain=bool(raw)):
            return super().get(key, raw)

    def fetch(self, mode: int, filename: str | None, value: Any, read: bool) -> Any:
        """The value of a row."""
        with _reading(is_plain=mode != MODE_PICKLE):
            return super().fetch(mode, filename, value, read)


@contextmanager
def _reading(*, is_plain: bool) -> Iterator[None]:
    try:
        if not is_plain:
            raise ValueError("a pickle")
        yield
    except (TypeError, ValueError, zlib.error) as error:
        raise DatabaseError("it holds what is no JSON") from error
