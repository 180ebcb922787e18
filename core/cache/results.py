"""Small results on disk, by the digest of what they were computed from."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from sqlite3 import DatabaseError

from core.errors import DataError
from core.store import Store

RESULTS = ".cache"
MOST = 2**30  # bytes; what was kept first goes first


@contextmanager
def computed(
    store: Store, place: str = RESULTS, most: int = MOST
) -> Iterator[MutableMapping[str, str]]:
    """Small results kept by the digest of what they were computed from.

    They are JSON texts, for the person alone to read (mode 0700), and may be removed
    at any time.

    Args:
        store: In whose data directory they are.
        place: Folder in it.
        most: Bytes that they may take.

    Raises:
        DataError: The folder cannot be written, or is damaged.
    """
    from diskcache import Cache, Index

    from core.plain import Plain

    folder = store.data / place

    def unusable(error: Exception) -> DataError:
        return DataError(
            f"Cannot keep results in {folder}: {error}. Remove that folder, or name "
            "another place with --data."
        )

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        cache = Cache(str(folder), disk=Plain, size_limit=most)
    except (OSError, DatabaseError) as error:
        raise unusable(error) from error
    try:
        with cache:
            yield Index.fromcache(cache)
    except DatabaseError as error:  # damaged further inside
        raise unusable(error) from error
