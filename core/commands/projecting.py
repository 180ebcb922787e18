"""`project`: tasks as points in the plane."""

import io
import math
import re
import sys
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

from core import cache
from core.cache import Store
from core.collection import Collection
from core.commands.command import Add, report_argument
from core.jobs import progress
from core.jobs.progress import Report
from core.nearest import directions
from core.preservation import (
    LEAST,
    apartness,
    neighbours_of,
    sampled,
    trustworthiness,
    unlikeness,
)
from core.projection import METHODS, Projection

ITERATION = re.compile(r"Iteration (\d+): error = ([\d.]+)")
ITERATIONS = 1000  # of t-SNE, which may stop before
EPOCH = re.compile(r"Epochs completed:.* (\d+)/(\d+) ")


def add(command: Add) -> None:
    """Add the command."""
    parser = command("project", "tasks as points in the plane", run)
    parser.add_argument("name", help="a collection; see list")
    parser.add_argument("--method", choices=METHODS, required=True)
    parser.add_argument("--seed", type=int, default=0)
    report_argument(parser)


def run(
    store: Store, *, name: str, method: Any, seed: int, report: Path | None
) -> None:
    """Compute a point map of the tasks and keep it."""
    told = progress.begin(report)
    told.phase("reading")
    from tqdm import tqdm

    from core import projection

    collection = cache.load_collection(store, name)
    watched = sys.stderr.isatty()
    told.phase("computing")
    with (
        tqdm(desc=f"{name}, {method}", unit=" iterations", disable=not watched) as bar,
        redirect_stdout(Meter(bar, told)),
        redirect_stderr(Meter(bar, told)) if told.wanted else nullcontext(),
    ):
        telling = watched or told.wanted
        points = projection.project(collection, method, seed, telling=telling)
    told.phase("writing")
    cache.load_provenance(store, name)  # it may have been deleted meanwhile
    path = cache.save_projection(store, name, points)
    told.phase(progress.DONE)
    print(f"{name}: {len(points.names):,} points in {path}")
    if words := kept(collection, points):
        print(f"{name}: {words}")


def kept(collection: Collection, points: Projection) -> str:
    """How much of the neighbourhoods a point map keeps; nothing of very few tasks."""
    rows = sampled(np.arange(len(points.names)), seed=0)
    if len(rows) < LEAST:
        return ""
    known = directions(collection.features, collection.membership)
    true, seen = unlikeness(known[rows]), apartness(points.points[rows])
    near = neighbours_of(len(rows))
    some = f", of {len(rows):,} sampled tasks" if len(rows) < len(points.names) else ""
    return (
        f"trustworthiness {trustworthiness(true, seen, near):.3f}, continuity "
        f"{trustworthiness(seen, true, near):.3f} ({near} neighbours, cosine{some})"
    )


class Meter(io.TextIOBase):
    """A stream that moves a bar by what is printed to it, and reports it.

    t-SNE prints iterations, a few at a time, and UMAP a bar of its own; before and
    after these there is no count, and what else the two print is of no use to a person.
    """

    def __init__(self, bar: Any, told: Report) -> None:
        self.bar = bar
        self.told = told
        self.steps = 0

    def write(self, text: str) -> int:
        """Take what was printed."""
        if found := ITERATION.search(text):
            self.bar.update(int(found[1]) - self.bar.n)
            self._tell(int(found[1]), ITERATIONS, float(found[2]))
        elif found := EPOCH.search(text):
            self._tell(int(found[1]), int(found[2]))
        return len(text)

    def _tell(self, step: int, steps: int, loss: float = math.nan) -> None:
        if self.steps != steps:
            self.steps = steps
            self.told.count("moving points", steps=steps)
        self.told.step(step, loss)
