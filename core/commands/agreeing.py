"""`agree`: how far networks that learn a labelling agree on other images."""

from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import cache
from core.cache import Store
from core.commands import discovery
from core.commands.command import Add
from core.errors import DataError

if TYPE_CHECKING:
    from core.discovery.images import LabelledImages
    from core.discovery.labellings import Labelling

HELP = f"""\
Agreement scores: networks that begin with weights of their own, and see images in an
order of their own, learn one labelling; the score is the share of held-out images on
which two of them say the same. It says how far a labelling can be generalised, without
any label of these images.

Beside it stand what labels by chance reach (networks agree on near copies whatever they
learn) and the half spaces of a random encoder. A score whose networks have not learned
the labelling is marked and counts for nothing.

{discovery.DATA}"""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("agree", "how far networks agree on a labelling", run)
    parser.description = HELP
    discovery.arguments(parser)
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="labellings of yours: CSV or Parquet with the column `item` (as discover "
        "writes it) and one column for each",
    )


def run(
    store: Store, *, what: str, labels: Path | None, json: bool, **asked: Any
) -> None:
    """Score labellings of people, of chance and of a random encoder."""
    from core.discovery import labellings
    from core.discovery.images import LabelledImages
    from core.discovery.scores import scores
    from core.discovery.search import start
    from core.discovery.tasks import tasks_of

    here = discovery.opened(store, what, **asked)
    images: LabelledImages = here.images
    seed, preset = here.seed, here.preset
    groups: dict[str, list[tuple[str, np.ndarray]]] = {}
    if labels is not None:
        groups["yours"] = read_labellings(labels, images)
    groups["human"] = labellings.human(images, preset.human, seed=seed)
    groups["random"] = labellings.by_chance(
        len(images.labels), preset.chance, seed=seed
    )
    encoder = start(preset.search, here.pixels.shape[1:], seed).encoder
    halves = tasks_of(encoder, here.pixels, here.parts.known).labels
    groups["encoder"] = [
        (f"random encoder {k + 1}", one) for k, one in enumerate(halves[:4])
    ]
    every = [one for group in groups.values() for one in group]
    with discovery.resumable(), cache.computed(store) as kept:
        found = scores(
            here.pixels,
            every,
            here.parts.known,
            here.parts.test,
            preset.learning,
            kept,
            **here.scoring,
        )
    told = [(name, one) for (name, _), one in zip(every, found, strict=True)]
    bounds = np.cumsum([0, *map(len, groups.values())])
    parts = {key: told[bounds[k] : bounds[k + 1]] for k, key in enumerate(groups)}
    if json:
        print(
            dumps(
                {
                    "data": images.name,
                    "images": len(images.labels),
                    "networks": preset.networks,
                    "shared order": preset.learning.shared_order,
                    **{key: discovery.document_of(one) for key, one in parts.items()},
                }
            )
        )
        return
    print("\n".join(discovery.lines_of(told)))
    for key, one in parts.items():
        mean = discovery.mean_of(one)
        said = "none converged" if mean is None else f"{mean:.3f}"
        print(f"mean of {key}: {said}")


def read_labellings(
    file: Path, images: "LabelledImages"
) -> list[tuple[str, "Labelling"]]:
    """A person's labellings, one a column, of all images.

    Raises:
        DataError: An image has none, or the table no column but `item`.
    """
    from core.tables import read_table

    table = read_table(file)
    table.need("item")
    cells = table.cells.astype(str).drop_duplicates("item").set_index("item")
    missing = [one for one in images.items if one not in cells.index]
    if missing:
        raise DataError(
            f"{table.file} has no row for {len(missing):,} of {len(images.items):,} "
            f"images, first: {missing[0]!r}; discover writes a table of all items."
        )
    if not len(cells.columns):
        raise DataError(f"{table.file} has no column but 'item'; add a labelling.")
    rows = cells.loc[list(images.items)]
    return [
        (str(name), np.unique(rows[name], return_inverse=True)[1].astype(np.int64))
        for name in cells.columns
    ]
