"""The table of the page: what its columns are called and how the browser draws them."""

from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

SUBTREE = "F1 on held-out pairs within the task"


def grid() -> Component:
    """A table whose rows, and which of its columns are seen, the browser gives."""
    number = {
        "filter": "agNumberColumnFilter",
        "type": "numericColumn",
        "valueFormatter": {"function": "count(params)"},
    }
    figure = {**_bar("figure"), "width": 90}
    columns = [
        {"field": "task", "headerName": "Task", "flex": 2, "minWidth": 150},
        {"field": "name", "headerName": "Id", "flex": 1, "minWidth": 110},
        {"field": "rank", "headerName": "Rank", "width": 110},
        {"field": "members", "headerName": "Members", "width": 115, **number},
        {"field": "size", "headerName": "Size", "width": 115, **number},
        {"field": "depth", "headerName": "Depth", "width": 95, **number},
        {"field": "f1", "headerName": "F1", "headerTooltip": SUBTREE, **figure},
        _shares("Share of it inside the chosen task", "inside"),
        _shares("Share of the chosen task inside it", "around"),
    ]
    return dag.AgGrid(
        id="contained",
        columnDefs=columns,
        # Nothing is inferred of rows: columns would wait for them to be drawn.
        defaultColDef={
            "sortable": True,
            "filter": True,
            "resizable": True,
            "cellDataType": False,
        },
        # Rows out of sight cost as much as others, and a click waits for them.
        dashGridOptions={"animateRows": False, "rowBuffer": 2},
        className="ag-theme-quartz",
    )


def _bar(text: str) -> dict[str, Any]:
    """A column of numbers up to 1, each with a bar (assets/grid.js)."""
    return {
        "filter": "agNumberColumnFilter",
        "valueFormatter": {"function": f"{text}(params)"},
        "cellStyle": {"function": "bar(params)"},
        "cellClass": "barred",
    }


def _shares(header: str, field: str) -> dict[str, object]:
    """Two columns of one direction: what the boxes say beside what is true."""
    bar = {**_bar("share"), "width": 112}
    children = [
        {"field": field, "headerName": "learned", **bar},
        {"field": f"true_{field}", "headerName": "truth", **bar},
    ]
    return {"headerName": header, "children": children}
