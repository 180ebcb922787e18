"""All figures of a collection in a dialog; figures of subtrees as colours and words."""

import json

import numpy as np
import pytest

from core import cache
from core.boxes import Boxes
from core.paper import ADDRESS
from core.projection import METHODS, Projection
from tests.browser import shapes
from tests.browser.pages import exported, opened, served, settled, wait_for
from tests.dashboard.evaluations import document

STATE = "task2box.explorer.state"
SCORES = {"default": 0.98, "network": 0.9, "published": 0.55, "random": 0.02}
GREY = {"light": "#a9b1bc", "dark": "#5a6472"}


def subtrees(**f1):
    return {name: {"f1": value, "positives": 3} for name, value in f1.items()}


DOCUMENTS = [
    document("existing", 2, scores=SCORES, subtrees=subtrees(life=0.95, birds=0.6)),
    document("existing", 3, scores=SCORES, subtrees=subtrees(birds=1.0)),
    document("existing", 2, scores=SCORES | {"kl": 0.1}, features="quantiles"),
    document("novel", 2, scores=SCORES | {"default": 0.9}, note="Names leak."),
    document("fresh", 2, scores=SCORES | {"control-shared-members": 1.0}),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A server with two trees, one of them evaluated under the name of a real one."""
    store = cache.Store(tmp_path_factory.mktemp("evaluated"))
    shapes.save_tree(store)
    shapes.save_tree(store, "cub")
    boxes = cache.load_boxes(store, "cub", 2)
    # Those that are shipped are of other tasks.
    deep = [np.pad(corner, ((0, 0), (0, 3))) for corner in (boxes.lower, boxes.upper)]
    cache.save_boxes(store, "cub", Boxes(deep[0], deep[1] + 1, boxes.names), {})
    for method in METHODS:
        projection = Projection(boxes.lower, boxes.names, method, {})
        cache.save_projection(store, "cub", projection)
    path = store.data / "cub" / "evaluation.json"
    path.write_text(json.dumps(DOCUMENTS), encoding="utf-8")
    with served(store.data) as address:
        yield address


@pytest.fixture
def figures(visit):
    """The dialog of the evaluated tree, opened by a press."""
    page = visit("?collection=cub")
    page.click("header [data-action=evaluation]")
    page.locator("#evaluation-panel").wait_for()
    return page


def models(page):
    return page.locator(".ours tbody th[scope=row]").all_inner_texts()


def means(page, model):
    line = page.locator(".ours tbody tr", has_text=model).first
    return line.locator("td b").all_inner_texts()


def chosen(page):
    return page.inner_text("[role=tab][aria-selected=true] .title")


def focused(page):
    return page.evaluate("document.activeElement.id")


# The dialog


def test_all_figures_are_one_press_away(figures):
    text = figures.inner_text("#evaluation")
    assert "Evaluation: Cub" in text
    assert figures.locator("[role=tab] .title").all_inner_texts() == [
        "Existing tasks",
        "Novel tasks",
        "Fresh members",
    ]
    assert figures.locator("[role=tab] .own").all_inner_texts() == [
        "98.0",
        "90.0",
        "98.0",
    ]
    assert models(figures) == [
        "Default recipe",
        "Network on task features",
        "Task2Box, published recipe",
        "Random",
    ]
    assert means(figures, "Default recipe") == ["98.0", "98.0"]  # in 2D and in 3D
    best = figures.locator(".ours tbody tr:has(.best) th").all_inner_texts()
    assert best == ["Task2Box, published recipe"]
    assert "1,809 test pairs" in text
    assert "37 positive" in text
    # Bars are as long as figures are large: from, to, and the ends of the whisker.
    widths = figures.evaluate(
        """() => [...document.querySelectorAll(".ours tbody tr")].map((line) => {
            const style = line.querySelector(".bar").style;
            return [style.getPropertyValue("--from"), style.getPropertyValue("--to"),
                    style.getPropertyValue("--low"), style.getPropertyValue("--high")]
                .map((share) => Math.round(parseFloat(share)));
        })"""
    )
    assert widths == [[0, 98, 93, 100], [0, 90, 85, 95], [0, 55, 50, 60], [0, 2, 0, 7]]
    figures.click("[data-action=close-evaluation]")
    assert figures.locator("#evaluation-dialog").is_hidden()


def test_a_tab_shows_its_protocol_beside_what_was_published(figures):
    published = figures.locator(".published")
    text = published.inner_text()
    assert "Published: iNaturalist + CUB" in text
    assert "not the same test" in text
    first = published.locator("tbody tr").first
    assert first.locator("td b").all_inner_texts() == ["69.23", "67.84", "39.61"]
    link = published.locator("a")
    assert link.get_attribute("href") == ADDRESS
    assert "noopener" in link.get_attribute("rel")
    both = figures.locator(".by-description tbody tr")
    assert both.locator("th.dim").all_inner_texts() == [
        "2D",
        "",
        "",
        "3D",
        "",
        "",
        "5D",
    ]
    network, _, printed = (both.nth(k).locator("td") for k in range(3))
    assert network.locator("b").all_inner_texts() == ["90.0"]  # by means only
    assert network.nth(2).locator("b").count() == 0
    assert printed.locator("b").all_inner_texts() == ["69.23", "67.84", "39.61"]
    figures.click("#protocol-novel")
    assert first.locator("td b").all_inner_texts() == ["50.07", "39.66", "10.06"]
    assert chosen(figures) == "Novel tasks"
    assert means(figures, "Default recipe") == ["90.0"]
    assert figures.inner_text(".ours .note") == "Names leak."
    assert "left out of the fit" in figures.inner_text(".meaning")
    figures.click("#protocol-fresh")
    assert models(figures)[-1] == "Share of common members"
    assert "100 by definition" in figures.inner_text(".ours .controls")
    assert "The paper has no such test." in figures.inner_text(".published")


def test_features_are_chosen_and_commands_copied(figures, context, address):
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    command = figures.locator(".command").first
    assert command.locator("code").inner_text() == (
        "python -m core evaluate cub --protocol existing --dim 2 --cases 2 "
        "--models default,network,published,random"
    )
    command.locator("button").click()
    wait_for(lambda: command.locator("button").inner_text() == "Copied")
    copied = figures.evaluate("navigator.clipboard.readText()")
    assert copied == command.locator("code").inner_text()
    buttons = figures.locator(".features button")
    assert buttons.all_inner_texts() == ["mean", "quantiles"]
    buttons.nth(1).click()
    assert "KL divergence" in models(figures)
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    assert "--features quantiles" in figures.inner_text(".command")
    figures.click("#protocol-novel")
    assert buttons.count() == 0
    figures.click("#protocol-existing")  # as it was left
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"


def test_it_is_reached_read_and_left_by_keys(visit):
    page = visit("?collection=cub")
    page.locator("header [data-action=evaluation]").focus()
    page.keyboard.press("Enter")
    page.locator("#evaluation-panel").wait_for()
    page.keyboard.press("Tab")  # from the button that closes it
    assert focused(page) == "protocol-existing"
    page.keyboard.press("ArrowRight")
    assert (focused(page), chosen(page)) == ("protocol-novel", "Novel tasks")
    page.keyboard.press("End")
    assert (focused(page), chosen(page)) == ("protocol-fresh", "Fresh members")
    page.keyboard.press("ArrowRight")  # round to the first
    assert (focused(page), chosen(page)) == ("protocol-existing", "Existing tasks")
    page.keyboard.press("Tab")
    assert focused(page) == "evaluation-panel"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # quantiles
    assert "KL divergence" in models(page)
    assert page.evaluate("document.activeElement.textContent") == "quantiles"
    assert page.evaluate(f"{STATE}.view.task") == ""  # what is behind stayed
    page.keyboard.press("Escape")
    assert page.locator("#evaluation-dialog").is_hidden()
    assert page.evaluate("document.activeElement.dataset.action") == "evaluation"


def test_about_leads_to_it(visit):
    page = visit("?collection=cub")
    page.click("header [data-action=about]")
    page.locator("#about", has_text="F1 98.0 ± 5.0 % in 2D").wait_for()
    page.click("#about [data-action=evaluation]")
    page.locator("#evaluation-panel").wait_for()
    assert page.locator("#about-dialog").is_hidden()
    page.mouse.click(5, 5)  # beside the dialog
    assert page.locator("#evaluation-dialog").is_hidden()


def test_where_nothing_was_evaluated_the_command_is_told(visit):
    page = visit("?collection=tree&color=f1")
    assert "The colouring 'f1' is unknown." in page.inner_text("#notice")
    assert page.locator("#color option[value=f1]").count() == 0
    settled(page)
    page.locator("#contained .ag-row").first.wait_for()
    assert page.locator("#contained .ag-cell[col-id=f1]").count() == 0
    page.click("header [data-action=evaluation]")
    command = page.locator("#evaluation .command code")
    command.wait_for()
    assert command.inner_text() == (
        "python -m core evaluate tree --protocol existing --dim 2"
    )
    assert "Nothing has been evaluated yet" in page.inner_text("#evaluation")


def test_an_answer_that_does_not_come_is_said(visit, context):
    page, asked = visit("?collection=cub"), []
    page.route("**/evaluation/*", lambda route: asked.append(route))
    page.click("header [data-action=evaluation]")
    page.get_by_text("Reading the figures").wait_for()
    wait_for(lambda: page.wait_for_timeout(20) or asked)
    asked[0].fulfill(status=500, body="")
    page.locator("#evaluation .notice").wait_for()
    said = page.inner_text("#evaluation")
    assert "The server answered 500." in said
    assert "Reading" not in said
    context.faults.clear()  # Chromium itself puts it on the console


def test_it_fits_the_window(figures):
    for width in (1440, 390):
        figures.set_viewport_size({"width": width, "height": 844})
        frame = figures.locator("#evaluation-dialog").bounding_box()
        assert frame["x"] >= 0
        assert frame["x"] + frame["width"] <= width
        place = "document.getElementById('evaluation')"
        assert figures.evaluate(f"{place}.scrollWidth <= {place}.clientWidth")
        for title in figures.locator("[role=tab] .title").all():
            assert title.bounding_box()["height"] < 30  # in one line


def test_it_is_in_a_file_of_its_own_as_well(visit, context, tmp_path):
    page = visit("?collection=cub&color=f1")
    path = exported(page, "html", tmp_path)
    context.set_offline(True)
    alone = opened(context, path)
    assert "F1 of subtree, existing, 2D" in alone.inner_text("#legend")
    alone.click("[data-action=evaluation]")
    alone.locator("#evaluation-panel").wait_for()
    assert means(alone, "Default recipe") == ["98.0", "98.0"]
    alone.keyboard.press("Escape")
    assert alone.locator("#evaluation-dialog").is_hidden()


# Figures of subtrees


def colors(page):
    names = page.evaluate(f"{STATE}.atlas.names")
    return dict(zip(names, page.evaluate(f"Array.from({STATE}.colors)"), strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_of_subtrees_are_colours_with_a_legend(visit, theme):
    page = visit(f"?collection=cub&theme={theme}")
    page.select_option("#color", "f1")
    wait_for(lambda: page.evaluate(f"{STATE}.view.color") == "f1")
    assert page.inner_text("#legend").split("\n") == [
        "F1 of subtree, existing, 2D",
        "0.6",
        "1",
        "none held out",
    ]
    shown = colors(page)
    assert len({shown[name] for name in ("life", "birds", "eagle")}) == 3
    rest = {shown[name] for name in ("fish", "eagle", "parrot", "shark", "eel")}
    assert rest == {GREY[theme]}
    assert "color=f1" in page.url
    page.mouse.move(*page.evaluate("task2box.pixelOf('eagle')"))
    lines = page.locator("#tooltip .line").all_inner_texts()
    assert [line.split("\n")[-1] for line in lines] == ["species", "F1 0.60", "F1 0.95"]


def test_colours_follow_the_dimension(visit):
    page = visit("?collection=cub&color=f1")
    flat = colors(page)
    page.click("#dim button:has-text('3D')")
    wait_for(lambda: page.evaluate(f"{STATE}.view.dim") == 3)
    deep = colors(page)
    assert "F1 of subtree, existing, 3D" in page.inner_text("#legend")
    assert deep["life"] == GREY["light"] != flat["life"]
    assert deep["birds"] != flat["birds"]
    page.click("#dim button:has-text('2D')")
    wait_for(lambda: page.evaluate(f"{STATE}.view.dim") == 2)
    assert colors(page) == flat


def test_figures_of_subtrees_are_in_the_table_and_the_details(visit):
    page = visit("?collection=cub&task=life")
    scored = page.locator("#details .scored")
    scored.wait_for()
    assert scored.inner_text() == (
        "Evaluation of this subtree (existing, 2D): F1 0.95 on 3 held-out containments."
    )
    cells = page.locator("#contained .ag-cell[col-id=f1]")
    wait_for(lambda: cells.all_inner_texts()[:2] == ["0.60", ""])
    page.evaluate("task2box.explorer.change({task: 'fish'})")
    page.locator("#details h2", has_text="Fish").wait_for()
    assert scored.count() == 0
    wait_for(lambda: cells.count() == 0)  # none of its tasks has a figure


def test_explanations_are_a_tab_with_a_table_and_plots(open_page):
    page = open_page("?collection=cub")
    page.click("header [data-action=evaluation]")
    page.click("#protocol-explanation")
    table = page.locator(".scores.explained")
    assert table.locator("tbody").first.locator("tr").first.inner_text().startswith("1")
    assert table.locator("tbody.control tr").count() == 4
    assert (
        page.locator(".duality-plot circle").count() == table.locator("b").count() / 7
    )
    before = table.inner_text()
    page.click(".of-mode button >> text=true class")
    assert table.inner_text() != before
    assert page.evaluate("document.activeElement.textContent") == "true class"
    page.select_option(".by-change select", "gradient")
    assert page.input_value(".by-change select") == "gradient"
    assert page.locator(".small-plots svg").count() >= 13
