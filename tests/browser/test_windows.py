"""A collection that is seen through windows, in Chromium."""

import re
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

TASKS = 150_000


@pytest.fixture(scope="module")
def address():
    port = free_port()
    command = ["-m", "tests.benchmarks.scale", "--serve", str(TASKS), str(port)]
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.fixture
def page(context, address):
    page = context.new_page()
    page.goto(address)
    still(ready(page))
    return page


def still(page):
    """Wait until all that can be seen is there."""
    wait_for(lambda: page.evaluate("task2box.explorer.settled()"))
    settled(page)


def seen(page):
    """Names of the tasks that are in the browser."""
    return set(page.evaluate("task2box.explorer.state.atlas.names"))


def note(page):
    """How many tasks are here, of how many."""
    text = page.locator(".window-note").inner_text()
    return [int(one.replace(",", "")) for one in re.findall(r"[\d,]+\d", text)[:2]]


def test_whoever_comes_closer_sees_smaller_tasks_and_no_more_of_them(page):
    far = seen(page)
    assert len(far) < 6000
    assert note(page) == [len(far), TASKS]
    span = "(([x0, x1]) => x1 - x0)(task2box.explorer.pictures.boxes.range)"
    before = page.evaluate(span)
    frame = page.locator("#boxes-panel").bounding_box()
    page.mouse.move(frame["x"] + 150, frame["y"] + 150)
    for _ in range(12):
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(20)
    still(page)
    assert page.evaluate(span) < before / 5
    near = seen(page)
    assert near - far
    assert len(near) < 6000
    page.mouse.down()
    for step in range(10):
        page.mouse.move(frame["x"] + 150 + 30 * step, frame["y"] + 150)
    page.mouse.up()
    still(page)
    assert seen(page) - near
    page.click("[data-action=zoom-fit]")
    still(page)
    wait_for(lambda: seen(page) == far)


def test_what_is_too_small_to_be_seen_is_counted(page):
    label = page.evaluate("task2box.explorer.state.atlas.labels[0]")
    x, y = page.evaluate("task2box.pixelOf(task2box.explorer.state.atlas.names[0])")
    page.mouse.move(x, y)
    page.locator("#tooltip").get_by_text(label).wait_for()
    said = page.locator("#tooltip").inner_text()
    hidden = TASKS - len(seen(page))
    assert f"{hidden:,} more inside" in said


def test_any_task_is_found_looked_into_and_left_again(page, address):
    here = seen(page)
    name = next(name for k in range(99_999, 0, -1) if (name := f"t{k}") not in here)
    told = page.request.get(f"{address}/details.json?task={name}").json()
    label = told[0]["props"]["children"]
    page.fill("#search", label)
    page.locator(f"#search-results .result:has-text('{label}')").first.wait_for()
    page.keyboard.press("Enter")
    page.locator(f"#details h2:has-text('{label}')").wait_for()
    still(page)
    chosen = page.evaluate("task2box.explorer.state.view")
    assert chosen["task"] in seen(page)
    assert page.locator("#breadcrumb .crumb").count() > 3
    address = page.url
    page.go_back()
    wait_for(lambda: not page.evaluate("task2box.explorer.state.view.task"))
    page.go_forward()
    wait_for(lambda: page.evaluate("task2box.explorer.state.view.task"))
    page.goto(address)
    still(ready(page))
    assert page.evaluate("task2box.explorer.state.view") == chosen


def test_the_table_turns_its_pages(page, address):
    page.goto(f"{address}/?task=t6")
    still(ready(page))
    title = page.locator("#contained-title")
    wait_for(lambda: " of " in title.inner_text())
    page.click("button.page:has-text('Next')")
    wait_for(lambda: "201 to" in title.inner_text())
    first = page.locator("#contained .ag-row[row-index='0'] .ag-cell").first
    label = first.inner_text()
    first.click()
    page.locator(f"#details h2:has-text('{label}')").wait_for()


def test_keys_walk_to_what_is_not_here_yet(page):
    page.focus("#boxes-panel")
    for _ in range(9):
        page.keyboard.press("ArrowDown")
        still(page)
    depth = "(({atlas, view}) => atlas.depth[atlas.row(view.task)])"
    assert page.evaluate(f"{depth}(task2box.explorer.state)") >= 5
    assert page.evaluate("document.querySelector('#live').textContent")


def test_a_large_selection_is_kept_though_not_all_of_it_is_here(page):
    page.evaluate("task2box.explorer.select([...Array(900).keys()])")
    frame = page.locator("#boxes-panel").bounding_box()
    page.mouse.move(frame["x"] + 150, frame["y"] + 150)
    for _ in range(15):
        page.mouse.wheel(0, -120)
    still(page)
    assert page.evaluate("task2box.explorer.state.selection.rows.length") < 900
    page.click("summary:has-text('Export')")
    wait_for(lambda: "900 selected" in page.locator("#export-count").inner_text())
