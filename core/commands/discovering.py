"""`discover`: tasks that networks agree on, and that are unlike one another."""

from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core import cache, files
from core.cache import Store
from core.commands import discovery
from core.commands.command import Add, positive
from core.errors import DataError

if TYPE_CHECKING:
    from core.discovery.discovery import Discovered
    from core.discovery.presets import Preset

HELP = f"""\
Task Discovery: an encoder is trained so that the half spaces of what it makes of images
are tasks on which networks agree after a few steps of learning, and which differ from
one another. Of several searches the best tasks are kept, no two of them similar above
0.58 on the images that they are chosen by (up to 0.06 more on others), and scored on
images that nothing was chosen by, beside the tasks of random encoders that are chosen
in the same way.

Writes tasks.csv (a row an image), tasks.npz (how far it lies on its side) and
discovery.json.

{discovery.DATA}"""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("discover", "tasks that networks agree on", run)
    parser.description = HELP
    discovery.arguments(parser)
    parser.add_argument(
        "--rounds",
        type=positive,
        metavar="N",
        help="searches from other beginnings, of whose tasks the best are kept",
    )
    parser.add_argument(
        "--regulated",
        action="store_true",
        help="search on frozen features of a small SimCLR, so that tasks do not hang "
        "on colour or place",
    )


def run(
    store: Store,
    *,
    what: str,
    rounds: int | None,
    regulated: bool,
    json: bool,
    **asked: Any,
) -> None:
    """Search for tasks, score and keep them, and print what was found."""
    from core.discovery.agreement import similarity
    from core.discovery.discovery import discover
    from core.discovery.drawn import factor_recovered
    from core.discovery.labellings import by_chance, human
    from core.discovery.map import task_map
    from core.discovery.scores import scores

    here = discovery.opened(store, what, **asked)
    images, seed = here.images, here.seed
    preset = replace(here.preset, rounds=rounds or here.preset.rounds)
    seen = here.pixels
    folder = discovery.folder_for(here, regulated=regulated)
    with discovery.resumable(), cache.computed(store) as kept:
        if regulated:
            seen, preset = _regulated(here, preset)
        given: Any = (seen, here.pixels, here.parts, preset, kept, folder)
        found = discover(*given, seed=seed, **here.run)
        if not found.agreement:
            raise DataError(
                f"None of {found.sought} tasks that were found is balanced and was "
                "learned by its networks; give more images, or another --seed."
            )
        chance = discover(*given, seed=seed, **here.run, random=True)
        others = [
            *human(images, preset.human, seed=seed),
            *by_chance(len(images.labels), preset.chance, seed=seed),
        ]
        named = [(f"task {k + 1}", one) for k, one in enumerate(found.tasks.labels)]
        people = others[: -preset.chance]
        boxes = task_map(images, people, named, store.data / ".cache", seed=seed)
        beside = scores(
            here.pixels,
            others,
            here.parts.known,
            here.parts.test,
            preset.learning,
            kept,
            **here.scoring,
        )
    told = [(f"task {k + 1}", one) for k, one in enumerate(found.agreement)]
    besides = [(name, one) for (name, _), one in zip(others, beside, strict=True)]
    labels = found.tasks.labels
    document = {
        "data": images.name,
        "source": images.source,
        "images": len(images.labels),
        "classes": list(images.classes),
        "preset": asked["preset"],
        "regulated": regulated,
        "seed": seed,
        "networks": preset.networks,
        "tasks": discovery.document_of(told),
        "mean": found.mean,
        "similarity": similarity(labels[:, here.parts.test]).round(4).tolist(),
        "largest similarity": found.similar,
        "sought": found.sought,
        "diverged": found.diverged,
        "random encoder": {
            "mean": chance.mean,
            "largest similarity": chance.similar,
            "tasks": discovery.document_of(
                [(f"encoder {k + 1}", one) for k, one in enumerate(chance.agreement)]
            ),
        },
        "human": discovery.document_of(besides[: -preset.chance]),
        "random": discovery.document_of(besides[-preset.chance :]),
        "map": boxes,
        "factors": {
            key: factor_recovered(labels[:, here.parts.test], one[here.parts.test])
            for key, one in images.factors.items()
        },
    }
    _write(folder, here, found, document)
    if json:
        print(dumps(document))
        return
    print("\n".join(discovery.lines_of([*told, *besides])))
    print(
        f"{len(told)} of {found.sought} tasks kept: mean {found.mean:.3f} at largest "
        f"similarity {found.similar:.3f}; random encoders {chance.mean:.3f} at "
        f"{chance.similar:.3f}"
    )
    if found.diverged:
        print(
            f"note: learning diverged in {found.diverged} of {preset.rounds} searches"
        )
    for key, one in document["factors"].items():
        print(f"factor {key}: best correlation {one:.2f}")
    print(f"in {folder}")


def _regulated(here: discovery.Opened, preset: "Preset") -> tuple[np.ndarray, "Preset"]:
    """Frozen features, and settings whose encoder is a linear map of them."""
    from core.discovery.images import standardised
    from core.discovery.networks import Architecture
    from core.discovery.simclr import Contrast, features

    contrast = Contrast(flips=here.images.name != "digits")
    device = here.run["device"]
    given = (standardised(here.images.pixels), here.parts.known, contrast)
    seen = features(*given, seed=here.seed, device=device)
    linear = replace(preset.search, encoder=Architecture("mlp", ()))
    return seen, replace(preset, search=linear)


def _write(
    folder: Any, here: discovery.Opened, found: "Discovered", document: dict[str, Any]
) -> None:
    from core.discovery.kept import digest_of
    from core.discovery.sheet import rows_shown, write_sheet

    images = here.images
    table = pd.DataFrame({"item": images.items})
    table["class"] = [images.classes[one] for one in images.labels.tolist()]
    for k, one in enumerate(found.tasks.labels):
        table[f"task {k + 1}"] = one
    text = table.to_csv(index=False).encode()
    files.write(folder / "tasks.csv", lambda file: file.write(text))
    path = folder / "tasks.npz"
    before = digest_of(path) if path.exists() else ""
    files.write_arrays(
        path,
        {
            "margin": found.tasks.margin.astype(np.float16),
            "labels": images.labels,
            "items": np.array(images.items),
            "test": here.parts.test,
        },
    )
    files.write_json(folder / "discovery.json", document)
    (folder / "splits.json").unlink(missing_ok=True)  # of other tasks
    if digest_of(path) != before:
        (folder / "names.json").unlink(missing_ok=True)
    rows = rows_shown(found.tasks.margin, here.parts.test, [])
    write_sheet(folder, images.pixels[rows], rows, digest_of(path))
