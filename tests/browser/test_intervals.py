"""Boxes of any dimension: rows of intervals, two axes of many, and no WebGL at all."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from core import cache
from core.boxes import Boxes
from tests.browser import shapes
from tests.browser.pages import (
    CHROMIUM,
    Faults,
    browser_path,
    exported,
    opened,
    ready,
    served,
    settled,
    wait_for,
)
from tests.browser.test_accessibility import findings

DOG, CANINE = "n02084071", "n02083346"
PANEL = "task2box.explorer.pictures.others.find(({ kind }) => kind === 'intervals')"
# Along the third axis of five the birds lie among the fish.
DEEP = {"life": (0, 9), "birds": (5, 6), "fish": (4, 8)}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server with a tree in 2, 3 and 5 dimensions, and with what has no members."""
    store = cache.Store(tmp_path_factory.mktemp("shapes"))
    shapes.save_tree(store)
    shapes.save_soft(store)
    flat = cache.load_boxes(store, "tree", 2)
    ends = np.array([DEEP.get(name, (5.2, 5.8)) for name in flat.names], np.float32)
    lower, upper = (
        np.column_stack([corner, ends[:, end], corner])
        for end, corner in enumerate((flat.lower, flat.upper))
    )
    cache.save_boxes(store, "tree", Boxes(lower, upper, flat.names), {})
    with served(store.data) as address:
        yield address


def view(page):
    return page.evaluate("task2box.explorer.state.view")


def listed(page):
    """Names of the rows, from the top."""
    return page.evaluate(f"{PANEL}.names()")


def row(page, name):
    return page.evaluate(f"(name) => {PANEL}.pixelOf(name)", name)


def hovered(page):
    return page.evaluate(
        "(({ state }) => state.hovered < 0 ? '' : state.atlas.names[state.hovered])"
        "(task2box.explorer)"
    )


def painted(page):
    """What the panel says, in a picture of its own that is a drawing of vectors."""
    markup = page.evaluate(
        f"""() => {{
            const ctx = task2box.svgRecorder();
            const size = {{ width: 600, height: 400, hovered: -1 }};
            const {{ atlas }} = task2box.explorer.state;
            {PANEL}.paint(ctx, atlas, {{ ...{PANEL}.scene(), ...size }});
            return `<svg>${{ctx.markup()}}</svg>`;
        }}"""
    )
    return ElementTree.fromstring(markup)


def texts(page):
    return [one.text for one in painted(page).iter("text")]


# Rows


def test_every_task_is_a_row_below_its_parent(visit):
    page = visit("?collection=tree&beside=intervals")
    assert page.locator("#intervals-panel").is_visible()
    assert page.locator("#projection-panel").is_hidden()
    birds, fish = ["birds", "eagle", "parrot"], ["fish", "shark", "eel"]
    assert listed(page) == ["life", *birds, *fish]
    assert texts(page)[-3:] == ["7 tasks", "axis 1 →", "axis 2 ↑"]


def test_a_focus_lists_what_lies_in_it_and_is_the_band(visit):
    page = visit("?collection=tree&beside=intervals&focus=birds&dim=3")
    assert listed(page) == ["birds", "eagle", "parrot"]
    said = texts(page)
    assert said[-5:] == ["Birds", "axis 1", "axis 2", "axis 3", "in it"]
    # Of the eagle, from 0.02 to 0.98, all lies in the birds, from 0.01 to 1.99.
    assert said[:3] == ["Birds", "Eagle", "100 %"]
    page.evaluate("task2box.explorer.change({ task: 'parrot' })")
    assert "Parrot" in texts(page)[-5:]
    # Of the birds about a half on the first axis, and 0.96/0.98 on the others.
    assert texts(page)[:2] == ["Birds", "46 %"]


def test_hover_click_and_selection_are_linked(visit):
    page = visit("?collection=tree&beside=intervals")
    page.mouse.move(*row(page, "eel"))
    wait_for(lambda: hovered(page) == "eel")
    assert page.inner_text("#tooltip .line >> nth=0").startswith("Eel")
    page.mouse.click(*row(page, "fish"))
    wait_for(lambda: view(page)["task"] == "fish")
    page.locator("#details h2", has_text="Fish").wait_for()
    page.keyboard.down("Shift")
    page.mouse.click(*row(page, "shark"))
    page.keyboard.up("Shift")
    wait_for(lambda: view(page)["selection"] == "shark")
    page.mouse.dblclick(*row(page, "birds"))
    wait_for(lambda: view(page)["focus"] == "birds")
    assert listed(page) == ["birds", "eagle", "parrot"]


def test_what_the_legend_hides_is_no_row(visit):
    page = visit("?collection=tree&beside=intervals&hidden=birds")
    assert listed(page) == ["life", "fish", "shark", "eel"]


def test_keys_go_from_row_to_row_in_one_step_of_history(visit):
    page = visit("?collection=tree&beside=intervals")
    steps = page.evaluate("history.length")
    page.locator("#intervals-panel").focus()
    for key, task in (
        ("ArrowDown", "life"),
        ("ArrowDown", "birds"),
        ("End", "eel"),
        ("ArrowDown", "eel"),
        ("ArrowUp", "shark"),
        ("Home", "life"),
    ):
        page.keyboard.press(key)
        assert view(page)["task"] == task
    assert page.evaluate("history.length") == steps + 1
    assert page.inner_text("#live").startswith("Life")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_for(lambda: view(page)["focus"] == "birds")


def test_of_many_tasks_those_in_sight_are_drawn_and_the_chosen_one_is(open_page):
    page = open_page("?collection=imagenet21k&beside=intervals&dim=3&axes=0,2")
    assert len(listed(page)) == len(set(listed(page))) == 22_675
    assert page.locator("#intervals-panel .rows > *").count() == 1
    assert len(texts(page)) < 40
    page.evaluate(f"task2box.explorer.change({{ task: '{DOG}' }})")
    panel = page.locator("#intervals-panel").bounding_box()
    _, y = row(page, DOG)
    assert panel["y"] < y < panel["y"] + panel["height"]
    page.mouse.move(panel["x"] + 60, panel["y"] + 200)
    page.mouse.wheel(0, 100_000)
    wait_for(lambda: page.evaluate(f"{PANEL}.root.firstChild.scrollTop") > 50_000)


def test_tasks_that_lie_in_no_other_go_by_where_they_begin(visit):
    page = visit("?collection=soft&beside=intervals")
    assert listed(page) == list(shapes.NAMES)  # their boxes go from left to right


# Axes


def test_boxes_of_five_dimensions_are_rectangles_along_any_two_axes(visit):
    page = visit("?collection=tree&beside=intervals")
    assert page.locator("#dim button").all_inner_texts() == ["2D", "3D", "5D"]
    assert page.locator("#axes").is_hidden()
    page.click("#dim button:has-text('5D')")
    wait_for(lambda: view(page)["dim"] == 5)
    assert page.locator("#boxes-panel").is_visible()
    options = page.locator("#axes option").all()
    values = [option.get_attribute("value") for option in options]
    assert values[:4] == ["0,1", "0,2", "0,3", "0,4"]
    assert len(values) == 10
    page.select_option("#axes", "0,2")
    settled(page)
    assert page.evaluate("task2box.explorer.state.atlas.frame(1)") == pytest.approx(
        [0.01, 1.99, 5, 6], abs=1e-6
    )
    assert page.evaluate("location.search").count("axes=0%2C2") == 1
    assert texts(page)[-5:] == ["axis 1 →", "axis 2", "axis 3 ↑", "axis 4", "axis 5"]
    page.reload()
    ready(page)
    assert (view(page)["dim"], view(page)["axes"]) == (5, "0,2")
    stack = "task2box.stackAt(...task2box.pixelOf('birds'))"
    assert page.evaluate(stack) == ["birds", "life"]
    page.click("#dim button:has-text('2D')")
    assert view(page)["axes"] == ""


def test_three_dimensions_are_cuboids_or_rectangles(visit):
    page = visit("?collection=tree&dim=3")
    assert page.locator("#cuboids-panel").is_visible()
    page.select_option("#axes", "1,2")
    assert page.locator("#boxes-panel").is_visible()
    assert page.locator("#cuboids-panel").is_hidden()
    page.select_option("#axes", "")
    assert page.locator("#cuboids-panel").is_visible()


def test_other_axes_are_seen_from_where_all_is_seen(visit):
    page = visit("?collection=tree&dim=5&viewport=0,2,0,1")
    page.select_option("#axes", "0,2")
    assert view(page)["viewport"] == ""


# What the picture shows that the boxes do not say


def test_it_is_said_where_the_picture_disagrees_with_all_dimensions(visit):
    page = visit("?collection=tree&dim=5&axes=2,3&task=fish")
    place = page.locator("#disagreement")
    place.locator("h3", has_text="Picture against 5D").wait_for()
    # Along the third axis all birds lie within the fish, along the first none does.
    page.select_option("#axes", "1,2")
    page.locator("#disagreement p", has_text="axes 2 and 3").wait_for()
    assert place.locator("p").first.inner_text() == (
        "The picture along axes 2 and 3 disagrees with the 5D boxes: it shows 3 "
        "containments of “Fish” that they do not have, and lacks none of theirs."
    )
    pairs = place.locator(".pair").all_inner_texts()
    assert {one.split("\n")[0] for one in pairs} == {
        f"{one} in Fish" for one in ("Birds", "Eagle", "Parrot")
    }
    assert all("5D 0 %" in one for one in pairs)
    place.locator(".pair", has_text="Eagle").click()
    wait_for(lambda: view(page)["task"] == "eagle")
    page.locator("#disagreement .pair", has_text="Eagle in Fish").wait_for()


def test_agreement_is_said_too_and_of_all_where_none_is_chosen(visit):
    page = visit("?collection=tree")
    place = page.locator("#disagreement")
    place.locator("button", has_text="Compare with the 5D boxes").click()
    place.locator("p").first.wait_for()
    assert place.locator("p").first.inner_text() == (
        "The 2D picture agrees with the 5D boxes on all 6 pairs of a task and its "
        "parent."
    )
    page.click("#dim button:has-text('3D')")
    wait_for(place.is_hidden)  # all dimensions are seen
    page.select_option("#collection", "soft")
    wait_for(lambda: view(page)["collection"] == "soft")
    assert place.is_hidden()  # there are no other boxes


# Files, themes, browsers


def test_the_panel_is_in_pictures_and_in_the_file(visit, context, tmp_path):
    page = visit("?collection=tree&beside=intervals&dim=5&axes=0,2&task=fish")
    path = exported(page, "svg", tmp_path)
    assert "axis 5" in path.read_text(encoding="utf-8")
    page.click("#exports summary")
    page.click("[data-action=export-picture]")
    page.select_option("[name=panel]", "intervals")
    page.select_option("[name=format]", "pdf")
    with page.expect_download() as download:
        page.click("#picture-dialog [type=submit]")
    assert download.value.suggested_filename.startswith("tree-intervals-")
    wait_for(lambda: page.locator("#picture-dialog").is_hidden())
    alone = opened(context, exported(page, "html", tmp_path))
    assert view(alone) == {**view(page), "theme": view(alone)["theme"]}
    assert listed(alone) == listed(page)
    alone.mouse.click(*row(alone, "eel"))
    wait_for(lambda: view(alone)["task"] == "eel")
    alone.select_option("#axes", "1,4")
    assert alone.locator("#boxes-panel").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_axe_finds_nothing_serious_beside_the_boxes(visit, size, theme):
    width, height = size
    page = visit(
        f"?collection=tree&dim=5&axes=1,2&task=fish&beside=intervals&theme={theme}"
    )
    page.set_viewport_size({"width": width, "height": height})
    page.locator("#disagreement .pair").first.wait_for()
    assert findings(page) == []
    across = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(across)


def test_without_webgl_that_is_said_and_other_pictures_are_offered(browser, server):
    flags = [flag for flag in CHROMIUM if "swiftshader" not in flag]
    blind = browser.browser_type.launch(
        executable_path=browser_path(), args=[*flags, "--disable-3d-apis"]
    )
    try:
        page = blind.new_page(viewport={"width": 1440, "height": 900})
        faults = Faults()
        faults.watch(page)
        page.goto(f"{server}/?collection=cub&dim=3")
        ready(page)
        assert "no WebGL" in page.inner_text("#cuboids-panel")
        page.click("#cuboids-panel button:has-text('intervals')")
        assert page.locator("#intervals-panel").is_visible()
        offered = page.locator("#cuboids-panel button").all_inner_texts()
        assert offered == ["Show them along two axes"]
        page.click("summary:has-text('Export')")
        page.click("[data-action=export-png]")
        page.locator("#toast", has_text="No file was written").wait_for()
        page.click("#cuboids-panel button:has-text('two axes')")
        assert page.locator("#boxes-panel").is_visible()
        assert (view(page)["dim"], view(page)["axes"]) == (3, "0,1")
        assert faults == []
    finally:
        blind.close()
