"""How often one address may ask for what is dear: sign-ins, files, jobs."""

import math
import os
import time
from collections.abc import Mapping

from flask import Flask, Response, request
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from dashboard.hands import URL

# A minute; a person who drops a file a second is below them.
RATES: Mapping[str, int] = {
    "/sign-in": 10,
    "/jobs": 60,
    "/new": 240,
    "/place/": 240,
    "/own/": 120,
}
PATIENCE = 0.5  # s that a Redis may take to count


def limit(server: Flask) -> None:
    """Refuse who asks too often, before anything is begun.

    The body was read by then, under waitress, which has limits of its own for that
    (dashboard/server.py).

    Processes that share a Redis count together; without one, each for itself.
    """
    own = shared = SlidingWindowCounterRateLimiter(MemoryStorage())
    if url := os.environ.get(URL):
        timeouts = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
        storage = storage_from_string(url, wrap_exceptions=True, **timeouts)
        shared = SlidingWindowCounterRateLimiter(storage)
    rates = {start: RateLimitItemPerMinute(most) for start, most in RATES.items()}

    @server.before_request
    def refuse() -> Response | None:
        if request.method != "POST":
            return None
        start = next((one for one in rates if request.path.startswith(one)), None)
        if start is None:
            return None
        asked = rates[start], start, request.remote_addr or ""
        try:
            wait = _wait(shared, *asked)
        except StorageError:  # Redis does not answer
            wait = _wait(own, *asked)
        if not wait:
            return None
        said = f"This was asked for too often; wait {wait} s and try again.\n"
        answer = Response(said, status=429, mimetype="text/plain")
        answer.headers["Retry-After"] = str(wait)
        return answer


def _wait(
    limiter: SlidingWindowCounterRateLimiter,
    rate: RateLimitItemPerMinute,
    start: str,
    who: str,
) -> int:
    """Seconds until somebody may ask again, 0 for now, which is counted."""
    if limiter.hit(rate, start, who):
        return 0
    free = limiter.get_window_stats(rate, start, who).reset_time
    return max(1, math.ceil(free - time.time()))
