"""Collections of any shape: switching, what is said of them, what they are called."""

import re

import pytest

from core import cache
from tests.browser import shapes
from tests.browser.pages import exported, opened, ready, served, settled, wait_for

STATE = "task2box.explorer.state"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server with collections of different shape."""
    store = cache.Store(tmp_path_factory.mktemp("shapes"))
    shapes.save_soft(store)
    shapes.save_tree(store)
    shapes.save_long(store)
    shapes.save_broken(store)
    with served(store.data) as address:
        yield address


def view(page):
    return page.evaluate(f"{STATE}.view")


def choose(page, collection):
    page.select_option("#collection", collection)
    wait_for(lambda: view(page)["collection"] == collection)


def offered(page, control):
    return page.evaluate(
        "(id) => [...document.getElementById(id).options].map((one) => one.value)",
        control,
    )


def rows(page):
    """First cells of the lines that the table shows."""
    return page.locator("#contained .ag-row .ag-cell:first-child").all_inner_texts()


def headers(page):
    return page.locator("#contained .ag-header-cell-text").all_inner_texts()


# From one shape to another


def test_each_collection_offers_what_it_has(visit):
    page = visit("?collection=imagenet&dim=3&beside=umap&color=depth")
    choose(page, "soft")
    assert page.locator("#dim button:has-text('3D')").is_disabled()
    assert offered(page, "beside") == ["pca", "intervals", "matrix"]
    columns = ["column:kind", "column:weight"]
    assert offered(page, "color") == ["position", "size", *columns]
    assert (view(page)["dim"], view(page)["color"]) == (2, "position")
    choose(page, "tree")
    assert page.locator("#dim button:has-text('3D')").is_enabled()
    assert offered(page, "beside") == ["tree", "intervals", "matrix"]
    assert page.locator("#projection-panel").is_hidden()
    assert page.locator("#tree-panel").is_visible()
    assert offered(page, "color") == [
        "branch",
        "depth",
        "members",
        "edges",
        "column:rank",
    ]
    wide = page.locator("#boxes-panel").bounding_box()["width"]
    choose(page, "soft")
    assert page.locator("#tree-panel").is_hidden()
    assert page.locator("#projection-panel").is_visible()
    page.locator("summary:has-text('Layers')").click()
    page.locator("#layer-points input").uncheck()
    assert page.locator("#projection-panel").is_hidden()
    assert wide < 0.8 * page.locator("#boxes-panel").bounding_box()["width"]


def test_picture_details_and_table_change_together(visit):
    page = visit("?collection=tree")
    page.locator("#contained-title", has_text="All 7 tasks of Tree").wait_for()
    wait_for(lambda: "Life" in rows(page))
    assert headers(page)[:5] == ["Task", "Id", "Rank", "Members", "Depth"]
    choose(page, "soft")
    page.locator("#details h2", has_text="Soft").wait_for()
    page.locator("#contained-title", has_text="All 8 tasks of Soft").wait_for()
    wait_for(lambda: "plain" in rows(page))
    assert headers(page)[:3] == ["Task", "Id", "Size"]


def test_back_and_forward_go_from_one_collection_to_another(visit):
    page = visit("?collection=tree&dim=3")
    choose(page, "soft")
    page.evaluate("task2box.explorer.change({task: 'plain', color: 'size'})")
    page.go_back()
    page.go_back()
    wait_for(lambda: view(page)["collection"] == "tree")
    assert view(page)["dim"] == 3
    assert page.locator("#cuboids-panel").is_visible()
    page.go_forward()
    page.go_forward()
    wait_for(lambda: view(page)["task"] == "plain")
    assert (view(page)["collection"], view(page)["color"]) == ("soft", "size")
    page.locator("#details h2", has_text="plain").wait_for()
    assert page.locator("#notice").is_hidden()


def test_of_several_choices_the_last_one_stays(visit):
    page = visit("?collection=tree")
    for collection in ("soft", "imagenet", "soft", "imagenet"):
        page.select_option("#collection", collection)
    page.locator("#details h2", has_text="ImageNet-1k").wait_for()
    page.wait_for_timeout(500)
    assert view(page)["collection"] == "imagenet"
    assert page.input_value("#collection") == "imagenet"


def test_back_before_the_first_picture_is_drawn_is_kept(context, address):
    page = context.new_page()
    page.goto(f"{address}/?collection=tree")
    ready(page)
    # Two views of one document; back is pressed while the page is made anew.
    page.evaluate("task2box.explorer.change({task: 'eagle'})")
    held = []

    def hold(route):  # the first only: what back asks for is answered before it
        held.append(route) if not held else route.continue_()

    page.route("**/view.json*", hold)
    page.reload(wait_until="commit")
    wait_for(lambda: page.wait_for_timeout(20) or held)
    page.evaluate("history.back()")
    wait_for(lambda: "task=eagle" not in page.evaluate("location.search"))
    page.wait_for_timeout(300)
    held[0].continue_()
    ready(page)
    wait_for(lambda: view(page)["task"] == "")
    page.locator("#details h2", has_text="Tree").wait_for()


def test_a_collection_that_proves_damaged_is_said_and_the_other_stays(visit, context):
    page = visit("?collection=tree")
    page.select_option("#collection", "broken")
    notice = page.locator("#notice")
    wait_for(notice.is_visible)
    assert re.search(
        r"boxes_2d\.npz is damaged.*core fit broken --dim 2", notice.inner_text()
    )
    assert view(page)["collection"] == page.input_value("#collection") == "tree"
    page.locator("#details h2", has_text="Tree").wait_for()
    choose(page, "soft")
    assert notice.is_hidden()
    # Chromium itself puts the refused request on the console.
    assert len(context.faults) == 1
    assert "503" in context.faults.pop()


def test_a_link_to_a_damaged_collection_shows_another(visit):
    page = visit("?collection=broken")
    assert "boxes_2d.npz is damaged" in page.inner_text("#notice")
    assert view(page)["collection"] == "imagenet"


def test_in_three_dimensions_it_is_said_which_tasks_are_drawn(visit):
    page = visit("?collection=imagenet&dim=3")
    assert page.inner_text("#cuboids-legend") == "the 400 largest of 1,396 tasks"
    page.evaluate("task2box.explorer.change({focus: 'n03800933'})")
    assert page.locator("#cuboids-legend").is_hidden()
    choose(page, "tree")
    assert page.locator("#cuboids-legend").is_hidden()


# All about a collection


def test_about_tells_all_in_a_dialog(visit):
    page = visit("?collection=tree")
    page.click("header [data-action=about]")
    dialog = page.locator("#about-dialog")
    page.locator("#about h2", has_text="Tree").wait_for()
    text = dialog.inner_text()
    assert "Tree, made up for a test." in text
    assert "python -m core build nothing" in text
    assert "Left out: 700" in text
    assert "Genus 699: renamed" in page.locator(".listing").inner_text()
    links = dialog.locator("a")
    assert links.count() == 1
    assert links.get_attribute("href") == "https://example.org/data"
    assert "noopener" in links.get_attribute("rel")
    frame = dialog.bounding_box()
    assert frame["height"] < 900
    page.click("[data-action=close-about]")
    assert dialog.is_hidden()


def test_about_is_reached_and_left_by_keys(visit):
    page = visit("?collection=soft")
    button = page.locator("header [data-action=about]")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#about-dialog")
    page.locator("#about h2", has_text="Soft").wait_for()
    inside = "document.getElementById('about-dialog').contains(document.activeElement)"
    assert page.evaluate(inside)
    page.keyboard.press("ArrowRight")  # must not move about in what is behind
    assert view(page)["task"] == ""
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert page.evaluate("document.activeElement.dataset.action") == "about"


def test_about_is_of_the_collection_that_is_shown(visit):
    page = visit("?collection=tree")
    page.click("header [data-action=about]")
    page.locator("#about h2", has_text="Tree").wait_for()
    page.mouse.click(5, 5)  # beside the dialog
    assert page.locator("#about-dialog").is_hidden()
    choose(page, "soft")
    page.locator("#details [data-action=about]").click()
    page.locator("#about h2", has_text="Soft").wait_for()
    assert shapes.NOTE in page.inner_text("#about")
    assert shapes.THEIRS in page.inner_text("#about")


def test_notes_are_always_in_sight(visit):
    page = visit("?collection=soft&task=plain")
    assert page.locator("#notes .note").all_inner_texts() == [
        f"Boxes: {shapes.THEIRS}",
        shapes.NOTE,
    ]
    choose(page, "tree")
    assert page.locator("#notes").is_hidden()


def test_about_fits_a_narrow_window(visit):
    page = visit("?collection=soft")
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("header [data-action=about]")
    page.locator("#about h2").wait_for()
    frame = page.locator("#about-dialog").bounding_box()
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= 390
    assert (
        page.evaluate("document.getElementById('about').scrollWidth") <= frame["width"]
    )


# A collection of overlaps


def test_overlaps_are_told_in_both_directions_with_the_truth(visit):
    page = visit("?collection=soft&task=plain")
    page.locator("#details h2", has_text="plain").wait_for()
    line = page.locator("#details .relation", has_text="日本語")
    assert line.get_attribute("data-inside")
    assert "--true-inside: 40%" in line.get_attribute("style").replace(".0%", "%")
    assert "Learned shares differ from true ones" in page.inner_text(".verdict")
    page.locator("#contained-title", has_text="Overlap with “plain”").wait_for()
    wait_for(lambda: "日本語 / ñandú" in rows(page))
    assert headers(page)[-4:] == ["learned", "truth", "learned", "truth"]


def test_metadata_is_shown_as_a_person_would_say_it(visit):
    page = visit("?collection=soft&task=org%2Fdata-set")
    page.locator("#details h2", has_text="org/data-set").wait_for()
    facts = page.locator("#details dl").inner_text().split("\n")
    said = dict(zip(facts[::2], facts[1::2], strict=True))
    assert said == {
        "Size": "60,000",
        "Address": "https://example.org/0",
        "Homepage": "javascript:alert(1)",
        "Labels": "cat, dog",
        "Public": "yes",
        "Kind": "a, b",
        "Weight": "0.5",
    }
    links = page.locator("#details dl a")
    assert links.count() == 1
    assert links.get_attribute("href") == "https://example.org/0"


def test_sizes_are_colours_with_a_legend_that_says_what_is_not_known(visit):
    page = visit("?collection=soft&color=size")
    assert page.inner_text("#legend").split("\n") == [
        "size",
        "3",
        "1,000,000",
        "unknown",
    ]
    colors = page.evaluate(f"Array.from({STATE}.colors)")
    assert colors[1] == colors[4] == colors[6]  # unknown
    assert len({colors[k] for k in (0, 2, 3, 5, 7)}) == 5
    page.select_option("#color", "position")
    wait_for(lambda: "near each other" in page.inner_text("#legend"))
    assert len(set(page.evaluate(f"Array.from({STATE}.colors)"))) > 4


def test_the_tooltip_says_rank_and_size(visit):
    page = visit("?collection=tree")
    page.mouse.move(*page.evaluate("task2box.pixelOf('eagle')"))
    first = page.locator("#tooltip .line").first
    assert first.inner_text().split("\n") == ["Eagle", "species", "1 species"]
    choose(page, "soft")
    settled(page)
    page.mouse.move(*page.evaluate("task2box.pixelOf('org/data-set')"))
    first = page.locator("#tooltip .line").first
    assert first.inner_text().split("\n") == ["org/data-set", "size 60,000"]


# Whatever people call things


@pytest.mark.parametrize("name", shapes.NAMES, ids=range(len(shapes.NAMES)))
def test_any_name_can_be_chosen_linked_and_shown(visit, context, address, name):
    page = visit("?collection=soft")
    page.evaluate("(task) => task2box.explorer.change({task, focus: task})", name)
    settled(page)
    said = page.locator("#details h2")
    wait_for(lambda: said.inner_text().strip()[:40] == name.strip()[:40])
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    assert page.locator("#boxes-panel").bounding_box()["height"] > 300
    other = context.new_page()
    other.goto(page.url)
    ready(other)
    assert view(other) == view(page)
    assert view(other)["task"] == name
    assert other.locator("#notice").is_hidden()


def test_a_long_name_breaks_no_part_of_the_page(visit):
    page = visit("?collection=soft")
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate(
        "(task) => task2box.explorer.change({task, focus: task})", shapes.LONG
    )
    page.locator("#contained-title", has_text="Overlap with").wait_for()
    settled(page)
    page.mouse.move(*page.evaluate("(task) => task2box.pixelOf(task)", shapes.LONG))
    assert page.locator("#tooltip").bounding_box()["height"] < 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#details h2").bounding_box()["height"] < 130
    page.keyboard.press("/")
    page.keyboard.type("xxxx")
    for result in page.locator("#search-results .result").all():
        assert result.bounding_box()["height"] < 80


def test_a_long_title_and_long_notes_break_no_part_of_the_page(
    visit, context, tmp_path
):
    page = visit("?collection=long")
    page.locator("#details h2", has_text="xxx").wait_for()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#boxes-panel").bounding_box()["y"] < 320
    page.click("header [data-action=about]")
    page.locator("#about h2").wait_for()
    assert page.locator("#about h2").bounding_box()["height"] < 130
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1440, "height": 900})
    path = exported(page, "html", tmp_path)
    alone = opened(context, path)
    assert alone.locator("#notes .note").count() == 4
    assert alone.evaluate("document.documentElement.scrollWidth") <= 1440
    assert alone.locator("#boxes-panel").bounding_box()["y"] < 320
