"""How boxes came about: played, gone through by keys, and left."""

import numpy as np
import pytest

from core import cache
from core.replay import Replay, save_replay
from tests.browser import shapes
from tests.browser.pages import Faults, ready, served, settled, wait_for
from tests.browser.test_accessibility import findings

TREE = "?collection=tree"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A tree whose boxes grew to four times their size in eleven steps."""
    store = cache.Store(tmp_path_factory.mktemp("replays"))
    shapes.save_tree(store)
    shapes.save_soft(store)
    grown = cache.load_boxes(store, "tree", 2)
    sizes = np.array([0.25, 0.5, 1], np.float32)[:, None, None]
    losses = np.array([np.nan, 2.5, 0.125])
    steps = np.array([0, 4, 11])
    replay = Replay(steps, losses, sizes * grown.lower, sizes * grown.upper)
    save_replay(store, "tree", replay)
    with served(store.data) as address:
        yield address


@pytest.fixture
def calm(browser, address):
    """A function that opens a query for who wants no motion."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    context.faults = Faults()
    context.on("page", context.faults.watch)

    def open_query(query):
        page = context.new_page()
        page.goto(f"{address}/{query}")
        return ready(page)

    yield open_query
    context.close()
    assert context.faults == []


def begun(page):
    page.click(".replay > button")
    page.locator(".transport").wait_for()
    return page


def played(page):
    """Frame of all boxes on their way; None where they are the fitted ones."""
    return page.evaluate(
        "(({ played }) => played && played.frame(-1))(task2box.explorer.state)"
    )


def words(page):
    return page.inner_text(".replay output")


def press(page, key):
    page.locator(".replay input").press(key)


def reach(page):
    """What the picture of boxes shows."""
    return page.evaluate("task2box.explorer.pictures.boxes.range")


def test_steps_are_gone_through_by_keys(calm):
    page = calm(TREE)
    fitted = reach(page)
    begun(page)
    assert page.locator(".transport > button >> nth=0").is_hidden()  # nothing plays
    assert words(page) == "step 0 of 11, before any learning"
    assert played(page) == [0, 1, 0, 0.25]
    press(page, "ArrowRight")
    assert words(page) == "step 4 of 11, loss 2.50"
    assert page.locator(".replay input").get_attribute("aria-valuetext") == words(page)
    assert played(page) == [0, 2, 0, 0.5]
    assert reach(page) == pytest.approx([-0.06, 2.06, -0.015, 0.515])
    press(page, "End")
    assert words(page) == "step 11 of 11, loss 0.125"
    assert played(page) is None  # the fitted boxes themselves
    assert reach(page) == fitted
    press(page, "Home")
    assert played(page) == [0, 1, 0, 0.25]


def test_between_two_steps_boxes_are_between_theirs(calm):
    page = begun(calm(TREE))
    between = page.evaluate(
        """() => {
            const { state } = task2box.explorer;
            const [lower, upper] = [new Float32Array(28), new Float32Array(28)];
            upper.fill(4, 14); // all boxes grow from nothing to a side of 4
            const kept = { steps: [0, 1], lower, upper };
            task2box.fillBetween(state.played, kept, { dim: 2, axes: "0,1" }, 0.25);
            const first = Array.from(state.played.corners.slice(0, 4));
            return [state.played.frame(3), first];
        }"""
    )
    assert between == [[0, 1, 0, 1], [0, 1, 0, 1]]


def test_it_plays_to_the_end_and_stays_there(visit):
    page = visit(TREE)
    begun(page)
    wait_for(lambda: words(page).startswith("step 4"))
    assert page.get_attribute(".transport > button >> nth=0", "title") == "Pause"
    wait_for(lambda: words(page).startswith("step 11"))
    assert page.get_attribute(".transport > button >> nth=0", "title") == "Play"
    assert played(page) is None
    page.click(".transport [title=Play]")
    wait_for(lambda: played(page) is not None)
    page.click(".transport [title=Pause]")
    before = played(page)
    assert page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => "
        "done(task2box.explorer.state.played.frame(-1)))))"
    ) == pytest.approx(before)


def test_a_hand_is_told_of_the_boxes_as_they_are_drawn(calm):
    page = begun(calm(TREE))
    panel = page.locator("#boxes-panel").bounding_box()
    # All boxes are a quarter as large and the picture has followed: the eagle is where
    # it will be, on the left.
    page.mouse.move(panel["x"] + 0.1 * panel["width"], panel["y"] + panel["height"] / 2)
    wait_for(lambda: page.evaluate("task2box.explorer.state.hovered") == 3)
    page.mouse.wheel(0, -300)
    wait_for(lambda: reach(page)[1] < 0.9)
    settled(page)
    wait_for(lambda: page.evaluate("Boolean(task2box.explorer.state.played.held)"))
    assert page.evaluate("task2box.explorer.state.view.viewport") == ""


def test_leaving_it_shows_the_fitted_boxes(calm):
    page = calm(TREE)
    fitted = reach(page)
    begun(page)
    page.click(".transport [title='Back to the fitted boxes']")
    assert page.locator(".transport").is_hidden()
    assert (played(page), reach(page)) == (None, fitted)
    assert page.evaluate("document.activeElement.textContent") == "▶ Replay"
    page.keyboard.press("Enter")
    page.locator(".transport").wait_for()
    press(page, "Escape")
    assert page.locator(".transport").is_hidden()
    assert (played(page), reach(page)) == (None, fitted)


def test_another_view_of_other_boxes_ends_it(calm):
    page = begun(calm(TREE))
    page.evaluate("task2box.explorer.change({ task: 'birds', color: 'depth' })")
    assert played(page) is not None
    page.evaluate("task2box.explorer.change({ dim: 3, axes: '0,1' })")
    wait_for(lambda: played(page) is None)  # the boxes come first
    assert page.locator(".replay").is_hidden()  # of these no steps are kept
    page.evaluate("task2box.explorer.change({ dim: 2, axes: '' })")
    assert page.locator(".replay > button").is_visible()
    begun(page)
    page.select_option("#collection", "soft")
    wait_for(lambda: page.locator(".replay").is_hidden())
    assert played(page) is None


def test_where_no_steps_are_kept_there_is_none(visit):
    assert visit("?collection=soft").locator(".replay").is_hidden()


def test_it_can_be_read_by_all(calm):
    assert findings(begun(calm(f"{TREE}&theme=light"))) == []


@pytest.mark.parametrize("name", ["imagenet", "huggingface", "taskonomy"])
def test_what_is_shipped_ends_with_the_boxes_of_the_picture(open_page, name):
    page = open_page(f"?collection={name}")
    same = page.evaluate(
        """async () => {
            const { state, replay } = task2box.explorer;
            const { count, flat, collection } = state.atlas;
            const sent = await replay(collection, 2);
            const { lower, upper } = task2box.cornersOf(sent);
            const last = 2 * count * (sent.steps.length - 1);
            const equal = (some, all) => some.every((one, k) => one === all[last + k]);
            return equal(flat.lower, lower) && equal(flat.upper, upper);
        }"""
    )
    assert same
    begun(page)
    wait_for(lambda: played(page) is not None)
