"""By keys and by ear: moving from box to box, what is said, and what axe-core finds."""

import time

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.pages import exported, opened, ready, settled, wait_for

STATE = "task2box.explorer.state"
DOG, CANINE, VIOLIN = "n02084071", "n02083346", "n04536866"
STAYS = 4  # seconds, after which what is found is no passing state
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


@pytest.fixture
def open_sized(context, server):
    """A page of some size and theme with everything on it."""

    def open_query(query, size, theme):
        page = context.new_page()
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{server}/{query}&theme={theme}")
        ready(page)
        page.locator("#details h2").wait_for()
        page.locator("#contained .ag-row").first.wait_for()
        return page

    return open_query


def findings(page):
    """What axe-core calls serious or critical and where, once the page has settled.

    A table that is filled has rows without cells for a moment: what is found is looked
    for again until it is gone, or has stayed.
    """
    page.evaluate(AXE_SCRIPT)
    end = time.monotonic() + STAYS
    while (found := serious(page)) and time.monotonic() < end:
        page.wait_for_timeout(200)
    return found


def serious(page):
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (one["id"], [node["target"] for node in one["nodes"]])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def view(page):
    return page.evaluate(f"{STATE}.view")


def ring(page):
    """Name of the task that has the ring, if one has."""
    return page.evaluate(
        "(({ring, state}) => ring() < 0 ? '' : state.atlas.names[ring()])"
        "(task2box.explorer)"
    )


def pressed(page, key):
    page.keyboard.press(key)
    settled(page)
    return view(page)["task"]


# axe-core


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious_on_the_page(open_sized, size, theme):
    page = open_sized(f"?task={DOG}", size, theme)
    page.locator("#nearest .near").first.wait_for()
    assert findings(page) == []
    page.keyboard.press("/")
    page.keyboard.type("guide dog")
    page.locator("#search-results mark").first.wait_for()
    assert findings(page) == []
    page.fill("#search", "xyzzy")
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.click("summary:has-text('Export')")
    assert findings(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_serious_in_any_dialog(open_sized, size, theme):
    page = open_sized("?collection=imagenet", size, theme)
    for name, ready_when in (
        ("about", "#about h2"),
        ("evaluation", "#evaluation .tabs"),
        ("help", "#help h2"),
        ("own", "#own-tab-place"),
    ):
        page.click(f"header [data-action={name}]")
        page.locator(ready_when).wait_for()
        assert (name, findings(page)) == (name, [])
        if name == "own":
            page.click("#own-tab-collections")
            page.locator("#own .holding").first.wait_for()
            assert findings(page) == []
            page.click("#own-tab-train")
            page.locator("#own-train select").first.wait_for()
            assert findings(page) == []
        page.keyboard.press("Escape")
        assert page.locator(f"#{name}-dialog").is_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "query",
    [
        "?dim=3&focus=n03800933",
        "?color=f1",
        "?collection=huggingface",
        f"?color=edges&selection={DOG},{CANINE},n00015388",
        f"?task={DOG}&selection={CANINE}",
    ],
)
def test_axe_finds_nothing_serious_in_other_views(open_sized, query, theme):
    page = open_sized(query, "wide", theme)
    if "dim=3" in query:
        drawn = "Boolean(document.querySelector('#cuboids').data)"
        wait_for(lambda: page.evaluate(drawn))
    if "selection" in query:
        wait_for(lambda: "in truth" in page.inner_html("#compared"))
    if "edges" in query:
        page.locator("#errors .wrong").first.wait_for()
    assert findings(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_file(open_sized, context, tmp_path, theme):
    page = open_sized(f"?task={DOG}", "wide", theme)
    path = exported(page, "html", tmp_path)
    alone = opened(context, path)
    for width, height in SIZES.values():
        alone.set_viewport_size({"width": width, "height": height})
        assert findings(alone) == []
    alone.locator("#boxes-panel").focus()
    alone.keyboard.press("?")
    alone.locator("#help h2").wait_for()
    assert findings(alone) == []
    alone.keyboard.press("Escape")
    assert pressed(alone, "ArrowUp") == CANINE
    assert alone.inner_text("#live").startswith("canine, 130 classes")


# Moving about


def test_tab_enters_the_boxes_and_the_ring_goes_where_arrows_lead(open_page):
    page = open_page(f"?focus={DOG}")
    page.locator("header [data-action=theme]").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "boxes-panel":
            break
    assert page.evaluate("document.activeElement.id") == "boxes-panel"
    children = page.evaluate(
        f"(({{atlas}}) => atlas.children[atlas.row('{DOG}')].map((row) =>"
        f" atlas.names[row]))({STATE})"
    )
    assert ring(page) == children[0]
    assert view(page)["task"] == ""  # looked at, not chosen
    assert page.inner_text("#live").startswith("hunting dog, 63 classes, inside dog")
    assert pressed(page, "ArrowRight") == children[1] == ring(page)
    assert pressed(page, "End") == children[-1]
    assert pressed(page, "ArrowRight") == children[0]  # round
    assert pressed(page, "ArrowLeft") == children[-1]
    assert pressed(page, "Home") == children[0]
    assert pressed(page, "ArrowUp") == DOG
    assert pressed(page, "ArrowDown") == children[0]
    page.keyboard.press("Enter")
    assert view(page)["focus"] == children[0]
    page.keyboard.press("Backspace")
    assert view(page)["focus"] == DOG
    page.keyboard.press("Tab")
    assert ring(page) == "" or page.evaluate(
        "document.activeElement.closest('#boxes-panel') !== null"
    )


def test_the_ring_is_drawn_for_keys_and_not_for_the_mouse(open_page):
    page = open_page(f"?focus={DOG}")
    page.locator("#boxes-panel").click(position={"x": 20, "y": 300})
    assert ring(page) == ""
    pressed(page, "ArrowRight")
    assert ring(page) == view(page)["task"]
    page.locator("#boxes-panel").click(position={"x": 20, "y": 300})
    assert ring(page) == ""


def test_what_is_too_small_or_out_of_sight_is_gone_to(open_page):
    page = open_page(f"?task={DOG}")
    page.locator("#boxes-panel").focus()
    deeper = DOG
    while (next_one := pressed(page, "ArrowDown")) != deeper:
        deeper = next_one
    x0, x1, y0, y1 = page.evaluate(
        f"(task) => {STATE}.atlas.frame({STATE}.atlas.row(task))", deeper
    )
    a0, a1, b0, b1 = page.evaluate("task2box.explorer.pictures.boxes.range")
    assert a0 < x0 < x1 < a1
    assert b0 < y0 < y1 < b1
    assert view(page)["focus"] != ""


def test_a_walk_by_keys_is_one_step_back_and_details_follow(open_page):
    page = open_page(f"?focus={DOG}")
    page.evaluate(f"task2box.explorer.change({{task: '{DOG}'}})")
    page.locator("#boxes-panel").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        last = pressed(page, key)
    label = page.evaluate(f"{STATE}.atlas.labels[{STATE}.atlas.row('{last}')]")
    page.locator("#details h2", has_text=label).wait_for()
    assert f"task={last}" in page.url
    page.go_back()
    wait_for(lambda: view(page)["task"] == DOG)


def test_keys_zoom_and_show_all(open_page):
    page = open_page()
    page.locator("#boxes-panel").focus()
    x0, x1, *_ = page.evaluate("task2box.explorer.pictures.boxes.range")
    page.keyboard.press("+")
    settled(page)
    a0, a1, *_ = page.evaluate("task2box.explorer.pictures.boxes.range")
    assert a1 - a0 == pytest.approx(0.6 * (x1 - x0), rel=1e-2)
    page.keyboard.press("-")
    settled(page)
    page.keyboard.press("0")
    assert view(page)["viewport"] == ""


def test_keys_do_nothing_to_the_picture_from_elsewhere(open_page):
    page = open_page(f"?task={DOG}")
    page.locator("#color").focus()
    page.keyboard.press("Home")
    page.locator("header [data-action=about]").focus()
    page.keyboard.press("ArrowRight")
    assert view(page)["task"] == DOG
    page.keyboard.press("?")
    page.locator("#help h2").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("/")
    assert view(page)["task"] == DOG
    assert page.locator("#help-dialog").is_visible()


def test_help_lists_every_key_that_does_something(open_page):
    page = open_page()
    page.click("header [data-action=help]")
    told = page.locator("#help kbd").all_inner_texts()
    assert set(told) == {
        *("Tab", "←", "→", "↑", "↓", "Home", "End", "PgUp", "PgDn"),
        *("Enter", "Backspace", "Esc", "+", "-", "0", "/", "?"),
        *("m", "r", "l", "x", "s", "S"),
    }
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.action") == "help"


# What is said


def test_a_sentence_says_how_a_box_lies(open_page):
    page = open_page(f"?task={CANINE}")
    said = page.inner_text("#live")
    assert said == (
        "canine, 130 classes, inside carnivore by 100 %, 5 tasks directly inside, "
        "overlaps domestic animal by 81 %."
    )
    known = page.locator("#details .relation[aria-label^='domestic animal']")
    known.wait_for()
    assert known.get_attribute("data-around") == "0.81"


def test_pictures_have_names_and_the_table_as_their_text(page):
    for panel in ("boxes-panel", "projection-panel"):
        root = page.locator(f"#{panel}")
        assert root.get_attribute("aria-label")
        described = root.get_attribute("aria-describedby").split()
        texts = [page.text_content(f"#{one}") for one in described]
        assert "table" in texts[0]
        assert "1,396 tasks" in texts[1]


def test_the_first_link_skips_to_the_boxes(page):
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "boxes-panel"
    assert "#" not in page.url


def test_with_reduced_motion_nothing_flies(context, server):
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(server)
    ready(page)
    panel = "task2box.explorer.pictures.boxes"
    at_once = page.evaluate(
        f"(task2box.explorer.change({{focus: '{DOG}'}}), {panel}.range)"
    )
    wait_for(lambda: not page.evaluate(f"{panel}.flying"))
    assert page.evaluate(f"{panel}.range") == at_once


# Nearest tasks


def test_the_nearest_by_features_and_by_boxes_lead_on(open_page):
    page = open_page(f"?task={VIOLIN}")
    lines = page.locator("#nearest .near")
    lines.first.wait_for()
    names = page.locator("#nearest .near .name")
    by_features = names.all_inner_texts()
    numbers = [
        float(text) for text in page.locator("#nearest .number").all_inner_texts()
    ]
    assert numbers == sorted(numbers, reverse=True)
    assert 10 <= len(by_features) <= 13
    assert page.locator("#nearest .strange").count() >= 3
    page.click("#nearest button:has-text('boxes')")
    wait_for(lambda: names.all_inner_texts() != by_features)
    assert "near=boxes" in page.url
    numbers = [
        float(text) for text in page.locator("#nearest .number").all_inner_texts()
    ]
    assert numbers == sorted(numbers)
    assert page.evaluate("document.activeElement.textContent") == "boxes"
    label = names.first.inner_text()
    lines.first.click()
    page.locator("#details h2", has_text=label).wait_for()
    page.evaluate("task2box.explorer.change({task: '', focus: ''})")
    wait_for(page.locator("#nearest").is_hidden)
