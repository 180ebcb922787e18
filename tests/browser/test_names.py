"""Names are data: markup in them is shown as the text it is, everywhere."""

import dataclasses
import xml.etree.ElementTree as ElementTree

import pytest

from core import cache
from tests.browser.pages import exported, opened, ready, served, settled

MARKUP = "<img src=x onerror=alert(1)>"
BOLD = "<b>bold</b> & </script><script>alert(2)</script>"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A server with a collection whose names are markup."""
    store = cache.Store(tmp_path_factory.mktemp("hostile"))
    shipped = cache.load_collection(store, "imagenet")
    tasks = shipped.tasks.copy()
    rows = tasks.index.get_indexer(["n00001740", "n02084071"])
    for column in ("label", "definition", "lemmas", "also"):
        tasks.iloc[rows[0], tasks.columns.get_loc(column)] = MARKUP
        tasks.iloc[rows[1], tasks.columns.get_loc(column)] = BOLD
    about = {**shipped.provenance, "title": MARKUP, "description": BOLD}
    collection = dataclasses.replace(
        shipped, name="hostile", tasks=tasks, provenance=about
    )
    cache.save_collection(store, collection)
    for dim in (2, 3):
        cache.save_boxes(store, "hostile", cache.load_boxes(store, "imagenet", dim), {})
    cache.save_projection(
        store, "hostile", cache.load_projection(store, "imagenet", "pca")
    )
    with served(store.data) as address:
        yield address


def injected(page):
    """Elements that only markup in a name could have made."""
    return page.evaluate("document.querySelectorAll('img[src=x], [onerror]').length")


@pytest.fixture
def page(context, hostile):
    alerts = []
    page = context.new_page()
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"{hostile}/?collection=hostile&task=n02084071")
    yield ready(page)
    assert alerts == []
    assert injected(page) == 0


def test_markup_is_text_in_tooltip_breadcrumb_details_search_and_table(page):
    page.locator("#details h2", has_text=BOLD).wait_for()
    assert page.locator("#breadcrumb .crumb").first.inner_text() == MARKUP
    page.mouse.move(*page.evaluate("task2box.pixelOf('n02084071')"))
    names = page.locator("#tooltip .name").all_inner_texts()
    assert {MARKUP, BOLD} <= set(names)
    page.keyboard.press("/")
    page.keyboard.type("onerror")
    assert page.locator("#search-results .name").first.inner_text() == MARKUP
    page.keyboard.press("Escape")
    page.evaluate("task2box.explorer.change({task: 'n00001740', focus: 'n00001740'})")
    settled(page)
    page.locator("#contained-title", has_text=MARKUP).wait_for()
    page.evaluate("task2box.explorer.change({task: '', focus: ''})")
    page.locator("#details h2", has_text=MARKUP).wait_for()


def test_markup_is_text_in_three_dimensions(page):
    page.click("#dim button:has-text('3D')")
    page.wait_for_timeout(1500)
    texts = page.evaluate(
        "document.querySelector('#cuboids').data"
        ".find((trace) => trace.mode === 'text').text"
    )
    assert "&lt;img src=x onerror=alert(1)&gt;" in texts


def test_markup_is_text_in_exported_files(page, context, tmp_path):
    drawing, file = (exported(page, kind, tmp_path) for kind in ("svg", "html"))
    root = ElementTree.parse(drawing).getroot()
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title.text == MARKUP
    alone = opened(context, file)
    assert alone.locator("#breadcrumb .crumb").first.inner_text() == MARKUP
    assert injected(alone) == 0


def test_another_collection_can_be_chosen(page):
    page.select_option("#collection", "imagenet")
    page.locator("#breadcrumb .crumb", has_text="ImageNet-1k").wait_for()
    state = "task2box.explorer.state.view"
    shown = page.evaluate(f"[{state}.collection, {state}.beside]")
    assert shown == ["imagenet", "pca"]  # both have it, so it stays
    assert "collection=imagenet" in page.url
