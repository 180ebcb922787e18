"""Distances of tasks beside the boxes: a matrix linked with them, and a curve."""

import xml.etree.ElementTree as ElementTree

import pytest

from core import cache
from tests.browser import shapes
from tests.browser.pages import colored, exported, opened, served, wait_for
from tests.browser.test_accessibility import findings

PANEL = "task2box.explorer.pictures.others.find(({ kind }) => kind === 'matrix')"
MATRIX = "?collection=tree&beside=matrix"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    store = cache.Store(tmp_path_factory.mktemp("matrix"))
    shapes.save_tree(store)
    shapes.save_soft(store)
    flat = cache.load_boxes(store, "tree", 2)
    for word in ("mean", "mean-variance"):
        cache.save_boxes(store, "tree", flat, {}, word)
    with served(store.data) as address:
        yield address


def drawn(page):
    """Wait until the distances are there."""
    panel = page.locator("#matrix-panel")
    wait_for(lambda: page.evaluate(f"Boolean({PANEL}.seen())"))
    wait_for(lambda: panel.get_attribute("aria-busy") is None)
    return page


def names(page):
    """The tasks in the order of the rows."""
    return page.evaluate(
        f"{PANEL}.seen().rows.map((row) => task2box.explorer.state.atlas.names[row])"
    )


def cell(page, row, column):
    """A pixel of the page in the cell of two tasks."""
    return page.evaluate(f"(pair) => {PANEL}.pixelOf(...pair)", [row, column])


def view(page):
    return page.evaluate("task2box.explorer.state.view")


def note(page):
    return page.inner_text("#matrix-note")


def test_tasks_in_sight_are_compared_and_held_against_the_taxonomy(visit):
    page = drawn(visit(MATRIX))
    # All life lies in the very middle of it.
    assert sorted(names(page)) == ["birds", "eagle", "eel", "fish", "parrot", "shark"]
    assert note(page).startswith("6 tasks; 1 more left out")
    order = names(page)
    assert abs(order.index("birds") - order.index("eagle")) <= 2
    assert colored(page, "matrix-panel") > 10_000
    said = page.locator("#neighbourhoods")
    said.locator("h3", has_text="Neighbours and taxonomy").wait_for()
    rows = said.locator(".shares tbody tr")
    assert rows.locator("th").all_inner_texts() == [
        "mean",
        "mean + variance",
        "taxonomy",
    ]
    assert rows.last.locator("td").all_inner_texts() == ["1.00"]
    assert said.locator("svg.curve polyline").count() == 3
    assert said.inner_text().endswith("Nearest by cosine.")
    page.evaluate("task2box.explorer.change({ focus: 'birds' })")
    wait_for(lambda: sorted(names(page)) == ["birds", "eagle", "parrot"])
    page.evaluate(
        "task2box.explorer.change({ focus: '', selection: 'eel,shark,eagle' })"
    )
    wait_for(lambda: sorted(names(page)) == ["eagle", "eel", "shark"])
    page.select_option("#beside", "tree")
    wait_for(said.is_hidden)


def test_a_cell_names_its_tasks_and_how_far_they_are(visit):
    page = drawn(visit(f"{MATRIX}&features=mean%2Bvariance&measure=divergence"))
    page.mouse.move(*cell(page, "birds", "eel"))
    wait_for(lambda: "Birds → Eel" in note(page))
    there, back = note(page).split("; ")
    assert back.startswith("Eel → Birds")
    assert there.rpartition(" ")[2] != back.rpartition(" ")[2]  # it has a direction
    lines = page.locator("#tooltip .line .name").all_inner_texts()
    assert lines == ["Birds", "Eel"]
    assert page.inner_text("#tooltip .figures") == note(page)
    assert page.evaluate("task2box.explorer.state.hovered") == 1  # among the boxes too
    assert colored(page, "boxes-panel", "marks") > 0


def test_a_press_selects_the_pair_and_both_directions_are_told(visit):
    page = drawn(visit(MATRIX))
    page.mouse.click(*cell(page, "birds", "eagle"))
    wait_for(lambda: view(page)["selection"] == "birds,eagle")
    page.locator("#compared h3", has_text="Both directions").wait_for()
    assert len(names(page)) > 2  # all tasks stay in sight
    page.mouse.move(5, 5)
    wait_for(lambda: note(page).startswith("Birds and Eagle: "))
    page.mouse.click(*cell(page, "fish", "fish"))
    wait_for(lambda: view(page)["task"] == "fish")
    page.mouse.dblclick(*cell(page, "fish", "fish"))
    wait_for(lambda: view(page)["focus"] == "fish")


def test_keys_lead_from_cell_to_cell(visit):
    page = drawn(visit(MATRIX))
    order = names(page)
    page.locator("#matrix-panel").focus()
    page.keyboard.press("Home")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    said = page.inner_text("#live")
    labels = [order[at].capitalize() for at in (1, 2)]
    assert said.startswith(f"{labels[0]} and {labels[1]}: ")
    page.keyboard.press("Enter")
    wait_for(lambda: set(view(page)["selection"].split(",")) == set(order[1:3]))


def test_features_and_distances_are_chosen(visit):
    page = drawn(visit(MATRIX))
    offered = page.locator("#features option").all_inner_texts()
    assert offered == ["mean", "mean + variance"]
    assert page.locator("#matrix-panel .measure option").all_inner_texts() == ["cosine"]
    page.select_option("#features", "mean+variance")
    measures = page.locator("#matrix-panel .measure")
    wait_for(
        lambda: (
            measures.locator("option").all_inner_texts()
            == ["cosine", "KL divergence →"]
        )
    )
    measures.select_option("divergence")
    wait_for(lambda: view(page)["measure"] == "divergence")
    drawn(page)
    assert "features=mean%2Bvariance" in page.url and "measure=divergence" in page.url
    page.go_back()
    wait_for(lambda: view(page)["measure"] == "cosine")
    # A fit that is called after features goes with them.
    page.select_option("#features", "mean")
    page.select_option("#beside", "fit.2d.mean-variance")
    wait_for(lambda: view(page)["features"] == "mean+variance")
    page.select_option("#features", "mean")
    wait_for(lambda: view(page)["beside"] == "fit.2d.mean")
    # Where single vectors are all there is, there is nothing to choose.
    page.evaluate("task2box.openCollection('soft')")
    wait_for(lambda: view(page)["collection"] == "soft")
    assert view(page)["features"] == "mean"
    assert page.locator("#features").is_hidden()


def test_it_zooms_and_can_be_a_picture(visit):
    page = drawn(visit(MATRIX))
    span = f"(([x0, x1]) => x1 - x0)({PANEL}.panel.range)"
    whole = page.evaluate(span)
    page.click("#matrix-panel [title='Zoom in']")
    wait_for(lambda: page.evaluate(span) < 0.7 * whole)
    page.click("#matrix-panel [title='Show all of it']")
    wait_for(lambda: page.evaluate(span) == pytest.approx(whole))
    markup = page.evaluate(
        """task2box.pictureOf(task2box.explorer, {
            panel: "matrix", format: "svg", width: 600, height: 400
        }).then((file) => file.text())"""
    )
    root = ElementTree.fromstring(markup)
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert {"Birds", "Eel", "mean, cosine"} <= set(texts)
    (image,) = root.iter(f"{SVG}image")
    assert image.get("href").startswith("data:image/png")
    pdf = page.evaluate(
        """task2box.pictureOf(task2box.explorer, {
            panel: "matrix", format: "pdf", width: 600, height: 400, scale: 1
        }).then((file) => file.size)"""
    )
    assert pdf > 2000


def test_the_standalone_file_has_it(visit, context, tmp_path):
    page = drawn(visit(MATRIX))
    alone = drawn(opened(context, exported(page, "html", tmp_path)))
    assert names(alone) == names(page)
    assert note(alone).endswith("those in sight when this file was written.")


def test_it_can_be_read_by_all(visit):
    page = drawn(visit(f"{MATRIX}&theme=dark"))
    page.locator("#neighbourhoods h3").wait_for()
    assert findings(page) == []
    page.evaluate("task2box.explorer.change({ theme: 'light' })")
    page.set_viewport_size({"width": 390, "height": 844})
    wait_for(lambda: page.locator("#matrix-panel").bounding_box()["width"] <= 390)
    assert findings(page) == []


def test_what_cannot_be_read_is_said(visit, context):
    page = visit("?collection=tree")
    torn = {
        "status": 503,
        "content_type": "text/plain",
        "body": "features.npz is damaged.",
    }
    page.route("**/matrix/**", lambda route: route.fulfill(**torn))
    page.select_option("#beside", "matrix")
    wait_for(lambda: note(page).endswith("features.npz is damaged."))
    context.faults[:] = [one for one in context.faults if "503" not in one]
