"""Down to the members: points in the box of a task, and which of them stretch it."""

import json
import urllib.request

import pytest

from core import weights
from core.cache import PRECOMPUTED, Store
from tests.browser.pages import exported, opened, settled, wait_for
from tests.browser.test_accessibility import findings

DOG, TOY_DOG = "n02084071", "n02085374"
MEMBERS = "task2box.explorer.pictures.boxes.members"


def shown(page):
    """Task whose members are drawn, and how many of how many; None for none."""
    return page.evaluate(
        f"(({{ current }}) => current && [task2box.explorer.state.atlas.names"
        f"[current.row], current.known.size, current.known.count])({MEMBERS})"
    )


def change(page, **patch):
    page.evaluate("(patch) => task2box.explorer.change(patch)", patch)
    settled(page)


def test_the_members_of_what_is_looked_into_are_points_of_the_learned_map(open_page):
    page = open_page("?collection=imagenet")
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    settled(page)
    assert shown(page) is None  # 1,000 classes, and none is near
    assert page.locator(".members-note").is_hidden()
    change(page, focus=TOY_DOG)
    wait_for(lambda: shown(page) == [TOY_DOG, 8, 8])
    assert page.inner_text(".members-note") == "toy dog: 8 classes"
    assert sum("members.json" in one for one in asked) == 1
    store = Store(PRECOMPUTED / "none")
    known = weights.load_members(store, "imagenet", 2)
    row = page.evaluate(f"task2box.explorer.state.atlas.row('{TOY_DOG}')")
    points = page.evaluate(f"Array.from({MEMBERS}.current.known.points)")
    assert points == pytest.approx(known.points[known.of(row)].ravel(), rel=1e-5)


def test_a_member_is_named_with_the_side_that_it_holds(open_page):
    page = open_page(f"?collection=imagenet&focus={TOY_DOG}")
    wait_for(lambda: shown(page))
    words = page.locator("#members")
    assert words.locator("h3").inner_text() == "What makes the box of toy dog so large"
    assert words.locator("dt").all_inner_texts() == ["left", "right", "bottom", "top"]
    left = words.locator("dd").first.inner_text()
    index = page.evaluate(f"{MEMBERS}.current.known.told.ends[0][0][0]")
    page.mouse.move(*page.evaluate(f"{MEMBERS}.pixelOf({index})"))
    member = page.locator("#tooltip .member")
    member.wait_for()
    assert member.inner_text().lower().startswith(left.lower())
    assert "Outermost: left" in member.inner_text()
    # The box ends where those that hold its sides lie, and a margin, the same for all.
    margins = page.evaluate(
        """() => {
            const { row, known } = task2box.explorer.pictures.boxes.members.current;
            const frame = task2box.explorer.state.atlas.frame(row);
            const { ends } = known.told;
            const at = (axis, end) => known.points[2 * ends[axis][end][0] + axis];
            return [at(0, 0) - frame[0], frame[1] - at(0, 1),
                    at(1, 0) - frame[2], frame[3] - at(1, 1)];
        }"""
    )
    assert margins == pytest.approx([margins[0]] * 4, abs=1e-3)
    assert margins[0] > 0.5
    page.mouse.move(*page.evaluate(f"task2box.pixelOf('{TOY_DOG}')"))
    member.wait_for(state="detached")
    change(page, focus="")
    wait_for(lambda: shown(page) is None)
    assert words.is_hidden()


def test_zooming_in_by_hand_asks_for_members_and_layers_hide_them(open_page):
    page = open_page("?collection=cub")
    assert shown(page) is None
    frame = page.evaluate(
        "(({ atlas }) => atlas.frame(atlas.row('Corvidae')))(task2box.explorer.state)"
    )
    change(page, viewport=",".join(f"{edge:.5g}" for edge in frame))
    wait_for(lambda: shown(page))
    task, size, count = shown(page)
    assert size == count <= 500
    page.click("summary:has-text('Layers')")
    page.click("#layer-members input")
    wait_for(lambda: shown(page) is None)
    assert page.evaluate("task2box.explorer.state.view.off") == "members"
    page.click("#layer-members input")
    wait_for(lambda: shown(page) == [task, size, count])


def test_of_many_members_of_a_chosen_task_a_sample_is_said_to_be_one(open_page):
    page = open_page("?collection=cub&task=Aves")
    wait_for(lambda: shown(page))
    task, size, count = shown(page)
    assert (task, count) == ("Aves", 5902)
    assert 2000 <= size < 2100
    note = f"Aves: a sample of {size:,} of 5,902 images"
    assert page.inner_text(".members-note") == note
    page.locator("#members dd").first.wait_for()
    assert "image " in page.locator("#members dd").first.inner_text()


def test_along_other_axes_members_are_seen_from_there(open_page):
    page = open_page("?collection=cub&dim=3&axes=0,2&focus=Corvidae&task=Corvidae")
    wait_for(lambda: shown(page))
    dims = page.evaluate(f"[{MEMBERS}.current.known.dim, {MEMBERS}.current.axes]")
    assert dims == [3, [0, 2]]
    change(page, axes="1,2")
    wait_for(lambda: page.evaluate(f"{MEMBERS}.current?.axes") == [1, 2])
    change(page, axes="")  # cuboids
    assert page.locator("#layer-members").is_hidden()


@pytest.mark.parametrize("name", ["taskonomy", "huggingface"])
def test_where_tasks_are_single_vectors_there_is_nothing_and_no_control(
    open_page, server, name
):
    page = open_page(f"?collection={name}")
    first = page.evaluate("task2box.explorer.state.atlas.names[0]")
    change(page, task=first, viewport="")
    page.evaluate(
        "(({ state, change }) => change({ viewport: state.atlas.frame(0).join(',') }))"
        "(task2box.explorer)"
    )
    settled(page)
    assert shown(page) is None
    page.click("summary:has-text('Layers')")
    assert page.locator("#layer-members").is_hidden()
    address = f"{server}/members.json?collection={name}&task={first}"
    with urllib.request.urlopen(address) as answer:
        assert json.load(answer) == {}


def test_a_picture_has_the_members_and_the_file_does_without(
    open_page, context, tmp_path
):
    page = open_page(f"?collection=imagenet&focus={TOY_DOG}&beside=intervals")
    wait_for(lambda: shown(page))
    path = exported(page, "svg", tmp_path)
    accent = page.evaluate("task2box.explorer.state.look.accent")
    assert path.read_text(encoding="utf-8").count("<circle") == 12  # 4 of 8 are ringed
    assert f'stroke="{accent}"' in path.read_text(encoding="utf-8")
    alone = opened(context, exported(page, "html", tmp_path))
    assert shown(alone) is None
    assert alone.locator("#layer-members").is_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_with_members(open_page, theme):
    page = open_page(f"?collection=imagenet&focus={DOG}&theme={theme}")
    wait_for(lambda: shown(page))
    page.locator("#details h2").wait_for()
    assert findings(page) == []
