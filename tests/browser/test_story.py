"""All of it, as a person with a folder of pictures does it who has read nothing."""

import zipfile

import pytest

from core.archive import unpack
from core.cache import Store, load_boxes, load_collection
from tests.browser import wardrobe
from tests.browser.pages import served, settled, wait_for
from tests.browser.test_collections import rows
from tests.browser.test_own import collection, offered, quiet, row, said
from tests.browser.test_train import job, press, shown, state

KNOWN = {
    "wardrobe/clothing/shirt": "shirt",
    "wardrobe/clothing/trousers": "trousers",
    "wardrobe/clothing/dress": "dress",
    "wardrobe/shoes/sneaker": "sneaker",
    "wardrobe/shoes/sandal": "sandal",
}
NEW = {"new/trainers": "sneaker", "new/boots": "boot"}
SCENE = "task2box.explorer.pictures.boxes.scene().placed"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def address(data):
    with served(data) as address:
        yield address


def tab(page, name):
    if not page.is_visible("#own-dialog"):
        page.click("[data-action=own]")
    page.click(f"#own-tab-{name}")


def test_a_folder_of_pictures_becomes_a_map_and_goes_again(visit, data, tmp_path):
    page = visit("?collection=cub")
    store = Store(data)

    # Pictures are looked at, and kept when one says so.
    tab(page, "collections")
    page.click("text=New collection from files")
    zipped = wardrobe.zipped(tmp_path / "wardrobe.zip", KNOWN, 8)
    page.set_input_files(".gathering input[type=file]", zipped)
    page.fill(".gathering [aria-label=Title]", "My wardrobe")
    page.click("text=Look at it first")
    page.locator(".understood .counts").wait_for(timeout=60_000)
    assert page.inner_text(".understood .counts").startswith(
        "8 tasks · 40 members with 1,280 channels"
    )
    assert not store.own("my-wardrobe")
    page.click("text=Keep it")
    wait_for(lambda: page.query_selector(row("my-wardrobe", "Train")))
    assert len(load_collection(store, "my-wardrobe").features) == 40

    # Its boxes are learned before one's eyes, stopped, and learned to the end.
    page.click(row("my-wardrobe", "Train"))
    wait_for(lambda: page.input_value("#own-train [name=collection]") == "my-wardrobe")
    page.select_option("#own-train [name=recipe]", "network")
    page.fill("#own-train [name=steps]", "600")
    press(page, "Learn boxes")
    card = page.locator(".job").first
    card.locator(".curve .line").wait_for(timeout=60_000)
    seen = card.locator(".job-words").inner_text
    wait_for(lambda: "of 600, loss" in seen())
    assert card.locator(".preview").is_visible()
    before = seen()
    wait_for(lambda: seen() != before)
    card.get_by_text("Cancel", exact=True).click()
    state(page, "cancelled")
    assert not store.holds("my-wardrobe", "boxes_2d.npz")
    assert "my-wardrobe" not in offered(page)
    reached = job(page)["progress"]["step"]
    card.get_by_text("Resume", exact=True).click()
    state(page, "done")
    assert 0 < reached < job(page)["progress"]["step"] == 600
    card.get_by_text("Show", exact=True).click()
    wait_for(lambda: collection(page) == "my-wardrobe")
    first = shown(page)

    # Again, as the program would: without a reload there are the new ones.
    tab(page, "train")
    page.select_option("#own-train [name=recipe]", "default")
    page.fill("#own-train [name=steps]", "")
    press(page, "Learn boxes")
    state(page, "done")
    wait_for(lambda: shown(page) != first)
    learned = shown(page)
    kept = load_boxes(store, "my-wardrobe", 2).lower
    assert learned == pytest.approx(kept.ravel().tolist())
    page.click("[data-action=close-own]")
    settled(page)

    # A click chooses the innermost box, another one the box around it.
    spot = page.evaluate("task2box.pixelOf('wardrobe/shoes/sandal')")
    page.mouse.click(*spot)
    page.locator("#details h2", has_text="sandal").wait_for()
    page.wait_for_timeout(500)  # any sooner it is a double click
    page.mouse.click(*spot)
    page.locator("#contained-title", has_text="Contained in “shoes”: 2").wait_for()
    wait_for(lambda: {*rows(page)} == {"sandal", "sneaker"})

    # New pictures find their place among them, and no box moves.
    tab(page, "place")
    zipped = wardrobe.zipped(tmp_path / "new.zip", NEW, 5, seed=77)
    page.set_input_files("#own-place > .drop input", zipped)
    page.locator("#own-dialog").wait_for(state="hidden", timeout=60_000)
    settled(page)
    trainers, boots = page.locator("#placed li").all()
    assert (
        trainers.locator(".related").first.inner_text().startswith("in sneaker 100 %")
    )
    assert "Outside what this map knows: " in boots.inner_text()
    assert page.evaluate(f"{SCENE}.tasks.length") == 2
    assert shown(page) == learned

    # All of it is one file, from which another data directory has the same.
    tab(page, "collections")
    wait_for(lambda: page.query_selector(row("my-wardrobe", "Export")))
    with page.expect_download() as download:
        page.click(row("my-wardrobe", "Export"))
    path = tmp_path / "exported.zip"
    download.value.save_as(path)
    elsewhere = Store(tmp_path / "elsewhere")
    unpack(elsewhere, path)
    assert (load_boxes(elsewhere, "my-wardrobe", 2).lower == kept).all()
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if name.endswith(".png")]

    # Deleted, it can be had back.
    page.click(row("my-wardrobe", "Delete"))
    wait_for(lambda: page.query_selector(row("my-wardrobe", "Undo")))
    wait_for(lambda: collection(page) != "my-wardrobe")
    assert not store.own("my-wardrobe")
    quiet(page)
    page.click(row("my-wardrobe", "Undo"))
    wait_for(lambda: page.query_selector(row("my-wardrobe", "Show")))
    assert said(page) == "“My wardrobe” is back."
    page.click(row("my-wardrobe", "Show"))
    wait_for(lambda: collection(page) == "my-wardrobe")
    wait_for(lambda: shown(page) == learned)
    quiet(page)
