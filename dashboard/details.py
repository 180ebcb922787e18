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

LISTED = 16  # tasks of one kind in the panel; the table has them all
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


def task_rows(atlas: Atlas) -> list[dict[str, object]]:
    """Table rows of all tasks, largest first; no task is chosen, so no shares."""
    members = atlas.tasks["members"].to_numpy()
    order = np.argsort(-members, kind="stable").tolist()
    return [_row(atlas, other) for other in order]


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
    columns = ("inside", "true_inside", "around", "true_around")
    return [
        _row(atlas, other)
        | {name: round(float(getattr(known, name)[other]), 3) for name in columns}
        for other in order.tolist()
    ]


def _row(atlas: Atlas, row: int) -> dict[str, object]:
    return {
        "task": atlas.tasks["label"].to_numpy()[row],
        "name": atlas.tasks.index[row],
        "members": int(atlas.tasks["members"].to_numpy()[row]),
        "depth": atlas.hierarchy.depth[row],
    }


def task_details(atlas: Atlas, row: int, dim: int) -> list[Component]:
    """Everything the panel says about task `row`."""
    task, known = atlas.tasks.iloc[row], shares(atlas, row, dim)
    within = _ancestors(atlas, row)
    overlaps = _overlaps(known, {row, *within})
    children = atlas.hierarchy.children[row]
    return [
        html.H2(task["label"]),
        html.P(str(task.name), className="muted"),
        html.P(said) if (said := _said(task, "definition")) else html.Span(),
        _facts(atlas, row),
        _verdict(known),
        _relations("Inside", atlas, known, within),
        _relations("Contains, directly", atlas, known, children),
        _relations("Overlaps", atlas, known, overlaps),
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


def _overlaps(known: Shares, above: set[int]) -> list[int]:
    """Tasks that share a part with this one, learned or true, without containment."""
    share = np.maximum.reduce(
        [known.inside, known.around, known.true_inside, known.true_around]
    )
    apart = (known.true_inside < 1) & (known.true_around < 1) & (share >= PART)
    ranked = np.argsort(-share, kind="stable").tolist()
    return [other for other in ranked if apart[other] and other not in above][:OVERLAPS]


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
    more = len(rows) - LISTED
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
    columns = ("around", "inside", "true_around", "true_inside")
    return html.Button(
        label,
        type="button",
        className="relation",
        title=(
            f"this in it: learned {known.around[other]:.3f}, truth "
            f"{known.true_around[other]:.3f}; it in this: learned "
            f"{known.inside[other]:.3f}, truth {known.true_inside[other]:.3f}"
        ),
        style={
            f"--{name.replace('_', '-')}": f"{100 * getattr(known, name)[other]:.1f}%"
            for name in columns
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


def _pairs(facts: dict[str, Any]) -> Component:
    words = [(html.Dt(key), html.Dd(value)) for key, value in facts.items()]
    return html.Dl([part for pair in words for part in pair])


def _evaluation(atlas: Atlas) -> list[Component]:
    if not atlas.evaluation:
        return []
    rows = [
        html.Tr(
            [
                html.Td(result["protocol"]),
                html.Td(f"{result['dim']}D"),
                html.Td(model),
                html.Td(f"{100 * figures['f1_mean']:.1f}"),
                html.Td(f"± {100 * figures['f1_std']:.1f}"),
            ]
        )
        for result in atlas.evaluation
        for model, figures in result["models"].items()
    ]
    head = html.Tr([html.Th(word) for word in ("Pairs", "", "Model", "F1, %", "")])
    commands = [
        f"python -m core evaluate {atlas.name} --protocol {result['protocol']} "
        f"--dim {result['dim']} --cases {result['cases']}"
        for result in atlas.evaluation
    ]
    return [
        html.H3("Evaluation on pairs the fit has not seen"),
        html.Table([html.Thead(head), html.Tbody(rows)], className="figures"),
        html.P("Run it again:"),
        *(html.P(html.Code(command)) for command in commands),
    ]
