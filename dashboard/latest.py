"""Latest: what is computed of collections is kept, but of each only what is so now.

By `functools.lru_cache` alone a collection that is fitted again and again would fill
the cache with versions that nobody can see any more.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import Any, TypeVar

Work = TypeVar("Work", bound=Callable[..., Any])


def latest(most: int) -> Callable[[Work], Work]:
    """Keep what a function of a collection gives, up to `most` answers.

    The function is called by position, its first argument is the name of a collection,
    the last one its version (`Shelf.version`). What was kept of an older version goes
    before the new one is computed, so that both are never in memory; otherwise that
    which nobody asked for the longest.
    """

    def keeping(work: Work) -> Work:
        kept = OrderedDict[tuple[Any, ...], Any]()
        changing = Lock()

        @wraps(work)
        def known(*asked: Any) -> Any:
            with changing:
                if asked in kept:
                    kept.move_to_end(asked)
                    return kept[asked]
                for one in list(kept):
                    if one[0] == asked[0] and one[-1] != asked[-1]:
                        del kept[one]
            found = work(*asked)
            with changing:
                kept[asked] = found
                while len(kept) > most:
                    kept.popitem(last=False)
            return found

        return known  # type: ignore[return-value]

    return keeping
