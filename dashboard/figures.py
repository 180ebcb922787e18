"""Figures of boxes and of points for a notebook or a file, by Plotly alone.

What the page draws itself, 22,675 tasks at a time, a figure has no room for: it shows
those with most members, and outlines of the others. It knows no page and no ids.
"""

import numpy as np
import plotly.graph_objects as go

from core.atlas import Atlas
from core.errors import DataError
from core.hierarchy import descendants
from dashboard.colors import Theme, colors
from dashboard.columns import DIFFICULTY
from dashboard.drawing import Drawing, drawing
from dashboard.traces import Rows, cuboids, names, outlines, rectangles, words_of
from dashboard.view import colors_of

BOXES = 600  # rectangles, each a trace of its own
CUBOIDS = 400  # without a GPU every edge counts (assets/cuboids.js)
POINTS = 3000  # above which points are drawn by WebGL


def figure_colors(atlas: Atlas) -> tuple[str, ...]:
    """What colours can mean outside the page, which alone reads Task2Vec norms."""
    return tuple(color for color in colors_of(atlas) if color != DIFFICULTY)


def boxes_figure(
    atlas: Atlas,
    focus: str = "",
    *,
    color: str = "",
    dim: int = 2,
    theme: Theme = "light",
) -> Drawing:
    """The boxes inside a task, or of the whole collection.

    Args:
        atlas: All that is known of the collection.
        focus: Name of the task; empty for the whole collection.
        color: What colours mean; empty for the usual one of the collection.
        dim: 2 for rectangles, 3 for cuboids.
        theme: Light or dark.

    Raises:
        DataError: The collection has no such task, colouring or boxes.
    """
    row, hues = _asked(atlas, focus, color, theme, dim)
    rows = _by_members(atlas, row)
    if dim == 3:
        traces = cuboids(atlas, rows[:CUBOIDS], hues, theme)
        axis = {"visible": False}
        scene = {f"{one}axis": axis for one in "xyz"} | {"aspectmode": "cube"}
        return drawing(atlas, row, traces, theme, scene=scene)
    some = rows[:BOXES]
    area = atlas.boxes[2].volume[some]
    some = some[np.argsort(-area, kind="stable")]  # what is inside is drawn later
    traces = [
        *rectangles(atlas, some, hues, theme),
        *outlines(atlas, rows[BOXES:], theme),
        names(atlas, rows, BOXES, theme),
    ]
    return drawing(atlas, row, traces, theme)


def points_figure(
    atlas: Atlas,
    focus: str = "",
    *,
    color: str = "",
    method: str = "",
    theme: Theme = "light",
) -> Drawing:
    """The tasks inside a task, or of the whole collection, as points of a map.

    Args:
        atlas: All that is known of the collection.
        focus: Name of the task; empty for the whole collection.
        color: What colours mean; empty for the usual one of the collection.
        method: The map; empty for the first that the collection has.
        theme: Light or dark.

    Raises:
        DataError: The collection has no such task, colouring or map.
    """
    row, hues = _asked(atlas, focus, color, theme, 2)
    known = list(atlas.projections)
    if (method or None) not in [*known, *([None] if known else [])]:
        raise DataError(
            f"Collection {atlas.name!r} has no map {method!r}; it has: "
            f"{', '.join(known) or 'none'}."
        )
    points = atlas.projections[method or known[0]].points
    rows = _by_members(atlas, row)
    leaves = [not atlas.hierarchy.children[one] for one in rows.tolist()]
    members = atlas.tasks["members"].to_numpy()[rows]
    kind = go.Scattergl if len(rows) > POINTS else go.Scatter
    trace = kind(
        x=points[rows, 0],
        y=points[rows, 1],
        mode="markers",
        marker={
            "color": [hues[one] for one in rows.tolist()],
            "symbol": ["circle" if leaf else "circle-open" for leaf in leaves],
            "size": np.where(leaves, 5.2, 6 + 1.6 * np.log2(np.maximum(members, 1))),
            "opacity": 0.85,
        },
        text=words_of(atlas, rows),
        hoverinfo="text",
        showlegend=False,
    )
    return drawing(atlas, row, [trace], theme)


def _asked(
    atlas: Atlas, focus: str, color: str, theme: Theme, dim: int
) -> tuple[int, list[str]]:
    if focus and focus not in atlas.row_of:
        raise DataError(f"Collection {atlas.name!r} has no task {focus!r}.")
    if dim not in atlas.boxes or dim not in (2, 3):
        raise DataError(f"Collection {atlas.name!r} has no boxes in {dim}D to draw.")
    known = figure_colors(atlas)
    if color and color not in known:
        raise DataError(
            f"Collection {atlas.name!r} has no colouring {color!r}; it has: "
            f"{', '.join(known)}."
        )
    row = atlas.row_of[focus] if focus else -1
    return row, colors(atlas, color or known[0], theme, row, dim)


def _by_members(atlas: Atlas, focus: int) -> Rows:
    """The focus and all tasks inside it, those with most members first."""
    inside = np.arange(len(atlas.tasks))
    if focus >= 0:
        inside = np.array(sorted({focus, *descendants(atlas.hierarchy, focus)}))
    members = atlas.tasks["members"].to_numpy()[inside]
    return inside[np.argsort(-members, kind="stable")]
