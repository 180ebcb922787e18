"""Discovered tasks: agreement, the gallery, the quiz by keys, names, splits."""

import csv
import io

import pytest
from playwright.sync_api import expect

from core.cache import Store
from tests.browser.pages import served
from tests.discoveries import keep_discovery


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("data"))
    keep_discovery(store, "a-quick")
    keep_discovery(store, "b-quick", sheet=False)
    return store


@pytest.fixture(scope="module")
def address(store):
    with served(store.data) as address:
        yield address


@pytest.fixture
def tab(visit):
    page = visit("?collection=taskonomy")
    page.click("[data-action=own]")
    page.click("#own-tab-discovery")
    page.locator(".discovery-list").wait_for()
    return page


def test_tasks_have_their_agreement_and_their_surest_images(tab):
    scores = tab.locator("button.score")
    expect(scores).to_have_count(2)
    expect(scores.first).to_contain_text("0.90")
    assert "interval 0.85 to 0.95" in scores.first.get_attribute("title")
    scores.nth(1).click()
    expect(tab.locator(".discovery-side h3")).to_have_text("Task 2")
    expect(tab.locator(".discovery-side .cells")).to_have_count(2)
    expect(tab.locator(".task-map rect.found")).to_have_count(2)
    expect(tab.locator(".task-map rect.known")).to_have_count(4)


def test_the_quiz_is_played_by_keys_and_counts(tab):
    told = tab.evaluate("task2box.ask('discovery/a-quick.json')")
    tab.click("#discovery-quiz")
    expect(tab.locator(".quiz")).to_be_focused()
    questions = told["tasks"][0]["quiz"]
    for k, (_, side) in enumerate(questions):
        wrong = k == 0
        keys = ["0", "1"] if k % 2 else ["ArrowLeft", "ArrowRight"]
        tab.keyboard.press(keys[1 - side if wrong else side])
        said = "No, that was" if wrong else "Right."
        expect(tab.locator(".quiz-said")).to_contain_text(said)
    right = f"{len(questions) - 1} of {len(questions)} right"
    expect(tab.locator(".quiz-score")).to_have_text(right)
    tab.keyboard.press("Enter")  # the button to play again is focused
    expect(tab.locator(".quiz-score")).to_contain_text("1 of")


def test_a_name_is_kept(tab, visit):
    tab.locator("#task-name").fill("striped")
    tab.locator("#task-name").press("Enter")
    expect(tab.locator(".discovery-side h3")).to_have_text("striped")
    again = visit("?collection=taskonomy")
    again.click("[data-action=own]")
    again.click("#own-tab-discovery")
    expect(again.locator("button.score").first).to_contain_text("striped")
    again.locator("#task-name").fill("")
    again.locator("#task-name").press("Enter")
    expect(again.locator(".discovery-side h3")).to_have_text("Task 1")


def test_splits_are_told_and_downloaded(tab):
    tab.click("#discovery-splits")
    expect(tab.locator(".split-ways section")).to_have_count(2)
    expect(tab.locator(".confusion td.own")).to_have_count(6)
    with tab.expect_download() as download:
        tab.click("text=Download this split")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert len(rows) == 240


def test_images_that_are_not_shipped_are_drawn_from_one_s_own(tab):
    tab.locator("select[aria-label=Discovery]").select_option("b-quick")
    expect(tab.locator(".discovery-side code")).to_contain_text("gallery b-quick")
    tab.click("#discovery-quiz")
    expect(tab.locator("#own-discovery code")).to_contain_text("gallery b-quick")
