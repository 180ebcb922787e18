"""Shared: answers that take seconds, kept on disk for all processes and later runs."""

from collections.abc import Callable
from contextlib import suppress

from core.cache import computed
from core.errors import DataError
from core.store import Store

FOLDER = ".answers"
MOST = 2**28  # bytes; a matrix of a few hundred tasks takes a tenth of a megabyte


def shared(store: Store, key: str, work: Callable[[], str]) -> str:
    """What another process has computed already, or `work` computes now.

    A folder that cannot be written, or is damaged, costs time only.

    Args:
        store: In whose data directory answers are kept.
        key: Digest of all that decides the answer.
        work: Gives the answer, JSON as text.
    """
    with suppress(DataError, OSError), computed(store, FOLDER, MOST) as kept:
        if (known := kept.get(key)) is not None:
            return known
    found = work()
    with suppress(DataError, OSError), computed(store, FOLDER, MOST) as kept:
        kept[key] = found
    return found
