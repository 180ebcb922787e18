"""`evaluate`: how well pairs are told apart."""

import math
from collections.abc import Iterator, Mapping
from json import dumps
from typing import Any

from core import cache
from core.cache import Store
from core.commands.command import Add, Interrupted, names, positive
from core.commands.workers import workers_arguments
from core.evaluation.subject import PROTOCOLS
from core.features import KINDS

MEASURES = {"f1": "F1", "rho": "rho"}


def add(command: Add) -> None:
    """Add the command."""
    parser = command("evaluate", "how well pairs are told apart", run)
    parser.add_argument("name", help="a collection; see list")
    parser.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        required=True,
        help="hold out pairs of tasks, or novel tasks, or novel tasks of new members",
    )
    parser.add_argument("--dim", type=positive, default=2, help="(default: 2)")
    parser.add_argument(
        "--features",
        choices=KINDS,
        default="mean",
        help="of members, for models that read one vector a task (default: mean); by "
        "task2vec all read one, which embed makes",
    )
    parser.add_argument("--cases", type=positive, default=10, help="(default: 10)")
    parser.add_argument(
        "--models",
        type=names,
        metavar="M,...",
        help="default, network, published, mlp, linear, ... (default: all that suit)",
    )
    workers_arguments(parser, jobs=1)  # models slow each other down, and are timed
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(store: Store, *, name: str, jobs: int, json: bool, **asked: Any) -> None:
    """Score models on held-out pairs, print a table and keep it."""
    from tqdm import tqdm

    from core.evaluation.plan import plan_of, results
    from core.evaluation.summary import summary

    collection = cache.load_described(store, name, asked["features"])
    plan = plan_of(collection, **asked)
    total = plan.cases * len(plan.models)
    found: list[dict[str, Any]] = []
    with (
        cache.computed(store) as kept,
        tqdm(total=total, desc=f"{name}, {plan.protocol}", disable=None) as bar,
    ):
        try:
            for result in results(collection, plan, kept, jobs):
                found.append(result)
                bar.update()
        except KeyboardInterrupt as stop:
            raise Interrupted(
                f"interrupted after {len(found)} of {total} fits; "
                "the same command goes on"
            ) from stop
    document = summary(collection, plan, found)
    path = cache.save_evaluation(store, name, document)
    # What is kept tells other models too, which were asked before.
    same = ("protocol", "dim", "features")
    document = next(
        dict(one)
        for one in cache.load_evaluation(store, name)
        if all(one.get(key) == document[key] for key in same)
    )
    print(
        dumps(document) if json else "\n".join([*_table(document), f"kept in {path}"])
    )


def _table(document: Mapping[str, Any]) -> Iterator[str]:
    """Competitors, then controls, then what must be known to read them rightly."""
    measure = document["measure"]
    pairs = f"{document['test_pairs']:,} test pairs"
    if measure == "f1":
        pairs += f", {document['positives']:,} positive"
    yield (
        f"{document['collection']}, {document['protocol']}, {document['dim']}D, "
        f"{document['features']}: {document['tasks']:,} tasks, "
        f"{document['cases']} cases of {pairs}"
    )
    yield f"{'model':<24} {MEASURES[measure]:<14} {'seconds':>8}"
    models = document["models"]
    for name in sorted(models, key=lambda one: one.startswith("control-")):
        one = models[name]
        mean, deviation = one[f"{measure}_mean"], one[f"{measure}_std"]
        yield f"{name:<24} {_down(mean):6.3f} ± {deviation:.3f} {one['seconds']:>8.1f}"
    if document["note"]:
        yield f"note: {document['note']}"


def _down(figure: float) -> float:
    """With three digits, never rounded up."""
    return math.floor(figure * 1000 + 1e-6) / 1000
