"""Every file that the page writes: opened, decoded, and used without a server."""

import io
import xml.etree.ElementTree as ElementTree

import numpy as np
from PIL import Image

from tests.browser.pages import exported, opened, settled, wait_for

INSTRUMENT, GUITAR = "n03800933", "n03467517"
SVG = "{http://www.w3.org/2000/svg}"


def pixels(path):
    return np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB"))


def test_png_shows_both_pictures(open_page, tmp_path):
    page = open_page(f"?focus={INSTRUMENT}")
    path = exported(page, "png", tmp_path)
    assert path.name == "imagenet-2d-musical-instrument.png"
    picture = pixels(path)
    boxes = page.locator("#boxes-panel").bounding_box()
    points = page.locator("#projection-panel").bounding_box()
    assert picture.shape[1] > 2 * (boxes["width"] + points["width"])
    left, right = np.split(picture, [int(2 * boxes["width"])], axis=1)
    for part, least in ((left, 50), (right, 8)):
        assert len(np.unique(part.reshape(-1, 3), axis=0)) > least
        assert (part != part[60, 60]).any(axis=2).mean() > 0.002


def test_png_of_three_dimensions(open_page, tmp_path):
    page = open_page(f"?dim=3&focus={INSTRUMENT}")
    page.wait_for_timeout(1500)
    path = exported(page, "png", tmp_path)
    assert path.name == "imagenet-3d-musical-instrument.png"
    width = page.locator("#cuboids-panel").bounding_box()["width"]
    left = pixels(path)[:, : int(2 * width)]
    assert len(np.unique(left.reshape(-1, 3), axis=0)) > 200


def test_svg_holds_the_boxes_as_rectangles_and_their_names_as_text(open_page, tmp_path):
    page = open_page(f"?focus={INSTRUMENT}")
    root = ElementTree.parse(exported(page, "svg", tmp_path)).getroot()
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"musical instrument", "violin", "banjo"} <= set(texts)
    assert len(list(root.iter(f"{SVG}rect"))) > 60
    assert len(list(root.iter(f"{SVG}circle"))) > 38
    assert not list(root.iter(f"{SVG}image"))


def test_html_works_without_a_server(open_page, context, tmp_path):
    page = open_page(f"?focus={INSTRUMENT}")
    path = exported(page, "html", tmp_path)
    assert path.stat().st_size < 6 * 2**20
    context.set_offline(True)
    alone = opened(context, path)
    state = "task2box.explorer.state"
    assert alone.evaluate(f"{state}.view.focus") == INSTRUMENT
    # Hover names the stack, a double click looks inside, the wheel zooms.
    x, y = alone.evaluate("(task) => task2box.pixelOf(task)", GUITAR)
    alone.mouse.move(x, y)
    assert "guitar" in alone.inner_text("#tooltip")
    alone.mouse.dblclick(x, y)
    settled(alone)
    assert alone.evaluate(f"{state}.view.focus") == GUITAR
    assert alone.locator("#breadcrumb .crumb").last.inner_text() == "guitar"
    before = alone.evaluate("task2box.explorer.pictures.boxes.range")
    alone.mouse.wheel(0, -300)
    wait_for(lambda: alone.evaluate(f"{state}.view.viewport"))
    after = alone.evaluate("task2box.explorer.pictures.boxes.range")
    assert after[1] - after[0] < before[1] - before[0]
    alone.locator("#boxes-panel").focus()
    alone.keyboard.press("Backspace")
    assert alone.evaluate(f"{state}.view.focus") != GUITAR
    # Search and export work as well.
    alone.keyboard.press("/")
    alone.keyboard.type("violin")
    alone.keyboard.press("Enter")
    settled(alone)
    with alone.expect_download() as download:
        alone.click("[data-action=export-svg]")
    assert download.value.suggested_filename.endswith(".svg")


def test_html_of_three_dimensions_opens_in_three_dimensions(
    open_page, context, tmp_path
):
    page = open_page(f"?dim=3&focus={INSTRUMENT}")
    path = exported(page, "html", tmp_path)
    context.set_offline(True)
    alone = opened(context, path)
    drawn = "document.querySelector('#cuboids').data"
    wait_for(lambda: alone.evaluate(f"Boolean({drawn} && {drawn}.length)"))
    assert alone.locator("#cuboids-panel").is_visible()


def test_share_copies_a_link(open_page, context, server):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server)
    page = open_page(f"?focus={INSTRUMENT}")
    page.click("[data-action=share]")
    page.locator("#toast", has_text="Link copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
