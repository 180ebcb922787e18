"""What is said about the task that a view chooses: details and contained tasks."""

from collections.abc import Mapping

from dash import ClientsideFunction, Dash, Input, Output
from dash.development.base_component import Component

from core.atlas import Atlas
from dashboard import details, ids
from dashboard.view import view_from_data


def register(app: Dash, atlases: Mapping[str, Atlas]) -> None:
    """Give `app` the callbacks of browsing, answered from `atlases`."""

    @app.callback(
        Output(ids.DETAILS, "children"),
        Input(ids.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    def describe(data: object) -> list[Component]:
        view = view_from_data(data, atlases)
        atlas, task = atlases[view.collection], view.task or view.focus
        if not task:
            return details.about(atlas)
        return details.task_details(atlas, atlas.row_of[task], view.dim)

    # Apart from the details, which would wait for the table to be laid out.
    @app.callback(
        Output(ids.CONTAINED, "rowData"),
        Output(ids.CONTAINED_TITLE, "children"),
        Input(ids.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    def tabulate(data: object) -> tuple[list[dict[str, object]], str]:
        view = view_from_data(data, atlases)
        atlas, task = atlases[view.collection], view.task or view.focus
        if not task:
            title = f"All {len(atlas.tasks):,} tasks of {atlas.provenance['title']}"
            return details.task_rows(atlas), title
        row = atlas.row_of[task]
        rows = details.contained_rows(atlas, row, view.dim)
        label = atlas.tasks["label"].iloc[row]
        return rows, f"Contained in “{label}”: {len(rows):,} tasks"

    app.clientside_callback(
        ClientsideFunction("task2box", "pick"),
        Input(ids.CONTAINED, "cellClicked"),
        prevent_initial_call=True,
    )
