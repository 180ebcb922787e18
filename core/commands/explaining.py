"""`explain`: whether the explanations of a model can be trusted on a task (COSE)."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Any

from core import cache
from core.cache import Store
from core.commands.command import Add, Interrupted, names, positive
from core.commands.workers import workers_arguments
from core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from core.task2vec.pictures import Pictures

ON_CARD = 4  # processes that a graphics card has room for

HELP = """\
COSE (Daroya et al. 2023): whether saliency maps stay as they are where a picture is
changed and still told right (consistency), and change where it is told wrong
(sensitivity); COSE is the geometric mean. Maps that explain nothing are scored beside
the methods, and how faithful maps are to the model (deletion, insertion, infidelity).
Pictures of the worst cases are kept with the rows of a collection of yours.

The classes of a task are the innermost folders or lowest taxa in it. A head is fitted
to some of its images; others that it tells right are explained. Rows of a collection
are kept beside it, for the page; those of a folder are written to a file."""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("explain", "whether explanations of a model can be trusted", run)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = HELP
    parser.add_argument(
        "what", metavar="DIR_OR_COLLECTION", help="a folder of image folders, or a name"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="PATH",
        help="folder or archive of images that the collection was built from",
    )
    parser.add_argument(
        "--task", metavar="NAME", help="to explain (default: the one of most images)"
    )
    parser.add_argument(
        "--methods",
        type=names,
        metavar="M,...",
        default=(),
        help="saliency methods (default: all); controls are added",
    )
    parser.add_argument(
        "--model",
        default="efficientnet-lite0",
        metavar="P",
        help="efficientnet-lite0 (the default), vit-s14, small-28, or a Python file of "
        "yours with a function probe() that gives what core.task2vec.probe.probe_of "
        "makes of a network",
    )
    parser.add_argument(
        "--layer",
        metavar="STAGE.PART",
        help="of the model, whose maps GradCAM is of (default: its last maps)",
    )
    parser.add_argument(
        "--images",
        type=positive,
        default=20,
        metavar="N",
        help="images told right that are explained (default: 20)",
    )
    parser.add_argument(
        "--magnitudes",
        type=positive,
        default=6,
        metavar="N",
        help="of every change that has some (default: 6, so 48 changes an image)",
    )
    parser.add_argument("--seed", type=int, default=0)
    workers_arguments(parser)
    parser.add_argument(
        "--device",
        choices=["cpu", "cuda", "auto"],
        default="cpu",
        help="what computes; auto is a graphics card where there is one (default: cpu)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="of a folder: Parquet")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(
    store: Store, *, what: str, folder: Path | None, out: Path | None, **asked: Any
) -> None:
    """Explain a task, keep the rows and print what they say."""
    if Path(what).is_dir():
        if out is None or out.suffix != ".parquet":
            raise DataError(f"Say with --out FILE.parquet where rows of {what} go.")
    elif out is not None:
        raise DataError(f"{what!r} is no folder, which --out is for.")
    from core.learning.training import use_one_thread

    use_one_thread()
    with _pictures(store, what, folder) as (pictures, train):
        try:
            _run(store, what, folder, out, pictures, train, **asked)
        except KeyboardInterrupt as stop:
            raise Interrupted(
                "interrupted; the same command goes on from here"
            ) from stop


@contextmanager
def _pictures(
    store: Store, what: str, folder: Path | None
) -> Iterator[tuple["Pictures", Any]]:
    """Images of a folder or a collection, and which of them are to learn from."""
    from core.task2vec import pictures

    if Path(what).is_dir():
        yield pictures.of_folder(Path(what)), None
        return
    if folder is None:
        raise DataError(
            f"Images of {what!r} are not kept; name their folder or archive with "
            "--folder."
        )
    collection = cache.load_collection(store, what)
    with pictures.of_collection(collection, folder) as found:
        yield found, collection.train


def _run(
    store: Store,
    what: str,
    folder: Path | None,
    out: Path | None,
    pictures: "Pictures",
    train: Any,
    *,
    task: str | None,
    methods: tuple[str, ...],
    model: str,
    layer: str | None,
    images: int,
    magnitudes: int,
    seed: int,
    jobs: int,
    device: str,
    json: bool,
) -> None:
    from core.explanation.cases import drawn
    from core.explanation.controls import CONTROLS
    from core.explanation.explaining import fitted, task_named, told_right
    from core.explanation.kept import (
        Explanation,
        merged,
        save_explanation,
        save_sheets,
        write_explanation,
    )
    from core.explanation.methods import METHODS
    from core.explanation.running import Setting, explained, networks
    from core.learning.training import usable_device
    from core.task2vec.labelled import labelled_sets
    from core.task2vec.probes.named import probe_named

    unknown = [one for one in methods if one not in METHODS]
    if unknown:
        raise DataError(
            f"There is no method {unknown[0]!r}; there are: {', '.join(METHODS)}."
        )
    asked = (*methods, *CONTROLS) if methods else tuple(METHODS)
    device = usable_device(device)
    jobs = min(jobs, ON_CARD) if device == "cuda" else jobs
    probe = probe_named(model)
    setting = Setting(model, layer, magnitudes, seed, device)
    one = task_named(labelled_sets(pictures.names, pictures.membership), task)
    with cache.computed(store) as kept:
        heads = fitted(probe, one, pictures, train, kept, seed, device)
        known = networks(setting, heads).base
        if not methods and not known.layer:  # nothing to make CAMs of
            asked = tuple(name for name in asked if not name.startswith("gradcam"))
        if any(name.startswith("gradcam") for name in asked):
            _ = known.seen  # tells at once where there is none
        found = told_right(known, one, pictures, heads.held, images, seed)
        rows = explained(setting, asked, heads, found, kept, jobs=jobs)
    name = Path(what).resolve().name if out is not None else what
    rows = rows.assign(task=one.name if out is None else name, model=probe.name)
    command = ["python", "-m", "core", "explain", what]
    command += ["--folder", folder.name] if folder else []
    command += ["--task", task] if task else []
    command += ["--model", model, *(["--layer", layer] if layer else [])]
    command += ["--images", str(images), "--magnitudes", str(magnitudes)]
    command += ["--seed", str(seed)]
    about = {
        "task": rows["task"].iloc[0],
        "model": probe.name,
        "classes": len(heads.final.weight),
        "accuracy": _known(heads.final.accuracy),
        "setting": {
            "fingerprint": known.fingerprint,
            "layer": known.layer,
            "images": len(found),
            "magnitudes": magnitudes,
            "seed": seed,
        },
        "learned_from": int((~heads.held).sum()),
        "command": join(command),
        "date": datetime.now(UTC).date().isoformat(),
    }
    if out is None:
        path = save_explanation(store, what, rows, about)
        sheets = drawn(setting, heads, found, rows, about, jobs=jobs)
        save_sheets(store, what, sheets)
    else:
        path = write_explanation(out, merged(Explanation(rows[:0], ()), rows, about))
    _print(rows, about, path, json=json)


def _known(number: float) -> float | None:
    return None if number != number else round(number, 4)


def _print(
    rows: "pd.DataFrame", about: dict[str, Any], path: Path, *, json: bool
) -> None:
    from core.explanation.summary import summaries

    told = {
        f"{average}, {mode} class": figures
        for average, of_average in summaries(rows).items()
        for mode, figures in of_average.items()
    }
    if json:
        print(dumps({**about, "figures": told}))
        return
    setting = about["setting"]
    print(
        f"{about['task']}: {about['classes']:,} classes by {about['model']} "
        f"({_percent(about['accuracy'])} told right), {setting['images']:,} images, "
        f"{len(rows):,} rows in {path}"
    )
    print(
        f"{'method':<22} {'consistency':>19} {'sensitivity':>19} {'COSE':>19} ceiling"
    )
    for method, figures in told["micro, predicted class"].items():
        cells = (figures[key] for key in ("consistency", "sensitivity", "cose"))
        ceiling = figures["ceiling"]["value"]
        print(
            f"{method:<22} {' '.join(f'{_cell(one):>19}' for one in cells)} "
            f"{'' if ceiling is None else f'{ceiling:.3f}':>7}"
        )


def _percent(share: float | None) -> str:
    return "nobody knows how many" if share is None else f"{100 * share:.1f} %"


def _cell(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return f"undefined (n={figure['rows']})"
    return f"{figure['value']:.3f} {figure['low']:.3f}-{figure['high']:.3f}"
