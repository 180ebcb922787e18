"""A person's own collections, in the dialog that keeps them."""

import shutil

import pytest

from tests.browser.pages import ROOT, exported, opened, served, wait_for


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data directory with birds of one's own."""
    data = tmp_path_factory.mktemp("data")
    shutil.copytree(ROOT / "precomputed" / "cub", data / "birds")
    return data


@pytest.fixture(scope="module")
def address(data):
    with served(data) as address:
        yield address


@pytest.fixture
def own(visit):
    """A page of the birds, with the dialog open at its collections."""
    page = visit("?collection=birds&task=Corvidae")
    page.click("[data-action=own]")
    page.click("#own-tab-collections")
    wait_for(lambda: page.query_selector(".holding"))
    return page


def row(name, action=""):
    inside = f" .actions >> text='{action}'" if action else ""
    return f".holding[data-name={name}]{inside}"


def said(page):
    return page.text_content(".own-said")


def collection(page):
    return page.evaluate("task2box.explorer.state.view.collection")


def offered(page):
    return page.eval_on_selector_all(
        "#collection option", "all => all.map(o => o.text)"
    )


def quiet(page):
    """Wait until nothing that was asked is on its way."""
    page.wait_for_load_state("networkidle")


def test_shipped_collections_can_only_be_shown(own):
    assert own.inner_text(f"{row('imagenet')} .actions").strip() == "Show"
    own.click(row("imagenet", "Show"))
    wait_for(lambda: collection(own) == "imagenet")
    assert not own.is_visible("#own-dialog")
    quiet(own)


def test_another_title_is_seen_everywhere_at_once(own):
    own.click(row("birds", "Rename"))
    own.keyboard.press("Escape")  # the dialog stays, and so does the title
    wait_for(lambda: own.query_selector(row("birds", "Rename")))
    own.click(row("birds", "Rename"))
    own.fill("#own .holding input", "<i>My</i> birds")
    own.keyboard.press("Enter")
    wait_for(lambda: "<i>My</i> birds" in offered(own))
    wait_for(lambda: own.query_selector(row("birds", "Rename")))
    assert own.text_content(f"{row('birds')} strong") == "<i>My</i> birds"
    wait_for(
        lambda: own.evaluate("task2box.explorer.state.atlas.title") == "<i>My</i> birds"
    )
    view = own.evaluate("task2box.explorer.state.view")
    assert (view["collection"], view["task"]) == ("birds", "Corvidae")
    quiet(own)


def test_deleted_had_back_exported_and_imported(own, tmp_path, data):
    quiet(own)
    with own.expect_download() as download:
        own.click(row("birds", "Export"))
    path = tmp_path / download.value.suggested_filename
    assert path.name == "birds.zip"
    download.value.save_as(path)

    own.click(row("birds", "Delete"))
    wait_for(lambda: own.query_selector(row("birds", "Undo")))
    wait_for(lambda: collection(own) != "birds")
    assert "is deleted." in said(own)
    assert not (data / "birds").exists()
    quiet(own)
    own.click(row("birds", "Undo"))
    wait_for(lambda: own.query_selector(row("birds", "Delete")))

    own.set_input_files("#own .drop input[accept='.zip']", path)
    wait_for(lambda: own.is_visible("#own [aria-label='Another name']"))
    assert "There is a collection 'birds' already" in said(own)
    own.fill("#own [aria-label='Another name']", "more-birds")
    own.keyboard.press("Enter")
    wait_for(lambda: own.query_selector(row("more-birds", "Show")))
    own.click(row("more-birds", "Show"))
    wait_for(lambda: collection(own) == "more-birds")
    quiet(own)


def test_what_is_no_collection_is_said_and_changes_nothing(own, tmp_path, context):
    before = offered(own)
    path = tmp_path / "holiday.zip"
    path.write_bytes(b"no zip")
    own.set_input_files("#own .drop input[accept='.zip']", path)
    wait_for(lambda: "holiday.zip is damaged or no zip" in said(own))
    assert offered(own) == before
    # The browser notes that it was refused.
    wait_for(lambda: len(context.faults) == 1)
    assert "400 (BAD REQUEST)" in context.faults.pop()


def test_a_file_that_is_too_large_is_not_even_sent(own, tmp_path):
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)
    own.set_input_files("#own .drop input[accept='.zip']", path)
    wait_for(lambda: "large.zip has 300 MB; the page takes 256 MB at most" in said(own))


def test_a_change_in_one_tab_is_seen_in_the_other(own, visit):
    other = visit("?collection=birds")
    quiet(other)
    own.click(row("birds", "Rename"))
    own.fill("#own .holding input", "Other birds")
    own.keyboard.press("Enter")
    wait_for(lambda: "Other birds" in offered(own))
    assert "Other birds" not in offered(other)
    other.evaluate("task2box.explorer.change({task: 'Corvidae'})")
    wait_for(lambda: "Other birds" in offered(other))
    assert other.evaluate("task2box.explorer.state.view.task") == "Corvidae"
    quiet(own)
    quiet(other)


def test_it_is_all_there_for_the_keyboard(visit):
    page = visit("?collection=birds")
    page.focus("[data-action=own]")
    page.keyboard.press("Enter")
    page.click("#own-tab-collections")
    wait_for(lambda: page.query_selector(".holding"))
    page.focus(row("birds", "Rename"))
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.ariaLabel") == "Title"
    page.keyboard.press("Escape")
    page.focus("#own-tab-collections")
    page.keyboard.press("End")
    shown = page.evaluate("document.activeElement.getAttribute('aria-selected')")
    assert shown == "true"
    page.keyboard.press("Escape")
    wait_for(lambda: not page.is_visible("#own-dialog"))
    assert page.evaluate("document.activeElement.dataset.action") == "own"
    quiet(page)


def test_a_file_of_its_own_has_nothing_of_it(visit, tmp_path, context):
    page = visit("?collection=birds")
    alone = opened(context, exported(page, "html", tmp_path))
    assert not alone.query_selector("[data-action=own]")


TASKS = "name,label,parent\nanimal,Animal,\nbird,Bird,animal\nghost,Ghost,animal\n"


def test_a_new_collection_is_looked_at_before_it_is_kept(own, tmp_path, data):
    (tmp_path / "tasks.csv").write_text(TASKS)
    (tmp_path / "numbers.csv").write_text("name,x,y\nanimal,1,1\nbird,0,1\n")
    own.click(".gathering summary")
    own.set_input_files(
        ".gathering input[type=file]",
        [tmp_path / "tasks.csv", tmp_path / "numbers.csv"],
    )
    roles = own.eval_on_selector_all(
        ".gathering select", "all => all.map(s => s.value)"
    )
    assert roles == ["tasks", "features"]
    own.fill(".gathering [aria-label=Title]", "Two <b>animals</b>")
    own.keyboard.press("Enter")
    wait_for(lambda: own.query_selector(".understood .counts"))
    preview = own.inner_text(".understood")
    assert "2 tasks · 2 channels" in preview
    assert "ghost: has no row in numbers.csv" in preview
    assert not (data / "two-b-animals-b").exists()
    own.click("text=Keep it")
    wait_for(lambda: own.query_selector(row("two-b-animals-b", "Delete")))
    assert "no boxes yet: train" in own.inner_text(row("two-b-animals-b"))
    assert not own.query_selector(row("two-b-animals-b", "Show"))
    assert own.text_content(f"{row('two-b-animals-b')} strong") == "Two <b>animals</b>"
    assert (data / "two-b-animals-b").is_dir()
    quiet(own)


def test_what_is_wrong_with_tables_is_said_beside_them(own, tmp_path, context):
    (tmp_path / "tasks.csv").write_text(TASKS + "bird,Bird,animal\n")
    (tmp_path / "numbers.csv").write_text("name,x\nanimal,1\nbird,0\n")
    own.click(".gathering summary")
    own.set_input_files(".gathering input[type=file]", tmp_path / "tasks.csv")
    own.fill(".gathering [aria-label=Title]", "Zoo")
    own.keyboard.press("Enter")
    wait_for(lambda: said(own).startswith("No file holds features"))
    own.set_input_files(".gathering input[type=file]", tmp_path / "numbers.csv")
    own.click("text=Look at it first")
    twice = "tasks.csv, row 5: task 'bird' is listed in row 3 already; keep one."
    wait_for(lambda: said(own) == twice)
    assert not own.query_selector(".understood .counts")
    quiet(own)
    assert ["400 (BAD REQUEST)" in fault for fault in context.faults] == [True]
    context.faults.clear()
