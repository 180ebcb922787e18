"""What the browser asks of a collection by its name; most of it is sent once."""

from flask import Flask, Response, abort, request

from core.descriptions import MEASURES
from dashboard import windows
from dashboard.about import about
from dashboard.answers import as_json, compact, composed, once
from dashboard.inspector import MOST as COMPARED
from dashboard.inspector import truths
from dashboard.layout import offered
from dashboard.matrix import MOST as DRAWN
from dashboard.payload import corners, frames, words
from dashboard.prepared import Prepared
from dashboard.questions import body, expanse_of, known, rows_of
from dashboard.records import MOST, asked
from dashboard.shelf import Shelf


def serve(server: Flask, shelf: Shelf, prepared: Prepared) -> None:
    """Answer what the browser asks of whole collections, and of windows of large ones.

    Args:
        server: Of the app.
        shelf: What is shown.
        prepared: What is kept of it.
    """

    @server.get("/collections.json")
    def collections_json() -> Response:
        return as_json(compact(offered(shelf.titles)))

    @server.get("/atlas/<name>.json")
    def atlas_json(name: str) -> Response:
        return once(prepared.columns(known(shelf, name)))

    @server.get("/window/<name>.json")
    def window_json(name: str) -> Response:
        """What is seen of a large collection in a part of the plane."""
        large = expanse_of(shelf, name)
        return once(compact(windows.window(large, windows.asked(request.args, large))))

    @server.get("/search/<name>.json")
    def search_json(name: str) -> Response:
        """Tasks of a large collection with what was typed in their names."""
        text = request.args.get("text", "")
        return as_json(compact(windows.search(expanse_of(shelf, name), text)))

    @server.get("/words/<name>.json")
    def words_json(name: str) -> Response:
        return once(compact(words(shelf[known(shelf, name)])))

    @server.get("/boxes/<name>.json")
    def boxes_json(name: str) -> Response:
        """Boxes of further dimensions, sent when they are first seen."""
        atlas, dim = shelf[known(shelf, name)], request.args.get("dim", 0, int)
        if dim not in atlas.boxes:
            abort(404)
        return once(compact(corners(atlas.boxes[dim])))

    @server.get("/fit/<name>.json")
    def fit_json(name: str) -> Response:
        """A further fit, sent when it is first seen beside the boxes."""
        fit = shelf.fit(known(shelf, name), request.args.get("fit", ""))
        if fit is None:
            abort(404)
        return once(compact(corners(fit)))

    @server.get("/replay/<name>.json")
    def replay_json(name: str) -> Response:
        """How boxes came about, sent when one first asks to see it."""
        replay = shelf.replay(known(shelf, name), request.args.get("dim", 0, int))
        if replay is None:
            abort(404)
        return once(compact(frames(replay)))

    @server.get("/column/<name>.json")
    def column_json(name: str) -> Response:
        """What one colour says of all tasks, sent when it is first chosen."""
        atlas, color = shelf[known(shelf, name)], request.args.get("color", "")
        column = prepared.color(name, atlas, color)
        if column is None:
            abort(404)
        return once(compact(column))

    @server.get("/evaluation/<name>.json")
    def evaluation_json(name: str) -> Response:
        return once(prepared.figures(known(shelf, name)))

    @server.get("/about/<name>.json")
    def about_json(name: str) -> Response:
        large = shelf.expanse(known(shelf, name))
        return composed(about(shelf[name], len(large) if large else None))

    @server.get("/matrix/<name>.json")
    def matrix_json(name: str) -> Response:
        """Distances of a few hundred tasks in the order of their dendrogram."""
        atlas = shelf[known(shelf, name)]
        kind, measure = (request.args.get(key, "") for key in ("features", "measure"))
        if kind not in atlas.described or measure not in MEASURES[kind]:
            abort(404)
        return once(prepared.matrix(name, kind, measure, rows_of(atlas, DRAWN)))

    @server.get("/neighbourhoods/<name>.json")
    def neighbourhoods_json(name: str) -> Response:
        """How near their taxonomy the nearest of a few hundred tasks are."""
        rows = rows_of(shelf[known(shelf, name)], DRAWN)
        return once(prepared.neighbourhoods(name, rows))

    @server.get("/truth/<name>.json")
    def truth_json(name: str) -> Response:
        """True shares between a few tasks, as rows."""
        atlas = shelf[known(shelf, name)]
        return as_json(compact(truths(atlas, rows_of(atlas, COMPARED))))

    @server.post("/preservation/<name>.json")
    def preservation_json(name: str) -> Response:
        """What is lost of the tasks that are seen."""
        request.max_content_length = MOST
        names, dim = asked(body(), shelf[known(shelf, name)])
        return as_json(prepared.preservation(name, tuple(names), dim))
