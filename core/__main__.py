"""Collections, boxes and their evaluation from the command line."""

import argparse
import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

from core import cache
from core.cache import Store
from core.errors import DataError
from core.projection import METHODS

COLLECTIONS = ("imagenet",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 1 with one line on stderr when not."""
    options = vars(_parser().parse_args(arguments))
    del options["command"]
    run = options.pop("run")
    store = Store(options.pop("data"))
    try:
        run(store, **options)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        needs = f"This command needs {error.name}, which is not installed."
        print(f"error: {needs} Install it with: make train", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, help: str, run: object) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=help, description=help)
        one.add_argument(
            "--data",
            type=Path,
            default=cache.default_data(),
            metavar="DIR",
            help="where collections are kept (default: %(default)s)",
        )
        one.set_defaults(run=run)
        return one

    listing = command("list", "collections and what is known of them", list_command)
    listing.add_argument("--json", action="store_true", help="one JSON document")

    build = command("build", "features and relations from the sources", build_command)
    build.add_argument("name", choices=COLLECTIONS)
    return parser


def list_command(store: Store, *, json: bool) -> None:
    """Print every collection with its tasks, dimensions and source."""
    rows = [_summary(store, name) for name in store.names()]
    if json:
        print(dumps(rows))
        return
    for row in rows:
        dims = ", ".join(f"{dim}D" for dim in row["dims"]) or "no boxes yet"
        print(f"{row['name']}: {row['tasks']:,} tasks, {dims}; {row['source']}")


def _summary(store: Store, name: str) -> dict[str, Any]:
    atlas_dims = [d for d in cache.DIMS if store.holds(name, f"boxes_{d}d.npz")]
    about = cache.load_provenance(store, name)
    return {
        "name": name,
        "tasks": about["tasks"],
        "dims": atlas_dims,
        "source": about["encoder"],
        "projections": [m for m in METHODS if store.holds(name, f"projection_{m}.npz")],
        "date": about["date"],
    }


def build_command(store: Store, *, name: str) -> None:
    """Build a known collection and keep it."""
    from core.collections import imagenet

    collection = imagenet.build()
    folder = cache.save_collection(store, collection)
    strict = (collection.relations.strength == 1).sum()
    print(
        f"{name}: {len(collection.tasks):,} tasks, {len(collection.features):,} "
        f"members, {strict:,} strict containments in {folder}"
    )


if __name__ == "__main__":
    sys.exit(main())
