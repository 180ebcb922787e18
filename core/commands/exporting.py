"""`export`: one of a person's own collections as one file."""

from pathlib import Path

from core import archive, files
from core.cache import Store
from core.commands.command import Add, file_argument
from core.errors import DataError

HELP = "a zip of all that is kept of it, which `unpack` or the page reads elsewhere"


def add(command: Add) -> None:
    """Add the command."""
    parser = command("export", "one of your own collections as one file", run)
    parser.add_argument("name", metavar="NAME", help="a collection of your own")
    file_argument(parser, "out", HELP, required=True)


def run(store: Store, *, name: str, out: Path) -> None:
    """Write a collection to one file."""
    if out.is_dir():
        raise DataError(f"--out {out} is a folder; name a file in it.")
    files.write(out, lambda file: archive.pack(store, name, file))
    print(f"{name}: {out.stat().st_size:,} bytes in {out}")
