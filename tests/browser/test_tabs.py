"""Tabs that stay open: over a restart of the server, beside another, very narrow."""

import subprocess
import sys

import pytest

from tests.browser.pages import (
    PATIENCE,
    ROOT,
    answers,
    free_port,
    ready,
    settled,
    wait_for,
)

STATE = "task2box.explorer.state"
DOG = "n02084071"
AWAY = "The server does not answer."


class Server:
    """An app that can be stopped and started again at the same address."""

    def __init__(self, data):
        self.port, self.data, self.process = free_port(), data, None
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self):
        arguments = ["--port", str(self.port), "--data", str(self.data)]
        self.process = subprocess.Popen(
            [sys.executable, "app.py", *arguments], cwd=ROOT
        )
        wait_for(lambda: answers(f"{self.address}/health"))

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


@pytest.fixture
def restarting(tmp_path):
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tab(context, restarting):
    page = context.new_page()
    page.goto(f"{restarting.address}/?collection=imagenet")
    ready(page)
    page.locator("#details h2").wait_for()
    wait_for(lambda: page.evaluate(f"{STATE}.atlas.definitions.length > 0"))
    yield page
    page.close()
    # Chromium and Dash put requests that nobody answered on the console.
    unanswered = (
        "ERR_CONNECTION_REFUSED",
        "ERR_CONNECTION_RESET",
        "ERR_CONTENT_LENGTH_MISMATCH",
        "ERR_EMPTY_RESPONSE",
        "did not respond",
    )
    faults = [
        one for one in context.faults if not any(word in one for word in unanswered)
    ]
    context.faults[:] = faults


def away(page):
    page.locator("#notice", has_text=AWAY).wait_for()


def test_a_gesture_while_the_server_is_away_is_completed_when_it_is_back(
    tab, restarting
):
    restarting.stop()
    tab.evaluate(f"task2box.explorer.change({{focus: '{DOG}', task: '{DOG}'}})")
    away(tab)
    settled(tab)
    x, y = tab.evaluate(f"task2box.pixelOf('{DOG}')")
    tab.mouse.move(x, y)  # what is drawn goes on
    assert "dog" in tab.inner_text("#tooltip")
    restarting.start()
    tab.locator("#details h2", has_text="dog").wait_for()
    tab.locator("#contained-title", has_text="dog").wait_for()
    tab.locator("#nearest .near").first.wait_for()
    wait_for(tab.locator("#notice").is_hidden)


def test_so_is_a_switch_to_another_collection(tab, restarting):
    restarting.stop()
    tab.select_option("#collection", "cub")
    away(tab)
    restarting.start()
    wait_for(lambda: tab.evaluate(f"{STATE}.view.collection") == "cub")
    tab.locator("#details h2", has_text="CUB").wait_for()
    wait_for(tab.locator("#notice").is_hidden)


def test_so_is_letting_go_and_reading_about_it(tab, restarting):
    tab.evaluate(f"task2box.explorer.change({{task: '{DOG}'}})")
    tab.locator("#details h2", has_text="dog").wait_for()
    restarting.stop()
    tab.evaluate("task2box.explorer.change({task: ''})")
    away(tab)
    tab.click("header [data-action=about]")
    restarting.start()
    tab.locator("#about h2", has_text="ImageNet-1k").wait_for()
    tab.keyboard.press("Escape")
    tab.locator("#details h2", has_text="ImageNet-1k").wait_for()
    wait_for(tab.locator("#notice").is_hidden)


def test_two_tabs_on_different_collections_do_not_meet(open_page):
    first, second = open_page("?collection=cub"), open_page("?collection=taskonomy")
    first.select_option("#collection", "imagenet")
    wait_for(lambda: first.evaluate(f"{STATE}.view.collection") == "imagenet")
    name = second.evaluate(f"{STATE}.atlas.names[3]")
    second.evaluate("(task) => task2box.explorer.change({task})", name)
    first.evaluate(f"task2box.explorer.change({{task: '{DOG}'}})")
    label = second.evaluate(f"{STATE}.atlas.labels[3]")
    second.locator("#details h2", has_text=label).wait_for()
    second.locator("#contained-title", has_text=label).wait_for()
    first.locator("#details h2", has_text="dog").wait_for()
    first.locator("#contained-title", has_text="dog").wait_for()
    assert second.evaluate(f"{STATE}.view.collection") == "taskonomy"
    first.reload()
    ready(first)
    assert first.evaluate(f"{STATE}.view.task") == DOG


@pytest.mark.parametrize("height", [200, 500])
def test_a_window_of_200_pixels_can_be_used(open_page, height):
    page = open_page(f"?task={DOG}")
    page.set_viewport_size({"width": 200, "height": height})
    page.locator("#nearest .near").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 200
    # No word is broken into letters, one below the other.
    heights = page.evaluate(
        "[...document.querySelectorAll('#details .relation, .near, dd')]"
        ".map((line) => line.offsetHeight)"
    )
    assert max(heights) <= 130
    page.locator("#search").focus()
    page.keyboard.type("violin")
    frame = page.locator("#search-results").bounding_box()
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= 200
    page.keyboard.press("Enter")
    settled(page)
    page.locator("#boxes-panel").focus()
    page.keyboard.press("?")
    frame = page.locator("#help-dialog").bounding_box()
    assert frame["x"] >= 0
    assert frame["x"] + frame["width"] <= 200
    assert frame["height"] <= height
