"""What a task contains, two tasks, a few; truth against boxes."""

import re

import pytest

from core import cache
from core.boxes import Boxes
from tests.browser import shapes
from tests.browser.pages import exported, opened, ready, served, settled, wait_for

STATE = "task2box.explorer.state"
DOG, ANIMAL, CAT = "n02084071", "n00015388", "n02121808"
TREE = ["life", "birds", "fish", "eagle", "parrot", "shark", "eel"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A tree whose eagle lies among the fish, and one whose boxes are right."""
    store = cache.Store(tmp_path_factory.mktemp("inspector"))
    shapes.save_tree(store)
    shapes.save_tree(store, "astray")
    boxes = cache.load_atlas(store, "astray").boxes
    lower, upper = boxes[2].lower.copy(), boxes[2].upper.copy()
    eagle, shark = TREE.index("eagle"), TREE.index("shark")
    lower[eagle] = lower[shark] + (0.1, 0.1)
    upper[eagle] = upper[shark] - (0.1, 0.1)
    cache.save_boxes(store, "astray", Boxes(lower, upper, boxes[2].names), {})
    with served(store.data) as address:
        yield address


@pytest.fixture
def astray(visit):
    page = visit("?collection=astray&color=edges")
    page.locator("#errors .wrong").first.wait_for()
    return page


def view(page):
    return page.evaluate(f"{STATE}.view")


def texts(page, selector):
    return page.locator(selector).all_inner_texts()


def inks(page):
    """Colours of all tasks, by name."""
    colors = page.evaluate(f"Array.from({STATE}.colors)")
    return dict(zip(page.evaluate(f"{STATE}.atlas.names"), colors, strict=True))


# One task


def test_lists_of_a_task_are_ranked_beside_the_truth(visit):
    page = visit("?collection=astray&task=fish")
    first = page.locator("#inspector button.ranked")
    first.first.wait_for()
    assert page.inner_text("#inspector [aria-pressed=true]") == "contains 3"
    assert texts(page, "#inspector .ranked .name") == ["Shark", "Eel", "Eagle"]
    eagle = first.last.locator(".share")
    assert eagle.all_inner_texts() == ["1.00", "0.00"]
    page.click("#inspector button:has-text('contained in')")
    assert texts(page, "#inspector .ranked .name") == ["Life"]
    first.first.click()
    wait_for(lambda: view(page)["task"] == "life")
    wait_for(lambda: "contains 6" in page.inner_text("#inspector"))


def test_what_transfers_is_listed_as_measured_and_as_the_boxes_say(open_page):
    page = open_page("?collection=taskonomy&task=autoencoder")
    page.locator("#inspector button.ranked").first.wait_for()
    heads = texts(page, "#inspector .segments button")
    assert {head.rsplit(" ", 1)[0] for head in heads} >= {
        "contains",
        "transfers to",
        "transfers from",
    }
    page.click("#inspector button:has-text('transfers from')")
    assert texts(page, "#inspector .head span") == ["", "boxes", "measured"]
    lines = page.locator("#inspector button.ranked .share:last-child")
    measured = [float(text) for text in lines.all_inner_texts()]
    assert len(measured) == 10
    assert measured == sorted(measured, reverse=True)


def test_the_lists_come_after_the_details(visit):
    page = visit("?collection=tree")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("task2box.explorer.change({ task: 'birds' })")
    page.locator("#inspector button.ranked").first.wait_for()
    order = [
        next(k for k, url in enumerate(asked) if part in url)
        for part in ("details.json", "inspector.json")
    ]
    assert order == sorted(order)


def test_letting_go_takes_the_lists_away(visit):
    page = visit("?collection=tree&task=birds")
    page.locator("#inspector button.ranked").first.wait_for()
    page.evaluate("task2box.explorer.change({ task: '' })")
    wait_for(page.locator("#inspector").is_hidden)


# Two tasks


def test_two_tasks_are_read_out_in_both_directions(open_page):
    page = open_page(f"?collection=imagenet&task={DOG}&selection={ANIMAL}")
    wait_for(lambda: "in truth" in page.inner_text("#compared"))
    there, back = texts(page, "#compared .said")
    assert there == "100 % of dog lies in animal by the boxes; in truth 100 %."
    assert re.fullmatch(
        r"\d+ % of animal lies in dog by the boxes; in truth 29 %.", back
    )
    drawing = page.locator("#compared svg.pair")
    assert drawing.get_attribute("aria-label") == "The boxes of dog and animal"
    assert drawing.locator("path").count() == 2
    assert texts(page, "#compared .direction .name") == ["dog → animal", "animal → dog"]


def test_a_selection_of_two_is_a_pair_in_each_dimension(visit):
    page = visit("?collection=tree&selection=birds,life")
    page.locator("#compared .said").first.wait_for()
    said = texts(page, "#compared .said")
    page.click("#dim [data-dim='3']")
    wait_for(lambda: texts(page, "#compared .said") != said)
    page.evaluate("task2box.explorer.change({ selection: '' })")
    wait_for(page.locator("#compared").is_hidden)


def test_what_was_measured_is_told_as_transfer(open_page):
    page = open_page("?collection=taskonomy&selection=autoencoder,denoise")
    wait_for(lambda: "measured" in page.inner_text("#compared"))
    for line in texts(page, "#compared .said"):
        assert re.fullmatch(
            r"\d+ % of .+ lies in .+ by the boxes: so far .+ transfers to .+; "
            r"(measured \d+ %|it was not measured)\.",
            line,
        )


# A few


def test_a_few_tasks_are_a_matrix_of_pairs(open_page):
    page = open_page(f"?collection=imagenet&selection={DOG},{ANIMAL},{CAT}")
    truth = page.locator("#compared .segments button:has-text('truth')")
    truth.wait_for()
    assert texts(page, "#compared tbody th") == ["1 animal", "2 dog", "3 domestic cat"]
    cells = page.locator("#compared .cell")
    assert cells.count() == 6
    assert cells.nth(2).inner_text() == "100"  # of dog in animal
    read = "100 % of dog lies in animal by the boxes; in truth 100 %."
    assert cells.nth(2).get_attribute("aria-label") == read
    cells.nth(2).hover()
    assert texts(page, "#compared .said")[0] == read
    truth.click()
    assert cells.nth(0).inner_text() == "29"  # of animal in dog
    assert page.evaluate("document.activeElement.textContent") == "truth"


def test_a_cell_opens_its_pair_also_by_keys(visit):
    page = visit("?collection=tree&selection=life,birds,eagle")
    cells = page.locator("#compared .cell")
    cells.first.wait_for()
    stops = "document.querySelectorAll('#compared .cell[tabindex=\"0\"]').length"
    assert page.evaluate(stops) == 1
    cells.first.focus()
    page.keyboard.press("ArrowDown")  # over the diagonal
    assert page.evaluate("document.activeElement.dataset.cell") == "2,1"
    assert texts(page, "#compared .said")[0].startswith("100 % of Eagle lies in Birds")
    page.keyboard.press("Enter")
    assert texts(page, "#compared .direction .name") == [
        "Eagle → Birds",
        "Birds → Eagle",
    ]
    assert page.evaluate("document.activeElement.dataset.cell") == "2,1"
    assert page.evaluate(stops) == 1
    page.keyboard.press("Enter")
    assert page.locator("#compared .direction").count() == 0


def test_too_many_tasks_are_no_matrix(open_page):
    page = open_page("?collection=imagenet")
    page.evaluate("task2box.explorer.select([...Array(20).keys()])")
    page.locator("#compared .cell").first.wait_for()
    assert page.locator("#compared .cell").count() == 20 * 19
    page.evaluate("task2box.explorer.select([...Array(21).keys()])")
    wait_for(page.locator("#compared").is_hidden)


# Errors


def test_errors_are_colours_with_a_second_channel(astray):
    names = texts(astray, "#legend .entry .name")
    assert names == ["learned 5", "missed 1", "spurious 0", "none 1"]
    colors = inks(astray)
    learned, missed = colors["parrot"], colors["eagle"]
    assert learned != missed
    assert colors["life"] not in (learned, missed)
    states = astray.evaluate(f"Array.from({STATE}.edges)")
    assert dict(zip(TREE, states, strict=True))["eagle"] == 3
    svg = astray.evaluate(
        "(({state, pictures}) => { const ctx = task2box.svgRecorder();"
        " task2box.paintBoxes(ctx, state.atlas, {...pictures.boxes.scene(),"
        " vector: true}); return ctx.markup(); })(task2box.explorer)"
    )
    assert svg.count("stroke-dasharray") == 1
    pdf = astray.evaluate(
        "(({pictures, state}) => { const ctx = task2box.pdfRecorder(400, 300);"
        " task2box.paintBoxes(ctx, state.atlas, {...pictures.boxes.scene(),"
        " vector: true}); return ctx.file({ title: '', notes: '' }).then("
        "(file) => file.size); })(task2box.explorer)"
    )
    assert pdf > 500


def test_the_legend_leaves_only_what_is_wrong(astray):
    for word in ("learned 5", "none 1"):
        astray.click(f"#legend .entry:has-text('{word}')")
    shown = astray.evaluate(f"Array.from({STATE}.shown)")
    assert [name for name, flag in zip(TREE, shown, strict=True) if flag == 1] == [
        "eagle"
    ]
    assert "hidden=learned%2Cnone" in astray.url


def test_the_tooltip_says_what_a_box_is(astray):
    astray.mouse.move(*astray.evaluate("task2box.pixelOf('eagle')"))
    wait_for(lambda: "missed" in astray.inner_text("#tooltip"))


def test_an_error_leads_to_its_two_boxes(astray):
    assert texts(astray, "#errors .measures tbody th") == ["all tasks"]
    assert texts(astray, "#errors .measures td:not(.muted)")[1:] == [
        "0.81",
        "0.90",
        "0.85",
    ]
    words = texts(astray, "#errors .wrong .name")
    assert words == ["Eagle in Birds", "Eagle in Fish", "Eagle in Shark"]
    astray.click("#errors .wrong:has-text('Eagle in Fish')")
    settled(astray)
    now = view(astray)
    assert (now["task"], now["selection"]) == ("eagle", "fish,eagle")
    x0, x1, y0, y1 = map(float, now["viewport"].split(","))
    fish = astray.evaluate(f"{STATE}.atlas.frame(2)")
    assert x0 < fish[0] < fish[1] < x1
    assert y0 < fish[2] < fish[3] < y1
    wait_for(lambda: "in truth 0 %" in astray.inner_text("#compared"))
    focused = "document.activeElement.innerText"
    # The list stays, so that one can go on to the next error; the task has a line.
    wait_for(
        lambda: texts(astray, "#errors .measures tbody th") == ["all tasks", "Eagle"]
    )
    assert texts(astray, "#errors .wrong .name") == words
    assert astray.evaluate(focused).startswith("Eagle in Fish")


def test_each_dimension_has_its_own_errors(astray):
    astray.click("#dim [data-dim='3']")
    wait_for(lambda: "learned 6" in astray.inner_text("#legend"))
    wait_for(lambda: "No errors" in astray.inner_text("#errors"))
    astray.evaluate("task2box.explorer.change({ color: 'branch' })")
    wait_for(astray.locator("#errors").is_hidden)
    assert astray.evaluate(f"{STATE}.edges") is None


def test_errors_of_a_large_collection_are_few_lines(open_page):
    page = open_page("?collection=imagenet21k&color=edges")
    page.locator("#errors .wrong").first.wait_for()
    assert page.locator("#errors .wrong").count() == 5
    page.click("#errors button.link")
    assert page.locator("#errors .wrong").count() == 40


def test_measured_relations_have_no_errors(open_page):
    page = open_page("?collection=taskonomy&color=edges")
    assert "The colouring 'edges' is unknown" in page.inner_text("#notice")
    assert page.locator("#color option[value=edges]").count() == 0
    assert page.locator("#errors").is_hidden()


def test_the_file_has_errors_as_colours(astray, context, tmp_path):
    alone = opened(context, exported(astray, "html", tmp_path))
    wait_for(lambda: inks(alone) == inks(astray))
    assert "missed 1" in alone.inner_text("#legend")
    alone.click("#dim [data-dim='3']")
    wait_for(lambda: "learned 6" in alone.inner_text("#legend"))


# Through the stack


def test_keys_step_through_the_stack(visit):
    page = visit("?collection=tree&task=eagle")
    page.locator("#boxes-panel").focus()
    steps = []
    for key in ("s", "s", "s", "S", "S", "S"):
        page.keyboard.press(key)
        steps.append(view(page)["task"])
    assert steps == ["birds", "life", "life", "birds", "eagle", "eagle"]
    page.mouse.move(*page.evaluate("task2box.pixelOf('shark')"))
    page.keyboard.press("s")
    assert view(page)["task"] == "shark"
    page.keyboard.press("s")
    assert view(page)["task"] == "fish"


def test_in_three_dimensions_they_step_through_parents(visit):
    page = visit("?collection=tree&task=eagle&dim=3")
    page.locator("#cuboids-panel").focus()
    page.keyboard.press("s")
    assert view(page)["task"] == "birds"
    page.keyboard.press("Shift+S")
    assert view(page)["task"] == "eagle"


def test_a_narrow_page_holds_it_all(context, address):
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?collection=astray&color=edges&selection=life,birds,eagle")
    ready(page)
    page.locator("#compared .cell").first.wait_for()
    page.locator("#errors .wrong").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
