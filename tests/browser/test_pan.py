"""Panning by hand: the picture moves as a sheet, and what comes into sight is added."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.browser.pages import settled

COUNT = """(panel) => {
    const names = { "boxes-panel": "paintBoxes", "projection-panel": "paintPoints" };
    const name = names[panel] || "paintMatrix";
    const paint = task2box[name];
    window.painted = 0;
    task2box[name] = (...given) => {
        window.painted++;
        paint(...given);
    };
}"""


def hold(page, panel, across, down, steps=40):
    """Drag a picture so far and keep holding it."""
    frame = page.locator(f"#{panel}").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 6, y)  # further than a click may move
    for step in range(1, steps + 1):
        page.mouse.move(x + 6 + across * step / steps, y + down * step / steps)
    settled(page)


def seen(page, panel):
    """Pixels of a picture, without the buttons on it."""
    page.add_style_tag(
        content=".tools, .zoom, .replay, .members-note { visibility: hidden }"
    )
    png = page.locator(f"#{panel}").screenshot()
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


@pytest.mark.parametrize("panel", ["boxes-panel", "projection-panel"])
def test_a_picture_that_is_held_is_the_one_that_is_painted_there(open_page, panel):
    page = open_page("?collection=imagenet&focus=n00021939&off=labels")
    hold(page, panel, 350, -260)
    held = seen(page, panel)
    which = "boxes" if panel == "boxes-panel" else "points"
    page.evaluate(f"task2box.explorer.pictures.{which}.draw()")
    anew = seen(page, panel)
    apart = np.abs(held - anew).max(axis=2) > 40
    assert anew.std() > 10  # something is there
    assert apart.mean() < 0.002  # discs that the edge of the sheet had cut


def test_what_is_in_sight_is_not_painted_again_for_a_frame(page):
    page.evaluate(COUNT, "boxes-panel")
    hold(page, "boxes-panel", 180, 60)
    assert page.evaluate("window.painted") == 1
    assert page.evaluate("task2box.frames.length") > 20
    page.mouse.up()
    settled(page)
    assert page.evaluate("window.painted") == 2  # names, where they are read best
    still = page.evaluate(
        """(canvas => [canvas.getAnimations().length, canvas.style.left, canvas.width])
        (document.querySelector('#boxes-panel canvas.base'))"""
    )
    width = page.evaluate("document.getElementById('boxes-panel').clientWidth")
    assert still == [0, "", width]


def test_marks_move_with_what_they_mark(open_page):
    page = open_page("?collection=imagenet&task=n02084071&off=labels")
    hold(page, "boxes-panel", 120, 80)
    held = seen(page, "boxes-panel")
    page.evaluate("task2box.explorer.pictures.boxes.draw()")
    assert (np.abs(held - seen(page, "boxes-panel")).max(axis=2) > 40).mean() < 0.002


def test_names_of_a_matrix_stay_beside_it_while_it_is_panned(open_page):
    page = open_page("?collection=cub&beside=matrix")
    page.locator("#matrix-panel:not([aria-busy])").wait_for()
    page.evaluate(COUNT, "matrix-panel")
    hold(page, "matrix-panel", 120, 80, steps=12)
    assert page.evaluate("window.painted") > 4
