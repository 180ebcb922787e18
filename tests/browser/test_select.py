"""Selecting many tasks: by a rectangle, a lasso, one by one; and what it leads to."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.pages import ready, settled, wait_for

STATE = "task2box.explorer.state"
DOG = "n02084071"
LARGE = 22_675


def selected(page):
    """Names of the selected tasks."""
    return page.evaluate(
        "(({atlas, selection}) => Array.from(selection?.rows || [],"
        " (row) => atlas.names[row]))(task2box.explorer.state)"
    )


def listed(page):
    """First cells of the lines that the table shows."""
    return page.locator("#contained .ag-row .ag-cell:first-child").all_inner_texts()


def title(page):
    return page.inner_text("#contained-title")


def pixel(page, panel, x, y):
    """A pixel of the page, of coordinates in a picture."""
    return page.evaluate(
        """([panel, x, y]) => {
            const picture = task2box.explorer.pictures[panel];
            const frame = picture.root.getBoundingClientRect();
            const [px, py] = picture.toPixel(x, y);
            return [frame.left + px, frame.top + py];
        }""",
        [panel, x, y],
    )


def draw(page, panel, *corners):
    """Drag from corner to corner, all in coordinates of a picture."""
    (x, y), *others = (pixel(page, panel, *corner) for corner in corners)
    page.mouse.move(x, y)
    page.mouse.down()
    for x, y in others:
        page.mouse.move(x, y, steps=8)
    page.mouse.up()


def within(page, kind, path):
    """Names of the boxes in a shape, as the page tells them without a hand."""
    return page.evaluate(
        """([kind, path]) => {
            const { state, pictures } = task2box.explorer;
            const scene = pictures.boxes.scene();
            const rows = task2box.boxesWithin(state.atlas, scene, kind, path);
            return rows.map((row) => state.atlas.names[row]);
        }""",
        [kind, path],
    )


# Rectangles


def test_a_rectangle_selects_what_lies_in_it_as_a_whole_everywhere(visit, address):
    page = visit("?collection=tree")
    page.locator("#contained-title", has_text="All 7 tasks").wait_for()
    page.keyboard.press("r")
    draw(page, "boxes", (-0.1, -0.02), (2.0, 1.02))  # life goes on to 4
    assert selected(page) == ["birds", "eagle", "parrot"]
    page.locator("#contained-title", has_text="3 selected").wait_for()
    wait_for(lambda: listed(page) == ["Birds", "Eagle", "Parrot"])
    assert page.inner_text("#live") == "3 tasks selected."
    query = parse_qs(urlsplit(page.url).query)
    assert query["selection"] == ["birds,eagle,parrot"]
    # A link opens the same, and the way back leads to none.
    copy = visit(page.url.removeprefix(f"{address}/"))
    assert selected(copy) == ["birds", "eagle", "parrot"]
    copy.locator("#contained-title", has_text="3 selected").wait_for()
    page.go_back()
    wait_for(lambda: selected(page) == [])
    page.locator("#contained-title", has_text="All 7 tasks").wait_for()


def test_a_box_that_is_cut_is_not_selected(visit):
    page = visit("?collection=tree")
    page.keyboard.down("Shift")  # whatever the tool
    draw(page, "boxes", (0.5, -0.02), (2.5, 1.02))
    page.keyboard.up("Shift")
    assert selected(page) == ["parrot"]
    assert page.evaluate(f"{STATE}.view.viewport") == ""  # nothing was moved
    assert page.evaluate(f"{STATE}.tool") == "move"


def test_a_rectangle_around_nothing_selects_nothing_and_says_so(visit):
    page = visit("?collection=tree&selection=eagle,eel")
    page.keyboard.press("r")
    draw(page, "boxes", (0.2, 0.4), (0.3, 0.6))
    assert selected(page) == []
    page.locator("#toast", has_text="No box lies in it as a whole").wait_for()


def test_only_tasks_inside_the_focus_are_selected(visit):
    page = visit("?collection=tree&focus=birds")
    everything = [[-9, -9], [9, 9]]
    assert within(page, "rectangle", everything) == ["birds", "eagle", "parrot"]


def test_what_is_not_drawn_is_not_selected(visit):
    page = visit("?collection=imagenet&color=f1")
    small = within(page, "rectangle", [[-1e6, -1e6], [1e6, 1e6]])
    page.select_option("#color", "depth")
    wait_for(lambda: page.evaluate(f"{STATE}.view.color") == "depth")
    every = within(page, "rectangle", [[-1e6, -1e6], [1e6, 1e6]])
    assert len(small) < len(every) == 1396


def test_what_the_legend_hides_is_neither_selected_nor_reached_by_arrows(visit):
    page = visit("?collection=tree&hidden=birds&task=life")
    everything = [[-9, -9], [9, 9]]
    assert within(page, "rectangle", everything) == ["life", "fish", "shark", "eel"]
    page.evaluate("task2box.explorer.toggle(task2box.explorer.row('eagle'))")
    assert selected(page) == []
    for key in ("ArrowDown", "ArrowRight", "ArrowLeft", "Home"):
        page.keyboard.press(key)
        assert page.evaluate(f"{STATE}.view.task") == "fish"
    page.keyboard.press("x")
    assert selected(page) == ["fish"]


def test_boxes_below_the_least_side_are_not_selected(visit):
    page = visit("?collection=imagenet&floor=60")
    large = within(page, "rectangle", [[-1e6, -1e6], [1e6, 1e6]])
    assert 0 < len(large) < 200


def test_points_are_selected_where_they_lie(visit):
    # The points of `soft` are (0, 0), (1, 1), (2, 2), (3, 0), (4, 1), and so on.
    page = visit("?collection=soft")
    names = page.evaluate(f"{STATE}.atlas.names")
    page.keyboard.press("r")
    draw(page, "points", (0.5, 0.5), (4.5, 2.2))
    assert selected(page) == [names[1], names[2], names[4]]
    draw(page, "points", (-0.2, 1.5), (5.5, 2.2))
    assert selected(page) == [names[2], names[5]]


# Lassos

HOME = [[-1, -1], [2, -1], [2, 2], [-1, 2]]  # around the box from (0, 0) to (1.5, 1.5)


LASSOS = [
    (HOME, True),
    ([*HOME, *HOME], True),  # once more around
    (HOME[::-1], True),
    ([[0, 0], [1.5, 0], [1.5, 1.5], [0, 1.5]], True),  # along its sides
    ([[-1, -1], [5, -1], [-1, 5]], True),
    ([[-1, -1], [3, -1], [-1, 3]], False),  # over a corner
    ([*HOME, [-1, 0.8], [0.1, 0.7], [-1, 0.6]], False),  # a spike reaches into it
    ([[-2, -2], [3, -2], [3, -1], [-1, -1], [-1, 3], [-2, 3]], False),  # beside it
    ([[0.5, 0.5], [1, 0.5], [1, 1], [0.5, 1]], False),  # within it
    ([[3, 3], [4, 3], [4, 4]], False),
]


def test_a_lasso_holds_a_box_as_a_whole(visit):
    page = visit("?collection=soft")
    first = page.evaluate(f"{STATE}.atlas.names[0]")
    for path, held in LASSOS:
        assert (first in within(page, "lasso", path)) == held, path


def test_a_lasso_is_drawn_by_hand(visit):
    page = visit("?collection=tree")
    page.locator("#boxes-panel .tools [data-tool=lasso]").click()
    corners = [(-0.1, -0.02), (2.0, -0.02), (2.0, 1.02), (-0.1, 1.02), (-0.1, 0.1)]
    draw(page, "boxes", *corners)
    assert selected(page) == ["birds", "eagle", "parrot"]


def test_escape_ends_a_drawing_first_and_then_the_selection(visit):
    page = visit("?collection=tree&selection=eel&task=birds")
    page.keyboard.press("l")
    page.mouse.move(*pixel(page, "boxes", 0.2, 0.2))
    page.mouse.down()
    page.mouse.move(*pixel(page, "boxes", 1.5, 0.8), steps=5)
    page.keyboard.press("Escape")
    page.mouse.move(*pixel(page, "boxes", 3, 0.5), steps=5)
    page.mouse.up()
    assert selected(page) == ["eel"]
    assert page.evaluate(f"{STATE}.view.viewport") == ""
    page.keyboard.press("Escape")
    assert selected(page) == []
    assert page.evaluate(f"{STATE}.view.task") == "birds"
    page.keyboard.press("Escape")
    assert page.evaluate(f"{STATE}.view.task") == ""


def test_a_finger_draws_and_two_zoom(visit, context):
    page = visit("?collection=tree")
    page.locator("#boxes-panel .tools [data-tool=rectangle]").click()
    hand = context.new_cdp_session(page)

    def touch(kind, *places):
        points = [
            {"x": x, "y": y, "id": finger}
            for finger, (x, y) in enumerate(pixel(page, "boxes", *at) for at in places)
        ]
        event = {"type": f"touch{kind}", "touchPoints": points}
        hand.send("Input.dispatchTouchEvent", event)

    touch("Start", (-0.1, 0))
    touch("Move", (1, 0.5))
    touch("Move", (2.0, 1.02))
    touch("End")
    wait_for(lambda: selected(page) == ["birds", "eagle", "parrot"])
    touch("Start", (1, 0.5))
    touch("Move", (1.1, 0.5))
    touch("Start", (1.1, 0.5), (2, 0.5))
    touch("Move", (1.0, 0.5), (3, 0.5))
    touch("End")
    wait_for(lambda: page.evaluate(f"{STATE}.view.viewport"))
    assert selected(page) == ["birds", "eagle", "parrot"]


# Tools


def test_tools_are_chosen_by_buttons_and_keys(visit):
    page = visit("?collection=soft")

    def pressed():
        return page.locator(".tools [aria-pressed=true]:visible").evaluate_all(
            "(all) => all.map((one) => one.dataset.tool)"
        )

    assert pressed() == ["move", "move"]
    for key, tool in (("r", "rectangle"), ("l", "lasso"), ("m", "move")):
        page.keyboard.press(key)
        assert pressed() == [tool, tool]
    page.locator("#projection-panel [data-tool=lasso]").click()
    assert pressed() == ["lasso", "lasso"]
    tip = page.get_attribute("#boxes-panel [data-tool=lasso]", "title")
    assert "boxes that lie in it as a whole" in tip
    tip = page.get_attribute("#projection-panel [data-tool=lasso]", "title")
    assert "points that lie in it" in tip


def test_a_click_still_chooses_one_task_whatever_the_tool(visit):
    page = visit("?collection=tree")
    page.keyboard.press("r")
    page.mouse.click(*pixel(page, "boxes", 0.5, 0.5))
    assert page.evaluate(f"{STATE}.view.task") == "eagle"
    assert selected(page) == []


@pytest.mark.parametrize("key", ["Shift", "Control"])
def test_a_click_with_a_key_adds_and_removes(visit, key):
    page = visit("?collection=tree")

    def click(x):
        page.keyboard.down(key)
        page.mouse.click(*pixel(page, "boxes", x, 0.5))
        page.keyboard.up(key)

    click(0.5)
    click(2.5)
    assert selected(page) == ["eagle", "shark"]
    assert page.evaluate(f"{STATE}.view.task") == ""
    click(0.5)
    click(0.5)  # twice in haste is no double click
    click(0.5)
    assert selected(page) == ["shark"]
    assert page.evaluate(f"{STATE}.view.focus") == ""
    click(9)  # no box
    assert selected(page) == ["shark"]


def test_points_are_added_one_by_one(visit):
    page = visit("?collection=soft")
    names = page.evaluate(f"{STATE}.atlas.names")
    for k in (2, 6):  # names of every kind
        page.keyboard.down("Shift")
        page.mouse.click(*pixel(page, "points", k, k % 3))
        page.keyboard.up("Shift")
    assert selected(page) == [names[2], names[6]]
    page.reload()
    ready(page)
    assert selected(page) == [names[2], names[6]]
    assert page.locator("#notice").is_hidden()


def test_the_chosen_task_is_added_by_a_key(visit):
    page = visit("?collection=tree&task=birds")
    page.keyboard.press("x")
    assert selected(page) == ["birds"]
    page.keyboard.press("x")
    assert selected(page) == []


def test_the_selection_is_cleared_by_a_button(visit):
    page = visit("?collection=soft")
    for place in (".heading", "#boxes-panel", "#projection-panel"):
        page.evaluate("task2box.explorer.select([7])")
        clear = page.locator(f"{place} [data-action=clear-selection]")
        clear.click()
        assert selected(page) == []
        assert clear.is_hidden()
    page.locator("#contained-title", has_text="All 8 tasks").wait_for()


def test_another_collection_has_nothing_selected(visit):
    page = visit("?collection=tree&selection=eel,birds")
    page.locator("#contained-title", has_text="2 selected").wait_for()
    page.select_option("#collection", "soft")
    page.locator("#contained-title", has_text="All 8 tasks").wait_for()
    assert selected(page) == []


# How it is seen


def inked(page, panel):
    """How many pixels of the lower canvas have the colour of ink."""
    return page.evaluate(
        """(panel) => {
            const canvas = document.querySelector(`#${panel} canvas.base`);
            const ctx = canvas.getContext("2d", { willReadFrequently: true });
            const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
            const dark = (at) => data[at] + data[at + 1] + data[at + 2] < 140;
            let count = 0;
            for (let at = 0; at < data.length; at += 4)
                count += data[at + 3] > 200 && dark(at);
            return count;
        }""",
        panel,
    )


def test_the_selection_is_marked_in_place(visit):
    page = visit("?collection=imagenet&focus=n02084071")
    panels = ("boxes-panel", "projection-panel")
    before = [inked(page, panel) for panel in panels]
    page.evaluate(
        "task2box.explorer.select(task2box.explorer.state.atlas.children["
        "task2box.explorer.focusRow()])"
    )
    settled(page)
    for panel, count in zip(panels, before, strict=True):
        assert inked(page, panel) > count + 100


def test_the_selection_is_outlined_in_three_dimensions(visit):
    page = visit("?collection=tree&dim=3&selection=eel,birds")
    drawn = (
        "(document.querySelector('#cuboids').data || [])"
        ".find((trace) => trace.name === 'selection')?.x.length"
    )
    wait_for(lambda: page.evaluate(drawn))
    two = page.evaluate(drawn)
    page.locator(".heading [data-action=clear-selection]").click()
    wait_for(lambda: page.evaluate(drawn) == 0)
    assert two % 2 == 0


# Very many


def test_all_of_a_large_collection_can_be_selected(visit, context, address):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = visit("?collection=imagenet21k")
    page.locator("#contained-title", has_text="All 22,675 tasks").wait_for()
    page.keyboard.press("r")
    frame = page.locator("#boxes-panel").bounding_box()
    page.mouse.move(frame["x"] + 2, frame["y"] + frame["height"] / 2)
    page.mouse.move(frame["x"] + 2, frame["y"] + 2)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + 100, steps=3)
    page.mouse.move(frame["x"] + frame["width"] + 99, frame["y"] + frame["height"] + 9)
    page.mouse.up()
    assert len(selected(page)) == LARGE
    page.locator("#contained-title", has_text="22,675 selected").wait_for()
    wait_for(lambda: "entity" in listed(page))
    assert "selection" not in page.url
    page.click("[data-action=share]")
    page.locator("#toast", has_text="leaves out the selection").wait_for()
    assert "22,675 tasks selected are too long" in page.inner_text("#toast")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    # All goes on: another task, another place, and none selected at last.
    page.mouse.move(frame["x"] + 200, frame["y"] + 200)
    page.locator("#tooltip").wait_for()
    page.evaluate("task2box.explorer.change({ task: 'n02084071' })")
    page.locator("#details h2", has_text="dog").wait_for()
    assert title(page) == "22,675 selected"
    page.locator("#boxes-panel").focus()
    page.keyboard.press("Escape")
    page.locator("#contained-title", has_text="Contained in “dog”").wait_for()


def test_a_refused_clipboard_gives_the_link_as_words(visit):
    page = visit("?collection=tree&selection=eel")
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject())")
    page.click("[data-action=share]")
    page.locator("#toast", has_text="Copy this link").wait_for()
    assert "selection=eel" in page.inner_text("#toast")
