"""Time what a person waits for and print one JSON document: `make bench`.

Medians of five runs, headless Chromium, no GPU. Figures, not tests: they depend on the
machine, so nothing here is asserted. `python -m tests.benchmarks page` leaves the rest
out, and so do `large` and `fit`.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from core.cache import Store, load_provenance
from tests.benchmarks.learning import learning_figures
from tests.browser.pages import ROOT, answers, chromium, free_port, ready, wait_for

RUNS = 5
STEPS = 60  # of one pan or zoom
SMALL = "imagenet"  # the collection that figures of gestures are asked for
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
CLICKED = ("n02084071", "n03800933", "n01503061", "n02958343", "n07705931")


def main() -> int:
    """Run the benchmarks that are asked for and print their medians."""
    asked = sys.argv[1:] or ["page", "large", "fit", "learning"]
    figures: dict[str, object] = {"runs": RUNS, "cores": os.cpu_count()}
    if "page" in asked:
        figures |= page_figures()
    if "large" in asked:
        figures["large"] = large_figures()
    if "fit" in asked:
        figures |= fit_figures()
    if "learning" in asked:
        figures |= learning_figures()
    print(json.dumps(figures, indent=2))
    return 0


def page_figures() -> dict[str, float]:
    """Seconds until the page is there, milliseconds of what one does with it."""
    starts, opened = [], []
    with chromium() as browser:
        for _ in range(RUNS):
            with started() as (seconds, address):
                starts.append(seconds)
                opened.append(open_seconds(browser, address))
        with started() as (_, address):
            gestures = gesture_figures(opened_page(browser, address))
    return {
        "collections": len(Store(Path(os.devnull)).names()),
        "server_answers_s": round(median(starts), 2),
        "page_usable_s": round(median(opened), 2),
        **gestures,
    }


def large_figures() -> dict[str, object]:
    """What the largest collection that is shipped makes a person wait for."""
    name = largest()
    with chromium() as browser:
        switches = []
        for _ in range(RUNS):  # a server that has read nothing of it
            with started() as (_, address):
                page = opened_page(browser, address)
                first = page.evaluate(SWITCH, name)
                page.wait_for_timeout(1000)
                page.evaluate(SWITCH, SMALL)
                page.wait_for_timeout(1000)
                switches.append((first, page.evaluate(SWITCH, name)))
                page.wait_for_timeout(1000)
                figures = {**move_figures(page), **search_figures(page)}
                export = export_figures(address, name)
                page.context.close()
    return {
        "collection": name,
        "switch_s": round(median(first for first, _ in switches), 2),
        "switch_again_s": round(median(again for _, again in switches), 2),
        **figures,
        **export,
    }


def search_figures(page: Page) -> dict[str, float]:
    """The slowest letter of some words, and a look-up of the boxes under a point."""
    typed = [[page.evaluate(TYPE, text) for _ in range(RUNS)] for text in TYPED]
    letters = [median(times) for runs in typed for times in zip(*runs, strict=True)]
    hits = [page.evaluate(HITS) for _ in range(RUNS)]
    return {
        "letter_ms": round(max(letters), 1),
        "hit_test_ms": round(median(hits) / 1000, 3),
    }


def export_figures(address: str, name: str) -> dict[str, float]:
    """Megabytes of the file that works without a server."""
    with urllib.request.urlopen(f"{address}/export/{name}.html") as answer:
        return {"html_mb": round(len(answer.read()) / 1e6, 1)}


def largest() -> str:
    """The collection with most tasks."""
    store = Store(Path(os.devnull))
    return max(store.names(), key=lambda name: load_provenance(store, name)["tasks"])


def opened_page(browser: Browser, address: str) -> Page:
    """A page of the small collection with everything on it."""
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{address}/?collection={SMALL}")
    ready(page)
    page.locator("#details h2").wait_for()
    page.locator("#contained .ag-row").first.wait_for()
    page.wait_for_timeout(1000)
    return page


def gesture_figures(page: Page) -> dict[str, float]:
    """Frames of panning and zooming, hovering, clicking."""
    moves = move_figures(page)
    clicks = [page.evaluate(CLICK, task) for task in CLICKED]
    return {
        **moves,
        "click_to_details_ms": round(median(details for details, _ in clicks), 1),
        "click_to_table_ms": round(median(table for _, table in clicks), 1),
    }


def move_figures(page: Page) -> dict[str, float]:
    """Frames of panning and zooming, hovering."""
    pans = [frames(page, pan) for _ in range(RUNS)]
    zooms = [frames(page, zoom) for _ in range(RUNS)]
    page.evaluate("task2box.explorer.change({viewport: ''})")
    page.wait_for_timeout(600)
    hovers = [median(page.evaluate(HOVERS)) for _ in range(RUNS)]
    return {
        "boxes": page.evaluate("task2box.explorer.state.atlas.count"),
        "pan_draw_ms": round(median(draw for draw, _ in pans), 2),
        "pan_frame_ms": round(median(whole for _, whole in pans), 2),
        "zoom_draw_ms": round(median(draw for draw, _ in zooms), 2),
        "zoom_frame_ms": round(median(whole for _, whole in zooms), 2),
        "hover_ms": round(median(hovers), 2),
    }


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


def open_seconds(browser: Browser, address: str) -> float:
    """Seconds from asking for the page to boxes that answer, with nothing cached."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    begin = time.perf_counter()
    page.goto(address, wait_until="commit")
    wait_for(lambda: page.evaluate("Boolean(window.task2box && task2box.ready)"))
    seconds = time.perf_counter() - begin
    context.close()
    return seconds


@contextmanager
def started() -> Iterator[tuple[float, str]]:
    """Seconds from `python app.py` to its first answer, and its address."""
    with tempfile.TemporaryDirectory() as data:
        port = free_port()
        command = [sys.executable, "app.py", "--port", str(port), "--data", data]
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"), 30)
            yield time.perf_counter() - begin, f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def fit_figures() -> dict[str, float]:
    """Seconds and peak megabytes of `fit imagenet --dim 2`, as a whole process."""
    runs = [fit_once() for _ in range(RUNS)]
    return {
        "fit_2d_s": round(median(seconds for seconds, _ in runs), 1),
        "fit_2d_mb": round(median(megabytes for _, megabytes in runs)),
    }


def fit_once() -> tuple[float, float]:
    """One fit into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as data:
        arguments = ["fit", "imagenet", "--dim", "2", "--data", str(Path(data))]
        command = [sys.executable, "-m", "core", *arguments]
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{' '.join(command)} ended with status {status}")
        return time.perf_counter() - begin, usage.ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
