"""View: what a person looks at. It fits in the URL, and any URL gives a valid one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import parse_qsl, quote, unquote
from weakref import WeakKeyDictionary

from core.atlas import Atlas
from core.boxes import Boxes
from core.descriptions import MEASURES, Kind
from core.errors import DataError
from dashboard import filters
from dashboard.columns import DIFFICULTY, columns_of
from dashboard.edges import judged
from dashboard.metadata import counted, short, sizes
from dashboard.subtrees import subtrees_of

COLORS = ("branch", "position", "depth", "members", "size", "f1", "edges", DIFFICULTY)
THEMES = ("auto", "light", "dark")
NEAR = ("features", "boxes")
LINKED = 1500  # letters of a selection that a link can carry (assets/bridge.js)
LAYERS = ("fill", "outline", "labels", "points", "members")
FLOORS = range(61)  # px
OPACITIES = range(10, 201)  # %


@dataclass(frozen=True)
class View:
    """What is shown; every field is a word or a number that a URL can carry.

    Attributes:
        collection: Name of an atlas.
        dim: Of the boxes: 2 for rectangles, 3 for cuboids, more for rectangles along
            two of the axes.
        axes: Comma-separated numbers, from 0, of the two axes along which boxes of more
            than two dimensions are seen; empty for cuboids, or for the first two.
        focus: Task whose inside is shown; empty for the whole collection.
        task: Selected task; empty for none.
        beside: What is seen beside the boxes, of what the collection has
            (`besides_of`).
        color: What colours mean, of what the collection has (`colors_of`).
        theme: Light, dark, or as the system says.
        viewport: Comma-separated `x0,x1,y0,y1` of the rectangle view, in box
            coordinates, when it was panned or zoomed away from the focus.
        features: By what tasks are compared, of what is known of the collection.
        measure: Which distance of these features is seen.
        near: By what the details list the nearest tasks.
        selection: Comma-separated names of the tasks that are selected beside one
            another, each percent-encoded: a name may have a comma.
        hidden: Comma-separated entries of the legend that are not shown (`filters`).
        between: Comma-separated `least,most` of the numbers that are coloured; what
            lies outside is dimmed.
        off: Comma-separated layers that are not drawn.
        floor: Pixels, below which a box is not drawn.
        opacity: Of boxes and points, in percent of the usual.
    """

    collection: str
    dim: int = 2
    axes: str = ""
    focus: str = ""
    task: str = ""
    beside: str = ""
    color: str = "branch"
    theme: str = "auto"
    viewport: str = ""
    features: Kind = "mean"
    measure: str = "cosine"
    near: str = "features"
    selection: str = ""
    hidden: str = ""
    between: str = ""
    off: str = ""
    floor: int = 0
    opacity: int = 100


def view_from_query(
    query: str, atlases: Mapping[str, Atlas]
) -> tuple[View, tuple[str, ...]]:
    """The valid view nearest to a URL query, and what had to be left out of it.

    Never fails: a copied link may be old, cut or typed by hand.
    """
    return _nearest(dict(parse_qsl(query.removeprefix("?"))), atlases)


_COLORS: WeakKeyDictionary[Atlas, tuple[str, ...]] = WeakKeyDictionary()


def colors_of(atlas: Atlas) -> tuple[str, ...]:
    """What colours can mean where these tasks are shown; the usual one first.

    Where no task lies in another there are no branches: tasks near one another are
    alike in colour instead. Looked at once: every view is checked against them.
    """
    if (known := _COLORS.get(atlas)) is None:
        known = _COLORS[atlas] = _colors(atlas)
    return known


def _colors(atlas: Atlas) -> tuple[str, ...]:
    nested = any(atlas.hierarchy.parents)
    offered = {
        "branch": nested,
        "position": not nested,
        "depth": nested,
        "members": counted(atlas.tasks),
        "size": sizes(atlas.tasks) is not None,
        "f1": subtrees_of(atlas, 2) is not None,
        "edges": judged(atlas),
        DIFFICULTY: "task2vec" in atlas.described,
    }
    own = (color for color in COLORS if offered[color])
    return (*own, *columns_of(atlas))


def besides_of(atlas: Atlas) -> tuple[str, ...]:
    """What can be seen beside the boxes of these tasks; the usual one first."""
    panels = {
        "tree": any(atlas.hierarchy.parents),
        "intervals": True,
        "matrix": len(atlas.described) > 0,
    }
    there = (kind for kind, offered in panels.items() if offered)
    compared = (one for one in atlas.fits if int(one.partition("d.")[0]) in atlas.boxes)
    return (*atlas.projections, *there, *(f"fit.{one}" for one in compared))


def _opened(
    name: str, atlases: Mapping[str, Atlas], faults: list[str]
) -> tuple[str, Atlas]:
    """The collection of that name, or else the first that can be read.

    Raises:
        DataError: None can be read.
    """
    known = name in atlases
    if name and not known:
        faults.append(f"There is no collection {short(name)!r} here.")
    for one in dict.fromkeys([name, *atlases] if known else atlases):
        try:
            return one, atlases[one]
        except DataError as error:
            faults.append(str(error))
    raise DataError(faults[-1])


def _nearest(
    asked: Mapping[str, str], atlases: Mapping[str, Atlas]
) -> tuple[View, tuple[str, ...]]:
    faults: list[str] = []
    name, atlas = _opened(asked.get("collection", ""), atlases, faults)

    def choice(key: str, allowed: tuple[str, ...], what: str) -> str:
        value = asked.get(key, "")
        if value and value not in allowed:
            faults.append(f"{what} {short(value)!r} is unknown.")
        return value if value in allowed else allowed[0]

    def task(key: str) -> str:
        value = asked.get(key, "")
        if value and value not in atlas.row_of:
            faults.append(f"Collection {name!r} has no task {short(value)!r}.")
        return value if value in atlas.row_of else ""

    def number(key: str, allowed: range, usual: int, what: str) -> int:
        value = asked.get(key, "") or str(usual)
        known = value.isascii() and value.isdigit() and len(value) < 4
        if known and int(value) in allowed:
            return int(value)
        faults.append(
            f"{what} {short(value)!r} is not one of {allowed[0]} to {allowed[-1]}."
        )
        return usual

    dims = tuple(str(dim) for dim in sorted(atlas.boxes))
    dim = int(choice("dim", dims, "The dimension"))
    axes = _axes(asked.get("axes", ""), dim, faults)
    plane = _plane(atlas, dim, axes)
    kinds = atlas.described or ("mean",)
    features = cast(Kind, choice("features", kinds, "The description"))
    view = View(
        collection=name,
        dim=dim,
        axes=axes,
        focus=task("focus"),
        task=task("task"),
        beside=choice("beside", besides_of(atlas), "The picture beside"),
        color=choice("color", colors_of(atlas), "The colouring"),
        theme=choice("theme", THEMES, "The theme"),
        viewport=_viewport(asked.get("viewport", ""), plane, faults),
        features=features,
        measure=choice("measure", MEASURES[features], "The distance"),
        near=choice("near", NEAR, "The nearness"),
        selection=_selection(asked.get("selection", ""), atlas, faults),
        off=_layers(asked.get("off", ""), faults),
        floor=number("floor", FLOORS, 0, "The least side"),
        opacity=number("opacity", OPACITIES, 100, "The opacity"),
    )
    filtered = replace(
        view,
        hidden=filters.hidden(asked.get("hidden", ""), atlas, view.color, faults),
        between=filters.between(asked.get("between", ""), atlas, view.color, faults),
    )
    return filtered, tuple(faults)


def _axes(text: str, dim: int, faults: list[str]) -> str:
    """Two different axes of boxes of so many dimensions; empty as usual."""
    if not text:
        return ""
    known = [str(axis) for axis in range(dim)]
    axes = set(text.split(","))
    if dim > 2 and len(axes) == 2 and axes <= set(known):
        return ",".join(axis for axis in known if axis in axes)
    faults.append(f"The axes {short(text)!r} are not two of those of {dim}D boxes.")
    return ""


def _plane(atlas: Atlas, dim: int, axes: str) -> Boxes:
    """The rectangles of a view: those in 2D where cuboids are seen."""
    if dim == 2 or (dim == 3 and not axes):
        return atlas.boxes[2]
    boxes, seen = atlas.boxes[dim], [int(axis) for axis in (axes or "0,1").split(",")]
    return Boxes(boxes.lower[:, seen], boxes.upper[:, seen], boxes.names)


def _viewport(text: str, boxes: Boxes, faults: list[str]) -> str:
    if not text:
        return ""
    try:
        # Python reads 1_000 and digits of any script; the browser gets plain numbers.
        plain = [f"{float(part):.9g}" for part in text.split(",")]
        x0, x1, y0, y1 = map(float, plain)
    except ValueError:
        faults.append(f"The viewport {short(text)!r} is not four numbers.")
        return ""
    if not (0 < x1 - x0 < math.inf and 0 < y1 - y0 < math.inf):
        faults.append(f"The viewport {short(text)!r} is empty or endless.")
        return ""
    left, bottom = boxes.lower.min(axis=0)
    right, top = boxes.upper.max(axis=0)
    if x1 < left or right < x0 or y1 < bottom or top < y0:
        faults.append(f"There is no box in the viewport {short(text)!r}.")
        return ""
    return ",".join(plain)


def _selection(text: str, atlas: Atlas, faults: list[str]) -> str:
    """The tasks of a selection that there are, once each."""
    names = list(dict.fromkeys(unquote(part) for part in text.split(",") if part))
    if unknown := [name for name in names if name not in atlas.row_of]:
        more = f", nor {len(unknown) - 1:,} more" if len(unknown) > 1 else ""
        what = f"Collection {atlas.name!r} has no task {short(unknown[0])!r}"
        faults.append(f"{what}{more} of the selection.")
    # As the browser's encodeURIComponent writes them.
    kept = (quote(name, safe="!~*'()") for name in names if name in atlas.row_of)
    if len(selection := ",".join(kept)) > LINKED:
        faults.append(f"The selection {short(selection)!r} is too long for a link.")
        return ""
    return selection


def _layers(text: str, faults: list[str]) -> str:
    asked = text.split(",") if text else []
    for layer in asked:
        if layer not in LAYERS:
            faults.append(f"There is no layer {short(layer)!r}.")
    return ",".join(layer for layer in LAYERS if layer in asked)
