"""What people meet while a job trains: one at the page, then many who browse."""

import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

from tests.benchmarks.explorer import hand_figures
from tests.browser.pages import ROOT, answers, chromium, free_port, wait_for

VISITORS = 20
SECONDS = 30  # that they browse, at least
PAUSE = 1.0  # s between two looks of a visitor, on average
COLLECTION = "imagenet"
TASK = "n00001740"
TRAINED = "cub"
FIT = {"dim": 2, "recipe": "network", "seed": 0, "steps": 100_000}


@dataclass
class Times:
    """Milliseconds of every request by its route, and what went wrong."""

    routes: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Medians and 95th percentiles."""
        every = [one for times in self.routes.values() for one in times]
        told = {name: _spread(times) for name, times in sorted(self.routes.items())}
        return {"all": _spread(every), "routes": told, "errors": self.errors}


def load_figures() -> dict[str, object]:
    """Times without a job, then while one trains: of a person, and of many visitors."""
    asked = {"collection": TRAINED, "what": "fit", "options": FIT}
    with _served() as address:
        begun = time.perf_counter()
        job = _ask(address, "jobs.json", asked)["id"]
        cold = _seconds_until(address, job, begun, _tells)
        cold_step = _seconds_until(address, job, begun, _steps)
        _stop(address, job)
        _visit(address, [TASK], random.Random(0), time.monotonic() + PAUSE, Times())
        hand_alone = _at_the_page(address)
        alone = _browsed(address)
        begun = time.perf_counter()
        job = _ask(address, "jobs.json", asked)["id"]
        warm = _seconds_until(address, job, begun, _tells)
        warm_step = _seconds_until(address, job, begun, _steps)
        hand = _at_the_page(address)
        training = _browsed(address)
        state = _job(address, job)["state"]
        cancel = _stop(address, job)
    return {
        "visitors": VISITORS,
        "trains_all_the_time": state == "running",
        "first_job": {"progress_s": cold, "step_s": cold_step},
        "next_job": {"progress_s": warm, "step_s": warm_step},
        "cancel_s": cancel,
        "page_alone": hand_alone,
        "page_while_training": hand,
        "alone": alone.figures(),
        "while_training": training.figures(),
    }


def _at_the_page(address: str) -> dict[str, float]:
    """What one person meets who clicks and pans."""
    with chromium() as browser:
        return hand_figures(browser, address, COLLECTION)


def _spread(times: list[float]) -> dict[str, float]:
    tail = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    spread = {"p50_ms": median(times), "p95_ms": tail, "max_ms": max(times)}
    return {
        "requests": len(times),
        **{key: round(one, 1) for key, one in spread.items()},
    }


def _browsed(address: str) -> Times:
    """What visitors met who browse for a while."""
    times = Times()
    names = _ask(address, f"atlas/{COLLECTION}.json")["names"]
    with ThreadPoolExecutor(VISITORS) as pool:
        ends = time.monotonic() + SECONDS
        for seed in range(VISITORS):
            pool.submit(_visit, address, names, random.Random(seed), ends, times)
    return times


def _visit(
    address: str, names: list[str], rng: random.Random, ends: float, times: Times
) -> None:
    """Open the page, then choose one task after another, as a person does."""

    def ask(route: str, path: str) -> None:
        _timed(times, route, address, path)

    time.sleep(rng.random() * PAUSE)
    ask("page", "")
    ask("view", f"view.json?{urlencode({'collection': COLLECTION})}")
    ask("atlas", f"atlas/{COLLECTION}.json")
    ask("words", f"words/{COLLECTION}.json")
    while time.monotonic() < ends:
        task = rng.choice(names)
        query = urlencode({"collection": COLLECTION, "dim": 2, "task": task})
        ask("details", f"details.json?{query}")
        ask("table", f"table.json?{query}")
        ask("inspector", f"inspector.json?{query}")
        ask("nearest", f"nearest.json?{query}")
        ask("jobs", "jobs.json")
        time.sleep(rng.random() * 2 * PAUSE)


def _timed(times: Times, route: str, address: str, path: str) -> None:
    begun = time.perf_counter()
    try:
        _send(address, path)
    except (OSError, urllib.error.URLError) as error:
        times.errors.append(f"{route}: {error}")
        return
    taken = (time.perf_counter() - begun) * 1000
    times.routes.setdefault(route, []).append(taken)


def _send(address: str, path: str, body: Any = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{address}/{path}", data, headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return answer.read()


def _ask(address: str, path: str, body: Any = None) -> Any:
    return json.loads(_send(address, path, body))


def _job(address: str, id: str) -> Any:
    return next(one for one in _ask(address, "jobs.json")["jobs"] if one["id"] == id)


def _tells(job: Any) -> bool:
    """Whether a job has told anything of itself, if only that it starts."""
    return job["state"] == "running"


def _steps(job: Any) -> bool:
    return job["progress"]["step"] > 0


def _stop(address: str, id: str) -> float:
    """Seconds from asking for the end of a job to its end."""
    begun = time.perf_counter()
    _ask(address, f"jobs/{id}/cancel", {})
    return _seconds_until(address, id, begun, lambda job: job["ended"])


def _seconds_until(
    address: str, id: str, begun: float, claim: Callable[[Any], Any]
) -> float:
    wait_for(lambda: claim(_job(address, id)), 120)
    return round(time.perf_counter() - begun, 2)


@contextmanager
def _served() -> Iterator[str]:
    """Address of an app with an empty data directory."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data,
        serving(data) as (_, address),
    ):
        yield address


@contextmanager
def serving(data: str) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """`python app.py` on a data directory, and its address."""
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--data", data]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/health"), 60)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)  # it answers first what is under way
