"""`metatask`: orders as tasks, and whether those that are near are related."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import cache
from core.cache import Store
from core.commands.command import Add
from core.errors import DataError

if TYPE_CHECKING:
    from core.collections.metatask import MetaTask

SHOWN = 40  # tasks that are printed
COUNTS = (1, 3, 5, 10, 20, 30, 50, 100, 200)  # of nearest tasks, as published

HELP = """\
The meta-task of Task2Vec: every order of two species or more is a task, to tell its
species apart; of birds alone, the families of Passeriformes are tasks in its place.

Where the tasks are embedded (embed NAME --meta-task), the table below says how far the
k nearest ones are by the taxonomy: 0 in one order, 1 in one class, 2 in one phylum,
3 in one kingdom, 4 otherwise; and which share that is of what could be found,
(chance - found) / (chance - oracle)."""


def add(command: Add) -> None:
    """Add the command."""
    parser = command("metatask", "orders as tasks, and whether near ones are kin", run)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = HELP
    parser.add_argument(
        "what",
        nargs="+",
        metavar="COLLECTION_OR_FILE",
        help="collections of taxa, taken together; or tables of species: "
        "categories.json of iNaturalist, a CSV of birds (species, family, order)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(store: Store, *, what: Sequence[str], json: bool) -> None:
    """Print the tasks, and their neighbourhoods where they are embedded."""
    found = {one: _tasks(store, one) for one in dict.fromkeys(what)}
    curves = _curves(store, found)
    if json:
        tasks = {name: [vars(one) for one in tasks] for name, tasks in found.items()}
        print(dumps({"tasks": tasks, "neighbourhoods": curves}))
    else:
        print("\n".join([*_counted(found), *_table(curves)]))


def _tasks(store: Store, what: str) -> "list[MetaTask]":
    from core.collections.metatask import meta_tasks, species_table

    known = what in store.names()
    table = cache.load_tasks(store, what) if known else species_table(_file(what))
    return meta_tasks(table)


def _file(what: str) -> Path:
    if not Path(what).is_file():
        raise DataError(f"{what!r} is neither a collection nor a file; see list.")
    return Path(what)


def _curves(
    store: Store, found: "Mapping[str, list[MetaTask]]"
) -> dict[str, dict[str, Any]]:
    """Of the oracle, of chance, and of two distances, by the number of tasks."""
    if not all(name in store.names() and _embedded(store, name) for name in found):
        return {}
    from core.collections.metatask import taxonomic_distances
    from core.neighbourhoods import neighbourhood_curve, recovered
    from core.task2vec.distances import distances
    from core.task2vec.embedding import joined, some

    parts, tasks = [], []
    for name, listed in found.items():
        made = cache.load_embeddings(store, name)
        row_of = {task: row for row, task in enumerate(made.names)}
        names = cache.load_tasks(store, name).index
        told = [one for one in listed if names[one.row] in row_of]
        tasks += told
        part = some(made, [row_of[names[one.row]] for one in told])
        parts.append(replace(part, names=tuple(f"{name}: {one}" for one in part.names)))
    embeddings, far = joined(parts), taxonomic_distances(tasks)
    oracle = neighbourhood_curve(far, far)
    asked = [count for count in COUNTS if count < len(tasks)]
    curves = {
        kind: neighbourhood_curve(far, distances(embeddings, kind))
        for kind in ("cosine", "log-cosine")
    }
    return {
        str(count): {
            "oracle": float(oracle[count - 1]),
            "chance": float(oracle[-1]),
            **{kind: float(curve[count - 1]) for kind, curve in curves.items()},
            "shares": {
                kind: float(recovered(curve, oracle)[count - 1])
                for kind, curve in curves.items()
            },
        }
        for count in asked
    }


def _embedded(store: Store, name: str) -> bool:
    return store.holds(name, "task2vec.npz")


def _counted(found: "Mapping[str, list[MetaTask]]") -> Iterator[str]:
    for name, tasks in found.items():
        orders = sum(one.rank == "order" for one in tasks)
        yield (
            f"{name}: {len(tasks):,} tasks ({orders:,} orders, {len(tasks) - orders:,} "
            f"families) of {sum(one.species for one in tasks):,} species"
        )
        for one in tasks[:SHOWN]:
            yield f"  {one.rank:<7} {one.taxon:<24} {one.species:>6,} species"
        if len(tasks) > SHOWN:
            yield f"  and {len(tasks) - SHOWN:,} more"


def _table(curves: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if not curves:
        yield "Not all of them are embedded: python -m core embed NAME --meta-task"
        return
    yield f"{'k':>4} {'oracle':>7} {'chance':>7} {'cosine':>7} share {'log':>7} share"
    for count, one in curves.items():
        shares = one["shares"]
        yield (
            f"{count:>4} {one['oracle']:>7.3f} {one['chance']:>7.3f} "
            f"{one['cosine']:>7.3f} {shares['cosine']:>5.2f} "
            f"{one['log-cosine']:>7.3f} {shares['log-cosine']:>5.2f}"
        )
