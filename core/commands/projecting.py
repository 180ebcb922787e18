"""`project`: tasks as points in the plane."""

import io
import re
import sys
from contextlib import redirect_stdout
from typing import Any

from core import cache
from core.cache import Store
from core.commands.command import Add
from core.projection import METHODS


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
