"""A person's own tasks among those of a collection: dropped, seen, cleared."""

import numpy as np
import pytest

from core import cache
from core.cache import Store
from dashboard.turns import Busy
from tests.browser.pages import exported, opened, ready, settled, wait_for
from tests.browser.shapes import HOSTILE
from tests.browser.test_accessibility import findings

CUB = "?collection=cub"
INPUT = "#own-place > .drop input"
SCENE = "task2box.explorer.pictures.boxes.scene().placed"
NAMES = ("mine", HOSTILE, "noise")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Images of two species, a little changed, and noise; whose they are."""
    folder = tmp_path_factory.mktemp("own")
    collection = cache.load_collection(Store(folder), "cub")
    members = collection.membership
    tasks = np.flatnonzero((members.counts > 50) & (members.counts <= 60))[:2]
    rows = [
        collection.features[members.member[members.start[t] :][:9]].astype("f4") + 0.01
        for t in tasks
    ]
    noise = np.random.default_rng(0).normal(size=(9, 1280)).astype("f4")
    np.save(folder / "features.npy", np.concatenate([*rows, noise]))
    np.save(folder / "five.npy", noise[:, :5])
    np.save(folder / "many.npy", np.tile(rows[0][:3], (20, 1)))
    quoted = [name.replace('"', '""') for name in NAMES]
    lines = [f'{row},"{quoted[row // 9]}"' for row in range(27)]
    (folder / "members.csv").write_text("\n".join(["member,task", *lines]))
    return folder


@pytest.fixture
def own(open_page):
    """A function that opens a query, and the tab for one's own tasks."""

    def open_tab(query=CUB):
        page = open_page(query)
        page.click("[data-action=own]")
        page.locator("#own-tab-place").click()
        page.locator("#own-place .muted:not([aria-busy])").wait_for(timeout=60_000)
        return page

    return open_tab


def given(page, files, *names):
    page.set_input_files(INPUT, [files / name for name in names])
    return page


def placed(page, files, *names):
    """The page with the tasks of these files among its boxes."""
    given(page, files, *(names or ("features.npy", "members.csv")))
    page.locator("#own-dialog").wait_for(state="hidden")
    settled(page)
    return page


def tasks(page):
    return page.evaluate(f"{SCENE}?.tasks.map(({{ name }}) => name) ?? null")


def known(page):
    """Corners of all known boxes, as they are drawn."""
    return page.evaluate("Array.from(task2box.explorer.state.atlas.corners)")


def middle(page, at, panel="boxes"):
    """A pixel of the page in the middle of one of them."""
    return page.evaluate(
        """([at, panel]) => {
            const picture = task2box.explorer.pictures[panel];
            const { method, placed } = picture.scene();
            const { lower, upper, points } = placed.tasks[at];
            const [x, y] = panel === "boxes"
                ? [0, 1].map((axis) => (lower[axis] + upper[axis]) / 2)
                : points[method];
            const { left, top } = picture.root.getBoundingClientRect();
            const [px, py] = picture.toPixel(x, y);
            return [left + px, top + py];
        }""",
        [at, panel],
    )


def test_dropped_files_become_dashed_boxes_and_a_list_and_no_box_moves(own, files):
    page = own()
    before = known(page)
    assert "1,280 numbers" in page.inner_text("#own-place .muted")
    placed(page, files)
    assert tasks(page) == [*NAMES]
    assert known(page) == before
    assert page.inner_text("#placed h3").startswith(
        "3 tasks of your own, 1 outside what this map knows"
    )
    lines = page.locator("#placed li")
    assert lines.count() == 3
    assert lines.nth(0).locator(".related .link").count() > 1
    assert "Outside what this map knows: " in lines.nth(2).inner_text()
    # A name is data.
    assert lines.nth(1).locator("button").first.inner_text() == HOSTILE
    assert page.locator("#placed b, #placed img").count() == 0


def test_a_file_can_be_dropped_anywhere_on_the_tab(own):
    page = own()
    page.evaluate(
        """() => {
            const whole = `name,${Array.from({ length: 1280 }, (_, k) => `c${k}`)}\\n` +
                `dropped,${Array.from({ length: 1280 }, (_, k) => k / 1280)}`;
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([whole], "dropped.csv"));
            const drop = { dataTransfer, bubbles: true, cancelable: true };
            const place = document.querySelector("#own-place p");
            place.dispatchEvent(new DragEvent("drop", drop));
        }"""
    )
    page.locator("#own-dialog").wait_for(state="hidden")
    assert tasks(page) == ["dropped"]


def test_they_are_named_under_the_cursor_and_chosen_by_a_click(own, files):
    page = placed(own(), files)
    page.click("#placed li button >> nth=0")
    settled(page)
    page.mouse.move(*middle(page, 0))
    first = page.locator("#tooltip .line").first
    assert first.inner_text().split("\n")[0] == "mine"
    assert page.locator("#tooltip .line").count() > 1  # and what it lies in
    page.mouse.move(5, 5)
    page.locator("#tooltip").wait_for(state="hidden")
    page.mouse.move(*middle(page, 2, "points"))
    assert "noise" in page.inner_text("#tooltip .own")
    page.mouse.click(*middle(page, 2, "points"))
    assert page.inner_text("#placed li.chosen button >> nth=0") == "noise"


def test_choosing_one_in_the_list_flies_to_it(own, files):
    page = placed(own(), files)
    page.click("#placed li button >> nth=0")
    settled(page)
    x0, x1, y0, y1 = page.evaluate("task2box.explorer.pictures.boxes.range")
    lower, upper = page.evaluate(
        f"(({{ lower, upper }}) => [lower, upper])({SCENE}.tasks[0])"
    )
    assert x0 < lower[0] < upper[0] < x1 and y0 < lower[1] < upper[1] < y1
    assert (upper[0] - lower[0]) / (x1 - x0) > 0.1
    assert "viewport=" in page.url


def test_they_stay_as_one_looks_inside_and_are_asked_for_again_in_other_dimensions(
    own, files
):
    page = placed(own(), files)
    page.evaluate("task2box.explorer.change({ focus: 'Passeriformes', viewport: '' })")
    settled(page)
    assert tasks(page) == [*NAMES]
    page.click("#dim [data-dim='3']")
    dashed = """(task2box.explorer.pictures.cuboids.graph.data || [])
        .filter(({ name, x }) => name?.startsWith("placed") && x.length).length"""
    wait_for(lambda: page.evaluate(dashed) == 3)
    page.select_option("#axes", "0,2")
    wait_for(lambda: tasks(page) == [*NAMES])
    assert page.evaluate(f"{SCENE}.tasks[0].lower.length") == 3
    page.click("#dim [data-dim='2']")
    wait_for(lambda: page.evaluate(f"{SCENE}?.tasks[0].lower.length") == 2)
    page.select_option("#collection", "taskonomy")
    wait_for(lambda: page.evaluate("task2box.explorer.state.view.collection") != "cub")
    assert tasks(page) is None
    assert page.locator("#placed").is_hidden()
    page.select_option("#collection", "cub")
    wait_for(lambda: tasks(page) == [*NAMES])


def test_what_cannot_be_placed_is_said_in_the_tab_and_nothing_is_lost(
    own, files, context
):
    page = placed(own(), files)
    page.click("[data-action=own]")
    given(page, files, "five.npy")
    fault = page.locator("#own-place .notice")
    fault.wait_for()
    assert fault.inner_text().startswith("five.npy has 5 channels and the 2D model of")
    assert page.locator("#own-dialog").is_visible()
    assert tasks(page) == [*NAMES]
    # The browser tells its console of every answer that is an error.
    assert len(context.faults) == 1 and "400" in context.faults.pop()
    placed(page, files, "many.npy")
    assert len(tasks(page)) == 60


def test_where_nothing_can_be_placed_the_tab_says_why(own, context):
    page = own("?collection=huggingface-published")
    assert page.inner_text("#own-place .muted").startswith(
        "Nothing can be placed among these boxes. No model_2d.safetensors of "
    )
    assert page.locator("#own-place .notice").is_hidden()
    busy = {"status": 503, "content_type": "text/plain", "body": str(Busy())}
    page.route("**/warm.json", lambda route: route.fulfill(**busy))
    for tab in ("collections", "place"):  # it is asked again
        page.click(f"#own-tab-{tab}")
    wait_for(lambda: page.inner_text("#own-place .muted") == str(Busy()))
    assert len(context.faults) == 1 and "503" in context.faults.pop()


def test_clear_forgets_them(own, files):
    page = placed(own(), files, "many.npy")
    assert len(tasks(page)) == 60
    page.click("#placed h3 button")
    assert tasks(page) is None
    assert page.locator("#placed").is_hidden()


def test_pictures_in_files_show_them(own, files, tmp_path):
    page = placed(own(), files)
    text = exported(page, "svg", tmp_path).read_text()
    assert 'stroke-dasharray="6 4"' in text  # inside
    assert 'stroke-dasharray="2 3"' in text  # outside
    assert text.count(">mine</text>") == 4  # among boxes and points, each with a halo
    assert "? noise" in text


def test_a_file_of_its_own_shows_them_without_a_server(own, files, tmp_path, context):
    page = placed(own(), files)
    alone = opened(context, exported(page, "html", tmp_path))
    assert tasks(alone) == [*NAMES]
    assert alone.locator("b, img").count() == 0
    alone.mouse.move(*middle(alone, 2, "points"))
    assert "noise" in alone.inner_text("#tooltip .own")
    alone.click("#dim [data-dim='3']")  # where nobody placed them
    wait_for(lambda: alone.evaluate("task2box.explorer.state.view.dim") == 3)
    alone.click("#dim [data-dim='2']")
    wait_for(lambda: tasks(alone) == [*NAMES])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(own, files, theme):
    page = own(f"{CUB}&theme={theme}")
    assert findings(page) == []
    placed(page, files)
    assert findings(page) == []


def test_on_a_phone_nothing_is_cut(browser, server, files):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{server}/{CUB}")
    ready(page).click("[data-action=own]")
    placed(page, files)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
