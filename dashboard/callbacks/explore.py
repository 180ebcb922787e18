"""From the address bar to a view, and from a view to what is said about it."""

from collections.abc import Mapping
from dataclasses import asdict

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component

from core.atlas import Atlas
from dashboard import details, ids, layout
from dashboard.view import View, view_from_data, view_from_query


def register(app: Dash, atlases: Mapping[str, Atlas]) -> None:
    """Give `app` the callbacks of browsing, answered from `atlases`."""

    @app.callback(
        Output(ids.VIEW, "data"),
        Output(ids.NOTICE, "children", allow_duplicate=True),
        Input(ids.URL, "search"),
        prevent_initial_call="initial_duplicate",
    )
    def restore(search: str | None) -> tuple[dict[str, object], list[Component]]:
        view, faults = view_from_query(search or "", atlases)
        return asdict(view), layout.notice(faults)

    @app.callback(
        Output(ids.DETAILS, "children"),
        Output(ids.CONTAINED, "rowData"),
        Output(ids.CONTAINED_TITLE, "children"),
        Input(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    def describe(
        data: object,
    ) -> tuple[list[Component], list[dict[str, object]], str]:
        view = view_from_data(data, atlases)
        return described(atlases[view.collection], view)

    app.clientside_callback(
        ClientsideFunction("task2box", "show"),
        Output(ids.URL, "hash"),
        Input(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("task2box", "choose"),
        Output(ids.URL, "hash", allow_duplicate=True),
        Input(ids.COLLECTION, "value"),
        Input(ids.DIM, "value"),
        Input(ids.POINTS, "value"),
        Input(ids.COLOR, "value"),
        State(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("task2box", "pick"),
        Output(ids.URL, "hash", allow_duplicate=True),
        Input(ids.CONTAINED, "cellClicked"),
        prevent_initial_call=True,
    )


def described(
    atlas: Atlas, view: View
) -> tuple[list[Component], list[dict[str, object]], str]:
    """Details, table rows and table title of the task that a view chooses."""
    chosen = view.task or view.focus
    if not chosen:
        title = f"All {len(atlas.tasks):,} tasks of {atlas.provenance['title']}"
        return details.about(atlas), details.task_rows(atlas), title
    row = atlas.row_of[chosen]
    rows = details.contained_rows(atlas, row, view.dim)
    title = f"Contained in “{atlas.tasks['label'].iloc[row]}”: {len(rows):,} tasks"
    return details.task_details(atlas, row, view.dim), rows, title
