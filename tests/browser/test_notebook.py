"""Figures and the page as a notebook shows them, without a notebook."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import plotly.graph_objects as go
import pytest

from app import show
from core import cache
from core.errors import DataError
from dashboard.colors import colors
from dashboard.drawing import LOOKS
from dashboard.figures import boxes_figure, figure_colors, points_figure
from tests.browser.pages import ready, wait_for

SHARE = ".modebar-btn[data-title*=Share]"
STATE = "task2box.explorer.state"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return cache.Store(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "focus"),
    [("imagenet", ""), ("imagenet", "n02084071"), ("cub", ""), ("huggingface", "")],
)
def test_colours_are_those_of_the_page(open_page, store, name, focus, theme):
    page = open_page(f"?collection={name}&focus={focus}&theme={theme}")
    atlas = cache.load_atlas(store, name)
    for color in figure_colors(atlas):
        page.select_option("#color", color)
        wait_for(lambda: not page.evaluate(f"Boolean({STATE}.legend.waiting)"))
        seen = page.evaluate(f"{STATE}.colors")
        row = atlas.row_of[focus] if focus else -1
        found = colors(atlas, color, theme, row, 2)
        # The last digit of a sum may differ; the colour may not.
        assert distance(found, seen) <= 2, color
    look = page.evaluate(f"{STATE}.look")
    assert LOOKS[theme].items() <= look.items()


def distance(some, others):
    """The largest difference of a byte of two lists of colours."""
    bytes_of = [
        [int(color[at : at + 2], 16) for color in one for at in (1, 3, 5)]
        for one in (some, others)
    ]
    return max(abs(a - b) for a, b in zip(*bytes_of, strict=True))


@pytest.mark.parametrize("kind", ["boxes", "cuboids", "points"])
def test_a_figure_is_a_file_that_asks_nobody(context, store, tmp_path, kind):
    atlas = cache.load_atlas(store, "cub")
    figure = {
        "boxes": partial(boxes_figure, atlas),
        "cuboids": partial(boxes_figure, atlas, dim=3),
        "points": partial(points_figure, atlas, method="umap"),
    }[kind]()
    figure.write_html(tmp_path / "figure.html")
    page = written(context, tmp_path)
    graph = "document.querySelector('.js-plotly-plot')"
    assert page.evaluate(f"{graph}.data.length") == len(figure.data)
    assert page.locator(SHARE).count() == 0
    go.Figure(figure).write_html(tmp_path / "figure.html")  # what Plotly does by itself
    assert written(context, tmp_path).locator(SHARE).count() == 1


def written(context, folder):
    """The page of a figure, drawn."""
    page = context.new_page()
    page.goto((folder / "figure.html").as_uri())
    page.locator(".modebar-btn").first.wait_for(state="attached")
    return page


def test_a_box_says_what_it_is(context, store, tmp_path):
    boxes_figure(cache.load_atlas(store, "cub")).write_html(tmp_path / "figure.html")
    page = written(context, tmp_path)
    frame = page.locator(".js-plotly-plot .nsewdrag").bounding_box()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    page.locator(".hoverlayer text").first.wait_for()
    assert "Aves" in page.locator(".hoverlayer").text_content()


# The page in a cell


def test_the_page_is_shown_inside_a_page_of_this_machine(context, store, tmp_path):
    frame = show("cub", height=700, data=store.data)
    assert show("imagenet", data=store.data).address.split("?")[0] in frame.address
    (tmp_path / "index.html").write_text(f"<!doctype html>{frame._repr_html_()}")
    handler = partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as notebook:
        Thread(target=notebook.serve_forever, daemon=True).start()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{notebook.server_port}/index.html")
        (inner,) = wait_for(lambda: page.frames[1:])
        wait_for(lambda: "127.0.0.1" in inner.url)
        wait_for(lambda: inner.evaluate("Boolean(window.task2box?.ready)"))
        assert inner.evaluate(f"{STATE}.view.collection") == "cub"
        notebook.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()


def test_a_collection_that_there_is_not_is_said(store):
    with pytest.raises(DataError, match="no collection 'plants'; there are: imagenet"):
        show("plants", data=store.data)


def test_elsewhere_the_page_is_shown_in_no_other(context, server, tmp_path):
    page = context.new_page()
    answer = page.goto(server)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    ready(page)
