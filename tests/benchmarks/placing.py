"""Time from the drop of a file to its boxes among those of a collection."""

import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser, Page

from core import cache
from core.cache import Store
from tests.benchmarks.explorer import SIZE
from tests.browser.pages import ready, wait_for

COUNTS = (1, 1000)
COLLECTIONS = ("cub", "imagenet", "imagenet21k")
INPUT = "#own-place > .drop input"
# From the moment that the page has the file to the frame in which its boxes are drawn.
LISTEN = """() => {
    window.dropped = window.drawn = 0;
    const input = document.querySelector("#own-place > .drop input");
    input.addEventListener("change", () => (window.dropped = performance.now()), {
        capture: true, once: true,
    });
    const before = document.querySelector("#placed ul");
    const look = () => {
        const now = document.querySelector("#placed ul");
        const there = !document.getElementById("placed").hidden && now !== before;
        if (there) window.drawn = performance.now();
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


def placing_figures(browser: Browser, address: str, runs: int) -> dict[str, object]:
    """Milliseconds for one task and for 1,000, and until the process is warm."""
    found: dict[str, object] = {}
    store = Store(Path(tempfile.gettempdir()) / "nothing")
    for name in COLLECTIONS:
        features = cache.load_collection(store, name).features.astype(np.float32)
        page = browser.new_page(viewport=SIZE)
        page.goto(f"{address}/?collection={name}")
        ready(page)
        begun = page.evaluate("performance.now()")
        page.click("[data-action=own]")
        page.locator("#own-place .muted:not([aria-busy])").wait_for(timeout=60_000)
        figures = {"warm_ms": round(page.evaluate("performance.now()") - begun)}
        page.evaluate("document.getElementById('own-dialog').close()")
        for count in COUNTS:
            times = [_dropped(page, features, count, run) for run in range(runs)]
            figures[f"{count}_ms"] = round(median(times))
        found[name] = figures
        page.close()
    return found


def _dropped(page: Page, features: np.ndarray, count: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    rows = features[rng.integers(len(features), size=count)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "new.npy"
        np.save(path, rows + 0.01 * features.std())
        page.click("[data-action=own]")
        page.evaluate(LISTEN)
        page.set_input_files(INPUT, path)
        wait_for(lambda: page.evaluate("window.drawn"), 60)
        return float(page.evaluate("window.drawn - window.dropped"))
