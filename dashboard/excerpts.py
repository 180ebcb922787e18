"""What is said of one task of a collection that is too large to be read whole."""

import numpy as np
import pyarrow as pa
from dash import html
from dash.development.base_component import Component
from jaxtyping import Float, Int

from core.atlas import Atlas
from core.windows.expanse import Expanse
from dashboard.arrays import base64_of
from dashboard.details import LISTED, OVERLAPS, facts_of, related, scored
from dashboard.payload import Payload
from dashboard.table import PART, Shares, shares, thousandths
from dashboard.windows import excerpt

PAGE = 200  # tasks of a table that are sent at once
BESIDE = 500  # of the largest boxes that reach into one, which are looked at
COUNTED = 1 << 18  # tasks inside one, up to which those that lie in its box are counted


def details(expanse: Expanse, row: int) -> list[Component]:
    """Everything the panel says about task `row`.

    What lies in it or beside it is said of the largest, and counted of all.
    """
    children = expanse.branches.inside(row, 0, LISTED)
    above = list(expanse.tree.path(row)[-2::-1])
    beside = _beside(expanse, row)
    rows = np.unique(np.array([row, *children, *above, *beside], np.int64))
    atlas = _worded(expanse, rows)
    local = {one: atlas.row_of[expanse.names([one])[0]] for one in rows.tolist()}
    known = shares(atlas, local[row], 2)

    def listed(title: str, some: list[int], count: int | None = None) -> Component:
        return related(title, atlas, known, [local[one] for one in some], count)

    return [
        html.H2(expanse.labels([row])[0]),
        html.P(expanse.names([row])[0], className="muted name"),
        facts_of(atlas, local[row]),
        html.P(_verdict(expanse, row), className="verdict"),
        *scored(atlas, local[row], 2),
        listed("Inside", above),
        listed("Contains, directly", children, expanse.branches.count(row)),
        listed("Overlaps", beside[:OVERLAPS]),
    ]


def _worded(expanse: Expanse, rows: Int[np.ndarray, " some"]) -> Atlas:
    """An atlas of some tasks with further columns of their table."""
    atlas = expanse.atlas(rows)
    told = expanse.table.more.take(pa.array(expanse.rows(atlas.tasks.index)))
    for column in told.column_names:
        atlas.tasks[column] = told[column].to_pylist()
    return atlas


def _beside(expanse: Expanse, row: int) -> list[int]:
    """Tasks that a box reaches into, being neither above nor below, the most first."""
    found, _ = expanse.pyramid.within(expanse.frame(row), 0.0, BESIDE)
    end = row + int(expanse.tree.size[row])
    apart = found[(found < row) | (found >= end)]
    apart = apart[~np.isin(apart, expanse.tree.path(row))]
    share = np.maximum(*_shares(expanse, row, apart))
    ranked = np.argsort(-share, kind="stable")
    return [int(one) for one in apart[ranked[share[ranked] >= PART]]]


def _shares(
    expanse: Expanse, row: int, others: Int[np.ndarray, " others"]
) -> tuple[Float[np.ndarray, " others"], Float[np.ndarray, " others"]]:
    """The share of each other box inside a box, and of that box inside each."""
    own, other = (
        expanse.table.corners[rows].astype(np.float64) for rows in (row, others)
    )
    low = np.maximum(own[::2], other[:, ::2])
    high = np.minimum(own[1::2], other[:, 1::2])
    both = np.clip(high - low, 0, None).prod(axis=1)
    volume = (other[:, 1::2] - other[:, ::2]).prod(axis=1)
    return both / volume, both / (own[1::2] - own[::2]).prod()


def _verdict(expanse: Expanse, row: int) -> str:
    """How many of the tasks inside one have boxes that lie in its box."""
    count = int(expanse.tree.size[row]) - 1
    if not 0 < count <= COUNTED:
        return ""
    within, around = _shares(expanse, row, np.arange(row + 1, row + 1 + count))
    learned = int(((within >= 0.5) & (within > around)).sum())
    return f"{learned:,} of {count:,} contained tasks lie in the box."


def table(expanse: Expanse, row: int, begin: int) -> Payload:
    """A page of the tasks directly in one, those with most members first; JSON-ready.

    Args:
        expanse: The collection.
        row: Of the task, -1 for what lies in no other.
        begin: Number of the first task of the page.
    """
    if row < 0 and expanse.tree.size[0] == len(expanse):
        row = 0  # what holds all is no news
    count = expanse.branches.count(row)
    begin = min(max(begin, 0), max(count - 1, 0))
    children = np.array(expanse.branches.inside(row, begin, PAGE), np.int64)
    sent = np.unique(np.array([*children, *_above(expanse, row)], np.int64))
    where = "At the top" if row < 0 else f"Directly in “{expanse.labels([row])[0]}”"
    tasks = "task" if count == 1 else "tasks"
    end = begin + len(children)
    whole = len(children) == count
    said = (
        f"{count:,} {tasks}"
        if whole
        else f"{begin + 1:,} to {end:,} of {count:,} {tasks}"
    )
    columns = {}
    if row >= 0:
        within, around = _shares(expanse, row, children)
        atlas = expanse.atlas(np.array([row, *children]))
        known: Shares = shares(atlas, atlas.row_of[expanse.names([row])[0]], 2)
        at = [atlas.row_of[name] for name in expanse.names(children)]
        columns = {
            "inside": within,
            "true_inside": known.true_inside[at],
            "around": around,
            "true_around": known.true_around[at],
        }
    return {
        "title": f"{where}: {said}",
        "rows": base64_of(np.searchsorted(sent, children), "<u4"),
        "tasks": excerpt(expanse, sent),
        "pages": {"begin": begin, "end": end, "count": count, "size": PAGE},
        **{key: base64_of(thousandths(share), "<i2") for key, share in columns.items()},
    }


def _above(expanse: Expanse, row: int) -> list[int]:
    return list(expanse.tree.path(row)) if row >= 0 else []
