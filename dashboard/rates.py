"""How often one address may ask for what is dear: sign-ins, files, jobs."""

import math
import time
from collections.abc import Mapping

from flask import Flask, Response, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

# A minute; a person who drops a file a second is below them.
RATES: Mapping[str, int] = {
    "/sign-in": 10,
    "/jobs": 60,
    "/new": 240,
    "/place/": 240,
    "/own/": 120,
}


def limit(server: Flask) -> None:
    """Refuse who asks too often, before anything is read or begun."""
    limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
    rates = {start: RateLimitItemPerMinute(most) for start, most in RATES.items()}

    @server.before_request
    def refuse() -> Response | None:
        if request.method != "POST":
            return None
        start = next((one for one in rates if request.path.startswith(one)), None)
        if start is None:
            return None
        who = request.remote_addr or ""
        if limiter.hit(rates[start], start, who):
            return None
        free = limiter.get_window_stats(rates[start], start, who).reset_time
        wait = max(1, math.ceil(free - time.time()))
        said = f"This was asked for too often; wait {wait} s and try again.\n"
        answer = Response(said, status=429, mimetype="text/plain")
        answer.headers["Retry-After"] = str(wait)
        return answer
