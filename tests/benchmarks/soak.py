"""Many visitors for minutes or an hour, and what becomes of time and memory.

`make soak`. Every visitor opens the page, then goes on as a person does: chooses tasks,
looks into them, goes to another collection, exports, places a task of their own. With
`--jobs` fits come and go meanwhile, done or cancelled.
"""

import argparse
import io
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import numpy as np
import psutil
from tqdm import tqdm

from core.cache import Store, load_collection
from tests.benchmarks.load import Times, serving

COLLECTIONS = ("cub", "imagenet", "inaturalist", "huggingface")
PLACED = "cub"
THINKS = 3.0  # s between two actions of a visitor, on average
IDLE = 30.0  # s that a connection is kept without a question
EVERY = 2.0  # s between two looks at memory
FIT = {"dim": 2, "recipe": "network", "seed": 0, "steps": 300}
# What visitors do, of a hundred times.
HABITS = {"choose": 70, "look into": 12, "export": 6, "go elsewhere": 8, "place": 4}


@dataclass
class Memory:
    """Bytes of the server and its processes, by second."""

    seen: list[tuple[float, int]] = field(default_factory=list)

    def median_mb(self, after: float, before: float) -> float:
        """Of the looks between two moments."""
        some = [size for at, size in self.seen if after <= at < before]
        return round(median(some) / 2**20, 1)


class Visitor:
    """A person at one connection, which is kept, and what they have in view."""

    def __init__(self, address: str, seed: int, times: Times, features: bytes) -> None:
        self._rng = random.Random(seed)
        self._place = urlsplit(address).netloc
        self._connection = HTTPConnection(self._place, timeout=60)
        self._asked = 0.0
        self._times = times
        self._features = features
        self._collection = ""
        self._names: list[str] = []
        self._acts: dict[str, Callable[[], None]] = {
            "choose": self._choose,
            "look into": self._look_into,
            "export": self._export,
            "go elsewhere": self._open,
            "place": self._place_one,
        }

    def stay(self, ends: float, stopped: Event) -> None:
        """Do one thing after another until then."""
        stopped.wait(self._rng.random() * THINKS)
        self._ask("page", "GET", "/")
        self._open()
        while time.monotonic() < ends and not stopped.is_set():
            (act,) = self._rng.choices(list(HABITS), list(HABITS.values()))
            self._acts[act]()
            stopped.wait(self._rng.expovariate(1 / THINKS))
        self._connection.close()

    def _open(self) -> None:
        self._collection = self._rng.choice(COLLECTIONS)
        name = quote(self._collection)
        self._ask("view", "GET", f"/view.json?collection={name}")
        atlas = self._ask("atlas", "GET", f"/atlas/{name}.json")
        self._ask("words", "GET", f"/words/{name}.json")
        with suppress(ValueError, KeyError):
            self._names = json.loads(atlas)["names"]

    def _choose(self) -> None:
        query = self._query()
        for what in ("details", "table", "inspector", "nearest"):
            self._ask(what, "GET", f"/{what}.json?{query}")

    def _look_into(self) -> None:
        query = self._query()
        self._ask("view", "GET", f"/view.json?{query}")
        self._ask("members", "GET", f"/members.json?{query}")

    def _export(self) -> None:
        name = quote(self._collection)
        if self._rng.random() < 0.3:
            self._ask("export", "GET", f"/export/{name}.html?{self._query()}")
        names = self._rng.sample(self._names, min(20, len(self._names)))
        body = json.dumps({"names": names, "dim": 2}).encode()
        self._ask("data", "POST", f"/data/{name}.csv", body)

    def _place_one(self) -> None:
        path = "/place/files/features.json?name=new.npy"
        sent = self._ask("file", "POST", path, self._features)
        with suppress(ValueError, KeyError):
            asked = {"dim": 2, "token": json.loads(sent)["token"]}
            body = json.dumps(asked).encode()
            self._ask("place", "POST", f"/place/{PLACED}.json", body)

    def _query(self) -> str:
        task = self._rng.choice(self._names) if self._names else ""
        asked = {"collection": self._collection, "dim": 2, "task": task}
        return urlencode(asked)

    def _ask(self, route: str, method: str, path: str, body: bytes = b"") -> bytes:
        """An answer, which is timed; what is no answer is written down."""
        begun = time.perf_counter()
        if begun - self._asked > IDLE:  # the server may hang up on who is silent
            self._connection.close()
        self._asked = begun
        try:
            headers = {"Content-Type": "application/json"} if body[:1] == b"{" else {}
            self._connection.request(method, path, body or None, headers)
            answer = self._connection.getresponse()
            told = answer.read()
        except (OSError, HTTPException) as error:
            self._times.errors.append(f"{route}: {error!r}")
            self._connection.close()
            return b""
        if answer.status >= 400:
            self._times.errors.append(f"{route}: {answer.status} {told[:80]!r}")
        taken = (time.perf_counter() - begun) * 1000
        self._times.routes.setdefault(route, []).append(taken)
        return told


def soak_figures(visitors: int, minutes: float, *, jobs: bool) -> dict[str, object]:
    """Times by route, errors, and memory after a warm-up (a fifth) and at the end."""
    times, memory, stopped = Times(), Memory(), Event()
    features = _features()
    done: list[str] = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data,
        serving(data) as (process, address),
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
