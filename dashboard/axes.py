"""Axes of Plotly, which follow what hands do; a canvas below draws the tasks."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

# plotly 7 shows a button that uploads the figure to a public server unless told not to.
CONFIG: Any = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "scrollZoom": True,
    "doubleClick": False,
}


def axes_figure() -> go.Figure:
    """Transparent axes, which the browser moves along with what its canvas shows."""
    bare = {
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "ticks": "",
        "range": [0, 1],
        "fixedrange": False,
    }
    return go.Figure(
        go.Scatter(
            x=[0, 1], y=[0, 1], mode="markers", marker_opacity=0, hoverinfo="skip"
        ),
        {
            "xaxis": bare,
            "yaxis": bare,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "dragmode": "pan",
            "hovermode": False,
            "showlegend": False,
            "uirevision": "one",
        },
    )


def axes(id: str) -> Component:
    """The figure as a part of the page."""
    return dcc.Graph(id=id, figure=axes_figure(), config=CONFIG, className="graph")


def place(id: str) -> Component:
    """Where the axes of that id come."""
    return html.Div(id=f"{id}-axes")


def waiting(ids: Sequence[str]) -> Component:
    """Axes that the browser has until their places are to be filled."""
    return dcc.Store(id="waiting-axes", data=[axes(id) for id in ids])


def follow(app: Dash, ids: Sequence[str]) -> None:
    """Have axes come after the first picture, which does not wait for Plotly then."""
    app.clientside_callback(
        ClientsideFunction("task2box", "axes"),
        [Output(f"{id}-axes", "children") for id in ids],
        Input("waiting-axes", "data"),
    )
