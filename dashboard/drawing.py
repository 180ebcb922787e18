"""Drawing: a Plotly figure in the looks of the page, which sends nothing anywhere."""

from collections.abc import Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from core.atlas import Atlas
from dashboard.colors import Theme

# plotly 7 shows a button that uploads the figure to a public server unless told not to.
CONFIG = {"displaylogo": False, "showSendToCloud": False, "scrollZoom": True}
LOOKS = {  # as assets/style.css has them
    "light": {"panel": "#ffffff", "ink": "#1b1f27", "ghost": "#a9b1bc"},
    "dark": {"panel": "#1b1f26", "ink": "#e8ebf0", "ghost": "#5a6472"},
}


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


def drawing(
    atlas: Atlas, focus: int, traces: Sequence[Any], theme: Theme, **layout: Any
) -> Drawing:
    """Traces under the title of the collection and of the focus, -1 for none."""
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
