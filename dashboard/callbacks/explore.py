"""What is said about the task that a view chooses, and about a collection."""

from collections.abc import Mapping

from dash import Dash, Input, Output
from dash.development.base_component import Component

from core.atlas import Atlas
from dashboard import details, ids
from dashboard.about import about, summary
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
            return summary(atlas)
        return details.task_details(atlas, atlas.row_of[task], view.dim)

    @app.callback(
        Output(ids.ABOUT, "children"),
        Input(ids.ASKED, "data"),
        prevent_initial_call=True,
    )
    def tell_all(data: object) -> list[Component]:
        return about(atlases[view_from_data(data, atlases).collection])
