"""What a request is about: a collection, some of its tasks, a view.

What there is not is refused here.
"""

import re
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from flask import Response, abort, after_this_request, request

from core.atlas import Atlas
from core.errors import DataError
from core.windows.expanse import Expanse
from dashboard.shelf import Around, Shelf
from dashboard.view import View, view_from_query
from dashboard.windows import MOST, NAMED


def query() -> str:
    """The query of the request as text, whatever its bytes are."""
    return request.query_string.decode(errors="replace")


def known(shelf: Shelf, name: str) -> str:
    """The name of a collection that is there.

    Its version goes with the answer, so that a page which has the atlas knows whether
    it is still the same one.
    """
    if name not in shelf:
        abort(404)
    version = f"{quote(name)} {shelf.version(name)}"  # a header has Latin letters only

    @after_this_request
    def versioned(answer: Response) -> Response:
        answer.headers["Atlas-Version"] = version
        return answer

    return name


def expanse_of(shelf: Shelf, name: str) -> Expanse:
    """A collection that is seen through windows; of others there are none."""
    return shelf.expanse(known(shelf, name)) or abort(404)


def rows_of(atlas: Atlas, most: int) -> tuple[int, ...]:
    """The tasks that a request is about as numbers, at most so many."""
    told = request.args.get("rows", "")
    if not re.fullmatch(rf"\d{{1,7}}(,\d{{1,7}}){{0,{most - 1}}}", told, re.A):
        abort(404)
    rows = tuple(int(row) for row in told.split(","))
    if max(rows) >= len(atlas.tasks):
        abort(404)
    return rows


def view_of(shelf: Shelf) -> tuple[View, tuple[str, ...]]:
    """The view in the query, of a collection that is there, and what is amiss in it."""
    view, faults = view_from_query(query(), Around(shelf, named()))
    known(shelf, view.collection)
    return view, faults


def looked_at(shelf: Shelf) -> tuple[View, Atlas, str]:
    """The view in the query, and the task that its words are of, if any.

    Of a large collection the atlas has what the query names.
    """
    view, _ = view_of(shelf)
    return view, shelf.about(view.collection, named()), view.task or view.focus


def named() -> list[str]:
    """Tasks that the view in the query names, as far as a request can."""
    told = parse_qs(query().removeprefix("?"), max_num_fields=1000)
    single = [told[key][0] for key in ("focus", "task") if key in told]
    listed = ",".join(told.get("selection", []) + told.get("hidden", []))
    return [*single, *map(unquote, listed.split(","))][:NAMED]


def body() -> dict[str, Any]:
    """The object that was sent as JSON; an empty one in place of anything else."""
    told = request.get_json(silent=True)
    return told if isinstance(told, dict) else {}


def said(key: str) -> str:
    """A text of the object that was sent."""
    text = body().get(key)
    if not isinstance(text, str):
        abort(400)
    return text


def listed(shelf: Shelf, name: str) -> Atlas:
    """An atlas that has the tasks which the object that was sent names.

    Raises:
        DataError: They are too many of a large collection.
    """
    if shelf.expanse(name) is None:
        return shelf[name]
    names = body().get("names")
    told = names if isinstance(names, list) else []
    texts = [one for one in told if isinstance(one, str)]
    if len(texts) > MOST:
        raise DataError(
            f"Give the names of at most {MOST:,} tasks of so large a collection."
        )
    return shelf.about(name, texts)
