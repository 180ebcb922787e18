"""The component tree of the page, from the atlases it can show."""

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import axes
from dashboard.grid import grid

TITLE = 80  # letters of a title that a list shows
HINT = (
    "Arrow keys move from box to box, Enter looks inside, Backspace goes up, question "
    "mark lists all keys. The table lists the same tasks as text."
)
GRAPHS = ("boxes", "projection")
OWN = "Place your own tasks, keep collections, learn boxes, see discovered tasks"
FEATURES = "By what tasks are compared"


def page(
    titles: Mapping[str, str], faults: tuple[str, ...], limit: int = 0
) -> Component:
    """The whole page; what it shows comes from the view in the address bar.

    Args:
        titles: Of the collections, by name.
        faults: What could not be read.
        limit: Bytes of a file that a person may give, where they can keep what is
            their own; 0 where they cannot.
    """
    return html.Div(
        [
            html.A("Skip to the picture", href="#pictures", className="skip"),
            _header(titles, own=limit > 0),
            *(html.P(fault, className="notice", role="alert") for fault in faults),
            html.Div(id="notice", className="notice", hidden=True, role="status"),
            html.Nav(id="breadcrumb", **_dashed(aria_label="Where you are")),
            html.P(id="notes", hidden=True),
            html.Main([_pictures(), _words(), _table()]),
            *_dialogs(),
            *([_own(limit)] if limit else []),
            html.Div(id="tooltip", hidden=True, role="tooltip"),
            html.Div(id="toast", hidden=True, role="status"),
            html.Div(id="live", className="unseen", **_dashed(aria_live="polite")),
        ],
        id="page",
    )


def _header(titles: Mapping[str, str], *, own: bool) -> Component:
    # The browser fills in what a collection offers (assets/controls.js).
    return html.Header(
        [
            html.H1([html.Span(className="logo"), "Task2Box Atlas"]),
            _select("collection", "Collection", titles),
            _button("About", "about", "About this collection"),
            _button("Evaluation", "evaluation", "How well the boxes predict"),
            _search(),
            html.Div(id="dim", className="segments", role="group", title="Dimensions"),
            _labelled("axes", _select("axes", "Axes along which boxes are seen", {})),
            _labelled("beside", _select("beside", "Beside the boxes", {})),
            _labelled("features", _select("features", FEATURES, {})),
            _labelled("colour", _select("color", "Colour", {})),
            _layers(),
            html.Span(className="spring"),
            *([_button("Your own", "own", OWN)] if own else []),
            _button("Share", "share", "Copy a link to this view"),
            _exports(),
            _button("?", "help", "Keys and gestures"),
            _button("◐", "theme", "Switch between light and dark"),
        ]
    )


def offered(titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names of collections, and their titles as long as a list shows them."""
    return [
        (name, title if len(title) <= TITLE else f"{title[:TITLE]}…")
        for name, title in titles.items()
    ]


def _select(id: str, label: str, options: Mapping[str, str]) -> Component:
    choices = [html.Option(word, value=value) for value, word in offered(options)]
    return html.Select(choices, id=id, **_dashed(aria_label=label))


def _labelled(word: str, control: Component) -> Component:
    return html.Div([html.Span(word, className="muted"), control], className="labelled")


def _search() -> Component:
    return html.Div(
        html.Ul(id="search-results", hidden=True, role="listbox"), className="search"
    )


def _dialogs() -> list[Component]:
    """What the browser opens and fills."""
    return [
        html.Dialog(
            [_button("✕", f"close-{name}", "Close"), html.Div(id=name)],
            id=f"{name}-dialog",
            **_dashed(aria_labelledby=f"{name}-title"),
        )
        for name in ("about", "evaluation", "help", "lost")
    ]


def _own(limit: int) -> Component:
    """What is a person's own; the browser fills the tabs (assets/own.js)."""
    tabs = ("place", "collections", "train", "discovery")
    panels = [html.Div(id=f"own-{tab}", hidden=True, role="tabpanel") for tab in tabs]
    heading = html.H2("Your own tasks", id="own-title")
    strip = html.Div(id="own-tabs", role="tablist", **_dashed(aria_label="Your own"))
    return html.Dialog(
        [
            _button("✕", "close-own", "Close"),
            html.Div([heading, strip, *panels], id="own"),
        ],
        id="own-dialog",
        **_dashed(aria_labelledby="own-title", data_limit=str(limit)),
    )


def _layers() -> Component:
    """A menu that the browser fills (assets/layers.js)."""
    return html.Details(
        [html.Summary("Layers"), html.Div(id="layers")], className="menu"
    )


def _exports() -> Component:
    seen = {
        "picture": "Picture…",
        "png": "PNG image",
        "svg": "SVG drawing",
        "html": "HTML file, works offline",
    }
    data = {"csv": "CSV", "json": "JSON", "parquet": "Parquet"}
    return html.Details(
        [
            html.Summary("Export"),
            html.Div(
                [
                    *(
                        _button(word, f"export-{kind}", "")
                        for kind, word in seen.items()
                    ),
                    html.Span(id="export-count"),
                    *(
                        _button(word, f"export-{kind}", "")
                        for kind, word in data.items()
                    ),
                ]
            ),
        ],
        id="exports",
        className="menu",
    )


def _dashed(**words: str) -> Any:
    """Attributes with a hyphen, such as `aria-label`, which Python cannot spell."""
    return {key.replace("_", "-"): word for key, word in words.items()}


def _button(word: str, action: str, title: str) -> Component:
    # A symbol is no name: what a screen reader says is the title then.
    named = {} if any(map(str.isalpha, word)) else {"aria_label": title}
    return html.Button(
        word, type="button", title=title or None, **_dashed(data_action=action, **named)
    )


def _pictures() -> Component:
    zoom = html.Div(
        [
            _button("+", "zoom-in", "Zoom in"),
            _button("-", "zoom-out", "Zoom out"),
            _button("⤢", "zoom-fit", "Show all of it"),
            _button("↑", "up", "Up to the parent (Backspace)"),
        ],
        className="zoom",
    )
    lost = _button("What is lost?", "lost", "What points keep of tasks, beside boxes")
    legend = html.Div(
        id="legend", className="legend", role="group", **_dashed(aria_label="Colours")
    )
    return html.Section(
        [
            legend,
            _picture("boxes-panel", "boxes", "Boxes", [zoom]),
            html.Div(
                [
                    html.Div(id="cuboids", className="graph"),
                    html.Div(id="cuboids-legend", hidden=True),
                ],
                id="cuboids-panel",
                className="panel",
                hidden=True,
                **_application("Boxes in three dimensions"),
            ),
            _picture("projection-panel", "projection", "Points", [lost]),
            html.P(HINT, id="hint", className="unseen"),
            axes.waiting(GRAPHS),
        ],
        id="pictures",
    )


def _picture(id: str, graph: str, label: str, more: list[Component]) -> Component:
    return html.Div(
        [
            html.Canvas(className="base"),
            html.Canvas(className="marks"),
            axes.place(graph),
            *more,
        ],
        id=id,
        className="panel",
        **_application(label),
    )


def _application(label: str) -> Any:
    """A picture that answers to keys; what it shows is in the table as text."""
    words = _dashed(aria_label=label, aria_describedby="hint contained-title")
    return {"tabIndex": 0, "role": "application", **words}


def _words() -> Component:
    """What is known of the chosen task; the browser fills in the sections around it."""
    before, after = (
        [html.Section(id=id, hidden=True) for id in names]
        for names in (
            ("placed", "errors", "compared"),
            ("members", "inspector", "disagreement", "neighbourhoods", "nearest"),
        )
    )
    return html.Aside(
        [*before, html.Div(id="details"), *after],
        **_dashed(aria_label="Details"),
    )


def _table() -> Component:
    """The tasks of the picture as text."""
    return html.Section(
        [
            html.Div([html.H2(id="contained-title"), _clear()], className="heading"),
            grid(),
        ],
        id="contained-section",
    )


def _clear() -> Component:
    """Shown while tasks are selected (assets/tools.js)."""
    return html.Button(
        "Clear",
        type="button",
        hidden=True,
        title="Clear the selection (Esc)",
        **_dashed(data_action="clear-selection"),
    )
