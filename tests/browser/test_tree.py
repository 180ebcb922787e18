"""The tree beside the boxes: where cells lie, and what hands and keys do with them."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from core import cache
from tests.browser import shapes
from tests.browser.pages import exported, opened, served, settled, wait_for
from tests.browser.test_accessibility import findings

STATE = "task2box.explorer.state"
DOG, CANINE, HUNTING, TERRIER = "n02084071", "n02083346", "n02087122", "n02092468"
SVG = "{http://www.w3.org/2000/svg}"
CELLS = """(() => {
    const { pictures: { other }, state: { atlas } } = task2box.explorer;
    const ctx = document.createElement("canvas").getContext("2d");
    const named = (row) => (row < 0 ? "" : atlas.names[row]);
    const { left: x, top: y } = other().root.getBoundingClientRect();
    return task2box.cellsOf(ctx, atlas, other().scene()).map((cell) => ({
        ...cell,
        task: cell.rows ? `… ${named(cell.parent)}` : named(cell.row),
        rows: cell.rows ? cell.rows.length : 0,
        at: [x + cell.left + cell.width / 2, y + cell.top + cell.height / 2],
    }));
})()"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    store = cache.Store(tmp_path_factory.mktemp("shapes"))
    shapes.save_tree(store)
    shapes.save_families(store)
    with served(store.data) as address:
        yield address


def view(page):
    return page.evaluate(f"{STATE}.view")


def cells(page):
    return {cell["task"]: cell for cell in page.evaluate(CELLS)}


def shares(found, *tasks):
    """Heights of some cells, in shares of the first one."""
    return [found[task]["height"] / found[tasks[0]]["height"] for task in tasks]


def click(page, task, **how):
    page.mouse.click(*cells(page)[task]["at"], **how)


def marks(page):
    """How many pixels of the upper canvas are drawn on."""
    return page.evaluate(
        """(() => {
            const canvas = document.querySelector("#tree-panel canvas.marks");
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return data.reduce((sum, one, k) => sum + (k % 4 === 3 && one > 0), 0);
        })()"""
    )


# What is drawn


def test_cells_are_as_high_as_tasks_have_members(visit):
    page = visit("?collection=tree&beside=tree")
    found = cells(page)
    tasks = ("life", "birds", "fish", "eagle", "parrot", "shark", "eel")
    assert set(found) == set(tasks)
    assert shares(found, *tasks) == pytest.approx([1, 0.5, 0.5, *[0.25] * 4])
    assert [found[task]["level"] for task in tasks] == [0, 1, 1, 2, 2, 2, 2]
    columns = [found[task]["left"] for task in ("life", "birds", "eagle")]
    assert columns == sorted(set(columns))
    assert found["eagle"]["top"] == pytest.approx(found["birds"]["top"])
    end = found["eel"]["left"] + found["eel"]["width"]
    assert end == page.evaluate("document.querySelector('#tree-panel').clientWidth")


def test_the_way_to_the_focus_is_above_it(visit):
    page = visit("?collection=tree&beside=tree&focus=birds")
    found = cells(page)
    assert list(found) == ["", "life", "birds", "eagle", "parrot"]
    assert found["life"]["top"] == 0
    assert found["life"]["height"] < found["birds"]["top"]
    click(page, "life")
    assert (view(page)["task"], view(page)["focus"]) == ("life", "birds")
    page.mouse.dblclick(*found[""]["at"])
    assert view(page)["focus"] == ""


def test_small_tasks_share_a_list_that_a_click_turns(visit):
    page = visit("?collection=families&beside=tree&focus=many")
    first = cells(page)
    assert "nine" in first  # whole and part of another family: also drawn here
    listed = [task for task in first if task.startswith("m") and task != "many"]
    assert first["… many"]["rows"] == 60 - len(listed)
    assert 10 < len(listed) < 60
    seen = set(listed)
    for _ in range(5):
        click(page, "… many")
        seen |= {task for task in cells(page) if re.fullmatch(r"m\d\d", task)}
    assert len(seen) == 60
    assert view(page)["task"] == ""


def test_what_is_chosen_is_on_its_list(visit):
    page = visit("?collection=families&beside=tree&task=m57")
    assert "m57" in cells(page)
    page.evaluate("task2box.explorer.change({ task: 'm00' })")
    assert "m57" not in cells(page)
    assert "m00" in cells(page)


def test_a_task_of_two_parents_is_drawn_below_the_first(visit):
    page = visit("?collection=families&beside=tree")
    nine, few = (cells(page)[task] for task in ("nine", "few"))
    assert few["top"] <= nine["top"] < few["top"] + few["height"]
    page.mouse.move(*nine["at"])
    assert page.locator("#tooltip").inner_text().endswith("Also under many")
    lines = page.locator("#tooltip .line .name").all_inner_texts()
    assert lines == ["nine", "few", "root"]
    page.mouse.move(*cells(page)["many"]["at"])
    assert "Also under" not in page.locator("#tooltip").inner_text()


def test_a_large_collection_has_some_hundred_cells(open_page):
    page = open_page("?collection=imagenet21k&beside=tree")
    found = page.evaluate(CELLS)
    assert 30 < len(found) < 300
    assert max(cell["level"] for cell in found) > 3  # a chain is no level


def test_the_legend_hides_cells_too(visit):
    page = visit("?collection=tree&beside=tree")
    page.locator("#legend .entry", has_text="Fish").click()
    found = cells(page)
    assert set(found) == {"life", "birds", "eagle", "parrot"}
    assert shares(found, "life", "birds") == pytest.approx([1, 0.5])


def test_without_a_hierarchy_there_is_no_tree(open_page):
    page = open_page("?collection=huggingface&beside=tree")
    assert page.locator("#beside option[value=tree]").count() == 0
    assert page.locator("#tree-panel").is_hidden()
    assert "The picture beside 'tree' is unknown." in page.inner_text("#notice")


# By hand


def test_clicks_choose_and_double_clicks_look_inside(open_page):
    page = open_page(f"?beside=tree&focus={DOG}")
    click(page, HUNTING)
    assert (view(page)["task"], view(page)["focus"]) == (HUNTING, DOG)
    page.locator("#details h2", has_text="hunting dog").wait_for()
    page.mouse.dblclick(*cells(page)[HUNTING]["at"])
    wait_for(lambda: view(page)["focus"] == HUNTING)
    assert f"focus={HUNTING}" in page.url
    page.keyboard.press("Backspace")
    assert view(page)["focus"] == DOG


def test_hover_is_linked_both_ways(open_page):
    page = open_page(f"?beside=tree&focus={DOG}")
    page.mouse.move(*cells(page)[HUNTING]["at"])
    name = "(({hovered, atlas}) => atlas.names[hovered])"
    assert page.evaluate(f"{name}({STATE})") == HUNTING
    page.mouse.move(5, 5)
    wait_for(lambda: page.evaluate(f"{STATE}.hovered") == -1)
    assert marks(page) == 0
    page.mouse.move(*page.evaluate(f"task2box.pixelOf('{HUNTING}')"))
    assert page.evaluate(f"{STATE}.hovered") >= 0
    assert marks(page) > 100


def test_shift_and_click_select_several(visit):
    page = visit("?collection=tree&beside=tree")
    for task in ("eagle", "shark"):
        page.keyboard.down("Shift")
        click(page, task)
        page.keyboard.up("Shift")
    assert view(page)["selection"] == "eagle,shark"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_tree_flies_to_another_focus_where_motion_is_welcome(visit, motion):
    page = visit("?collection=tree&beside=tree")
    page.emulate_media(reduced_motion=motion)
    drawn = page.evaluate(
        """new Promise((done) => {
            const paint = task2box.paintTree;
            const tops = [];
            task2box.paintTree = (ctx, atlas, scene) => {
                tops.push(scene.tree.cells[0].height);
                paint(ctx, atlas, scene);
            };
            task2box.explorer.change({ focus: "birds" });
            setTimeout(() => done(new Set(tops).size), 1500);
        })"""
    )
    assert drawn == 1 if motion == "reduce" else drawn > 1
    assert "birds" in cells(page)


# By keys


def test_arrows_follow_the_tree(open_page):
    page = open_page(f"?beside=tree&focus={DOG}")
    below = page.evaluate(
        f"(({{atlas}}) => atlas.children[atlas.row('{DOG}')].map((row) =>"
        f" atlas.names[row]))({STATE})"
    )
    page.locator("#tree-panel").focus()
    page.keyboard.press("ArrowDown")
    assert view(page)["task"] == below[1]
    page.keyboard.press("ArrowUp")
    assert view(page)["task"] == below[0] == HUNTING
    assert page.inner_text("#live").startswith("hunting dog, 63 classes, inside dog")
    page.keyboard.press("ArrowLeft")
    assert view(page)["task"] == DOG
    page.keyboard.press("ArrowLeft")  # above what is seen
    assert (view(page)["task"], view(page)["focus"]) == (CANINE, CANINE)
    for _ in range(5):  # nearly all canines are dogs: that is no level
        page.keyboard.press("ArrowRight")
        assert view(page)["task"] in cells(page)
    assert view(page)["focus"] == HUNTING  # as few levels on as will do
    page.keyboard.press("Escape")
    assert view(page)["task"] == ""
    page.keyboard.press("Enter")
    assert view(page)["focus"] == TERRIER


def test_the_whole_collection_is_the_last_step_up(visit):
    page = visit("?collection=tree&beside=tree&focus=birds&task=birds")
    page.locator("#tree-panel").focus()
    page.keyboard.press("ArrowDown")
    assert (view(page)["task"], view(page)["focus"]) == ("fish", "fish")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert (view(page)["task"], view(page)["focus"]) == ("life", "life")
    page.keyboard.press("Backspace")
    assert view(page)["focus"] == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, theme):
    page = open_page(f"?beside=tree&focus={DOG}&task={HUNTING}&theme={theme}")
    assert findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert findings(page) == []
    assert page.locator("#tree-panel").bounding_box()["width"] > 300


# As files


def texts(path):
    return {text.text for text in ElementTree.parse(path).getroot().iter(f"{SVG}text")}


def test_the_tree_is_in_the_drawing_of_the_view(visit, tmp_path):
    page = visit("?collection=tree&beside=tree&focus=birds")
    path = exported(page, "svg", tmp_path)
    assert {"Life", "Birds", "Eagle", "Parrot"} <= texts(path)
    assert len(list(ElementTree.parse(path).getroot().iter(f"{SVG}svg"))) == 3


@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_the_tree_is_a_picture_of_any_size(visit, tmp_path, kind):
    page = visit("?collection=tree&beside=tree")
    page.click("#exports summary")
    page.click("[data-action=export-picture]")
    page.select_option("[name=panel]", "tree")
    page.select_option("[name=format]", kind)
    page.fill("[name=width]", "300")
    page.fill("[name=height]", "200")
    with page.expect_download() as download:
        page.click("#picture-dialog [type=submit]")
    assert download.value.suggested_filename == f"tree-tree-all.{kind}"
    path = tmp_path / f"tree.{kind}"
    download.value.save_as(path)
    if kind == "svg":
        assert {"Life", "Birds", "Eel"} <= texts(path)
        root = ElementTree.parse(path).getroot()
        assert (root.get("width"), root.get("height")) == ("300", "200")
    assert path.stat().st_size > 500


def test_the_tree_works_in_the_file(visit, context, tmp_path):
    page = visit("?collection=families&beside=tree&focus=many&task=m30")
    path = exported(page, "html", tmp_path)
    alone = opened(context, path)
    assert "m30" in cells(alone)
    alone.mouse.dblclick(*cells(alone)["root"]["at"])
    settled(alone)
    assert view(alone)["focus"] == "root"
    alone.mouse.move(*cells(alone)["nine"]["at"])
    assert "Also under many" in alone.inner_text("#tooltip")
