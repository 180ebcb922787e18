"""Figures of boxes and of points for a notebook or a file, by Plotly alone.

What the page draws itself, 22,675 tasks at a time, a figure has no room for: it shows
those with most members, and outlines of the others. It knows no page and no ids.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from core.atlas import Atlas
from core.errors import DataError
from core.hierarchy import descendants, path
from dashboard.colors import Theme, colors
from dashboard.columns import DIFFICULTY
from dashboard.metadata import counted, plural
from dashboard.view import colors_of

BOXES = 600  # rectangles, each a trace of its own
CUBOIDS = 400  # without a GPU every edge counts (assets/cuboids.js)
NAMED = 40
POINTS = 3000  # above which points are drawn by WebGL
# plotly 7 shows a button that uploads the figure to a public server unless told not to.
CONFIG = {"displaylogo": False, "showSendToCloud": False, "scrollZoom": True}
LOOKS = {  # as assets/style.css has them
    "light": {"panel": "#ffffff", "ink": "#1b1f27", "ghost": "#a9b1bc"},
    "dark": {"panel": "#1b1f26", "ink": "#e8ebf0", "ghost": "#5a6472"},
}
VAST = 0.5  # share of the picture above which a group has no fill
FILLS = {"light": (0.42, 0.07), "dark": (0.36, 0.06)}  # of leaves, of groups
# Corners as bits (x, y, z): a walk along all twelve edges.
WALK = [0, 1, 3, 2, 0, 4, 5, 7, 6, 4, -1, 1, 5, -1, 3, 7, -1, 2, 6, -1]

Rows = Int[np.ndarray, " some"]


class Drawing(go.Figure):  # type: ignore[misc]  # Plotly is not typed
    """A figure that is shown and written without a button that uploads it.

    Plotly keeps no configuration in a figure: it is told whenever one is shown.
    """

    def show(self, *args: Any, **settings: Any) -> Any:
        """Show it where the notebook or the terminal does."""
        return super().show(*args, **{"config": CONFIG, **settings})

    def to_html(self, *args: Any, **settings: Any) -> Any:
        """The figure as HTML that needs no network."""
        return super().to_html(*args, **{"config": CONFIG, **settings})

    def write_html(self, *args: Any, **settings: Any) -> Any:
        """Write the figure as an HTML file that needs no network."""
        return super().write_html(*args, **{"config": CONFIG, **settings})

    def _repr_mimebundle_(self, *args: Any, **settings: Any) -> Any:
        return super()._repr_mimebundle_(*args, **{"config": CONFIG, **settings})

    def _ipython_display_(self) -> None:
        self.show()


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
        traces = _cuboids(atlas, rows[:CUBOIDS], hues, theme)
        axis = {"visible": False}
        scene = {f"{one}axis": axis for one in "xyz"} | {"aspectmode": "cube"}
        return _drawing(atlas, row, traces, theme, scene=scene)
    some = rows[:BOXES]
    area = atlas.boxes[2].volume[some]
    some = some[np.argsort(-area, kind="stable")]  # what is inside is drawn later
    told = zip(some.tolist(), _told(atlas, some), strict=True)
    fills = _fills(atlas, some, theme)
    traces = [
        _rectangle(atlas, one, said, hues[one], fill)
        for (one, said), fill in zip(told, fills, strict=True)
    ]
    others = _outlines(atlas, rows[BOXES:], theme)
    return _drawing(atlas, row, [*traces, *others, _names(atlas, rows, theme)], theme)


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
        text=_told(atlas, rows),
        hoverinfo="text",
        showlegend=False,
    )
    return _drawing(atlas, row, [trace], theme)


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


def _told(atlas: Atlas, rows: Rows) -> list[str]:
    """What is said of tasks under the cursor; a name is never markup."""
    labels = [escape(str(label)[:200]) for label in atlas.tasks["label"]]
    member = str(atlas.provenance["member"])
    words = [escape(member), escape(plural(member))]
    counts = atlas.tasks["members"].tolist() if counted(atlas.tasks) else []
    told = []
    for row in rows.tolist():
        lines = [f"<b>{labels[row]}</b>"]
        if counts:
            lines.append(f"{counts[row]:,} {words[counts[row] != 1]}")
        above = path(atlas.hierarchy, row)[-2::-1]
        told.append("<br>".join([*lines, *(f"in {labels[one]}" for one in above)]))
    return told


# ---------------------------------------------------------------- what is drawn


def _fills(atlas: Atlas, rows: Rows, theme: Theme) -> list[float]:
    """Opacities: what covers most of the picture would tint it all."""
    boxes, (leaf, group) = atlas.boxes[2], FILLS[theme]
    whole = (boxes.upper[rows].max(axis=0) - boxes.lower[rows].min(axis=0)).prod()
    vast = boxes.volume[rows] > VAST * whole
    inside = [len(atlas.hierarchy.children[row]) for row in rows.tolist()]
    return [
        leaf if not held else 0 if large else group
        for held, large in zip(inside, vast.tolist(), strict=True)
    ]


def _rectangle(
    atlas: Atlas, row: int, told: str, color: str, fill: float
) -> go.Scatter:
    x, y = _corners(atlas, np.array([row]))
    rgb = ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))
    inside = bool(atlas.hierarchy.children[row])
    return go.Scatter(
        x=x[:5],
        y=y[:5],
        mode="lines",
        fill="toself",
        fillcolor=f"rgba({rgb},{fill})",
        line={"color": f"rgba({rgb},0.9)", "width": 1.25 if inside else 0.75},
        hoveron="fills",
        text=told,
        hoverinfo="text",
        name=str(atlas.tasks.index[row]),
        showlegend=False,
    )


def _corners(atlas: Atlas, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """A walk around every rectangle, and a gap after each."""
    boxes = atlas.boxes[2]
    (x0, y0), (x1, y1) = boxes.lower[rows].T, boxes.upper[rows].T
    gap = np.full(len(rows), np.nan)
    x = np.stack([x0, x1, x1, x0, x0, gap], 1).ravel()
    return x, np.stack([y0, y0, y1, y1, y0, gap], 1).ravel()


def _outlines(atlas: Atlas, rows: Rows, theme: Theme) -> Iterator[go.Scatter]:
    """One trace for all that there is no room to draw one by one."""
    if not len(rows):
        return
    x, y = _corners(atlas, rows)
    line = {"color": LOOKS[theme]["ghost"], "width": 0.5}
    yield go.Scatter(
        x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="", showlegend=False
    )


def _names(atlas: Atlas, rows: Rows, theme: Theme) -> go.Scatter:
    """Names at upper left corners, as far as they do not lie on one another."""
    boxes = atlas.boxes[2]
    lower, upper = boxes.lower[rows].min(axis=0), boxes.upper[rows].max(axis=0)
    width, height = (upper - lower) * (0.011, 0.035)  # of a letter, of a line
    taken: list[tuple[float, float, float]] = []
    named: list[int] = []
    for row in rows[:BOXES].tolist():
        label = str(atlas.tasks["label"].iloc[row])[:40]
        (x, _), (end, y) = boxes.lower[row], boxes.upper[row]
        wide = width * (len(label) + 1)
        free = all(
            x > right or x + wide < left or abs(y - at) > height
            for left, right, at in taken
        )
        if end - x > wide and y - boxes.lower[row][1] > height and free:
            taken.append((x, x + wide, y))
            named.append(row)
        if len(named) == NAMED:
            break
    return go.Scatter(
        x=boxes.lower[named, 0],
        y=boxes.upper[named, 1],
        mode="text",
        text=[escape(str(atlas.tasks["label"].iloc[row])[:40]) for row in named],
        textposition="bottom right",
        textfont={"color": LOOKS[theme]["ink"], "size": 12},
        hoverinfo="skip",
        showlegend=False,
    )


def _cuboids(
    atlas: Atlas, rows: Rows, hues: Sequence[str], theme: Theme
) -> list[go.Scatter3d]:
    """All edges as one line, and the names of a few boxes."""
    boxes, bits = atlas.boxes[3], np.array(WALK)
    ends: Float[np.ndarray, "some edge axis"] = np.where(
        (bits[:, None] >> np.arange(3)) & 1 == 1,
        boxes.upper[rows][:, None],
        boxes.lower[rows][:, None],
    )
    ends = np.where(bits[:, None] < 0, np.nan, ends).reshape(-1, 3)
    few = rows[:16]
    return [
        go.Scatter3d(
            **dict(zip("xyz", ends.T, strict=True)),
            mode="lines",
            line={
                "color": np.repeat([hues[row] for row in rows], len(WALK)).tolist(),
                "width": 2.5,
            },
            text=np.repeat(_told(atlas, rows), len(WALK)).tolist(),
            hoverinfo="text",
            showlegend=False,
        ),
        go.Scatter3d(
            **dict(zip("xyz", boxes.upper[few].T, strict=True)),
            mode="text",
            text=[escape(str(label)[:40]) for label in atlas.tasks["label"].iloc[few]],
            textfont={"color": LOOKS[theme]["ink"], "size": 12},
            hoverinfo="skip",
            showlegend=False,
        ),
    ]


def _drawing(
    atlas: Atlas, focus: int, traces: Sequence[Any], theme: Theme, **layout: Any
) -> Drawing:
    look = LOOKS[theme]
    steps = [str(atlas.provenance["title"])]
    if focus >= 0:
        steps.append(str(atlas.tasks["label"].iloc[focus]))
    bare = {"visible": False}
    return Drawing(
        data=traces,
        layout={
            "title": {"text": escape(" ▸ ".join(one[:80] for one in steps))},
            "font": {"color": look["ink"]},
            "paper_bgcolor": look["panel"],
            "plot_bgcolor": look["panel"],
            "margin": {"l": 12, "r": 12, "t": 48, "b": 12},
            "xaxis": bare,
            "yaxis": bare,
            "hovermode": "closest",
            "dragmode": "turntable" if layout else "pan",
            "hoverlabel": {
                "align": "left",
                "bgcolor": look["panel"],
                "bordercolor": look["ghost"],
                "font": {"color": look["ink"]},
            },
            **layout,
        },
    )
