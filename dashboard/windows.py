"""Answers on a collection that is too large to be sent whole, of so many tasks at most.

A window has the form of a whole atlas (payload.py), so that pictures of it are drawn by
the same modules; what it leaves out it counts.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from core.windows.expanse import Expanse, Frame
from core.windows.tree import FIRST_HUE
from dashboard.about import notes
from dashboard.arrays import base64_of
from dashboard.metadata import plural
from dashboard.payload import Payload
from dashboard.subtrees import subtrees_of
from dashboard.view import besides_of, colors_of

LEAST = 3.0  # px, below which a box is counted and not sent
MOST = 4000  # boxes of a window, besides what they lie in
SIDE = 8192  # px of a picture
HOME = 1500  # px of a picture whose size is not told
AIR = 0.25  # around the box of the task that is looked into, more than is seen at first
NAMED = 64  # tasks that a request can name
FOUND = 12  # results of a search
NUMBER = r"-?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?"


class Senseless(ValueError):
    """A request that makes no sense; says why."""


@dataclass(frozen=True)
class Asked:
    """A part of the plane, the pixels that it has, and tasks that are there anyway."""

    frame: Frame
    width: int
    height: int
    focus: int = -1
    also: tuple[int, ...] = ()

    @property
    def least(self) -> float:
        """Side of the smallest box that is seen."""
        x0, x1, y0, y1 = self.frame
        return LEAST * min((x1 - x0) / self.width, (y1 - y0) / self.height)


def asked(told: Mapping[str, str], expanse: Expanse) -> Asked:
    """What a request for a window says; without a frame, that of its focus.

    Raises:
        Senseless: It names what there is not, or numbers that are none or too large.
    """
    focus = -1
    if name := told.get("focus", ""):
        focus = expanse.row(name)
        if focus < 0:
            raise Senseless("There is no such task to look into.")
    names = [unquote(part) for part in told.get("also", "").split(",") if part]
    if len(names) > NAMED:
        raise Senseless(f"A window can be asked about {NAMED} tasks at most.")
    also = tuple(expanse.rows(names).tolist())
    width, height = (_pixels(told.get(key, "")) for key in ("width", "height"))
    frame = _frame(told["frame"]) if "frame" in told else _padded(expanse.frame(focus))
    return Asked(frame, width, height, focus, also)


def _pixels(text: str) -> int:
    if not text:
        return HOME
    if not re.fullmatch(r"\d{1,4}", text, re.A) or not 1 <= int(text) <= SIDE:
        raise Senseless(f"A picture has 1 to {SIDE} pixels a side.")
    return int(text)


def _frame(text: str) -> Frame:
    if not re.fullmatch(rf"{NUMBER}(?:,{NUMBER}){{3}}", text, re.A):
        raise Senseless("A frame is four numbers: x0,x1,y0,y1.")
    x0, x1, y0, y1 = map(float, text.split(","))
    if not (0 < x1 - x0 < math.inf and 0 < y1 - y0 < math.inf):
        raise Senseless("The frame is empty or endless.")
    return x0, x1, y0, y1


def _padded(frame: Frame) -> Frame:
    x0, x1, y0, y1 = frame
    dx, dy = AIR * (x1 - x0), AIR * (y1 - y0)
    return x0 - dx, x1 + dx, y0 - dy, y1 + dy


def window(expanse: Expanse, asked: Asked) -> Payload:
    """Everything the browser draws of a window; JSON-ready.

    `inside` says how many tasks lie in each, at any depth; those that are not among the
    tasks sent are too small to be seen.
    """
    seen = expanse.window(asked.frame, asked.least, MOST, asked.focus, asked.also)
    told = {
        "frame": asked.frame,
        "asked": asked.least,
        "least": seen.least,
        "total": len(expanse),
        "whole": expanse.frame(-1),
        "focus": expanse.names([asked.focus])[0] if asked.focus >= 0 else "",
        "inside": base64_of(expanse.tree.size[seen.rows] - 1, "<u4"),
        "hues": base64_of(_hues(expanse, seen.rows, asked.focus), "<f4"),
        "ends": {
            "members": expanse.members,
            "depth": [0, expanse.deepest],
        },
    }
    return {**excerpt(expanse, seen.rows), "window": told}


def excerpt(expanse: Expanse, rows: Int[np.ndarray, " some"]) -> Payload:
    """Some tasks and all that they lie in, in order, as a small atlas; JSON-ready."""
    corners, names = expanse.table.corners[rows], expanse.names(rows)
    sides = {"lower": corners[:, ::2], "upper": corners[:, 1::2]}
    return {
        **_head(expanse),
        **_ranks(expanse, rows),
        **_scored(expanse, names),
        "names": names,
        "labels": expanse.labels(rows),
        "parents": [[at] if at >= 0 else [] for at in expanse.parents(rows).tolist()],
        "members": expanse.table.members[rows].tolist(),
        "depth": expanse.tree.depth[rows].tolist(),
        "boxes": {"2": {key: base64_of(side, "<f4") for key, side in sides.items()}},
        "points": {
            method: base64_of(points[rows], "<f4")
            for method, points in expanse.table.points.items()
        },
    }


def _head(expanse: Expanse) -> Payload:
    """What is the same of every window."""
    known = expanse.provenance
    member, first = str(known["member"]), expanse.first
    return {
        "collection": expanse.name,
        "title": known["title"],
        "member": [member, plural(member)],
        "notes": notes(known),
        "colors": colors_of(first),
        "besides": besides_of(first),
        "described": {},
        "columns": {},
        "placed": (),
        "replayed": (),
        "complete": True,
        "dims": [2],
    }


def _ranks(expanse: Expanse, rows: Int[np.ndarray, " some"]) -> Payload:
    """A column that some collections have and the picture shows."""
    if "rank" not in expanse.table.more.column_names:
        return {}
    return {"ranks": expanse.table.more["rank"].take(pa.array(rows)).to_pylist()}


def _scored(expanse: Expanse, names: list[str]) -> Payload:
    """F1 of the subtrees of some tasks, as far as they have one."""
    known = subtrees_of(expanse.first, 2)
    if known is None:
        return {}
    found = {row: one for row, name in enumerate(names) if (one := known.of(name))}
    f1 = [round(one.f1, 4) for one in found.values()]
    return {"subtrees": {"2": {"of": known.source, "rows": [*found], "f1": f1}}}


def _hues(
    expanse: Expanse, rows: Int[np.ndarray, " seen"], focus: int
) -> Float[np.ndarray, " seen"]:
    """Hues in degrees; the wheel is that of the branches of the focus."""
    begin, width = expanse.wheel[rows].T
    middle = begin + width / 2
    if focus >= 0:
        start, whole = expanse.wheel[focus]
        middle = (middle - start) / whole * 360 + FIRST_HUE
    return middle % 360


def search(expanse: Expanse, text: str) -> list[Payload]:
    """Tasks of which a name has what was typed, the best first; JSON-ready."""
    found = expanse.lexicon.find(text, FOUND)
    return [_result(expanse, row) for row in found]


def _result(expanse: Expanse, row: int) -> Payload:
    above = expanse.tree.path(row)[:-1]
    return {
        "name": expanse.names([row])[0],
        "label": expanse.labels([row])[0],
        "above": expanse.labels(above),
    }
