"""What the browser asks for: atlases, words, figures and files, each by an address."""

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from dash.development.base_component import Component
from flask import Flask, Response, abort, g, request
from plotly.utils import PlotlyJSONEncoder

from core.atlas import Atlas
from core.descriptions import MEASURES, Kind
from core.errors import DataError
from core.evaluation.edges import Edges, edges_of
from core.windows.expanse import Expanse
from dashboard import edges, excerpts, windows
from dashboard.about import about, summary
from dashboard.columns import DIFFICULTY, numbers_of
from dashboard.details import task_details
from dashboard.evaluation import report
from dashboard.inspector import MOST as COMPARED
from dashboard.inspector import ranked, truths
from dashboard.latest import latest
from dashboard.layout import offered
from dashboard.matrix import MOST as DRAWN
from dashboard.matrix import matrix, neighbourhoods
from dashboard.members import members
from dashboard.nearest import nearest
from dashboard.payload import (
    Payload,
    corners,
    frames,
    matrix_sent,
    payload,
    values,
    words,
)
from dashboard.preservation import preservation
from dashboard.records import MOST, WRITERS, asked, records
from dashboard.shelf import KEPT, Around, Shelf
from dashboard.standalone import standalone_html
from dashboard.table import table
from dashboard.view import View, view_from_query
from dashboard.windows import named

MATRICES = 32  # answers that are kept, of half a megabyte at most


def serve(server: Flask, shelf: Shelf, assets: Path) -> None:
    """Answer what the browser asks of the atlases of `shelf`.

    Args:
        server: Of the app.
        shelf: What is shown.
        assets: Folder of the modules that a file of its own holds.
    """

    def looked_at() -> tuple[View, Atlas, str]:
        """The view that is asked about, and the task that its words are of, if any."""
        view, _ = seen()
        _known(view.collection, shelf)
        atlas = shelf.about(view.collection, named(_query()))
        return view, atlas, view.task or view.focus

    def seen() -> tuple[View, tuple[str, ...]]:
        """The view of a request; of a large collection it needs the tasks it names."""
        tasks = named(_query())
        return view_from_query(_query(), Around(shelf, tasks))

    @server.after_request
    def versioned(answer: Response) -> Response:
        """Tells a page that has an atlas whether it is still the same one."""
        if "of" in g:
            answer.headers["Atlas-Version"] = g.of
        return answer

    @server.get("/collections.json")
    def collections_json() -> Response:
        return _json(_compact(offered(shelf.titles)))

    # What is kept of an atlas is kept by its version too.
    @latest(KEPT)
    def packed(name: str, version: str) -> str:
        large = shelf.expanse(name)
        if large is not None:
            return _compact(windows.window(large, windows.asked({}, large)))
        return _compact(payload(shelf[name]))

    def columns(name: str) -> str:
        return packed(name, shelf.version(name))

    @server.get("/atlas/<name>.json")
    def atlas_json(name: str) -> Response:
        return _once(columns(_known(name, shelf)))

    def expanse(name: str) -> Expanse:
        """A collection that is seen through windows; of others there are none."""
        return shelf.expanse(_known(name, shelf)) or abort(404)

    @server.get("/window/<name>.json")
    def window_json(name: str) -> Response:
        """What is seen of a large collection in a part of the plane."""
        large = expanse(name)
        try:
            asked = windows.asked(request.args, large)
        except windows.Senseless as error:
            return Response(str(error), status=400, mimetype="text/plain")
        return _once(_compact(windows.window(large, asked)))

    @server.get("/search/<name>.json")
    def search_json(name: str) -> Response:
        """Tasks of a large collection with what was typed in their names."""
        return _json(
            _compact(windows.search(expanse(name), request.args.get("text", "")))
        )

    @server.get("/words/<name>.json")
    def words_json(name: str) -> Response:
        return _once(_compact(words(shelf[_known(name, shelf)])))

    @server.get("/boxes/<name>.json")
    def boxes_json(name: str) -> Response:
        """Boxes of further dimensions, sent when they are first seen."""
        atlas, dim = shelf[_known(name, shelf)], request.args.get("dim", 0, int)
        if dim not in atlas.boxes:
            abort(404)
        return _once(_compact(corners(atlas.boxes[dim])))

    @latest(KEPT)
    def found(name: str, dim: int, version: str) -> Edges:
        atlas = shelf[name]
        return edges_of(atlas.boxes[dim], atlas.relations, atlas.hierarchy)

    finding = Lock()

    def judgement(name: str, dim: int) -> Edges:
        with finding:  # two requests at once find them once
            return found(name, dim, shelf.version(name))

    def difficulty(name: str) -> dict[str, Payload]:
        """The column of that colour; nothing where the tasks have no such norm."""
        known = shelf.description(name, "task2vec")
        if known is None or known.difficulty is None:
            return {}
        column = numbers_of(known.difficulty)
        return {DIFFICULTY: column.sent()} if column else {}

    def judged(name: str, dim: int) -> dict[str, object]:
        return edges.sent(judgement(name, dim), len(shelf[name].tasks))

    @server.get("/column/<name>.json")
    def column_json(name: str) -> Response:
        """What one colour says of all tasks, sent when it is first chosen."""
        atlas, color = shelf[_known(name, shelf)], request.args.get("color", "")
        dims = edges.colors(atlas)
        known = difficulty(name) if color == DIFFICULTY else values(atlas)
        if color in dims:
            return _once(_compact(judged(name, dims[color])))
        if color not in known:
            abort(404)
        return _once(_compact(known[color]))

    @latest(KEPT)
    def figures(name: str, version: str) -> str:
        return _compact(report(shelf[name]))

    @server.get("/evaluation/<name>.json")
    def evaluation_json(name: str) -> Response:
        return _once(figures(_known(name, shelf), shelf.version(name)))

    @server.get("/view.json")
    def view_json() -> Response:
        view, faults = seen()
        _known(view.collection, shelf)
        return _json(_compact({"view": asdict(view), "faults": faults}))

    @server.get("/details.json")
    def details_json() -> Response:
        """What is said of the chosen task, or of the collection where none is."""
        view, atlas, task = looked_at()
        large = shelf.expanse(view.collection)
        if not task:
            return _composed(summary(atlas, len(large) if large else None))
        if large is not None:
            return _composed(excerpts.details(large, large.row(task)))
        return _composed(task_details(atlas, atlas.row_of[task], view.dim))

    @server.get("/about/<name>.json")
    def about_json(name: str) -> Response:
        large = shelf.expanse(_known(name, shelf))
        return _composed(about(shelf[name], len(large) if large else None))

    @server.get("/table.json")
    def table_json() -> Response:
        view, atlas, task = looked_at()
        if (large := shelf.expanse(view.collection)) is not None:
            begin = request.args.get("begin", 0, int)
            return _json(_compact(excerpts.table(large, large.row(task), begin)))
        known = table(atlas, atlas.row_of[task], view.dim) if task else {}
        return _json(_compact(known))

    @server.get("/nearest.json")
    def nearest_json() -> Response:
        view, atlas, task = looked_at()
        if not task:
            return _json("{}")
        known = shelf.description(view.collection, view.features)
        row = atlas.row_of[task]
        return _json(_compact(nearest(atlas, known, row, view.dim)))

    @latest(MATRICES)
    def compared(
        name: str, kind: Kind, measure: str, rows: tuple[int, ...], version: str
    ) -> str:
        description = shelf.description(name, kind)
        if description is None:
            abort(404)
        return _compact(matrix_sent(matrix(description, rows, measure)))

    @server.get("/matrix/<name>.json")
    def matrix_json(name: str) -> Response:
        """Distances of a few hundred tasks in the order of their dendrogram."""
        atlas, version = shelf[_known(name, shelf)], shelf.version(name)
        kind, measure = (request.args.get(key, "") for key in ("features", "measure"))
        if kind not in atlas.described or measure not in MEASURES[kind]:
            abort(404)
        rows = tuple(_rows(atlas, DRAWN))
        return _once(compared(name, kind, measure, rows, version))

    @latest(MATRICES)
    def surrounded(name: str, rows: tuple[int, ...], version: str) -> str:
        atlas = shelf[name]
        known = {kind: shelf.description(name, kind) for kind in atlas.described}
        there = {kind: one for kind, one in known.items() if one is not None}
        return _compact(neighbourhoods(atlas, there, rows))

    @server.get("/neighbourhoods/<name>.json")
    def neighbourhoods_json(name: str) -> Response:
        """How near their taxonomy the nearest of a few hundred tasks are."""
        atlas, version = shelf[_known(name, shelf)], shelf.version(name)
        return _once(surrounded(name, tuple(_rows(atlas, DRAWN)), version))

    @server.get("/members.json")
    def members_json() -> Response:
        """Points of the members of the chosen task, sent when one zooms into it."""
        view, atlas, _ = looked_at()
        known = shelf.members(view.collection, view.dim)
        if known is None or not view.task:
            return _json("{}")
        return _once(_compact(members(atlas, known, atlas.row_of[view.task], view.dim)))

    @server.get("/errors.json")
    def errors_json() -> Response:
        view, atlas, _ = looked_at()
        if not edges.judged(atlas):
            return _json("{}")
        known = judgement(view.collection, view.dim)
        return _json(_compact(edges.errors(atlas, known, view.focus, view.task)))

    @server.get("/inspector.json")
    def inspector_json() -> Response:
        view, atlas, task = looked_at()
        known = ranked(atlas, atlas.row_of[task], view.dim) if task else {}
        return _json(_compact(known))

    @server.get("/truth/<name>.json")
    def truth_json(name: str) -> Response:
        """True shares between a few tasks, as rows."""
        atlas = shelf[_known(name, shelf)]
        return _json(_compact(truths(atlas, _rows(atlas, COMPARED))))

    @latest(KEPT)
    def kept(name: str, names: tuple[str, ...], dim: int, version: str) -> str:
        directions = shelf.directions(name)
        return _compact(preservation(shelf[name], directions, names, dim))

    @server.post("/preservation/<name>.json")
    def preservation_json(name: str) -> Response:
        request.max_content_length = MOST
        try:
            names, dim = asked(
                request.get_json(silent=True), shelf[_known(name, shelf)]
            )
        except DataError as error:
            return Response(str(error), status=400, mimetype="text/plain")
        return _json(kept(name, tuple(names), dim, shelf.version(name)))

    @server.get("/fit/<name>.json")
    def fit_json(name: str) -> Response:
        """A further fit, sent when it is first seen beside the boxes."""
        fit = shelf.fit(_known(name, shelf), request.args.get("fit", ""))
        if fit is None:
            abort(404)
        return _once(_compact(corners(fit)))

    @server.get("/replay/<name>.json")
    def replay_json(name: str) -> Response:
        """How boxes came about, sent when one first asks to see it."""
        dim = request.args.get("dim", 0, int)
        replay = shelf.replay(_known(name, shelf), dim)
        if replay is None:
            abort(404)
        return _once(_compact(frames(replay)))

    @server.post("/data/<name>.<any(csv, json, parquet):kind>")
    def data_file(name: str, kind: str) -> Response:
        request.max_content_length = MOST
        (mimetype, write), told = WRITERS[kind], request.get_json(silent=True)
        try:
            atlas = some(_known(name, shelf), told)
            names, dim = asked(told, atlas)
        except DataError as error:
            return Response(str(error), status=400, mimetype="text/plain")
        answer = Response(write(records(atlas, names, dim)), mimetype=mimetype)
        file = f"{name}-{_tasks(len(names))}.{kind}"
        answer.headers.set("Content-Disposition", "attachment", filename=file)
        return answer

    def some(name: str, told: object) -> Atlas:
        """An atlas with the tasks that a request names."""
        large = shelf.expanse(name) is not None
        return shelf.about(name, windows.listed(told) if large else ())

    def seen_of(name: str) -> str:
        """Columns of a file of its own: of a large collection what is seen of it."""
        large = shelf.expanse(name)
        if large is None:
            return columns(name)
        try:
            asked = windows.asked(request.args, large)
            also = tuple(large.rows(named(_query())).tolist())
            return _compact(windows.window(large, replace(asked, also=also)))
        except windows.Senseless as error:
            abort(Response(str(error), status=400, mimetype="text/plain"))

    @server.get("/export/<name>.html")
    def atlas_html(name: str) -> Response:
        atlas = shelf.about(_known(name, shelf), named(_query()))
        view, _ = view_from_query(_query(), {name: atlas})
        title, texts = str(atlas.provenance["title"]), _compact(words(atlas))
        dims = edges.colors(atlas).items()
        known = values(atlas) | {color: judged(name, dim) for color, dim in dims}
        known |= difficulty(name)
        colors = _compact(known)
        seen = view.beside.removeprefix("fit.")  # one that is not seen is left out
        fit = shelf.fit(name, seen)
        fits = _compact({} if fit is None else {seen: corners(fit)})
        drawn = "{}"
        if view.beside == "matrix" and "rows" in request.args:
            rows = tuple(_rows(atlas, DRAWN))
            asked = view.features, view.measure
            drawn = compared(name, *asked, rows, shelf.version(name))
        further = {dim: corners(boxes) for dim, boxes in atlas.boxes.items() if dim > 2}
        text = standalone_html(
            title=title,
            columns=seen_of(name),
            boxes=_compact(further),
            words=texts,
            values=colors,
            figures=figures(name, shelf.version(name)),
            fits=fits,
            matrix=drawn,
            view=view,
            assets=assets,
        )
        return Response(text, mimetype="text/html")


def _known(name: str, shelf: Shelf) -> str:
    """The name of a collection that is there; its version goes with the answer."""
    if name not in shelf:
        abort(404)
    g.of = f"{quote(name)} {shelf.version(name)}"  # a header has Latin letters only
    return name


def _rows(atlas: Atlas, most: int) -> list[int]:
    """The tasks that a request is about, at most so many."""
    told = request.args.get("rows", "")
    if not re.fullmatch(rf"\d{{1,7}}(,\d{{1,7}}){{0,{most - 1}}}", told, re.A):
        abort(404)
    rows = [int(row) for row in told.split(",")]
    if max(rows) >= len(atlas.tasks):
        abort(404)
    return rows


def _tasks(count: int) -> str:
    return f"{count}-task" if count == 1 else f"{count}-tasks"


def _query() -> str:
    return request.query_string.decode(errors="replace")


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def _composed(parts: Sequence[Component]) -> Response:
    """Components, which the browser draws (assets/compose.js)."""
    told = json.dumps(parts, separators=(",", ":"), cls=PlotlyJSONEncoder)
    return _json(told)


def _json(text: str) -> Response:
    return Response(text, mimetype="application/json")


def _once(text: str) -> Response:
    """An answer that a browser which has it already need not be sent again."""
    packs = request.accept_encodings["gzip"] > 0
    answer = Response(_packed(text) if packs else text, mimetype="application/json")
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
