"""`unpack`: a collection that somebody exported."""

from pathlib import Path

from core import archive
from core.cache import Store, load_provenance
from core.commands.command import Add


def add(command: Add) -> None:
    """Add the command."""
    parser = command("unpack", "a collection out of one file, as export writes it", run)
    parser.add_argument("file", metavar="FILE", type=Path, help="a zip")
    parser.add_argument("--name", default="", help="what to call it here")


def run(store: Store, *, file: Path, name: str) -> None:
    """Keep the collection of a file, once all of it has been read."""
    name = archive.unpack(store, file, name)
    dims = ", ".join(f"{dim}D" for dim in store.dims(name)) or "no boxes yet"
    tasks = load_provenance(store, name)["tasks"]
    print(f"{name}: {tasks:,} tasks, {dims} in {store.data / name}")
