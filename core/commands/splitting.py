"""`split`: parts of images on which networks break, by discovered tasks."""

import re
from dataclasses import replace
from itertools import product
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import cache, files
from core.cache import Store
from core.commands import discovery
from core.commands.command import Add, positive
from core.errors import DataError

if TYPE_CHECKING:
    from core.discovery.breaking import Outcome
    from core.discovery.splits import Split

    Made = list[tuple[dict[str, Any], Split]]  # with what each is

SHOWN = 24  # mistakes of a split that are kept, the surest first
WORDS = {1: "one task", 2: "two tasks"}  # that splits are by

HELP = f"""\
Adversarial splits: images on which a target (half of the classes) and a discovered task
say the same are to be learned from, the others are the test. What networks take the
task's way is turned upside down there. Beside each stands a split by chance of the same
sizes. Of the same parts both halves of the classes and all classes are learned.

Splits are by one task, as published, and by two that say the same where networks learn
and are both wrong on the test; images on which they differ are left out. Of the tasks
of `discover` those are taken first whose sides look most unlike, as networks do.

Of every class a twentieth at least is on either side of a task: where there is less,
the images nearest to its boundary go there. With --median it is the half of every
class, by half spaces of a random network, which needs no discovery. Else reads what
`discover` wrote for the same DATA and --preset. Writes a CSV for every split (item,
class, target, task, side) and splits.json.

{discovery.DATA}"""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("split", "parts of images on which networks break", run)
    parser.description = HELP
    discovery.arguments(parser)
    parser.add_argument(
        "--targets", type=positive, default=3, metavar="N", help="(default: 3)"
    )
    parser.add_argument(
        "--tasks",
        type=positive,
        default=3,
        metavar="N",
        help="that a target is split by, and as many pairs of them (default: 3)",
    )
    parser.add_argument(
        "--median", action="store_true", help="half of every class, by a random network"
    )
    parser.add_argument(
        "--regulated", action="store_true", help="by the tasks of discover --regulated"
    )


def run(
    store: Store,
    *,
    what: str,
    targets: int,
    tasks: int,
    median: bool,
    regulated: bool,
    json: bool,
    **asked: Any,
) -> None:
    """Make splits, learn each with several networks, keep and print how they did."""
    from core.discovery.breaking import outcomes
    from core.discovery.splits import LEAST, MEDIAN, control, cue_of

    here = discovery.opened(store, what, **asked)
    here = replace(here, folder=discovery.folder_for(here, regulated=regulated))
    images, preset = here.images, here.preset
    margin, least = (
        (_random_margin(here), MEDIAN)
        if median
        else (_margin(here, asked["preset"], regulated=regulated), LEAST)
    )
    sides = np.array([cue_of(images.labels, one, least) for one in margin])
    made = _adversarial(here, sides, targets, tasks)
    given, known = [], []
    for number, (about, split) in enumerate(made):
        for kind, parts in (
            ("adversarial", split),
            ("random", control(split, seed=number)),
        ):
            halves = np.isin(images.labels, about["half"]).astype(np.int64)
            for way, labels in (("classes", images.labels), ("halves", halves)):
                known.append((number, kind, way))
                given.append((labels, parts))
    with discovery.resumable(), cache.computed(store) as kept:
        found = outcomes(here.pixels, given, preset.learning, kept, **here.scoring)
    outcome_of = dict(zip(known, found, strict=True))
    document = {
        "data": images.name,
        "preset": asked["preset"],
        "networks": preset.networks,
        "classes": list(images.classes),
        "least": least,
        "splits": [
            _told(number, about, split, outcome_of, images.items)
            for number, (about, split) in enumerate(made)
        ],
    }
    document["means"] = {
        word: _means(
            {
                key: one
                for key, one in outcome_of.items()
                if len(made[key[0]][0]["tasks"]) == together
            }
        )
        for together, word in WORDS.items()
    }
    folder = here.folder / ("median" if median else "splits")
    for about, split in made:
        _write(folder, here, about, split, sides)
    files.write_json((folder if median else here.folder) / "splits.json", document)
    if not median:
        _show(store, here)
    if json:
        print(dumps(document))
        return
    _print(document, folder)


def _adversarial(
    here: discovery.Opened, sides: np.ndarray, targets: int, most: int
) -> "Made":
    """Splits of every target by one task, and by two; each with what it is.

    Raises:
        DataError: No task leaves images of every class on both sides.
    """
    from core.discovery.labellings import human
    from core.discovery.splits import cues, splits_by

    images = here.images
    named = human(images, targets, seed=here.seed)
    order = [cues(here.pixels, sides, together) for together in WORDS]
    made: Made = []
    for (target, labels), some in product(named, order):
        half = np.unique(images.labels[labels == 1]).tolist()
        for cue, split in splits_by(images.labels, half, sides, some, most):
            numbers = [row + 1 for row in cue]
            made.append(({"target": target, "tasks": numbers, "half": half}, split))
    if not made:
        raise DataError(
            f"None of {len(sides)} tasks leaves images of every class on both sides; "
            "discover others with another --seed, or give more images."
        )
    return made


def _margin(here: discovery.Opened, preset: str, *, regulated: bool) -> np.ndarray:
    """Of the tasks that were discovered on these images.

    Raises:
        DataError: None were, or on other images.
    """
    path = here.folder / "tasks.npz"
    remedy = f"python -m core discover {here.images.name} --preset {preset}"
    remedy += " --regulated" * regulated
    if not path.exists():
        raise DataError(f"No tasks were discovered yet; find some with: {remedy}")
    layout = {"margin": "f tasks images", "items": "U images"}
    arrays = files.read_arrays(path, layout, remedy)
    if tuple(arrays["items"].tolist()) != here.images.items:
        raise DataError(
            f"{path} is of other images than these (another --limit or --seed?); make "
            f"it again with: {remedy}"
        )
    return arrays["margin"].astype(np.float32)


def _random_margin(here: discovery.Opened) -> np.ndarray:
    from core.discovery.search import start
    from core.discovery.tasks import tasks_of

    encoder = start(here.preset.search, here.pixels.shape[1:], here.seed).encoder
    return tasks_of(encoder, here.pixels, here.parts.known).margin


def _show(store: Store, here: discovery.Opened) -> None:
    """Put what was mistaken on the sheet, too."""
    from core.discovery.kept import PREFIX, load
    from core.discovery.sheet import rows_shown, write_sheet

    one = load(store, here.folder.name.removeprefix(PREFIX))
    rows = rows_shown(one.margin, one.test, one.mistaken)
    write_sheet(here.folder, here.images.pixels[rows], rows, one.digest)


def _told(
    number: int,
    about: dict[str, Any],
    split: "Split",
    outcomes: dict[tuple[int, str, str], "Outcome"],
    items: tuple[str, ...],
) -> dict[str, Any]:
    """One split as JSON: sizes, accuracies, and what was mistaken for what."""
    told: dict[str, Any] = {
        **about,
        "learn": len(split.learn),
        "test": len(split.test),
    }
    for (of, kind, way), one in outcomes.items():
        if of != number:
            continue
        told.setdefault(way, {})[kind] = {
            "accuracy": one.accuracy.round(4).tolist(),
            "held out": one.held_out.round(4).tolist(),
            "learned": one.train_accuracy.round(4).tolist(),
        }
        if kind == "adversarial":
            told[way]["confusion"] = one.confusion.round(3).tolist()
            told[way]["mistakes"] = [
                [items[row], int(taken)]
                for row, taken in zip(
                    one.mistakes[:SHOWN].tolist(), one.taken_for, strict=False
                )
            ]
    return told


def _means(
    outcomes: dict[tuple[int, str, str], "Outcome"],
) -> dict[str, dict[str, list[float]]]:
    """Mean accuracy over splits and networks, and how far splits differ."""
    means: dict[str, dict[str, list[float]]] = {}
    for way, kind in sorted({key[1:][::-1] for key in outcomes}):
        each = [
            one.accuracy.mean()
            for key, one in outcomes.items()
            if key[1:] == (kind, way)
        ]
        means.setdefault(way, {})[kind] = [float(np.mean(each)), float(np.std(each))]
    return means


def _write(
    folder: Path,
    here: discovery.Opened,
    about: dict[str, Any],
    split: "Split",
    sides: np.ndarray,
) -> None:
    """A row an image: where it goes, and why."""
    from core.discovery.splits import table_of

    images = here.images
    named: dict[str, Any] = {"item": images.items}
    named["class"] = np.array(images.classes)[images.labels]
    named["target"] = np.isin(images.labels, about["half"]).astype(int)
    for number in about["tasks"]:
        named[f"task {number}"] = sides[number - 1]
    text = table_of(named, split).to_csv(index=False).encode()
    word = re.sub(r"[^\w]+", "-", about["target"])[:60].strip("-")
    path = folder / f"{word}.{_called(about).replace(' ', '-')}.csv"
    files.write(path, lambda file: file.write(text))


def _called(about: dict[str, Any]) -> str:
    return "task " + " and ".join(map(str, about["tasks"]))


def _print(document: dict[str, Any], folder: Path) -> None:
    for one in document["splits"]:
        print(f"{one['target'][:48]} by {_called(one)}: {one['learn']:,} to learn")
    for by, ways in document["means"].items():
        for way, kinds in ways.items():
            said = ", ".join(
                f"{kind} {mean:.3f} ± {spread:.3f}"
                for kind, (mean, spread) in kinds.items()
            )
            print(f"accuracy on the test part by {by}, {way}: {said}")
    print(f"in {folder}")
