"""Collections, boxes and their evaluation from the command line."""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from json import dumps
from pathlib import Path
from shlex import quote
from threading import Event
from typing import Any

from core import cache, files
from core.cache import Store
from core.errors import DataError
from core.projection import METHODS

COLLECTIONS = ("imagenet",)
RECIPES = ("default", "network")
PROTOCOLS = ("existing", "novel")
CHECKPOINT_EVERY = 100  # steps


class Interrupted(Exception):
    """A person stopped the command; the message says how to go on."""


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
    except (Interrupted, KeyboardInterrupt) as stop:
        print(stop if str(stop) else "interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
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

    fit = command("fit", "learn the boxes of a collection", fit_command)
    fit.add_argument("name", help="a collection; see list")
    fit.add_argument("--dim", type=int, choices=cache.DIMS, default=2)
    fit.add_argument(
        "--recipe",
        choices=RECIPES,
        default="default",
        help="default: by the members of tasks where known; network: by their means",
    )
    fit.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    fit.add_argument("--seed", type=int, default=0)
    fit.add_argument("--steps", type=_positive, help="default: as the recipe says")
    fit.add_argument(
        "--resume", action="store_true", help="go on with an interrupted fit"
    )

    project = command("project", "tasks as points in the plane", project_command)
    project.add_argument("name", help="a collection; see list")
    project.add_argument("--method", choices=METHODS, required=True)
    project.add_argument("--seed", type=int, default=0)

    evaluate = command("evaluate", "how well pairs are told apart", evaluate_command)
    evaluate.add_argument("name", help="a collection; see list")
    evaluate.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        required=True,
        help="hold out pairs of existing tasks, or novel tasks",
    )
    evaluate.add_argument("--dim", type=int, choices=cache.DIMS, default=2)
    evaluate.add_argument("--cases", type=_positive, default=10, help="(default: 10)")
    evaluate.add_argument(
        "--models",
        type=_models,
        default=RECIPES,
        metavar="M,...",
        help=f"of {', '.join(RECIPES)} (default: all)",
    )
    evaluate.add_argument("--json", action="store_true", help="one JSON document")
    return parser


def _models(text: str) -> tuple[str, ...]:
    models = tuple(dict.fromkeys(text.split(",")))
    unknown = [model for model in models if model not in RECIPES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown model {unknown[0]!r}; there are: {', '.join(RECIPES)}"
        )
    return models


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not positive")
    return number


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


def fit_command(
    store: Store,
    *,
    name: str,
    dim: int,
    recipe: str,
    device: str,
    seed: int,
    steps: int | None,
    resume: bool,
) -> None:
    """Fit boxes and keep them with their encoder, or a checkpoint when stopped."""
    from core import checkpoint, metrics, training

    collection = cache.load_collection(store, name)
    config = training.config_for(collection, recipe, dim=dim, seed=seed, steps=steps)
    training.use_one_thread()
    device = training.usable_device(device)
    again = f"--dim {dim} --recipe {recipe} --seed {seed} --steps {config.steps}"
    again = (
        f"python -m core fit {name} {again} --data {quote(str(store.data))} --resume"
    )
    with files.locked(store.data / name / ".fit.lock", f"a fit of {name!r}"):
        data = training.training_data(collection, config.encoder)
        if resume:
            stored = cache.load_checkpoint(store, name, dim)
            state = checkpoint.resumed(*stored, data, config, device)
        else:
            state = training.start(data, config, device)
        _run(store, name, data, state, device, again)
        names = tuple(collection.tasks.index)
        boxes = training.place(state.model, data.features, data.membership, names)
        about = checkpoint.model_settings(state, data)
        path = cache.save_boxes(store, name, boxes, about["config"])
        cache.save_model(store, name, checkpoint.model_arrays(state.model), about)
        cache.remove_checkpoint(store, name, dim)
    look = metrics.picture(boxes, collection.relations)
    print(f"{name}: {len(names):,} boxes in {path}; loss {state.loss:.3f}; {look}")


def _run(
    store: Store, name: str, data: Any, state: Any, device: str, again: str
) -> None:
    from tqdm import tqdm

    from core import checkpoint, training

    steps = state.config.steps

    def keep() -> None:
        cache.save_checkpoint(store, name, *checkpoint.checkpoint_of(state, data))

    with (
        _stopping() as stopped,
        tqdm(total=steps, initial=state.step, desc=name, disable=None) as bar,
    ):
        try:
            for _ in training.fit(data, state, device):
                bar.set_postfix_str(f"loss {state.loss:.3f}", refresh=False)
                bar.update()
                if stopped.is_set():
                    break
                if state.step % CHECKPOINT_EVERY == 0:
                    keep()
        except DataError as error:
            keep()
            raise DataError(f"{error} The state before it is kept.") from error
    if stopped.is_set():
        keep()
        raise Interrupted(
            f"interrupted at step {state.step} of {steps}; continue with: {again}"
        )


@contextmanager
def _stopping() -> Iterator[Event]:
    """Turns Ctrl-C and SIGTERM into an event, so that no step is cut in the middle."""
    stopped = Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: stopped.set()) for one in signals]
    try:
        yield stopped
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)


def project_command(store: Store, *, name: str, method: Any, seed: int) -> None:
    """Compute a point map of the tasks and keep it."""
    from core import projection

    collection = cache.load_collection(store, name)
    points = projection.project(collection, method, seed)
    path = cache.save_projection(store, name, points)
    print(f"{name}: {len(points.names):,} points in {path}")


def evaluate_command(
    store: Store,
    *,
    name: str,
    protocol: Any,
    dim: int,
    cases: int,
    models: tuple[str, ...],
    json: bool,
) -> None:
    """Score models on held-out pairs, print a table and keep it."""
    from tqdm import tqdm

    from core import evaluation, training

    training.use_one_thread()
    collection = cache.load_collection(store, name)
    found: list[dict[str, Any]] = []
    fits = cases * len(models)
    with (
        cache.computed(store) as kept,
        tqdm(total=fits, desc=f"{name}, {protocol}", unit="fit", disable=None) as bar,
    ):
        try:
            for result in evaluation.results(
                collection, protocol, dim, cases, models, kept
            ):
                found.append(result)
                bar.update(result["model"] in models)
        except KeyboardInterrupt as stop:
            raise Interrupted(
                f"interrupted after {bar.n} of {fits} fits; the same command goes on"
            ) from stop
    document = evaluation.summary(collection, protocol, dim, cases, found)
    path = cache.save_evaluation(store, name, document)
    print(dumps(document) if json else _table(document, path))


def _table(document: dict[str, Any], path: Path) -> str:
    about = (
        f"{document['collection']}, {document['protocol']}, {document['dim']}D: "
        f"{document['tasks']:,} tasks, {document['cases']} cases of "
        f"{document['test_pairs']:,} test pairs, {document['positives']:,} positive"
    )
    rows = [
        f"{name:<24} {one['f1_mean']:.3f} ± {one['f1_std']:.3f} {one['seconds']:>8.1f}"
        for name, one in document["models"].items()
    ]
    head = f"{'model':<24} {'F1':<13} {'seconds':>8}"
    return "\n".join([about, head, *rows, f"kept in {path}"])


if __name__ == "__main__":
    sys.exit(main())
