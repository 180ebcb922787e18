"""`build`: features and relations of a collection from its sources."""

import argparse
import shlex
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import cache
from core.boxes import Boxes
from core.cache import Store
from core.collection import Collection
from core.commands.command import Add, Interrupted, data_argument, positive
from core.errors import DataError

SHOWN = 5  # items of a kind that are printed; collection.json has them all

# Makes a collection of the options given; vectors it needs are kept by content. One
# whose boxes are known already comes with them.
Build = Callable[..., Collection | tuple[Collection, Boxes]]
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
    collection("imagenet21k", "ImageNet-21k and all its ancestors", _imagenet21k)
    collection("inaturalist", "species of iNaturalist 2018, all taxa", _inaturalist)
    full = collection(
        "inaturalist-full", "all taxa of iNaturalist, 1.4 million", _inaturalist_full
    )
    full.add_argument(
        "--taxa",
        type=positive,
        metavar="N",
        help="so many only, drawn evenly, with all that they lie in",
    )
    hub = collection(
        "huggingface", "image data sets of the Hugging Face Hub", _huggingface
    )
    hub.add_argument(
        "--from-hub",
        action="store_true",
        help="ask the Hub (HF_ENDPOINT) itself; makes the collection huggingface-hub",
    )
    hub.add_argument(
        "--limit", type=positive, metavar="N", help="how many data sets (200)"
    )
    hub.add_argument(
        "--encoder",
        metavar="NAME",
        help="text (the default), efficientnet-lite0, or an image model of "
        "transformers by its Hub name or folder, such as openai/clip-vit-base-patch32",
    )
    hub.add_argument(
        "--images", type=positive, metavar="N", help="images of each data set (64)"
    )
    folder = collection("folder", "your own: a folder of image folders", _folder)
    folder.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="every folder in it, or in a zip, is a task",
    )
    folder.add_argument("--name", help="of the collection (default: the folder's)")
    folder.add_argument(
        "--encoder",
        default="efficientnet-lite0",
        metavar="NAME",
        help="efficientnet-lite0 (the default), or an image model of transformers by "
        "its Hub name or folder",
    )
    cub = collection("cub", "species of CUB-200-2011 by their images", _cub)
    cub.add_argument(
        "--images", type=Path, metavar="PATH", help="CUB_200_2011.tgz, or its folder"
    )
    cub.add_argument(
        "--taxonomy", type=Path, metavar="CSV", help="species,family,order"
    )
    taskonomy = collection("taskonomy", "tasks of vision that transfer", _taskonomy)
    taskonomy.add_argument(
        "--affinities", type=Path, metavar="JSON", help="first-order affinities"
    )
    published = collection(
        "huggingface-published",
        "the published Hugging Face figure, with its boxes",
        _huggingface_published,
    )
    published.add_argument(
        "--boxes", type=Path, required=True, metavar="CSV", help="name,x0,y0,x1,y1"
    )


def _imagenet(kept: Kept) -> Collection:
    from core.collections import imagenet

    return imagenet.build()


def _imagenet21k(kept: Kept) -> Collection:
    from core.collections import imagenet21k

    return imagenet21k.build(kept)


def _inaturalist(kept: Kept) -> Collection:
    from core.collections import inaturalist

    return inaturalist.build(kept)


def _inaturalist_full(kept: Kept, *, taxa: int | None) -> Collection:
    from core.collections import inaturalist_full

    return inaturalist_full.build(taxa=taxa)


def _huggingface(
    kept: Kept,
    *,
    from_hub: bool,
    limit: int | None,
    encoder: str | None,
    images: int | None,
) -> Collection:
    if from_hub:
        from core.collections.huggingface import live
        from core.collections.huggingface.hub import hub

        return live.build(
            kept,
            hub(),
            limit=limit or 200,
            encoder=encoder or live.TEXT,
            images=images or 64,
        )
    options = {"--limit": limit, "--encoder": encoder, "--images": images}
    for option, value in options.items():
        if value is not None:
            raise DataError(f"{option} {value} asks the Hub itself; add --from-hub.")
    from core.collections.huggingface import snapshot

    return snapshot.build(kept)


def _folder(kept: Kept, *, folder: Path, name: str | None, encoder: str) -> Collection:
    from core.collections.folder import builder
    from core.collections.folder.unzipped import unzipped

    zipped = folder.is_file() and folder.suffix.lower() == ".zip"
    with unzipped(folder) if zipped else nullcontext(folder) as place:
        made = builder.build(kept, folder=place, name=name, encoder=encoder)
    if not zipped:
        return made
    again = shlex.join(["python", "-m", "core", "build", "folder", folder.name])
    return replace(made, provenance={**made.provenance, "command": again})


def _cub(kept: Kept, *, images: Path | None, taxonomy: Path | None) -> Collection:
    from core.collections.cub import builder

    return builder.build(kept, images=images, taxonomy=taxonomy)


def _huggingface_published(kept: Kept, *, boxes: Path) -> tuple[Collection, Boxes]:
    from core.collections.huggingface import published

    return published.build(kept, boxes=boxes)


def _taskonomy(kept: Kept, *, affinities: Path | None) -> Collection:
    from core.collections import taskonomy

    return taskonomy.build(kept, affinities=affinities)


def run(store: Store, *, collection: str, build: Build, **options: object) -> None:
    """Build a known collection and keep it."""
    with cache.computed(store) as kept:
        try:
            built = build(kept, **options)
        except KeyboardInterrupt as stop:
            raise Interrupted(
                f"interrupted; the same build of {collection!r} goes on from here"
            ) from stop
        except ModuleNotFoundError as error:
            raise DataError(
                f"Building needs {error.name}. Install it with: make sources"
            ) from error
    made, boxes = built if isinstance(built, tuple) else (built, None)
    report(store, made)
    if boxes is not None:
        cache.save_boxes(store, made.name, boxes, {"source": made.provenance["boxes"]})


def report(store: Store, built: Collection) -> None:
    """Keep a collection that was made, and print what it holds."""
    folder = cache.save_collection(store, built)
    about: Mapping[str, Any] = built.provenance
    strict = (built.relations.strength == 1).sum()
    of = "members" if built.membership else "vectors"
    print(
        f"{built.name}: {len(built.tasks):,} tasks, {len(built.features):,} {of}, "
        f"{strict:,} strict containments in {folder}"
    )
    for kind, what in (
        ("skipped", "skipped"),
        ("approximate", "placed as nearly as is known"),
    ):
        _print_listed(about.get(kind, []), what)
    for note in about.get("notes", []):
        print(f"note: {note}")


def _print_listed(items: Sequence[Mapping[str, str]], what: str) -> None:
    if not items:
        return
    print(f"{len(items):,} {what}, all listed in collection.json:")
    for one in items[:SHOWN]:
        print(f"  {one['item']}: {one['reason']}")
    if len(items) > SHOWN:
        print(f"  and {len(items) - SHOWN:,} more")
