"""`list`: collections and what is known of them."""

from json import dumps
from typing import Any

from core import cache
from core.cache import Store
from core.commands.command import Add
from core.projection import METHODS


def add(command: Add) -> None:
    """Add the command."""
    parser = command("list", "collections and what is known of them", run)
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(store: Store, *, json: bool) -> None:
    """Print every collection with its tasks, dimensions and source."""
    rows = [_summary(store, name) for name in store.names()]
    if json:
        print(dumps(rows))
        return
    for row in rows:
        print(_line(row))


def _summary(store: Store, name: str) -> dict[str, Any]:
    dims = list(store.dims(name))
    about = cache.load_provenance(store, name)
    return {
        "name": name,
        "title": about["title"],
        "tasks": about["tasks"],
        "members": about["members"],
        "member": about["member"],
        "counts": about.get("counts", {}),
        "skipped": len(about.get("skipped", [])),
        "approximate": len(about.get("approximate", [])),
        "dims": dims,
        "source": about["encoder"],
        "sources": about["sources"],
        "projections": [m for m in METHODS if store.holds(name, f"projection_{m}.npz")],
        "command": about["command"],
        "date": about["date"],
    }


def _line(row: dict[str, Any]) -> str:
    dims = ", ".join(f"{dim}D" for dim in row["dims"]) or "no boxes yet"
    counts = ", ".join(f"{count:,} {what}" for what, count in row["counts"].items())
    left = [f"{row[k]:,} {k}" for k in ("skipped", "approximate") if row[k]]
    parts = [f"{row['tasks']:,} tasks, {dims}", counts, *left, row["source"]]
    return f"{row['name']}: {'; '.join(part for part in parts if part)}"
