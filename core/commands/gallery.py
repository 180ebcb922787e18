"""`gallery`: the images of a discovery, drawn from a copy of one's own."""

from core.cache import Store
from core.commands.command import Add
from core.errors import DataError

HELP = """\
Draws the images that the page shows of a discovery: those that its tasks are surest of,
those it asks about, and mistakes. Of images whose licence does not let them be shipped,
only their names, sides and scores are."""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("gallery", "pictures of a discovery from your own images", run)
    parser.description = HELP
    parser.add_argument("name", metavar="NAME", help="of a discovery, as the page says")
    parser.add_argument(
        "--images",
        required=True,
        metavar="DATA",
        help="a folder or zip of image folders, or a name that `discover` knows",
    )


def run(store: Store, *, name: str, images: str) -> None:
    """Find the images by their names, and write the sheet."""
    from core.discovery.kept import folder_of, load
    from core.discovery.presets import PRESETS
    from core.discovery.sheet import rows_shown, write_sheet
    from core.discovery.sources import images_of

    one = load(store, name)
    further = one.mistaken
    rows = rows_shown(one.margin, one.test, further)
    wanted = [one.items[row] for row in rows.tolist()]
    side = PRESETS[one.about["preset"]].side
    drawn = {"most": one.about["images"], "seed": one.about["seed"]}
    found = images_of(images, wanted, side=side, **drawn)
    missing = [item for item in wanted if item not in found]
    if missing:
        raise DataError(
            f"{images} lacks {len(missing):,} of {len(wanted):,} images of {name!r}, "
            f"first: {missing[0]!r}; name the data that it was discovered in."
        )
    import numpy as np

    folder = folder_of(store, name)
    write_sheet(folder, np.stack([found[item] for item in wanted]), rows, one.digest)
    print(f"{len(rows):,} images in {folder / 'sheet.png'}")
