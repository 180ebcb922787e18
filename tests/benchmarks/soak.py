"""Many visitors for minutes or an hour, and what becomes of time and memory.

`make soak`. Every visitor (visitor.py) opens the page, then goes on as a person does:
searches, chooses tasks, looks into them, goes to another collection, exports, places a
task of their own. One of the collections has 200,000 boxes, which are seen through
windows. With `--jobs` fits come and go meanwhile, done or cancelled.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
from tqdm import tqdm

from core.cache import Store, load_collection
from tests.benchmarks.load import Times, serving
from tests.benchmarks.visitor import LARGE, PLACED, Visitor
from tests.expanses import keep

TASKS = 200_000  # of a collection that is seen through windows
EVERY = 2.0  # s between two looks at memory
FIT = {"dim": 2, "recipe": "network", "seed": 0, "steps": 300}


@dataclass
class Memory:
    """Bytes of the server and its processes, by second."""

    seen: list[tuple[float, int]] = field(default_factory=list)

    def median_mb(self, after: float, before: float) -> float:
        """Of the looks between two moments."""
        some = [size for at, size in self.seen if after <= at < before]
        return round(median(some) / 2**20, 1)


def soak_figures(visitors: int, minutes: float, *, jobs: bool) -> dict[str, object]:
    """Times by route, errors, and memory after a warm-up (a fifth) and at the end."""
    times, memory, stopped = Times(), Memory(), Event()
    features = _features()
    done: list[str] = []
    with (
        _served() as (process, address),
        ThreadPoolExecutor(visitors + 1) as pool,
    ):
        begun = time.monotonic()
        ends = begun + 60 * minutes
        people = [Visitor(address, k, times, features) for k in range(visitors)]
        busy = [pool.submit(one.stay, ends, stopped) for one in people]
        if jobs:
            busy.append(pool.submit(_fits, address, ends, stopped, done, times))
        try:
            _watched(psutil.Process(process.pid), memory, ends)
        finally:
            stopped.set()
        for one in busy:
            one.result()
    warm, last = begun + 12 * minutes, ends - 12 * minutes
    after, at_end = (
        memory.median_mb(warm, 2 * warm - begun),
        memory.median_mb(last, ends),
    )
    told = times.figures()
    if jobs:
        told["jobs"] = {state: done.count(state) for state in sorted(set(done))}
    return {
        "visitors": visitors,
        "minutes": minutes,
        "cores": os.cpu_count(),
        "memory_mb": {"warm": after, "end": at_end},
        "growth": round(at_end / after - 1, 3),
        **told,
        "errors": times.errors[:20],
        "error_count": len(times.errors),
    }


@contextmanager
def _served() -> "Iterator[tuple[subprocess.Popen[bytes], str]]":
    """The app with all collections, the large one too, and its address."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        keep(Store(Path(data)), TASKS, LARGE)
        with serving(data) as served:
            yield served


def _watched(server: psutil.Process, memory: Memory, ends: float) -> None:
    """Look at what the server and its processes hold, until then."""
    begun = time.monotonic()
    total = round(ends - begun)
    with tqdm(total=total, desc="soak", unit="s", disable=None) as bar:
        while (now := time.monotonic()) < ends:
            memory.seen.append((now, _held(server)))
            bar.update(round(now - begun) - bar.n)
            time.sleep(EVERY)


def _held(server: psutil.Process) -> int:
    """Bytes of a server and what answers for it, less what does jobs for a while."""
    held = server.memory_full_info().uss
    for child in server.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "core.jobs" not in " ".join(child.cmdline()):
                held += child.memory_full_info().uss
    return int(held)


def _fits(
    address: str, ends: float, stopped: Event, done: list[str], times: Times
) -> None:
    """Jobs that come and go; every third one is cancelled."""

    def ask(path: str, body: object = None) -> Any:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        connection.request("GET" if body is None else "POST", path, sent, headers)
        return json.loads(connection.getresponse().read())

    number = 0
    try:
        while time.monotonic() < ends and not stopped.is_set():
            number += 1
            options = {**FIT, "seed": number}
            asked = {"collection": PLACED, "what": "fit", "options": options}
            id = ask("/jobs.json", asked)["id"]
            if number % 3 == 0:
                stopped.wait(2)
                ask(f"/jobs/{id}/cancel", {})
            while True:
                told = {one["id"]: one["state"] for one in ask("/jobs.json")["jobs"]}
                if told[id] not in ("queued", "running") or time.monotonic() > ends:
                    break
                stopped.wait(1)
            done.append(told[id])
            stopped.wait(5)
    except (OSError, HTTPException, ValueError, KeyError) as error:
        times.errors.append(f"jobs: {error!r}")


def _features() -> bytes:
    """One new task: a known one, a little changed."""
    shipped = Store(Path(tempfile.gettempdir()) / "nothing")
    features = load_collection(shipped, PLACED).features[:1].astype(np.float32)
    file = io.BytesIO()
    np.save(file, features * 1.01)
    return file.getvalue()


def main() -> int:
    """Run what is asked for and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--jobs", action="store_true", help="fits come and go")
    asked = parser.parse_args()
    print(json.dumps(soak_figures(**vars(asked)), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
