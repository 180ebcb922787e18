"""What is said about one task: its metadata, what it lies in, holds and overlaps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from core.atlas import Atlas
from core.hierarchy import ancestors
from dashboard.metadata import counted, facts, pairs, plural, said
from dashboard.subtrees import subtrees_of
from dashboard.table import PART, Shares, nested, shares

LISTED = 16  # tasks of one kind in the panel; the table has them all
SHARES = {
    "around": "this in it: learned",
    "true_around": "this in it: truth",
    "inside": "it in this: learned",
    "true_inside": "it in this: truth",
}
OVERLAPS = 8  # in a hierarchy, tasks listed that overlap without containment


def task_details(atlas: Atlas, row: int, dim: int) -> list[Component]:
    """Everything the panel says about task `row`."""
    task, known = atlas.tasks.iloc[row], shares(atlas, row, dim)
    within = _ancestors(atlas, row)
    overlaps = _overlaps(atlas, known, {row, *within})
    children = atlas.hierarchy.children[row]
    return [
        html.H2(task["label"]),
        html.P(str(task.name), className="muted name"),
        html.P(said(task.get("definition")), className="long"),
        facts_of(atlas, row),
        _verdict(atlas, known),
        *scored(atlas, row, dim),
        related("Inside", atlas, known, within),
        related("Contains, directly", atlas, known, children),
        related("Overlaps", atlas, known, overlaps),
    ]


def _overlaps(atlas: Atlas, known: Shares, above: set[int]) -> list[int]:
    """Tasks that share a part with this one, learned or true.

    In a hierarchy without those that contain or are contained: they are listed there.
    """
    share = known.largest
    apart = share >= PART
    if nested(atlas):
        apart &= ~((known.true_inside == 1) | (known.true_around == 1))
    ranked = np.argsort(-share, kind="stable")
    found = [other for other in ranked[apart[ranked]].tolist() if other not in above]
    return found[:OVERLAPS] if nested(atlas) else found


def _ancestors(atlas: Atlas, row: int) -> list[int]:
    """Every task above `row`, by any parent, the smallest first."""
    members = atlas.tasks["members"].to_numpy()
    above = ancestors(atlas.hierarchy, row)
    return sorted(above, key=lambda other: (members[other], other))


def facts_of(atlas: Atlas, row: int) -> Component:
    """What the table of tasks says of one."""
    task = atlas.tasks.iloc[row]
    told: dict[str, Any] = {}
    if counted(atlas.tasks):
        member = str(atlas.provenance["member"])
        count = int(task["members"])
        told["Members"] = f"{count:,} {member if count == 1 else plural(member)}"
    if nested(atlas):
        told["Depth"] = task["depth"]
    told |= facts(task)
    if others := atlas.hierarchy.parents[row][1:]:
        told["Also under"] = html.Span([_link(atlas, other) for other in others])
    return pairs(told)


def _verdict(atlas: Atlas, known: Shares) -> Component:
    told = _contained(known) if nested(atlas) else _differing(known)
    return html.P(told, className="verdict")


def _contained(known: Shares) -> str:
    truly, learned = known.contained, known.enclosed
    missed = (truly & ~learned).sum()
    spurious = (learned & ~truly & ~np.isnan(known.true_inside)).sum()
    if not truly.sum() + spurious:
        return ""
    return (
        f"{(truly & learned).sum():,} of {truly.sum():,} contained tasks lie in the "
        f"box; {missed:,} are missed, {spurious:,} lie in it that should not."
    )


def scored(atlas: Atlas, row: int, dim: int) -> list[Component]:
    """How well held-out pairs within the task are told apart, where that is known."""
    known = subtrees_of(atlas, dim)
    subtree = known.of(atlas.tasks.index[row]) if known else None
    if known is None or subtree is None:
        return []
    held = f"held-out containment{'' if subtree.positives == 1 else 's'}"
    told = (
        f"Evaluation of this subtree ({known.source}): F1 {subtree.word} on "
        f"{subtree.positives:,} {held}."
    )
    return [html.P(told, className="scored")]


def _differing(known: Shares) -> str:
    """How far learned shares are from true ones, where overlaps are all there is."""
    learned = np.concatenate([known.inside, known.around])
    true = np.concatenate([known.true_inside, known.true_around])
    others = np.tile(np.arange(len(known.inside)) != known.row, 2)
    told = others & ~np.isnan(true) & (np.fmax(learned, true) >= PART)
    if not told.any():
        return ""
    apart = np.abs(learned - true)[told].mean()
    return f"Learned shares differ from true ones by {apart:.2f} in the mean."


def related(
    title: str,
    atlas: Atlas,
    known: Shares,
    rows: Sequence[int],
    count: int | None = None,
) -> Component:
    """A list of tasks under a title; `count` of them where not all are in `rows`."""
    if not rows:
        return html.Span()
    more = (len(rows) if count is None else count) - LISTED
    return html.Div(
        [
            html.H3(title, className="relations"),
            *(_relation(atlas, known, other) for other in rows[:LISTED]),
            html.P(f"and {more:,} more", className="muted") if more > 0 else None,
        ]
    )


def _relation(atlas: Atlas, known: Shares, other: int) -> Component:
    """One line: the other task, and both directions as bars with a tick for the truth.

    One component and not a row of a table with its cells: Dash takes a millisecond for
    each, and a click may take a hundred. The style sheet draws the bars.
    """
    label = atlas.tasks["label"].iloc[other]
    around, inside = (f"{share[other]:.2f}" for share in (known.around, known.inside))
    attributes: Any = {
        "data-task": atlas.tasks.index[other],
        "data-around": around,
        "data-inside": inside,
        "aria-label": f"{label}: {around} of this task in it, {inside} of it in this",
    }
    given = {
        name: float(share)
        for name in ("around", "true_around", "inside", "true_inside")
        if not np.isnan(share := getattr(known, name)[other])
    }
    return html.Button(
        label,
        type="button",
        className="relation",
        title="; ".join(f"{SHARES[name]} {share:.3f}" for name, share in given.items()),
        style={
            f"--{name.replace('_', '-')}": f"{100 * share:.1f}%"
            for name, share in given.items()
        },
        **attributes,
    )


def _link(atlas: Atlas, row: int) -> Component:
    return html.Button(
        atlas.tasks["label"].iloc[row],
        type="button",
        className="link",
        **{"data-task": atlas.tasks.index[row]},
    )
