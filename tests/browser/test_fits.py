"""Another fit beside the boxes: linked, with its own zoom, held against the truth."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest

from core import cache
from tests.browser import shapes
from tests.browser.pages import exported, opened, served, settled, wait_for
from tests.browser.test_accessibility import findings

SVG = "{http://www.w3.org/2000/svg}"
PANEL = "task2box.explorer.pictures.others.find(({ kind }) => kind === 'fit')"
BESIDE = "?collection=tree&beside=fit.2d.other"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A tree, and a fit of it in which the eagle has left the birds for the fish, and
    the eel lies in the shark."""
    store = cache.Store(tmp_path_factory.mktemp("fits"))
    shapes.save_tree(store)
    shapes.save_soft(store)
    for name, at in (("tree", 3), ("soft", 0)):
        flat = cache.load_boxes(store, name, 2)
        lower, upper = flat.lower.copy(), flat.upper.copy()
        move = np.array([2.2, 0.1], np.float32)  # of the eagle, 0.98 wide, to 2.22
        lower[at] += move
        upper[at] += move - np.array([0.3, 0.2], np.float32)
        lower[6], upper[6] = lower[5] + 0.1, upper[5] - 0.1
        other = replace(flat, lower=10 * lower, upper=10 * upper)
        cache.save_boxes(store, name, other, {}, "other")
    cache.save_boxes(store, "tree", cache.load_boxes(store, "tree", 3), {}, "deep")
    path = cache.save_boxes(store, "tree", flat_of(store), {}, "torn")
    path.write_bytes(b"\0" * 60 + path.read_bytes()[60:])
    with served(store.data) as address:
        yield address


def flat_of(store):
    return cache.load_boxes(store, "tree", 2)


def drawn(page):
    """Wait until the fit is there."""
    wait_for(lambda: page.evaluate(f"Boolean({PANEL}.twin())"))
    wait_for(lambda: not page.evaluate(f"{PANEL}.panel.flying"))
    settled(page)
    return page


def view(page):
    return page.evaluate("task2box.explorer.state.view")


def note(page):
    return page.inner_text(".fit-note")


def spot(page, name):
    """A pixel of the page in the upper left corner of a box of the fit."""
    return page.evaluate(
        f"""(name) => {{
            const {{ panel, twin }} = {PANEL};
            const [left, , , top] = twin().frame(twin().row(name));
            const frame = panel.root.getBoundingClientRect();
            const [x, y] = panel.toPixel(left, top);
            return [frame.left + x + 3, frame.top + y + 3];
        }}""",
        name,
    )


def test_it_is_offered_by_its_name_and_dimension(visit):
    page = visit("?collection=tree")
    offered = page.locator("#beside option").all_inner_texts()
    assert offered == [
        "Tree",
        "Intervals",
        "Matrix",
        "other, 2D",
        "torn, 2D",
        "deep, 3D",
    ]
    page.select_option("#beside", "fit.2d.other")
    drawn(page)
    assert page.locator("#fit-panel").is_visible()
    assert page.locator("#intervals-panel").is_hidden()
    name = page.get_attribute("#fit-panel", "aria-label")
    assert name == "Boxes of the fit other, 2D"


def test_both_are_held_against_what_is_true(visit):
    page = drawn(visit(BESIDE))
    # Of six tasks with a parent the eagle is not in its own; it lies in the shark as
    # the eel does, but is no sibling of it.
    assert note(page) == (
        "Tasks in their parents, as drawn: 83 % here, 100 % in the 2D boxes; siblings "
        "in one another: 1 here, 0 there."
    )


def test_what_the_two_disagree_on_is_listed_and_leads_there(visit):
    page = drawn(visit(BESIDE))
    said = page.locator("#disagreement")
    said.locator("h3", has_text="Boxes against “other”").wait_for()
    assert "the two disagree on 1 of 6 pairs" in said.inner_text()
    (pair,) = said.locator(".pair").all()
    assert pair.inner_text().split("\n") == ["Eagle in Birds", "here 100 %, other 0 %"]
    pair.click()
    wait_for(lambda: view(page)["task"] == "eagle")
    wait_for(lambda: "what lies in “Eagle”" in said.inner_text())
    page.select_option("#beside", "intervals")
    said.locator("h3", has_text="Picture against 3D").wait_for()


def test_hover_click_double_click_and_selection_are_linked(visit):
    page = drawn(visit(BESIDE))
    page.mouse.move(*spot(page, "eagle"))
    wait_for(lambda: page.evaluate("task2box.explorer.state.hovered") == 3)
    assert page.inner_text("#tooltip .line >> nth=0").startswith("Eagle")
    page.mouse.click(*spot(page, "eagle"))
    wait_for(lambda: view(page)["task"] == "eagle")
    page.locator("#details h2", has_text="Eagle").wait_for()
    page.keyboard.down("Shift")
    page.mouse.click(*spot(page, "parrot"))
    page.keyboard.up("Shift")
    wait_for(lambda: view(page)["selection"] == "parrot")
    page.mouse.dblclick(*spot(page, "fish"))
    wait_for(lambda: view(page)["focus"] == "fish")


def test_its_zoom_is_its_own(visit):
    page = drawn(visit(BESIDE))
    boxes = "task2box.explorer.pictures.boxes.range"
    fit = f"{PANEL}.panel.range"
    before, whole = page.evaluate(boxes), page.evaluate(fit)
    assert whole[1] > 5 * before[1]  # it is ten times as large
    page.click("#fit-panel [title='Zoom in']")
    wait_for(lambda: page.evaluate(fit)[1] < whole[1] - 1)
    drawn(page)
    assert page.evaluate(boxes) == before
    assert view(page)["viewport"] == ""
    page.click("#fit-panel [title='Show all of it']")
    wait_for(lambda: page.evaluate(fit) == whole)
    page.evaluate("task2box.explorer.change({ focus: 'birds' })")
    drawn(page)
    assert page.evaluate(fit)[1] < whole[1]


def test_a_rectangle_drawn_in_it_selects(visit):
    page = drawn(visit(BESIDE))
    page.click("#fit-panel [data-tool=rectangle]")
    frame = page.locator("#fit-panel").bounding_box()
    page.mouse.move(frame["x"] + 2, frame["y"] + 2)
    page.mouse.down()
    right, _ = spot(page, "fish")  # the left half, with all of the birds
    page.mouse.move(right - 4, frame["y"] + frame["height"] - 2, steps=4)
    page.mouse.up()
    wait_for(lambda: view(page)["selection"] == "birds,parrot")


def test_boxes_of_three_dimensions_are_seen_along_the_axes_of_the_picture(visit):
    page = drawn(visit("?collection=tree&beside=fit.3d.deep&dim=3&axes=1,2"))
    assert page.evaluate(f"{PANEL}.twin().frame(0)") == [0, 1, 0, 1]
    page.evaluate("task2box.explorer.change({ dim: 2, axes: '' })")
    drawn(page)
    assert page.evaluate(f"{PANEL}.twin().frame(0)") == [0, 4, 0, 1]
    assert "the 3D boxes" in note(page)


def test_of_what_lies_in_nothing_there_is_no_such_truth(visit):
    page = drawn(visit("?collection=soft&beside=fit.2d.other"))
    assert note(page) == "“other” beside the 2D boxes: the same tasks, fitted anew."
    assert page.locator("#disagreement").is_hidden()


def test_one_that_cannot_be_read_says_so(visit, context):
    page = visit("?collection=tree&beside=fit.2d.torn")
    wait_for(lambda: "could not be loaded" in note(page))
    assert "python -m core fit tree --dim 2 --as torn" in note(page)
    page.select_option("#beside", "fit.2d.other")
    drawn(page)
    context.faults[:] = [one for one in context.faults if "503" not in one]


def test_it_can_be_a_picture(visit):
    page = drawn(visit(BESIDE))
    page.evaluate("task2box.openPicture()")
    offered = page.locator("#picture-dialog [name=panel] option").all_inner_texts()
    assert offered == ["Boxes", "other, 2D"]
    page.keyboard.press("Escape")
    markup = page.evaluate(
        """task2box.pictureOf(task2box.explorer, {
            panel: "fit.2d.other", format: "svg", width: 600, height: 400
        }).then((file) => file.text())"""
    )
    texts = [one.text for one in ElementTree.fromstring(markup).iter(f"{SVG}text")]
    assert {"Life", "Fish", "Eagle"} <= set(texts)


def test_the_standalone_file_has_it(visit, context, tmp_path):
    page = drawn(visit(BESIDE))
    path = exported(page, "html", tmp_path)
    alone = drawn(opened(context, path))
    assert note(alone).startswith("Tasks in their parents, as drawn: 83 % here")
    assert alone.locator(".replay").is_hidden()
    offered = alone.locator("#beside option").all_inner_texts()
    assert offered == ["Tree", "Intervals", "other, 2D"]  # no fit that is not in it
    alone.select_option("#beside", "intervals")
    assert alone.locator("#fit-panel").is_hidden()


def test_it_can_be_read_by_all(visit):
    assert findings(drawn(visit(f"{BESIDE}&theme=dark"))) == []


def test_the_published_recipe_is_shipped_for_the_birds(open_page):
    page = drawn(open_page("?collection=cub&beside=fit.2d.published"))
    assert "in the 2D boxes" in note(page)
    assert "100 % in the 2D boxes" in note(page)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("#fit-panel").bounding_box()["width"] <= 390
