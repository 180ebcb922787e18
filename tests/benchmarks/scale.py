"""How the costs of looking at a collection grow with it: make bench-scale.

Prints one JSON document: for 1,000 to 1,000,000 boxes, all seen through windows, and
for `inaturalist-full` where that is in the data directory, what a person waits for in
Chromium and how much memory the server takes.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from app import bound
from core.cache import Store, default_data
from dashboard.application import create_app
from dashboard.server import run, server_of
from tests.benchmarks.explorer import HOVERS, SIZE, frames, pan, zoom
from tests.browser.pages import ROOT, answers, chromium, free_port, ready, wait_for
from tests.expanses import expanse, shelf_of

SIZES = (1_000, 10_000, 100_000, 1_000_000)
REAL = "inaturalist-full"
DEEP = (1, 4, 16, 64)  # how much closer views are than the whole
RUNS = 2  # gestures at each of them
TYPED = ("ba", "cedi", "bafo ru", "runope", "zzzz")
TYPED_REAL = ("a", "pan", "panthera", "leo panthera", "quercs", "zzzz")

# Milliseconds from the last event of a gesture to all boxes that it brings into sight.
SETTLES = """([kind, deep, k]) => new Promise((done) => {
    const { explorer } = task2box;
    const panel = explorer.pictures.boxes;
    const [x0, x1, y0, y1] = explorer.state.atlas.frame(-1);
    const at = (share, low, high) => low + share * (high - low) * (1 - 1 / deep);
    const x = at((0.37 + 0.29 * k) % 1, x0, x1);
    const y = at((0.61 + 0.17 * k) % 1, y0, y1);
    const there = [x, x + (x1 - x0) / deep, y, y + (y1 - y0) / deep];
    explorer.change({ viewport: there.join(",") });
    const frame = panel.root.getBoundingClientRect();
    const middle = [frame.left + frame.width / 2, frame.top + frame.height / 2];
    const event = (type, dx, more) => {
        const made = type === "wheel" ? WheelEvent : PointerEvent;
        const at = { clientX: middle[0] + dx, clientY: middle[1], pointerId: 1 };
        const told = { ...at, bubbles: true, cancelable: true, button: 0, ...more };
        panel.root.dispatchEvent(new made(type, told));
    };
    panel.root.setPointerCapture = () => {};
    const until = (claim, then) => {
        const look = () => claim() ? then() : requestAnimationFrame(look);
        requestAnimationFrame(look);
    };
    let last = 0;
    const steps = 20;
    const step = (now) => {
        if (now < steps) {
            if (kind === "zoom") event("wheel", 0, { deltaY: -40 });
            else event("pointermove", -0.4 * frame.width * (now / steps));
            return requestAnimationFrame(() => step(now + 1));
        }
        if (kind === "pan") event("pointerup", -0.4 * frame.width);
        last = performance.now();
        return until(explorer.settled, () => done(performance.now() - last));
    };
    until(explorer.settled, () => setTimeout(() => {
        if (kind === "pan") event("pointerdown", 0);
        step(0);
    }, 150));
})"""

# Milliseconds from typing a letter to its results.
SEARCHES = """(text) => new Promise((done) => {
    const input = document.getElementById("search");
    const list = document.getElementById("search-results");
    const times = [];
    const type = (end) => {
        if (end > text.length) return done(times);
        const start = performance.now();
        const watch = new MutationObserver(() => {
            watch.disconnect();
            times.push(performance.now() - start);
            type(end + 1);
        });
        watch.observe(list, { childList: true });
        input.value = text.slice(0, end);
        input.dispatchEvent(new InputEvent("input"));
    };
    type(1);
})"""


def main() -> int:
    """Print the figures; progress goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=default_data(), metavar="DIR")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--serve", type=int, nargs=2, metavar=("TASKS", "PORT"))
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve)
        return 0
    growth = []
    with chromium() as browser:
        for tasks in options.sizes:
            command = ["-m", "tests.benchmarks.scale", "--serve", str(tasks)]
            with started(command) as (process, address, seconds):
                found = figures(browser, process, address, TYPED)
            growth.append(found)
            print(json.dumps(found), file=sys.stderr)
        if Store(options.data).holds(REAL, "boxes_2d.npz"):
            command = ["app.py", "--data", str(options.data), "--port"]
            with started(command) as (process, address, seconds):
                page = f"{address}/?collection={REAL}"
                found = figures(browser, process, page, TYPED_REAL)
            growth.append({"collection": REAL, **found, "start_s": round(seconds, 1)})
    print(json.dumps({"growth": growth}, indent=1))
    return 0


def serve(tasks: int, port: int) -> None:
    """Show a forest of so many tasks."""
    app = create_app(shelf_of(expanse(tasks)))
    run(server_of(app.server, bound("127.0.0.1", port)))


@contextmanager
def started(
    command: list[str],
) -> Iterator[tuple["subprocess.Popen[bytes]", str, float]]:
    """A server that is given a free port as its last argument, and how long it took."""
    port = free_port()
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command, str(port)], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{address}/health"), 120)
        yield process, address, time.perf_counter() - begin
    finally:
        process.terminate()
        process.wait(10)


def figures(
    browser: Browser,
    process: "subprocess.Popen[bytes]",
    address: str,
    typed: tuple[str, ...],
) -> dict[str, float]:
    """Medians of what one waits for; times in ms unless named otherwise."""
    page = browser.new_page(viewport=SIZE)
    begin = time.perf_counter()
    page.goto(address)
    ready(page)
    opened = time.perf_counter() - begin
    page.locator("#details h2").wait_for()
    page.locator("#contained .ag-row").first.wait_for()
    page.wait_for_timeout(3000)  # names are sorted for who will search them
    pans, zooms = (settles(page, kind) for kind in ("pan", "zoom"))
    letters = [time for text in typed for time in page.evaluate(SEARCHES, text)]
    page.evaluate("task2box.explorer.change({viewport: ''})")
    page.wait_for_timeout(600)
    hovers = [median(page.evaluate(HOVERS)) for _ in range(RUNS)]
    drawn = [median(frames(page, move)[1] for _ in range(RUNS)) for move in (pan, zoom)]
    total = page.evaluate("task2box.explorer.state.atlas.window.total")
    page.close()
    return {
        "boxes": total,
        "view_ms": round(median([*pans, *zooms]), 1),
        "frame_ms": round(max(drawn), 1),
        "hover_ms": round(median(hovers), 2),
        "search_ms": round(median(letters), 1),
        "server_mb": round(memory(process.pid)),
        "pan_ms": round(median(pans), 1),
        "zoom_ms": round(median(zooms), 1),
        "slowest_view_ms": round(max([*pans, *zooms]), 1),
        "slowest_search_ms": round(max(letters), 1),
        "open_s": round(opened, 2),
    }


def settles(page: Page, kind: str) -> list[float]:
    """Milliseconds from the end of a gesture to all that it shows, at many places."""
    asked = [[kind, deep, k] for deep in DEEP for k in range(RUNS)]
    return [page.evaluate(SETTLES, one) for one in asked]


def memory(process: int) -> float:
    """Megabytes that a process has held at once, at most."""
    status = Path(f"/proc/{process}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
