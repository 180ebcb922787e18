"""`embed`: tasks by what a network must know to solve them (Task2Vec)."""

import argparse
import sys
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
from core.task2vec.embedding import METHODS, Embeddings

if TYPE_CHECKING:
    from core.task2vec.head import Head
    from core.task2vec.pictures import Pictures

SHOWN = 40  # tasks that are printed

HELP = """\
Task2Vec: how much of what a frozen network knows is needed for a task, filter by
filter (Fisher information of its weights, under a head fitted to the task).

The classes of a task are the innermost folders or lowest taxa in it. A task that is one
class is to be told from all other classes there are. Embeddings of a collection are
kept beside it, for: fit NAME --features task2vec, evaluate NAME --features task2vec.
Those of a folder are written to a file, for: place NAME --features FILE."""

PROBE = """efficientnet-lite0 (the default), small-28 for pictures as small as
digits, or a Python file of yours with a function probe() that gives what
core.task2vec.probe.probe_of makes of a network"""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("embed", "tasks by what a network must know of them", run)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = HELP
    parser.add_argument(
        "what", metavar="DIR_OR_COLLECTION", help="a folder of image folders, or a name"
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="PATH",
        help="folder or archive that the collection was built from",
    )
    parser.add_argument(
        "--probe",
        default="efficientnet-lite0",
        metavar="P",
        help=" ".join(PROBE.split()),
    )
    parser.add_argument("--method", choices=METHODS, default="exact")
    parser.add_argument(
        "--stages",
        type=names,
        metavar="S,...",
        help="of the probe, whose filters are looked at (default: its last ones)",
    )
    parser.add_argument(
        "--max-samples",
        type=positive,
        metavar="N",
        help="images of a task whose gradients are taken (default: all)",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--among",
        metavar="NAME",
        help="tell folders of one class from the classes of this collection, whose "
        "tasks they are to be compared with, in place of one another",
    )
    parser.add_argument(
        "--meta-task",
        action="store_true",
        help="of a collection of taxa, its orders only (see metatask)",
    )
    workers_arguments(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="of a folder: NPZ")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(
    store: Store,
    *,
    what: str,
    images: Path | None,
    out: Path | None,
    among: str | None,
    meta_task: bool,
    json: bool,
    **asked: Any,
) -> None:
    """Embed the tasks of a folder or a collection, keep and print them."""
    folder = Path(what)
    if folder.is_dir():
        if out is None or out.suffix != ".npz":
            raise DataError(f"Say with --out FILE.npz where embeddings of {what} go.")
        if meta_task:
            raise DataError(f"{what!r} is a folder; --meta-task is for taxa.")
    elif among is not None or out is not None:
        raise DataError(f"{what!r} is no folder, which --among and --out are for.")
    from core.learning.training import use_one_thread
    from core.task2vec.kept import write_embeddings

    use_one_thread()
    with _pictures(store, what, images) as pictures:
        try:
            only = _meta_task(store, what) if meta_task else None
            made, about, head = _embedded(
                store, pictures, what, images, among, only, **asked
            )
        except KeyboardInterrupt as stop:
            raise Interrupted(
                "interrupted; the same command goes on from here"
            ) from stop
    if out is not None:
        write_embeddings(out, made, about)
        path = out
    else:
        path = cache.save_embeddings(store, what, made, about, head)
    for item, reason in pictures.skipped[:5]:
        print(f"note: skipped {item}: {reason}", file=sys.stderr)
    print(dumps(_document(made)) if json else "\n".join([*_table(made), f"in {path}"]))


@contextmanager
def _pictures(store: Store, what: str, images: Path | None) -> Iterator["Pictures"]:
    from core.task2vec import pictures

    if Path(what).is_dir():
        yield pictures.of_folder(Path(what))
        return
    collection = cache.load_collection(store, what)
    with pictures.of_collection(collection, images) as found:
        yield found


def _meta_task(store: Store, name: str) -> frozenset[str]:
    """Names of the tasks that the meta-task is made of."""
    from core.collections.metatask import meta_tasks

    tasks = cache.load_tasks(store, name)
    return frozenset(tasks.index[one.row] for one in meta_tasks(tasks))


def _embedded(
    store: Store,
    pictures: "Pictures",
    what: str,
    images: Path | None,
    among: str | None,
    only: frozenset[str] | None,
    *,
    probe: str,
    method: Any,
    stages: tuple[str, ...] | None,
    max_samples: int | None,
    seed: int,
    jobs: int,
) -> tuple[Embeddings, dict[str, object], "Head | None"]:
    from core.task2vec.activations import activations_of
    from core.task2vec.labelled import canonical, labelled_sets
    from core.task2vec.measurements import measurements, shared_head
    from core.task2vec.measuring import Setting
    from core.task2vec.probe import stages_looked_at
    from core.task2vec.probes.named import probe_named

    network = probe_named(probe)
    setting = Setting(method, stages_looked_at(network, stages), seed, max_samples)
    head = None
    if among is not None:
        head = cache.load_head(store, among, network.fingerprint)
    sets = [
        canonical(one, pictures.digests)
        for one in labelled_sets(
            pictures.names, pictures.membership, alone=head is not None
        )
        if only is None or (one.name in only and not one.partial)
    ]
    if not sets:
        raise DataError(
            f"No order of {what!r} has images of two species; see: metatask {what}"
        )
    seen = activations_of(
        network,
        setting.stages[0],
        pictures.digests,
        pictures.load,
        store.data / ".cache",
    )
    if head is None:
        head = shared_head(sets, seen, seed)
    with cache.computed(store) as kept:
        made = measurements(
            probe, setting, sets, seen, pictures.digests, kept, jobs=jobs, head=head
        )
    seen.remove()
    command = ["python", "-m", "core", "embed", what, "--probe", probe]
    command += ["--images", images.name] if images else []
    command += ["--method", method, "--stages", ",".join(setting.stages)]
    command += ["--meta-task"] if only else []
    command += ["--max-samples", str(max_samples)] if max_samples else []
    command += ["--seed", str(seed), *(["--among", among] if among else [])]
    about: dict[str, object] = {
        "command": join(command),
        "date": datetime.now(UTC).date().isoformat(),
        "among": among or what,
    }
    return made, about, head


def _table(made: Embeddings) -> Iterator[str]:
    origin = made.origin
    yield (
        f"{len(made.names):,} tasks by the {origin.start[-1]:,} filters of "
        f"{', '.join(origin.stages)} of {origin.probe} ({origin.method})"
    )
    yield f"{'task':<32} {'classes':>7} {'images':>7} {'held out':>8} {'norm':>9} noise"
    for row, name in enumerate(made.names[:SHOWN]):
        yield (
            f"{name[:32]:<32} {made.classes[row]:>7,} {made.samples[row]:>7,} "
            f"{made.accuracy[row]:>8.3f} {made.difficulty[row]:>9.2e} "
            f"{made.noise[row]:.1e}"
        )
    if len(made.names) > SHOWN:
        yield f"and {len(made.names) - SHOWN:,} more"


def _document(made: Embeddings) -> dict[str, Any]:
    return {
        "probe": made.origin.probe,
        "fingerprint": made.origin.fingerprint,
        "stages": [*made.origin.stages],
        "method": made.origin.method,
        "tasks": [
            {
                "name": name,
                "classes": int(made.classes[row]),
                "samples": int(made.samples[row]),
                "accuracy": None
                if made.accuracy[row] != made.accuracy[row]
                else float(made.accuracy[row]),
                "norm": float(made.difficulty[row]),
                "noise": float(made.noise[row]),
            }
            for row, name in enumerate(made.names)
        ],
    }
