"""Time what a person waits for and print one JSON document: `make bench`.

Medians of five runs, headless Chromium, no GPU. Figures, not tests: they depend on the
machine, so nothing here is asserted. `python -m tests.benchmarks page` leaves the rest
out, and so do `explorer`, `fit`, `learning`, `load`, `placing`; `uncertainty` and
`task2vec` are made when they are asked for only.
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from core.cache import Store
from tests.benchmarks.explorer import SIZE, explorer_figures
from tests.benchmarks.learning import learning_figures
from tests.benchmarks.load import load_figures
from tests.benchmarks.placing import placing_figures
from tests.benchmarks.task2vec import task2vec_figures
from tests.benchmarks.uncertainty import uncertainty_figures
from tests.browser.pages import ROOT, answers, chromium, free_port, wait_for

RUNS = 5
SIZES = ("imagenet", "inaturalist", "imagenet21k")
OTHER = "cub"  # from which they are switched to


def main() -> int:
    """Run the benchmarks that are asked for and print their medians."""
    asked = sys.argv[1:] or ["page", "explorer", "fit", "learning", "load", "placing"]
    figures: dict[str, object] = {"runs": RUNS, "cores": os.cpu_count()}
    if "page" in asked:
        figures |= page_figures()
    if "explorer" in asked:
        figures["explorer"] = explorers()
    if "fit" in asked:
        figures |= fit_figures()
    if "learning" in asked:
        figures |= learning_figures()
    if "uncertainty" in asked:
        figures["uncertainty"] = uncertainty_figures()
    if "task2vec" in asked:
        figures["task2vec"] = task2vec_figures()
    if "placing" in asked:
        figures["placing"] = placings()
    if "load" in asked:
        figures["load"] = load_figures()
    print(json.dumps(figures, indent=2))
    return 0


def placings() -> dict[str, object]:
    """Milliseconds from a drop to drawn boxes, with a process that is warm."""
    with chromium() as browser, started() as (_, address):
        return placing_figures(browser, address, RUNS)


def page_figures() -> dict[str, float]:
    """Seconds until the page is there."""
    starts, opened = [], []
    with chromium() as browser:
        for _ in range(RUNS):
            with started() as (seconds, address):
                starts.append(seconds)
                opened.append(open_seconds(browser, address))
    return {
        "collections": len(Store(Path(os.devnull)).names()),
        "server_answers_s": round(median(starts), 2),
        "page_usable_s": round(median(opened), 2),
    }


def explorers() -> dict[str, object]:
    """What one does with each of three collections, and the file of the largest."""
    found: dict[str, object] = {}
    with chromium() as browser:
        for name in SIZES:
            runs = []
            for _ in range(RUNS):  # a server that has read nothing of it
                with started() as (_, address):
                    runs.append(explorer_figures(browser, address, name, OTHER))
                    export = export_figures(address, name)
            found[name] = {
                key: median(run[key] for run in runs) for key in runs[0]
            } | export
    return found


def export_figures(address: str, name: str) -> dict[str, float]:
    """Size of the file that works without a server, and of boxes as they are sent."""

    def answered(path: str) -> bytes:
        with urllib.request.urlopen(f"{address}/{path}") as answer:
            return bytes(answer.read())

    flat = json.loads(answered(f"atlas/{name}.json"))["boxes"]["2"]
    sent = {
        2: json.dumps(flat, separators=(",", ":")).encode(),
        3: answered(f"boxes/{name}.json?dim=3"),
    }
    packed = {dim: gzip.compress(text, compresslevel=1) for dim, text in sent.items()}
    kilobytes = {f"boxes_{dim}d_kb": len(one) / 1e3 for dim, one in packed.items()}
    megabytes = len(answered(f"export/{name}.html")) / 1e6
    return {key: round(kb) for key, kb in kilobytes.items()} | {
        "html_mb": round(megabytes, 1)
    }


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
