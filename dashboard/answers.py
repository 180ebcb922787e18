"""Forms of answers: compact JSON, composed components, what is sent only once."""

import gzip
import json
from collections.abc import Sequence
from functools import lru_cache

from dash.development.base_component import Component
from flask import Response, request
from plotly.utils import PlotlyJSONEncoder


def compact(document: object) -> str:
    """JSON without a space too many."""
    return json.dumps(document, separators=(",", ":"))


def as_json(text: str) -> Response:
    """An answer that is JSON already."""
    return Response(text, mimetype="application/json")


def composed(parts: Sequence[Component]) -> Response:
    """Components, which the browser draws (assets/compose.js)."""
    return as_json(json.dumps(parts, separators=(",", ":"), cls=PlotlyJSONEncoder))


def once(text: str, mimetype: str = "application/json") -> Response:
    """What a browser which has it already need not be sent again."""
    packs = request.accept_encodings["gzip"] > 0
    answer = Response(_packed(text) if packs else text, mimetype=mimetype)
    if packs:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@lru_cache(maxsize=16)
def _packed(text: str) -> bytes:
    """Lists of numbers and names become half as long or less."""
    return gzip.compress(text.encode(), compresslevel=1, mtime=0)
