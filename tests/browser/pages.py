"""A server in a process of its own, and a real Chromium that looks at it."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
# WebGL in software where there is no GPU. Not --use-angle=swiftshader: that draws the
# whole page with it, ten times slower than a person's browser does.
CHROMIUM = [
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--process-per-site",  # all pages of a test are of this machine
]
LOCAL = {"127.0.0.1", "localhost", ""}
PATIENCE = 120  # s, on a machine that does much else


@contextmanager
def served(data, *options):
    """Address of `python app.py --data data` while it runs."""
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--data", str(data)]
    command += options
    process = subprocess.Popen(command, cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{address}/health"))
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


def free_port():
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait_for(claim, seconds=PATIENCE):
    """Ask again and again until `claim()` is true; its last answer when it is."""
    end = time.monotonic() + seconds
    while not (answer := claim()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return answer


def browser_path():
    """The Chromium that the machine has."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def chromium():
    """A headless Chromium, the one that the machine has."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path(), args=CHROMIUM
        )
        try:
            yield browser
        finally:
            browser.close()


class Faults(list):
    """What went wrong in a page: console errors, exceptions, foreign requests."""

    def watch(self, page):
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.append(f"exception: {error}"))
        page.on("request", self._request)

    def _console(self, message):
        if message.type == "error":
            self.append(f"console: {message.text}")

    def _request(self, request):
        parts = urlsplit(request.url)
        if (
            parts.scheme in ("http", "https", "ws", "wss")
            and parts.hostname not in LOCAL
        ):
            self.append(f"request to {request.url}")


def ready(page):
    """Wait until the pictures are drawn and stand still; the page."""
    wait_for(lambda: page.evaluate("Boolean(window.task2box?.explorer?.pictures)"))
    settled(page)
    return page


def settled(page):
    """Wait until the view has flown to where it goes."""
    flying = "(({boxes, points}) => boxes.flying || points.flying)"
    wait_for(lambda: not page.evaluate(f"{flying}(task2box.explorer.pictures)"))


def exported(page, kind, folder):
    """Path of the file that the export menu gives."""
    page.click("summary:has-text('Export')")
    with page.expect_download() as download:
        page.click(f"[data-action=export-{kind}]")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def opened(context, path):
    """The page of a file on disk, drawn."""
    page = context.new_page()
    page.goto(path.as_uri())
    return ready(page)


def colored(page, panel, layer="base"):
    """How many pixels of a canvas are painted."""
    return page.evaluate(
        """([panel, layer]) => {
            const canvas = document.querySelector(`#${panel} canvas.${layer}`);
            const ctx = canvas.getContext("2d", { willReadFrequently: true });
            const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let at = 3; at < data.length; at += 4) if (data[at]) count++;
            return count;
        }""",
        [panel, layer],
    )
