"""What points lose: a dialog of figures, of what is selected, looked into, or all."""

import pytest

from tests.browser.pages import exported, opened, wait_for
from tests.browser.test_accessibility import findings

DOG = "n02084071"


def open_figures(page):
    page.click("[data-action=lost]")
    page.locator("#lost .key, #lost .notice").first.wait_for()


def rows(page):
    """Cells of the table by the first one of each line."""
    lines = page.locator("#lost tr").all()
    cells = [line.locator("th, td").all_inner_texts() for line in lines]
    return {line[0]: line[1:] for line in cells}


def test_boxes_and_maps_side_by_side(open_page):
    page = open_page(f"?focus={DOG}&beside=umap")
    open_figures(page)
    assert page.inner_text("#lost .scope") == "146 tasks in “dog”"
    found = rows(page)
    assert list(found) == ["", "Boxes, 2D", "t-SNE", "UMAP", "PCA"]
    assert found[""][0] == "Trustworthiness"
    figures = {
        key: [float(one) for one in cells[:4]] for key, cells in found.items() if key
    }
    assert all(0 <= one <= 1 for cells in figures.values() for one in cells)
    assert figures["Boxes, 2D"][3] > 0.9
    for method in ("t-SNE", "UMAP", "PCA"):
        either, directed = figures[method][2:]
        assert either / 2 - 0.011 <= directed <= either / 2 + 0.011
        assert either < 0.5
        assert found[method][4] == "none"
    assert page.locator("#lost tr[aria-current] th").inner_text() == "UMAP"
    assert "10 tasks seen nearest" in page.inner_text("#lost")
    assert "coin toss" in page.inner_text("#lost .never")
    page.keyboard.press("Escape")
    assert page.locator("#lost-dialog").is_hidden()


def test_a_selection_is_what_is_measured(open_page):
    page = open_page("?collection=cub")
    some = page.evaluate(
        "(({atlas}) => atlas.byMembers.slice(0, 40))(task2box.explorer.state)"
    )
    page.evaluate("(rows) => task2box.explorer.select(Object.values(rows))", some)
    open_figures(page)
    assert page.inner_text("#lost .scope") == "40 tasks that are selected"
    page.keyboard.press("Escape")
    page.evaluate("task2box.explorer.select([1, 2])")
    open_figures(page)
    assert "at least 5" in page.inner_text("#lost .notice")


def test_large_collections_are_sampled_and_answered_soon(open_page):
    page = open_page("?collection=imagenet21k&dim=3")
    page.click("[data-action=lost]")
    wait_for(lambda: page.locator("#lost table").count())
    assert "22,675 tasks of “ImageNet-21k”" in page.inner_text("#lost .scope")
    assert "sampled 2,000 tasks" in page.inner_text("#lost .scope")
    assert "Boxes, 3D" in rows(page)


def test_it_is_offered_where_points_are_seen(open_page, context, tmp_path):
    page = open_page("?beside=tree")
    button = page.locator("[data-action=lost]")
    assert button.is_hidden()
    page.select_option("#beside", "tsne")
    assert button.is_visible()
    alone = opened(context, exported(page, "html", tmp_path))
    assert alone.locator("[data-action=lost]").count() == 0  # nobody there to ask


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page, theme):
    page = open_page(f"?collection=cub&theme={theme}")
    assert findings(page) == []
    open_figures(page)
    assert findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert findings(page) == []
