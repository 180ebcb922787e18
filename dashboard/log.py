"""What is written down of requests: a line of JSON each, by an id that is answered.

No query is written, no header and no body: nothing that a person looks at, and no
secret, can be in it.
"""

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request

ID = "X-Request-Id"
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")  # of an id that a proxy gave
LOG = logging.getLogger("task2box")


def serve(server: Flask) -> None:
    """Give every request an id, and write down how it ended where somebody listens."""

    @server.before_request
    def begin() -> None:
        given = request.headers.get(ID, "")
        g.request = given if PLAIN.fullmatch(given) else secrets.token_hex(8)
        g.begun = time.perf_counter()

    @server.after_request
    def end(answer: Response) -> Response:
        answer.headers[ID] = g.request
        if LOG.isEnabledFor(logging.INFO):
            LOG.info("request", extra={"told": _told(answer)})
        return answer


def write_lines() -> None:
    """Write on stderr from now on, of faults as well as of requests."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Lines())
    for name in ("task2box", "waitress", "gunicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    LOG.setLevel(logging.INFO)


def _told(answer: Response) -> dict[str, Any]:
    rule = request.url_rule
    return {
        "method": request.method,
        "route": rule.rule if rule else None,
        "status": answer.status_code,
        "ms": round((time.perf_counter() - g.begun) * 1000, 2),
        "bytes": answer.content_length,
        "from": request.remote_addr,
    }


class _Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(
                "T", "milliseconds"
            ),
            "level": record.levelname.lower(),
            "what": record.getMessage(),
        }
        if has_request_context() and "request" in g:
            line["request"] = g.request
        line |= getattr(record, "told", {})
        if record.exc_info:
            line["fault"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
