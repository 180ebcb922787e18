"""`evaluate`: how well pairs are told apart."""

import argparse
from json import dumps
from pathlib import Path
from typing import Any

from core import cache
from core.cache import Store
from core.commands.command import Add, Interrupted, positive
from core.commands.fitting import RECIPES

PROTOCOLS = ("existing", "novel")


def add(command: Add) -> None:
    """Add the command."""
    parser = command("evaluate", "how well pairs are told apart", run)
    parser.add_argument("name", help="a collection; see list")
    parser.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        required=True,
        help="hold out pairs of existing tasks, or novel tasks",
    )
    parser.add_argument("--dim", type=int, choices=cache.DIMS, default=2)
    parser.add_argument("--cases", type=positive, default=10, help="(default: 10)")
    parser.add_argument(
        "--models",
        type=_models,
        default=RECIPES,
        metavar="M,...",
        help=f"of {', '.join(RECIPES)} (default: all)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def _models(text: str) -> tuple[str, ...]:
    models = tuple(dict.fromkeys(text.split(",")))
    unknown = [model for model in models if model not in RECIPES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown model {unknown[0]!r}; there are: {', '.join(RECIPES)}"
        )
    return models


def run(
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
