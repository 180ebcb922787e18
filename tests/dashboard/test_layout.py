import json

import dash_ag_grid as dag
import pytest
from dash import dcc, html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from dashboard import layout

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page():
    return layout.page({"animals": "Animals"}, ())


def every(page, kind):
    return [part for part in page._traverse() if isinstance(part, kind)]


def waiting(page):
    return by_id(page, "waiting-axes").data


def by_id(page, id):
    (one,) = [
        part
        for part in page._traverse()
        if isinstance(part, Component) and getattr(part, "id", None) == id
    ]
    return one


def props(part):
    return part.to_plotly_json()["props"]


def test_every_id_is_there_once(page):
    found = [
        part.id
        for part in page._traverse()
        if isinstance(part, Component) and hasattr(part, "id")
    ]
    found += [graph.id for graph in waiting(page)]
    assert len(found) == len(set(found))
    assert {"boxes", "projection", "contained", "details", "about"} <= {*found}


def test_plotly_sends_nothing_anywhere(page):
    graphs = waiting(page)
    assert {graph.id for graph in graphs} == {"boxes", "projection"}
    assert not every(page, dcc.Graph)  # before they are asked for
    for graph in graphs:
        assert graph.config["showSendToCloud"] is False
        assert graph.config["plotlyServerURL"] == ""
        assert graph.config["displayModeBar"] is False
        assert graph.config["displaylogo"] is False


def test_collections_are_offered_under_their_titles():
    page = layout.page({"animals": "Animals", "other": HOSTILE}, ())
    offered = by_id(page, "collection").children
    assert [(option.value, option.children) for option in offered] == [
        ("animals", "Animals"),
        ("other", HOSTILE),
    ]
    assert by_id(page, "color").children == []  # the browser knows what there is


def test_all_about_a_collection_is_in_a_dialog_with_a_name(page):
    dialog = by_id(page, "about-dialog")
    assert props(dialog)["aria-labelledby"] == "about-title"
    assert not getattr(dialog, "open", False)
    actions = [props(button)["data-action"] for button in every(page, html.Button)]
    assert {"about", "close-about"} <= {*actions}


def test_all_figures_are_in_a_dialog_with_a_name_one_press_away(page):
    dialog = by_id(page, "evaluation-dialog")
    assert props(dialog)["aria-labelledby"] == "evaluation-title"
    assert not getattr(dialog, "open", False)
    (header,) = every(page, html.Header)
    actions = [props(button)["data-action"] for button in every(header, html.Button)]
    assert "evaluation" in actions
    (close,) = every(dialog, html.Button)
    assert props(close)["data-action"] == "close-evaluation"


def test_the_table_shows_both_directions_beside_the_truth(page):
    grid = by_id(page, "contained")
    leaves = [
        leaf for column in grid.columnDefs for leaf in column.get("children", [column])
    ]
    assert [leaf["field"] for leaf in leaves] == [
        "task",
        "name",
        "rank",
        "members",
        "size",
        "depth",
        "f1",
        "inside",
        "true_inside",
        "around",
        "true_around",
    ]
    assert {leaf["valueFormatter"]["function"] for leaf in leaves[7:]} == {
        "share(params)"
    }


def test_pictures_and_data_are_exported_from_one_menu(page):
    menu = by_id(page, "exports")
    actions = [props(button)["data-action"] for button in every(menu, html.Button)]
    kinds = ("picture", "png", "svg", "html", "csv", "json", "parquet")
    assert actions == [f"export-{kind}" for kind in kinds]


def test_nothing_is_selected_at_first(page):
    buttons = [props(button) for button in every(page, html.Button)]
    (clear,) = [one for one in buttons if one["data-action"] == "clear-selection"]
    assert clear["hidden"]


def test_no_part_of_the_page_reads_text_as_markup(page):
    kinds = {type(part) for part in page._traverse() if isinstance(part, Component)}
    assert not kinds & {dcc.Markdown, html.Iframe, html.Script}
    (grid,) = every(page, dag.AgGrid)
    assert "markdown" not in json.dumps(grid.columnDefs)
    assert not getattr(grid, "dangerously_allow_code", False)
    for graph in waiting(page):
        assert not getattr(graph, "mathjax", False)


def test_faults_of_collections_are_said_on_the_page():
    page = layout.page({"animals": "Animals"}, (f"{HOSTILE} is damaged.", "So is b."))
    alerts = [p for p in every(page, html.P) if props(p).get("role") == "alert"]
    assert [p.children for p in alerts] == [f"{HOSTILE} is damaged.", "So is b."]


def test_a_page_without_faults_says_nothing(page):
    assert [p for p in every(page, html.P) if props(p).get("role") == "alert"] == []


def test_buttons_say_what_they_do(page):
    for button in every(page, html.Button):
        known = props(button)
        assert known["type"] == "button"
        assert known["data-action"]
        symbol = not any(letter.isalpha() for letter in known["children"])
        assert known.get("title") or not symbol


def test_the_page_is_json(page):
    text = json.dumps(page, cls=PlotlyJSONEncoder)
    assert json.loads(text)["props"]["id"] == "page"
