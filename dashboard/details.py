"""What is said about one task: its metadata, what it lies in, holds and overlaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from dash import html
from dash.development.base_component import Component

from core.atlas import Atlas
from core.boxes import containment_of
from core.relations import strengths_of

OVERLAPS = 8  # tasks listed that overlap without containing one another
PART = 0.02  # share of a box below which an overlap is not worth a line


@dataclass(frozen=True)
class Shares:
    """Learned and true containment between one task and all others.

    `inside` is the share of every task inside this one, `around` the share of this
    one inside every task; both directions, because containment has a direction.
    """

    row: int
    inside: np.ndarray
    around: np.ndarray
    true_inside: np.ndarray
    true_around: np.ndarray


def shares(atlas: Atlas, row: int, dim: int) -> Shares:
    """Containment between task `row` and every task, learned in `dim`D and true."""
    inside, around = containment_of(atlas.boxes[dim], row)
    truth = strengths_of(atlas.relations, row, len(atlas.tasks))
    return Shares(row, inside, around, *truth)


def contained_rows(atlas: Atlas, row: int, dim: int) -> list[dict[str, object]]:
    """Table rows of the tasks inside task `row`, learned or true, largest first.

    A task is listed when it truly lies wholly inside, or when at least half of its
    box does and the reverse share is smaller.
    """
    known = shares(atlas, row, dim)
    truly = (known.true_inside == 1) & (known.true_around < 1)
    learned = (known.inside >= 0.5) & (known.inside > known.around)
    listed = np.flatnonzero((truly | learned) & (np.arange(len(atlas.tasks)) != row))
    members = atlas.tasks["members"].to_numpy()
    order = listed[np.lexsort((listed, -members[listed], ~truly[listed]))]
    labels, names = atlas.tasks["label"].to_numpy(), atlas.tasks.index.to_numpy()
    return [
        {
            "task": labels[other],
            "name": names[other],
            "members": int(members[other]),
            "depth": int(atlas.hierarchy.depth[other]),
            "inside": round(float(known.inside[other]), 3),
            "true_inside": round(float(known.true_inside[other]), 3),
            "around": round(float(known.around[other]), 3),
            "true_around": round(float(known.true_around[other]), 3),
        }
        for other in order.tolist()
    ]


def task_details(atlas: Atlas, row: int, dim: int) -> list[Component]:
    """Everything the panel says about task `row`."""
    task, known = atlas.tasks.iloc[row], shares(atlas, row, dim)
    within = _ancestors(atlas, row)
    related = {row, *within, *np.flatnonzero(known.true_inside)}
    overlaps = [
        other
        for other in np.argsort(-np.maximum(known.inside, known.around)).tolist()
        if other not in related
        and known.true_around[other] == 0
        and max(known.inside[other], known.around[other]) >= PART
    ][:OVERLAPS]
    children = atlas.hierarchy.children[row]
    return [
        html.H2(task["label"]),
        html.P(str(task.name), className="muted"),
        html.P(said) if (said := _said(task, "definition")) else html.Span(),
        _facts(atlas, row),
        _verdict(known),
        _relations("Inside", atlas, known, within),
        _relations("Contains, directly", atlas, known, children),
        _relations("Overlaps, though nothing is shared", atlas, known, overlaps),
    ]


def about(atlas: Atlas) -> list[Component]:
    """Where the collection comes from, and how well its boxes say what is true."""
    known = atlas.provenance
    facts = {
        "Tasks": f"{len(atlas.tasks):,}",
        "Members": f"{known['members']:,} ({known['member']})",
        "Features": known["encoder"],
        "Built": known["date"],
        "With": html.Code(known["command"]),
    }
    sources = [
        html.Li("{name}: {package} {version}, {licence}".format(**source))
        for source in known["sources"]
    ]
    return [
        html.H2(f"About {known['title']}"),
        html.P(known["description"]),
        _pairs(facts),
        html.H3("Sources"),
        html.Ul(sources),
        *_evaluation(atlas),
    ]


def _ancestors(atlas: Atlas, row: int) -> list[int]:
    """Every task above `row`, by any parent, the smallest first."""
    found, front = set[int](), [row]
    while front:
        above = set(atlas.hierarchy.parents[front.pop()]) - found
        found |= above
        front.extend(above)
    members = atlas.tasks["members"].to_numpy()
    return sorted(found, key=lambda other: (members[other], other))


def _facts(atlas: Atlas, row: int) -> Component:
    task = atlas.tasks.iloc[row]
    others = atlas.hierarchy.parents[row][1:]
    facts: dict[str, Any] = {
        "Members": f"{task['members']:,}",
        "Depth": task["depth"],
    }
    for column, word in (("lemmas", "Lemmas"), ("also", "Same members as")):
        if said := _said(task, column):
            facts[word] = said
    if others:
        facts["Also under"] = html.Span([_link(atlas, other) for other in others])
    return _pairs(facts)


def _said(task: "pd.Series[Any]", column: str) -> str:
    """What a column says of a task; empty where a collection has no such text."""
    said = task.get(column)
    return said if isinstance(said, str) else ""


def _verdict(known: Shares) -> Component:
    truly = (known.true_inside == 1) & (known.true_around < 1)
    learned = (known.inside >= 0.5) & (known.inside > known.around)
    missed, spurious = (truly & ~learned).sum(), (learned & ~truly).sum()
    right = (truly & learned).sum()
    if not truly.sum() + spurious:
        return html.Span()
    return html.P(
        f"{right:,} of {truly.sum():,} contained tasks lie in the box; {missed:,} are "
        f"missed, {spurious:,} lie in it that should not.",
        className="verdict",
    )


def _relations(
    title: str, atlas: Atlas, known: Shares, rows: Sequence[int]
) -> Component:
    if not rows:
        return html.Span()
    head = ["", "this in it", "it in this"]
    body = [
        html.Tr(
            [
                html.Td(_link(atlas, other)),
                *(
                    html.Td(_bar(known, column, other))
                    for column in ("around", "inside")
                ),
            ]
        )
        for other in rows[:40]
    ]
    more = (
        [html.P(f"and {len(rows) - 40:,} more", className="muted")] if rows[40:] else []
    )
    return html.Div(
        [
            html.H3(title),
            html.Table(
                [
                    html.Thead(html.Tr([html.Th(word) for word in head])),
                    html.Tbody(body),
                ]
            ),
            *more,
        ]
    )


def _bar(known: Shares, column: str, other: int) -> Component:
    learned = getattr(known, column)[other]
    truth = getattr(known, f"true_{column}")[other]
    return html.Div(
        [
            html.Span(className="fill", style={"width": f"{100 * learned:.1f}%"}),
            html.Span(f"{learned:.2f}", className="number"),
        ],
        className="share",
        title=f"learned {learned:.3f}, truth {truth:.3f}",
    )


def _link(atlas: Atlas, row: int) -> Component:
    return html.Button(
        atlas.tasks["label"].iloc[row],
        type="button",
        className="link",
        **{"data-task": atlas.tasks.index[row]},
    )


def _pairs(facts: dict[str, Any]) -> Component:
    words = [(html.Dt(key), html.Dd(value)) for key, value in facts.items()]
    return html.Dl([part for pair in words for part in pair])


def _evaluation(atlas: Atlas) -> list[Component]:
    if not atlas.evaluation:
        return []
    rows = [
        html.Tr(
            [
                html.Td(f"{result['protocol']}, {result['dim']}D"),
                html.Td(model),
                html.Td(
                    f"{100 * figures['f1_mean']:.1f} ± {100 * figures['f1_std']:.1f}"
                ),
                html.Td(result["cases"]),
            ]
        )
        for result in atlas.evaluation
        for model, figures in result["models"].items()
    ]
    head = html.Tr([html.Th(word) for word in ("Protocol", "Model", "F1, %", "Cases")])
    return [
        html.H3("Evaluation on pairs the fit has not seen"),
        html.Table([html.Thead(head), html.Tbody(rows)], className="figures"),
        html.P(
            [
                "Run it again: ",
                html.Code(
                    f"python -m core evaluate {atlas.name} --protocol existing --dim 2"
                ),
            ]
        ),
    ]
