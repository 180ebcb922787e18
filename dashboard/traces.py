"""Traces: rectangles, outlines, cuboids and names of tasks, as Plotly draws them."""

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Float, Int

from core.atlas import Atlas
from core.hierarchy import path
from dashboard.colors import Theme
from dashboard.drawing import LOOKS
from dashboard.metadata import counted, plural

NAMED = 40
VAST = 0.5  # share of the picture above which a group has no fill
FILLS = {"light": (0.42, 0.07), "dark": (0.36, 0.06)}  # of leaves, of groups
# Corners as bits (x, y, z): a walk along all twelve edges.
WALK = [0, 1, 3, 2, 0, 4, 5, 7, 6, 4, -1, 1, 5, -1, 3, 7, -1, 2, 6, -1]

Rows = Int[np.ndarray, " some"]


def words_of(atlas: Atlas, rows: Rows) -> list[str]:
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


def rectangles(
    atlas: Atlas, rows: Rows, hues: Sequence[str], theme: Theme
) -> list[go.Scatter]:
    """A trace each, in this order; `hues` are of all tasks."""
    told = zip(rows.tolist(), words_of(atlas, rows), strict=True)
    fills = _fills(atlas, rows, theme)
    return [
        _rectangle(atlas, row, said, hues[row], fill)
        for (row, said), fill in zip(told, fills, strict=True)
    ]


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


def outlines(atlas: Atlas, rows: Rows, theme: Theme) -> Iterator[go.Scatter]:
    """One trace for all that there is no room to draw one by one."""
    if not len(rows):
        return
    x, y = _corners(atlas, rows)
    line = {"color": LOOKS[theme]["ghost"], "width": 0.5}
    yield go.Scatter(
        x=x, y=y, mode="lines", line=line, hoverinfo="skip", name="", showlegend=False
    )


def names(atlas: Atlas, rows: Rows, most: int, theme: Theme) -> go.Scatter:
    """Names at upper left corners, as far as they do not lie on one another.

    Only the first `most` tasks have room for one; all of `rows` are in the picture.
    """
    boxes = atlas.boxes[2]
    lower, upper = boxes.lower[rows].min(axis=0), boxes.upper[rows].max(axis=0)
    width, height = (upper - lower) * (0.011, 0.035)  # of a letter, of a line
    taken: list[tuple[float, float, float]] = []
    named: list[int] = []
    for row in rows[:most].tolist():
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


def cuboids(
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
            text=np.repeat(words_of(atlas, rows), len(WALK)).tolist(),
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
