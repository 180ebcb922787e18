"""Training from the page: started, watched, cancelled, resumed and done."""

import pytest

from core.cache import Store, load_boxes
from tests.browser import shapes
from tests.browser.pages import Faults, ready, served, wait_for
from tests.browser.test_accessibility import findings

CUB = "?collection=cub"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Seventy tasks of somebody's own, of which there are no boxes yet."""
    data = tmp_path_factory.mktemp("jobs")
    shapes.save_families(Store(data))
    for path in (data / "families").glob("boxes_*"):
        path.unlink()
    return data


@pytest.fixture(scope="module")
def address(data):
    with served(data) as address:
        yield address


def opened(page):
    """The tab, ready to be filled in."""
    page.click("[data-action=own]")
    page.click("#own-tab-train")
    # The names of collections come from the server.
    page.locator("#own-train option[value=cub]").wait_for(state="attached")
    return page


def learn(page, seed, steps):
    page.select_option("#own-train [name=collection]", "cub")
    page.select_option("#own-train [name=recipe]", "network")
    page.fill("#own-train [name=seed]", str(seed))
    page.fill("#own-train [name=steps]", str(steps))
    press(page, "Learn boxes")


def press(page, word):
    """Ask for a job and wait until the page knows of it."""
    known = page.evaluate("task2box.jobs().map(({ id }) => id)")
    page.click(f"text={word}")
    wait_for(lambda: job(page) and job(page)["id"] not in known)


def job(page):
    """What the page knows of the job that was asked for last."""
    return page.evaluate("task2box.jobs().at(-1) ?? null")


def state(page, wanted):
    """Wait until the last job has come to that."""
    wait_for(lambda: job(page)["state"] == wanted)


def shown(page):
    """The corners that the page draws."""
    return page.evaluate("Array.from(task2box.explorer.state.atlas.boxes[2].lower)")


def test_boxes_are_learned_watched_cancelled_and_resumed(visit, data):
    page = visit(CUB)
    before = shown(page)
    opened(page)
    learn(page, seed=1, steps=900)
    page.locator(".job[data-state=running]").wait_for()
    wait_for(lambda: job(page)["progress"]["step"] > 20)

    # How far it is, in words, as a bar, as a curve and as boxes.
    card = page.locator(".job").first
    assert "of 900" in card.inner_text()
    assert "left" in card.inner_text()
    assert 0 < card.locator("progress").evaluate("(bar) => bar.value") < 1
    assert card.locator(".curve .line").get_attribute("points").count(",") > 1
    label = card.locator(".curve").get_attribute("aria-label")
    assert label.startswith("Loss: from ")
    assert card.locator(".preview").is_visible()

    # Without the dialog it is in the header, and the boxes can be watched.
    page.click("[data-action=close-own]")
    assert page.locator("#job").inner_text().startswith("CUB-200-2011")
    # A job on this machine stands still while a hand moves a picture.
    with page.expect_request("**/moving"):
        page.mouse.move(400, 400)
        page.mouse.down()
        page.mouse.move(420, 410, steps=4)
    page.mouse.up()
    page.click(".watch button")
    wait_for(lambda: page.evaluate("Boolean(task2box.explorer.state.played)"))
    first = page.evaluate("task2box.explorer.state.played.frame(-1)")
    wait_for(
        lambda: page.evaluate("task2box.explorer.state.played.frame(-1)") != first, 60
    )
    page.click(".watch button")
    assert page.evaluate("task2box.explorer.state.played") is None

    # Closing the page does not stop it; coming back shows it.
    step = job(page)["progress"]["step"]
    page.reload()
    ready(page)
    page.locator("#job").wait_for()
    assert job(page)["progress"]["step"] >= step

    # Cancelled, the boxes are the ones of before; cancelling twice is no error.
    page.click("#job")
    card.get_by_text("Cancel", exact=True).click()
    page.evaluate("task2box.changeJob(task2box.jobs().at(-1), 'cancel')")
    state(page, "cancelled")
    assert "Cancelled at step" in card.inner_text()
    assert shown(page) == before
    assert page.locator("#job").is_hidden()

    # Resumed, it ends, and the page has the new boxes by itself.
    card.get_by_text("Resume", exact=True).click()
    wait_for(lambda: job(page)["progress"]["phase"] == "learning")
    assert job(page)["progress"]["step"] >= 20
    state(page, "done")
    wait_for(lambda: shown(page) != before)
    kept = load_boxes(Store(data), "cub", 2)
    assert shown(page) == pytest.approx(kept.lower.ravel().tolist())
    page.click("[data-action=close-own]")
    assert page.locator(".watch").is_hidden()


def test_a_collection_without_boxes_is_learned_and_shown(visit):
    page = opened(visit(CUB))
    page.select_option("#own-train [name=collection]", "families")
    page.select_option("#own-train [name=recipe]", "network")
    page.fill("#own-train [name=steps]", "40")
    press(page, "Learn boxes")
    state(page, "done")
    card = page.locator(".job").first
    card.get_by_text("Show", exact=True).click()
    seen = "task2box.explorer.state.atlas.collection"
    wait_for(lambda: page.evaluate(seen) == "families")
    assert page.input_value("#collection") == "families"
    assert not page.evaluate("document.getElementById('own-dialog').open")


def test_jobs_wait_for_one_another_and_points_are_computed_too(visit):
    page = opened(visit(CUB))
    learn(page, seed=2, steps=50_000)
    page.locator(".job[data-state=running]").wait_for()
    page.select_option("#own-train [name=method]", "pca")
    press(page, "Compute points")
    waiting = page.locator(".job[data-state=queued]")
    waiting.wait_for()
    assert "Waits for the jobs before it." in waiting.inner_text()
    page.locator(".job[data-state=running]").get_by_text("Cancel").click()
    state(page, "done")
    assert job(page)["what"] == "project"


def test_a_fault_is_said_where_it_was_made(visit, context):
    page = opened(visit(CUB))
    page.fill("#own-train [name=steps]", "12345678")
    page.eval_on_selector(".job-form", "(form) => (form.noValidate = true)")
    page.click("text=Learn boxes")
    fault = page.locator(".job-fault").first
    wait_for(lambda: "no whole number for steps" in fault.inner_text())
    # The browser says of itself that an answer was 400.
    assert all("400" in one for one in context.faults)
    context.faults.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tab_is_accessible_and_fits_a_telephone(browser, address, scheme):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme
    )
    faults = Faults()
    context.on("page", faults.watch)
    page = context.new_page()
    page.goto(f"{address}/{CUB}")
    opened(ready(page))
    page.locator(".job").first.wait_for()
    assert findings(page) == []
    fits = "({scrollWidth, clientWidth}) => scrollWidth <= clientWidth"
    assert page.locator("#own").evaluate(fits)
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.action") == "own"
    context.close()
    assert faults == []
