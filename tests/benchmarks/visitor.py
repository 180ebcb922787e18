"""A visitor of the soak: a person at the page, told by what a page asks the server.

Ordinary collections are in the browser as a whole: to search, pan and zoom there asks
the server for nothing, and what is found is chosen as anything else. Of a large one
(`LARGE`) the server is asked with every letter that is typed, and for a window after
every pan, zoom and look into a task; all that is asked of it is timed apart from the
others, as `large ...`.
"""

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from threading import Event
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.benchmarks.load import Times

LARGE = "forest"  # the collection that is seen through windows
COLLECTIONS = ("cub", "imagenet", "inaturalist", "huggingface", LARGE)
PLACED = "cub"
THINKS = 3.0  # s between two actions of a visitor, on average
IDLE = 30.0  # s that a connection is kept without a question
# What visitors do, of a hundred times.
HABITS = {
    "choose": 50,
    "search": 12,
    "move": 14,
    "look into": 8,
    "export": 6,
    "go elsewhere": 6,
    "place": 4,
}
PICTURE = {"width": 1120, "height": 980}  # px with some way around (assets/windows.js)
CLOSER = 0.6  # of a side: what is left of it after a turn of the wheel
CLOSEST = 1 / 64  # of the whole, from where one goes back
FARTHER = 0.4  # of a side, by which a picture is dragged
LETTERS = 12  # that are typed at most


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
        self._labels: list[str] = []
        self._whole = self._frame = (0.0, 1.0, 0.0, 1.0)
        self._acts: dict[str, Callable[[], None]] = {
            "choose": self._choose,
            "search": self._search,
            "move": self._move,
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

    @property
    def _large(self) -> bool:
        return self._collection == LARGE

    def _open(self) -> None:
        self._collection = self._rng.choice(COLLECTIONS)
        name = quote(self._collection)
        self._look("view", f"/view.json?collection={name}")
        atlas = self._look("atlas", f"/atlas/{name}.json")
        self._look("words", f"/words/{name}.json")
        with suppress(ValueError, KeyError):
            told = json.loads(atlas)
            self._names, self._labels = told["names"], told["labels"]
            if self._large:
                x0, x1, y0, y1 = told["window"]["whole"]
                self._whole = self._frame = x0, x1, y0, y1

    def _choose(self, task: str = "") -> None:
        query = self._query(task)
        self._look("details", f"/details.json?{query}")
        self._look("table", f"/table.json?{query}")
        if not self._large:  # else the page says that there is none
            self._look("inspector", f"/inspector.json?{query}")
            self._look("nearest", f"/nearest.json?{query}")

    def _search(self) -> None:
        """Type a name, and choose the first of what is found."""
        found: list[dict[str, Any]] = []
        if self._large and self._labels:
            label = self._rng.choice(self._labels).lower()
            for end in range(1, self._rng.randint(1, LETTERS) + 1):
                text = urlencode({"text": label[:end]})
                with suppress(ValueError):
                    found = json.loads(
                        self._look("search", f"/search/{LARGE}.json?{text}")
                    )
        task = str(found[0]["name"]) if found else ""
        if task:
            self._window(also=task)
        self._choose(task)

    def _move(self) -> None:
        """Turn the wheel or drag; it is the browser that draws, but of a large one."""
        if not self._large:
            return
        x0, x1, y0, y1 = self._frame
        wide, high = x1 - x0, y1 - y0
        if wide < CLOSEST * (self._whole[1] - self._whole[0]):
            self._frame = self._whole
        elif self._rng.random() < 0.5:
            x0 += self._rng.random() * (1 - CLOSER) * wide
            y0 += self._rng.random() * (1 - CLOSER) * high
            self._frame = x0, x0 + CLOSER * wide, y0, y0 + CLOSER * high
        else:
            dx, dy = (FARTHER * self._rng.choice((-1, 1)) * one for one in (wide, high))
            self._frame = x0 + dx, x1 + dx, y0 + dy, y1 + dy
        self._window(frame=",".join(map(str, self._frame)))

    def _window(self, **asked: str) -> None:
        query = urlencode({**PICTURE, **asked})
        self._look("window", f"/window/{LARGE}.json?{query}")

    def _look_into(self) -> None:
        task = self._any()
        query = self._query(task)
        self._look("view", f"/view.json?{query}")
        if self._large:
            self._window(focus=task)
        else:
            self._look("members", f"/members.json?{query}")

    def _export(self) -> None:
        name = quote(self._collection)
        if self._rng.random() < 0.3:
            self._look("export", f"/export/{name}.html?{self._query()}")
        names = self._rng.sample(self._names, min(20, len(self._names)))
        body = json.dumps({"names": names, "dim": 2}).encode()
        self._ask(self._kind("data"), "POST", f"/data/{name}.csv", body)

    def _place_one(self) -> None:
        path = "/place/files/features.json?name=new.npy"
        sent = self._ask("file", "POST", path, self._features)
        with suppress(ValueError, KeyError):
            asked = {"dim": 2, "token": json.loads(sent)["token"]}
            body = json.dumps(asked).encode()
            self._ask("place", "POST", f"/place/{PLACED}.json", body)

    def _any(self) -> str:
        return self._rng.choice(self._names) if self._names else ""

    def _query(self, task: str = "") -> str:
        asked = {"collection": self._collection, "dim": 2, "task": task or self._any()}
        return urlencode(asked)

    def _kind(self, route: str) -> str:
        return f"large {route}" if self._large else route

    def _look(self, route: str, path: str) -> bytes:
        """An answer about the collection that is in view."""
        return self._ask(self._kind(route), "GET", path)

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
