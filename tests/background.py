"""A Dash app with a callback in the background, done by the workers of our Celery."""

import time

from dash import CeleryManager, Dash, Input, Output, html

from dashboard.worker import app as celery_app

page = Dash("background", background_callback_manager=CeleryManager(celery_app))
page.layout = html.Div([html.Button(id="button"), html.Output(id="answer")])


@page.callback(
    Output("answer", "children"),
    Input("button", "n_clicks"),
    background=True,
    prevent_initial_call=True,
)
def square(clicks):
    time.sleep(0.2)
    return clicks**2
