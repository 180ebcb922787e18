"""`build`: features and relations of a collection from its sources."""

import argparse
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from core import cache
from core.cache import Store
from core.collection import Collection
from core.commands.command import Add, Interrupted, data_argument

SHOWN = 5  # skipped items that are printed; collection.json has them all

# Makes a collection of the options given; vectors it needs are kept by content.
Build = Callable[..., Collection]
Kept = MutableMapping[str, str]


def add(command: Add) -> None:
    """Add the command; every collection has its own options."""
    parser = command("build", "features and relations from the sources", run)
    names = parser.add_subparsers(dest="collection", required=True, metavar="NAME")

    def collection(name: str, help: str, build: Build) -> argparse.ArgumentParser:
        one = names.add_parser(name, help=help, description=help)
        data_argument(one, default=argparse.SUPPRESS)
        one.set_defaults(build=build)
        return one

    collection("imagenet", "ImageNet-1k and all its WordNet ancestors", _imagenet)


def _imagenet(kept: Kept) -> Collection:
    from core.collections import imagenet

    return imagenet.build()


def run(store: Store, *, collection: str, build: Build, **options: object) -> None:
    """Build a known collection and keep it."""
    with cache.computed(store) as kept:
        try:
            built = build(kept, **options)
        except KeyboardInterrupt as stop:
            raise Interrupted(
                f"interrupted; the same build of {collection!r} goes on from here"
            ) from stop
    report(store, built)


def report(store: Store, built: Collection) -> None:
    """Keep a collection that was made, and print what it holds."""
    folder = cache.save_collection(store, built)
    strict = (built.relations.strength == 1).sum()
    of = "members" if built.membership else "vectors"
    print(
        f"{built.name}: {len(built.tasks):,} tasks, {len(built.features):,} {of}, "
        f"{strict:,} strict containments in {folder}"
    )
    _print_skipped(built.provenance)


def _print_skipped(about: Mapping[str, Any]) -> None:
    skipped = about.get("skipped", [])
    if not skipped:
        return
    print(f"{len(skipped):,} skipped, all listed in collection.json:")
    for one in skipped[:SHOWN]:
        print(f"  {one['item']}: {one['reason']}")
    if len(skipped) > SHOWN:
        print(f"  and {len(skipped) - SHOWN:,} more")
