"""Times of the explorer in a browser, at the sizes of three collections."""

from collections.abc import Callable
from statistics import median
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.browser.pages import ready, wait_for

Motion = Literal["reduce", "no-preference"]
RUNS = 5
STEPS = 60  # of one pan or zoom
TASKS = 5  # that are clicked, and that are looked into
SIZE = {"width": 1440, "height": 900}

# Milliseconds of one hover, from the event to the tooltip laid out and the marks drawn.
HOVERS = """() => {
    const panel = task2box.explorer.pictures.boxes;
    const frame = panel.root.getBoundingClientRect();
    const times = [];
    for (let k = 0; k < 400; k++) {
        const at = { clientX: frame.left + (k * 37) % frame.width,
                     clientY: frame.top + (k * 53) % frame.height, bubbles: true };
        const start = performance.now();
        panel.root.dispatchEvent(new PointerEvent("pointermove", at));
        document.getElementById("tooltip").offsetHeight;
        times.push(performance.now() - start);
    }
    return times;
}"""

# Milliseconds from choosing a task to its details, and to its contained tasks.
CLICK = """(task) => new Promise((done) => {
    const { atlas } = task2box.explorer.state;
    const label = atlas.labels[atlas.row(task)];
    const says = (place) => document.querySelector(place)?.textContent.includes(label);
    const [x, y] = task2box.pixelOf(task);
    const at = { clientX: x, clientY: y, bubbles: true, button: 0 };
    const target = document.elementFromPoint(x, y);
    const times = {};
    const start = performance.now();
    const watch = new MutationObserver(() => {
        if (says("#details h2")) times.details ??= performance.now() - start;
        if (says("#contained-title")) times.table ??= performance.now() - start;
        if (!times.details || !times.table) return;
        watch.disconnect();
        done([times.details, times.table]);
    });
    const all = { childList: true, subtree: true, characterData: true };
    watch.observe(document.getElementById("page"), all);
    target.dispatchEvent(new PointerEvent("pointerdown", at));
    target.dispatchEvent(new PointerEvent("pointerup", at));
})"""
# Seconds from choosing a collection to its picture, details and table, all of it.
SWITCH = """(name) => new Promise((done) => {
    const select = document.getElementById("collection");
    const title = select.querySelector(`option[value="${name}"]`).textContent;
    const start = performance.now();
    const there = () => {
        const { view, atlas } = task2box.explorer.state;
        const first = "#contained .ag-row[row-index='0'] .ag-cell";
        const cell = document.querySelector(first);
        return view.collection === name
            && document.querySelector("#details h2")?.textContent === title
            && document.getElementById("contained-title").textContent.includes(title)
            && cell?.textContent === atlas.labels[atlas.byMembers[0]];
    };
    const look = () => {
        if (there()) done((performance.now() - start) / 1000);
        else requestAnimationFrame(look);
    };
    select.value = name;
    select.dispatchEvent(new Event("change"));
    look();
})"""

# Milliseconds of typing a letter, from the event to the results laid out.
TYPE = """(text) => {
    const input = document.getElementById("search");
    const times = [];
    for (let end = 1; end <= text.length; end++) {
        const start = performance.now();
        input.value = text.slice(0, end);
        input.dispatchEvent(new InputEvent("input"));
        document.getElementById("search-results").offsetHeight;
        times.push(performance.now() - start);
    }
    input.value = "";
    input.dispatchEvent(new InputEvent("input"));
    return times;
}"""
TYPED = ("animal", "water bird", "xyzzy", "salamnder", "musical instrment strings")

# Microseconds of finding the boxes under a point.
HITS = """() => {
    const { atlas } = task2box.explorer.state;
    const [x0, x1, y0, y1] = atlas.frame(-1);
    const start = performance.now();
    for (let k = 0; k < 1000; k++) {
        const across = ((k * 37) % 100) / 100;
        atlas.stack(x0 + across * (x1 - x0), y0 + (k / 1000) * (y1 - y0));
    }
    return performance.now() - start;
}"""

# Milliseconds of drawing a picture that stands still.
DRAW = """(picture) => {
    const panel = picture === "boxes"
        ? task2box.explorer.pictures.boxes : task2box.explorer.pictures.other();
    const times = [];
    for (let k = 0; k < 20; k++) {
        const start = performance.now();
        panel.draw();
        times.push(performance.now() - start);
    }
    return times;
}"""

# Tasks that can be clicked: the innermost where they are found, of other names than one
# another; groups, as there is something inside.
CLICKABLE = """(count) => {
    const { atlas } = task2box.explorer.state;
    const found = new Map();
    for (const row of atlas.byMembers) {
        if (found.size === count) break;
        if (!atlas.children[row].length) continue;
        const name = atlas.names[row];
        const [innermost] = task2box.stackAt(...task2box.pixelOf(name));
        if (innermost === name) found.set(atlas.labels[row], name);
    }
    return [...found.values()];
}"""

# Milliseconds from looking into a task to all that is said and drawn of its inside.
DRILL = """(task) => new Promise((done) => {
    const { explorer } = task2box;
    const { atlas } = explorer.state;
    const row = atlas.row(task);
    const label = atlas.labels[row];
    const says = (place) => document.querySelector(place)?.textContent.includes(label);
    const there = () => {
        const { boxes, points } = explorer.pictures;
        const still = !boxes.flying && !points.flying;
        return still && says("#details h2") && says("#contained-title");
    };
    const start = performance.now();
    const look = () => {
        if (there()) done(performance.now() - start);
        else requestAnimationFrame(look);
    };
    explorer.drill(row);
    look();
})"""

# Bytes that came over the wire for what a collection's picture is drawn of.
BYTES = """(name) => performance.getEntriesByType("resource")
    .filter((entry) => new URL(entry.name).pathname === `/atlas/${name}.json`)
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""


def explorer_figures(
    browser: Browser, address: str, name: str, other: str
) -> dict[str, float]:
    """Medians of what one does with a collection; times in ms unless named otherwise.

    Args:
        browser: Chromium.
        address: Of a server that has read nothing yet.
        name: Of the collection.
        other: From which it is switched to.
    """
    page = opened_page(browser, address, other)
    first = page.evaluate(SWITCH, name)
    sent = page.evaluate(BYTES, name)
    page.wait_for_timeout(1000)
    page.evaluate(SWITCH, other)
    page.wait_for_timeout(1000)
    again = page.evaluate(SWITCH, name)
    page.wait_for_timeout(1000)
    tasks = page.evaluate(CLICKABLE, TASKS)
    clicks = clicked(page, tasks)
    figures = {
        "boxes": page.evaluate("task2box.explorer.state.atlas.count"),
        "switch_s": round(first, 2),
        "switch_again_s": round(again, 2),
        "sent_kb": round(sent / 1000),
        **move_figures(page),
        **clicks,
        "drill_down_ms": round(median(drills(page, tasks, "no-preference")), 1),
        "drill_down_still_ms": round(median(drills(page, tasks, "reduce")), 1),
        **search_figures(page),
        **picture_figures(page),
    }
    page.context.close()
    return figures


def hand_figures(browser: Browser, address: str, name: str) -> dict[str, float]:
    """Clicks and pans of one person on a page of a collection, in ms."""
    page = opened_page(browser, address, name)
    clicks = clicked(page, page.evaluate(CLICKABLE, TASKS))
    pans = [frames(page, pan) for _ in range(RUNS)]
    page.context.close()
    return {
        **clicks,
        "pan_draw_ms": round(median(draw for draw, _ in pans), 2),
        "pan_frame_ms": round(median(whole for _, whole in pans), 2),
    }


def clicked(page: Page, tasks: list[str]) -> dict[str, float]:
    """Milliseconds from a click on a task to what is said of it."""
    times = [page.evaluate(CLICK, task) for task in tasks]
    return {
        "click_to_details_ms": round(median(details for details, _ in times), 1),
        "click_to_table_ms": round(median(table for _, table in times), 1),
    }


def drills(page: Page, tasks: list[str], motion: Motion) -> list[float]:
    """Milliseconds of looking into tasks; "reduce" by who has asked for less motion."""
    page.emulate_media(reduced_motion=motion)
    times = []
    for task in tasks:
        times.append(page.evaluate(DRILL, task))
        page.wait_for_timeout(300)
    page.emulate_media(reduced_motion="no-preference")
    return times


def search_figures(page: Page) -> dict[str, float]:
    """The slowest letter of some words, and a look-up of the boxes under a point."""
    typed = [[page.evaluate(TYPE, text) for _ in range(RUNS)] for text in TYPED]
    letters = [median(times) for runs in typed for times in zip(*runs, strict=True)]
    hits = [page.evaluate(HITS) for _ in range(RUNS)]
    return {
        "letter_ms": round(max(letters), 1),
        "hit_test_ms": round(median(hits) / 1000, 3),
    }


def picture_figures(page: Page) -> dict[str, float]:
    """Drawing the boxes coloured by errors, and the tree beside them."""
    page.evaluate("task2box.explorer.change({ color: 'edges' })")
    wait_for(lambda: page.evaluate("Boolean(task2box.explorer.state.edges)"))
    errors = page.evaluate(DRAW, "boxes")
    page.evaluate("task2box.explorer.change({ color: 'branch', beside: 'tree' })")
    page.wait_for_timeout(1000)
    tree = page.evaluate(DRAW, "other")
    return {
        "errors_draw_ms": round(median(errors), 2),
        "tree_draw_ms": round(median(tree), 2),
    }


def opened_page(browser: Browser, address: str, name: str) -> Page:
    """A page of a collection with everything on it."""
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{address}/?collection={name}")
    ready(page)
    page.locator("#details h2").wait_for()
    page.locator("#contained .ag-row").first.wait_for()
    page.wait_for_timeout(1000)
    return page


def move_figures(page: Page) -> dict[str, float]:
    """Frames of panning and zooming, hovering."""
    pans = [frames(page, pan) for _ in range(RUNS)]
    zooms = [frames(page, zoom) for _ in range(RUNS)]
    page.evaluate("task2box.explorer.change({viewport: ''})")
    page.wait_for_timeout(600)
    hovers = [median(page.evaluate(HOVERS)) for _ in range(RUNS)]
    empty = emptied_frames(page)
    return {
        "boxes": page.evaluate("task2box.explorer.state.atlas.count"),
        "pan_draw_ms": round(median(draw for draw, _ in pans), 2),
        "pan_frame_ms": round(median(whole for _, whole in pans), 2),
        "zoom_draw_ms": round(median(draw for draw, _ in zooms), 2),
        "zoom_frame_ms": round(median(whole for _, whole in zooms), 2),
        "empty_frame_ms": round(median(empty), 2),
        "hover_ms": round(median(hovers), 2),
    }


def emptied_frames(page: Page) -> list[float]:
    """Milliseconds of a frame of panning in which nothing is painted.

    What the browser and the machine take whatever is drawn: they differ from hour to
    hour by more than most changes of a program.
    """
    page.evaluate(
        "() => { window.kept = task2box.paintBoxes; task2box.paintBoxes = () => {}; }"
    )
    times = [frames(page, pan)[1] for _ in range(RUNS)]
    page.evaluate("() => { task2box.paintBoxes = window.kept; }")
    return times


def frames(page: Page, gesture: Callable[[Page], None]) -> tuple[float, float]:
    """Milliseconds a frame takes: the canvas alone, and all work of the page's thread.

    The second counts the gesture's events, style, layout and the drawing of the canvas
    into pixels as well; what comes after the gesture, such as telling Plotly's axes,
    belongs to no frame.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def busy() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    page.evaluate("task2box.frames.length = 0")
    before = busy()
    gesture(page)
    page.wait_for_timeout(80)
    drawn = page.evaluate("task2box.frames")
    return median(drawn), 1000 * (busy() - before) / len(drawn)


def pan(page: Page) -> None:
    """Drag the boxes there and back."""
    page.mouse.move(300, 300)
    page.mouse.down()
    for step in range(STEPS):
        page.mouse.move(
            300 + 3 * min(step, STEPS - step), 300 + min(step, STEPS - step)
        )
    page.mouse.up()


def zoom(page: Page) -> None:
    """Turn the wheel there and back."""
    page.mouse.move(330, 400)
    for step in range(STEPS):
        page.mouse.wheel(0, -60 if step < STEPS // 2 else 60)
