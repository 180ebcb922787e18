"""What is said about a collection: where it comes from and how far to trust it."""

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.atlas import Atlas
from core.version import version
from dashboard.evaluation import headlines
from dashboard.metadata import address, counted, pairs, plural, said

SAFE: Any = {"target": "_blank", "rel": "noopener noreferrer"}


def notes(provenance: Mapping[str, Any]) -> list[str]:
    """What a person must know to read the picture rightly, a sentence each."""
    boxes = said(provenance.get("boxes"))
    told = [said(note) for note in _listed(provenance, "notes")]
    return [note for note in [f"Boxes: {boxes}" if boxes else "", *told] if note]


def summary(atlas: Atlas, tasks: int | None = None) -> list[Component]:
    """The few lines that stand where no task is chosen.

    Args:
        atlas: The collection, or some tasks of it.
        tasks: How many there are, where these are some.
    """
    known = atlas.provenance
    return [
        html.H2(known["title"]),
        html.P(known["description"]),
        *_notes(known),
        pairs(_numbers(atlas, tasks)),
        html.Button(
            "About this collection",
            type="button",
            className="more",
            **{"data-action": "about"},  # type: ignore[arg-type]
        ),
    ]


def about(atlas: Atlas, tasks: int | None = None) -> list[Component]:
    """Where the collection comes from, and how well its boxes say what is true.

    Args:
        atlas: The collection, or some tasks of it.
        tasks: How many there are, where these are some.
    """
    known = atlas.provenance
    facts = {
        **_numbers(atlas, tasks),
        "Features": known["encoder"],
        "Built": known["date"],
        "With": html.Code(known["command"]),
        "Shown by": f"Task2Box Atlas {version()}",
    }
    return [
        html.H2(known["title"], id="about-title"),
        html.P(known["description"]),
        *_notes(known),
        pairs(facts),
        html.H3("Sources"),
        html.Ul([_source(source) for source in known["sources"]]),
        *_listing(known, "skipped", "Left out"),
        *_listing(known, "approximate", "Placed by what is nearest"),
        *_evaluation(atlas),
    ]


def _notes(provenance: Mapping[str, Any]) -> list[Component]:
    return [html.P(note, className="note") for note in notes(provenance)]


def _numbers(atlas: Atlas, tasks: int | None) -> dict[str, Any]:
    known, count = atlas.provenance, tasks or len(atlas.tasks)
    members, word = known["members"], plural(str(known["member"]))
    counts = known.get("counts")
    given = counts if isinstance(counts, Mapping) else {}
    told = {_capital(str(key)): said(count) for key, count in given.items()}
    numbers = {"Tasks": f"{count:,}"}
    each = members == count and not counted(atlas.tasks)  # no more than one
    if members and not each and _capital(word) not in told:
        numbers["Members"] = f"{said(members)} {word}"
    return numbers | told


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _source(source: Mapping[str, Any]) -> Component:
    name = said(source["name"])
    link = address(said(source.get("address")))
    rest = "{package} {version}, {licence}".format(
        **{key: said(source[key]) for key in ("package", "version", "licence")}
    )
    linked = html.A(name, href=link, **SAFE) if link else name
    return html.Li([linked, f": {rest}"])


def _listing(provenance: Mapping[str, Any], key: str, title: str) -> list[Component]:
    """Items with reasons, as one text: there may be thousands."""
    lines = [
        f"{said(one.get('item'))}: {said(one.get('reason'))}"
        for one in _listed(provenance, key)
        if isinstance(one, Mapping)
    ]
    if not lines:
        return []
    text = html.Pre("\n".join(lines), className="listing", tabIndex=0)
    return [html.H3(f"{title}: {len(lines):,}"), text]


def _listed(provenance: Mapping[str, Any], key: str) -> list[Any]:
    # A person may have written the file by hand: one sentence is as good as a list.
    known = provenance.get(key, [])
    return list(known) if isinstance(known, list | tuple) else [known]


def _evaluation(atlas: Atlas) -> list[Component]:
    if not atlas.evaluation:
        return []
    return [
        html.H3("Evaluation on pairs the fit has not seen"),
        pairs(dict(headlines(atlas))),
        html.Button(
            "All figures",
            type="button",
            className="more",
            **{"data-action": "evaluation"},  # type: ignore[arg-type]
        ),
    ]
