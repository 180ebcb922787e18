"""Axes that only move: Plotly pans and zooms, a canvas below draws the tasks."""

from typing import Any

import plotly.graph_objects as go
from dash import dcc
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
    """Transparent axes: Plotly pans and zooms, the canvas below draws the tasks."""
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
