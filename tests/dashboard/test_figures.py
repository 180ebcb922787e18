import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import plotly.io as pio
import pytest

from core.errors import DataError
from dashboard import figures
from dashboard.colors import colors
from dashboard.figures import boxes_figure, points_figure
from dashboard.traces import WALK

HOSTILE = "<b>bold</b> & <a href='https://example.org'>here</a>"
NAMES = ("animal", "bird", "fish", "pet", "eagle", "parrot", "goldfish")


def sent(figure):
    """The figure as a browser reads it."""
    return json.loads(figure.to_json())


def rectangles(figure):
    return {one.name: one for one in figure.data if one.fill == "toself"}


def test_every_box_is_a_rectangle_in_nested_order(atlas, boxes):
    found = rectangles(boxes_figure(atlas))
    assert set(found) == set(NAMES)
    area = dict(zip(NAMES, boxes.volume, strict=True))
    assert [area[name] for name in found] == sorted(area.values(), reverse=True)
    for row, name in enumerate(NAMES):
        (x0, y0), (x1, y1) = boxes.lower[row], boxes.upper[row]
        assert found[name].x.tolist() == [x0, x1, x1, x0, x0]
        assert found[name].y.tolist() == [y0, y0, y1, y1, y0]


def test_colours_are_those_of_the_page(atlas):
    for color in ("branch", "depth", "members"):
        found = rectangles(boxes_figure(atlas, color=color, theme="dark"))
        for name, hue in zip(NAMES, colors(atlas, color, "dark", -1, 2), strict=True):
            rgb = ",".join(str(int(hue[at : at + 2], 16)) for at in (1, 3, 5))
            assert found[name].line.color == f"rgba({rgb},0.9)"


def test_what_the_cursor_is_told(atlas):
    found = rectangles(boxes_figure(atlas))
    assert found["parrot"].text == "<b>Parrot</b><br>1 animal<br>in Bird<br>in Animal"
    assert found["animal"].text == "<b>Animal</b><br>4 animals"
    assert {one.hoveron for one in found.values()} == {"fills"}


def test_a_focus_shows_its_inside(atlas):
    figure = boxes_figure(atlas, "pet")
    assert list(rectangles(figure)) == ["pet", "parrot", "goldfish"]
    assert figure.layout.title.text == "Animals ▸ Pet"


def test_those_with_most_members_are_drawn_and_the_others_outlined(atlas, monkeypatch):
    monkeypatch.setattr(figures, "BOXES", 3)
    figure = boxes_figure(atlas)
    assert list(rectangles(figure)) == ["animal", "bird", "fish"]
    (rest,) = (one for one in figure.data if one.mode == "lines" and one.fill is None)
    assert len(rest.x) == 4 * 6  # five corners and a gap each
    assert np.isnan(rest.x[5::6]).all()
    assert rest.hoverinfo == "skip"


def test_names_are_data(atlas):
    tasks = atlas.tasks.assign(label=HOSTILE)
    for figure in (
        boxes_figure(replace(atlas, tasks=tasks), "bird"),
        boxes_figure(replace(atlas, tasks=tasks), "bird", dim=3),
        points_figure(replace(atlas, tasks=tasks), "bird"),
    ):
        text = json.dumps(sent(figure))
        assert "<a href" not in text
        assert "&lt;b&gt;bold" in text


def test_cuboids_are_edges(atlas):
    figure = boxes_figure(atlas, dim=3)
    edges, names = figure.data
    assert len(edges.x) == 7 * len(WALK) == len(edges.line.color)
    boxes = atlas.boxes[3]
    for axis, found in enumerate((edges.x, edges.y, edges.z)):
        assert np.nanmin(found) == boxes.lower[:, axis].min()
        assert np.nanmax(found) == boxes.upper[:, axis].max()
    assert len(names.text) == 7
    # A walk along the first box meets each of its eight corners, and twelve edges.
    steps = np.stack([edges.x, edges.y, edges.z], 1)[: len(WALK)]
    assert len({tuple(one) for one in steps if not np.isnan(one).any()}) == 8
    pairs = pairwise(WALK)
    assert len({frozenset(pair) for pair in pairs if -1 not in pair}) == 12


def test_points_lie_where_the_map_has_them(atlas, projection):
    (trace,) = points_figure(atlas).data
    members = atlas.tasks["members"].to_numpy()
    order = np.argsort(-members, kind="stable")
    np.testing.assert_array_equal(trace.x, projection.points[order, 0])
    np.testing.assert_array_equal(trace.y, projection.points[order, 1])
    assert trace.marker.symbol[0] == "circle-open"
    assert trace.marker.symbol[-1] == "circle"
    assert trace.type == "scatter"


def test_many_points_are_drawn_by_webgl(atlas, monkeypatch):
    monkeypatch.setattr(figures, "POINTS", 6)
    assert points_figure(atlas).data[0].type == "scattergl"
    assert points_figure(atlas, "bird").data[0].type == "scatter"


@pytest.mark.parametrize(
    ("figure", "asked", "said"),
    [
        (boxes_figure, {"focus": "cat"}, "no task 'cat'"),
        (boxes_figure, {"color": "red"}, "no colouring 'red'; it has: branch"),
        (boxes_figure, {"dim": 4}, "no boxes in 4D"),
        (points_figure, {"focus": "cat"}, "no task 'cat'"),
        (points_figure, {"method": "tsne"}, "no map 'tsne'; it has: pca"),
    ],
)
def test_what_there_is_not_is_said(atlas, figure, asked, said):
    with pytest.raises(DataError, match=said):
        figure(atlas, **asked)


def test_without_a_map_there_are_no_points(atlas):
    with pytest.raises(DataError, match="no map ''; it has: none"):
        points_figure(replace(atlas, projections={}))


def test_no_way_of_showing_it_has_the_button_that_uploads(atlas, tmp_path, monkeypatch):
    monkeypatch.setattr(pio.renderers, "default", "plotly_mimetype")
    figure = boxes_figure(atlas)
    figure.write_html(tmp_path / "boxes.html", include_plotlyjs=False)
    pages = [
        (tmp_path / "boxes.html").read_text(encoding="utf-8"),
        figure.to_html(include_plotlyjs=False),
    ]
    for page in pages:
        assert '"showSendToCloud": false' in page
        assert "plotlyServerURL" not in page
    bundle = figure._repr_mimebundle_()
    (cell,) = (one for key, one in bundle.items() if "plotly" in key)
    assert cell["config"]["showSendToCloud"] is False
    other = figure.to_html(include_plotlyjs=False, config={"showSendToCloud": True})
    assert '"showSendToCloud": true' in other  # who asks for it gets it
