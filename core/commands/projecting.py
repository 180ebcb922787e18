"""`project`: tasks as points in the plane."""

import io
import re
import sys
from contextlib import redirect_stdout
from typing import Any

import numpy as np

from core import cache
from core.cache import Store
from core.collection import Collection
from core.commands.command import Add
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


def add(command: Add) -> None:
    """Add the command."""
    parser = command("project", "tasks as points in the plane", run)
    parser.add_argument("name", help="a collection; see list")
    parser.add_argument("--method", choices=METHODS, required=True)
    parser.add_argument("--seed", type=int, default=0)


def run(store: Store, *, name: str, method: Any, seed: int) -> None:
    """Compute a point map of the tasks and keep it."""
    from tqdm import tqdm

    from core import projection

    collection = cache.load_collection(store, name)
    watched = sys.stderr.isatty()
    with (
        tqdm(desc=f"{name}, {method}", unit=" iterations", disable=not watched) as bar,
        redirect_stdout(Meter(bar)),
    ):
        points = projection.project(collection, method, seed, telling=watched)
    path = cache.save_projection(store, name, points)
    print(f"{name}: {len(points.names):,} points in {path}")
    if told := kept(collection, points):
        print(f"{name}: {told}")


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
    """A stream that moves a bar by the iterations that t-SNE prints to it.

    UMAP draws a bar of its own; what else the two print is of no use to a person.
    """

    def __init__(self, bar: Any) -> None:
        self.bar = bar

    def write(self, text: str) -> int:
        """Take what was printed."""
        if found := re.search(r"Iteration (\d+)", text):
            self.bar.update(int(found[1]) - self.bar.n)
        return len(text)
