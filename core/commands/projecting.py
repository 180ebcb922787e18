"""`project`: tasks as points in the plane."""

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
    from core import projection

    collection = cache.load_collection(store, name)
    points = projection.project(collection, method, seed)
    path = cache.save_projection(store, name, points)
    print(f"{name}: {len(points.names):,} points in {path}")
