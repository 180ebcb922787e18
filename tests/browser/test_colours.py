"""What colours mean, what the legend hides, which layers are drawn."""

import xml.etree.ElementTree as ElementTree

from tests.browser import shapes
from tests.browser.pages import colored, ready, settled, wait_for

STATE = "task2box.explorer.state"
GONE, SHOWN, DIM, FRAME = range(4)
GREY = "#a9b1bc"
MARKUP = f"{shapes.HOSTILE[:27]}…"  # as much as the legend has room for
SVG = "{http://www.w3.org/2000/svg}"


def view(page):
    return page.evaluate(f"{STATE}.view")


def shown(page):
    """What every task is at present, by name."""
    flags = page.evaluate(f"Array.from({STATE}.shown)")
    return dict(zip(page.evaluate(f"{STATE}.atlas.names"), flags, strict=True))


def colors(page):
    return page.evaluate(f"Array.from({STATE}.colors)")


def entry(page, word):
    return page.locator("#legend .entry", has=page.get_by_text(word, exact=True))


def pressed(page):
    """Entries of the legend, and whether they are shown."""
    entries = page.locator("#legend .entry").all()
    return {
        one.inner_text(): one.get_attribute("aria-pressed") == "true" for one in entries
    }


def ranked(visit, more=""):
    page = visit(f"?collection=tree&color=column:rank{more}")
    entry(page, "species").wait_for()
    return page


# Columns


def test_a_column_is_asked_for_when_it_is_first_chosen(visit):
    page = visit("?collection=soft")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.select_option("#color", label="Kind")
    entry(page, "a, b").wait_for()
    page.select_option("#color", "size")
    page.select_option("#color", label="Kind")
    entry(page, "a, b").wait_for()
    assert len([url for url in asked if "/column/" in url]) == 1
    assert list(pressed(page)) == ["a, b", MARKUP, "~other", "not said"]
    first, other, none, hostile, *rest = colors(page)
    assert none == GREY
    assert len({first, other, none, hostile}) == 4
    assert rest == [first, other, hostile, first]
    page.mouse.move(*page.evaluate("task2box.pixelOf('org/data-set')"))
    assert page.locator("#tooltip .count").first.inner_text() == "a, b"


def test_numbers_that_span_decades_have_a_ramp_and_what_is_unknown_a_name(visit):
    page = visit("?collection=soft&color=column:weight")
    page.locator("#legend .ramp").wait_for()
    assert page.inner_text("#legend").split("\n") == ["Weight", "0.5", "900", "unknown"]
    assert colors(page)[1] == GREY
    assert len(set(colors(page))) == 8
    page.mouse.move(*page.evaluate(f"task2box.pixelOf({STATE}.atlas.names[2])"))
    assert page.locator("#tooltip .count").first.inner_text() == "2.25"


def test_a_column_that_does_not_come_is_said_and_other_colours_shown(visit, context):
    context.route("**/column/**", lambda route: route.fulfill(status=503, body="no"))
    page = visit("?collection=tree")
    page.select_option("#color", "column:rank")
    page.locator("#toast", has_text="These colours could not be loaded").wait_for()
    assert view(page)["color"] == page.input_value("#color") == "branch"
    assert [one for one in context.faults if "503" in one] == context.faults
    context.faults.clear()
    context.unroute("**/column/**")
    page.select_option("#color", "column:rank")
    entry(page, "species").wait_for()


# The legend


def test_an_entry_hides_what_it_stands_for_and_shows_it_again(visit):
    page = ranked(visit)
    assert set(shown(page).values()) == {SHOWN}
    stack = "([x, y]) => task2box.stackAt(x, y)"
    spot = page.evaluate("task2box.pixelOf('eagle')")
    assert page.evaluate(stack, spot) == ["eagle", "birds", "life"]
    entry(page, "order").click()
    flags = shown(page)
    # Parents of what is shown stay as outlines, and are not found under the cursor.
    assert (flags["birds"], flags["fish"], flags["life"]) == (FRAME, FRAME, SHOWN)
    assert page.evaluate(stack, spot) == ["eagle", "life"]
    entry(page, "species").click()
    assert shown(page) == {**dict.fromkeys(flags, GONE), "life": SHOWN}
    assert page.evaluate(stack, spot) == ["life"]
    assert pressed(page) == {"species": False, "order": False, "kingdom": True}
    entry(page, "order").click()
    assert shown(page)["birds"] == SHOWN
    page.click("#legend .all")
    assert set(shown(page).values()) == {SHOWN}
    assert page.locator("#legend .all").is_hidden()
    assert view(page)["hidden"] == ""


def test_pressed_twice_an_entry_is_shown_alone_and_then_all_are(visit):
    page = ranked(visit)
    entry(page, "order").dblclick()
    alone = {"species": False, "order": True, "kingdom": False}
    assert pressed(page) == alone
    page.wait_for_timeout(600)  # not a third click of the same hand
    entry(page, "order").dblclick()
    assert set(pressed(page).values()) == {True}
    entry(page, "order").click(modifiers=["Alt"])
    assert pressed(page) == alone


def test_the_legend_is_reached_and_pressed_by_keys(visit):
    page = ranked(visit)
    entry(page, "species").focus()
    page.keyboard.press("Space")
    assert not pressed(page)["species"]
    page.keyboard.press("Tab")
    page.keyboard.press("Alt+Enter")
    assert pressed(page) == {"species": False, "order": True, "kingdom": False}
    page.locator("#legend .all").focus()
    page.keyboard.press("Enter")
    assert set(pressed(page).values()) == {True}
    assert page.evaluate("document.activeElement.textContent") == "species"


def test_what_is_hidden_is_in_the_link(visit, context):
    page = visit("?collection=soft&color=column:kind")
    for word in ("a, b", "~other", MARKUP, "not said"):
        entry(page, word).click()
    assert set(shown(page).values()) == {GONE}
    entry(page, "~other").click()
    other = context.new_page()
    other.goto(page.url)
    ready(other)
    entry(other, "a, b").wait_for()
    assert view(other) == view(page)
    assert other.locator("#notice").is_hidden()
    assert shown(other) == shown(page)
    assert pressed(other) == pressed(page)
    # Another colouring begins whole.
    other.select_option("#color", "position")
    assert set(shown(other).values()) == {SHOWN}


def test_branches_are_hidden_in_every_picture(open_page):
    page = open_page()
    animal, dog = "n00015388", "n02084071"
    before = [colored(page, panel) for panel in ("boxes-panel", "projection-panel")]
    entry(page, "organism").click()
    flags = shown(page)
    assert flags[animal] == flags[dog] == GONE
    after = [colored(page, panel) for panel in ("boxes-panel", "projection-panel")]
    assert all(now < then for now, then in zip(after, before, strict=True))
    page.click("#dim button:has-text('3D')")
    drawn = "document.querySelector('#cuboids').data?.[0].customdata"
    wait_for(lambda: page.evaluate(f"Boolean({drawn})"))
    rows = page.evaluate(f"[...new Set({drawn})]")
    named = page.evaluate(
        f"(rows) => rows.map((row) => {STATE}.atlas.names[row])", rows
    )
    assert len(named) > 300
    assert animal not in named
    # The branches of what is looked at are others: none of them is hidden.
    page.evaluate("(focus) => task2box.explorer.change({focus})", animal)
    assert "mammal" in pressed(page)
    assert set(pressed(page).values()) == {True}
    page.go_back()
    wait_for(lambda: not pressed(page).get("organism", True))


def test_a_range_of_numbers_dims_the_rest(open_page):
    page = open_page("?color=members")
    least, most = page.locator("#legend input").all()
    least.focus()
    for _ in range(80):
        page.keyboard.press("ArrowRight")
    low, high = map(float, view(page)["between"].split(","))
    assert 1 < low < high == 1000
    members = page.evaluate(f"{STATE}.atlas.members")
    expected = [SHOWN if low <= count <= high else DIM for count in members]
    assert list(shown(page).values()) == expected
    assert least.get_attribute("aria-valuetext") == f"{low:.0f}"
    assert page.locator("#legend .least").inner_text() == f"{low:.0f}"
    assert "between=" in page.url
    # One handle does not pass the other.
    most.focus()
    page.keyboard.press("Home")
    low, high = map(float, view(page)["between"].split(","))
    assert low == high
    page.click("#legend .all")
    assert view(page)["between"] == ""
    assert [one.input_value() for one in (least, most)] == ["0", "200"]
    assert set(shown(page).values()) == {SHOWN}


# Layers


def layer(page, name):
    return page.locator(f"#layer-{name} input")


def test_layers_are_switched_and_kept_in_the_link(open_page, context):
    page = open_page("?focus=n03800933")
    page.click("summary:has-text('Layers')")
    whole = colored(page, "boxes-panel")
    layer(page, "fill").uncheck()
    assert colored(page, "boxes-panel") < 0.5 * whole
    layer(page, "outline").uncheck()
    layer(page, "labels").uncheck()
    layer(page, "members").uncheck()
    assert colored(page, "boxes-panel") == 0
    layer(page, "points").uncheck()
    assert page.locator("#projection-panel").is_hidden()
    page.keyboard.press("Escape")
    assert layer(page, "points").is_hidden()
    other = context.new_page()
    other.goto(page.url)
    ready(other)
    assert view(other)["off"] == "fill,outline,labels,points,members"
    assert colored(other, "boxes-panel") == 0
    other.click("summary:has-text('Layers')")
    for name in ("fill", "outline", "labels", "points", "members"):
        layer(other, name).check()
    assert view(other)["off"] == ""
    settled(other)
    assert colored(other, "projection-panel") > 1000
    other.mouse.click(300, 400)
    assert layer(other, "points").is_hidden()


def test_choosing_points_brings_them_back(open_page):
    page = open_page("?off=fill,points")
    assert page.locator("#projection-panel").is_hidden()
    page.select_option("#beside", "umap")
    assert page.locator("#projection-panel").is_visible()
    assert (view(page)["beside"], view(page)["off"]) == ("umap", "fill")


def test_small_boxes_are_neither_drawn_nor_found(open_page):
    page = open_page()
    violin = page.evaluate("task2box.pixelOf('n04536866')")
    stack = page.evaluate("([x, y]) => task2box.stackAt(x, y)", violin)
    page.click("summary:has-text('Layers')")
    layer(page, "floor").fill("60")
    assert view(page)["floor"] == 60
    assert page.locator("#layer-floor output").inner_text() == "60 px"
    fewer = page.evaluate("([x, y]) => task2box.stackAt(x, y)", violin)
    assert set(fewer) < set(stack)
    assert stack[0] == "n04536866" not in fewer
    assert "n00021939" in fewer  # artifact is large
    assert "floor=60" in page.url


def test_opacity_is_of_all_that_is_drawn(open_page):
    page = open_page("?opacity=40")
    look = f"task2box.lookOf({STATE}.look, {STATE}.view)"
    faint = page.evaluate(look)
    page.click("summary:has-text('Layers')")
    layer(page, "opacity").fill("200")
    strong = page.evaluate(look)
    for part in ("leaf", "group", "leafLine", "groupLine", "dots", "rings", "edges"):
        assert 0 < faint[part] < strong[part] <= 1
    assert "opacity=200" in page.url


def test_in_three_dimensions_only_what_works_is_offered(visit):
    page = visit("?collection=tree&dim=3")
    page.click("summary:has-text('Layers')")
    there = [name for name in LAYERS if layer(page, name).is_visible()]
    assert there == ["fill", "labels", "opacity"]  # there are no points either


LAYERS = ("fill", "outline", "labels", "points", "opacity", "floor")


# Files


def test_files_show_what_the_page_shows(visit, context, tmp_path):
    page = ranked(visit, "&hidden=order&off=labels&beside=intervals")
    page.click("summary:has-text('Export')")
    with page.expect_download() as download:
        page.click("[data-action=export-svg]")
    root = ElementTree.parse(download.value.path()).getroot()
    lines = {rect.get("stroke") for rect in root.iter(f"{SVG}rect")}
    by_name = dict(
        zip(page.evaluate(f"{STATE}.atlas.names"), colors(page), strict=True)
    )
    assert {by_name["eagle"], by_name["life"]} <= lines
    assert by_name["birds"] not in lines
    names = [text.text for text in root.iter(f"{SVG}text")]
    assert names.count("Eagle") == 1  # a row of the intervals, and not on its box

    page.click("summary:has-text('Export')")
    with page.expect_download() as download:
        page.click("[data-action=export-html]")
    path = tmp_path / "alone.html"
    download.value.save_as(path)
    context.set_offline(True)
    alone = context.new_page()
    alone.goto(path.as_uri())
    ready(alone)
    entry(alone, "order").wait_for()
    assert shown(alone)["birds"] == FRAME
    alone.click("#legend .all")
    assert shown(alone)["birds"] == SHOWN
    alone.click("summary:has-text('Layers')")
    layer(alone, "labels").check()
    assert view(alone)["off"] == ""
    alone.select_option("#color", "depth")
    assert alone.locator("#legend .ramp").is_visible()


def test_the_legend_is_one_line_in_a_narrow_window(context, address):
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?collection=soft&color=column:kind")
    ready(page)
    entry(page, "a, b").wait_for()
    assert page.locator("#legend").bounding_box()["height"] < 30
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    entry(page, MARKUP).click()
    assert shown(page)["  leading spaces"] == GONE
