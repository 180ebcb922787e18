"""Task2Vec's meta-task: orders of living things as tasks, their species as classes.

Achille et al. (ICCV 2019) put together iNaturalist 2018, where every order with two
species at least is a task, and CUB-200, where Passeriformes, two birds of three, are a
task for every family of theirs instead. How far two tasks are by the taxonomy: 0 in one
order, 1 in one class, 2 in one phylum, 3 in one kingdom, 4 otherwise.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from core.collection import hierarchy
from core.collections.cub.taxa import read_taxonomy
from core.collections.taxonomy import Lineage, taxon_table
from core.errors import DataError
from core.hierarchy import path

RANKS = ("kingdom", "phylum", "class", "order")
BIRDS = {"kingdom": "Animalia", "phylum": "Chordata", "class": "Aves"}
DIVIDED = "Passeriformes"  # where there are only birds


@dataclass(frozen=True)
class MetaTask:
    """A task: the row of its taxon, what that is called, where it is, how large."""

    row: int
    taxon: str
    rank: str
    place: tuple[str, ...]  # by `RANKS`
    species: int


def meta_tasks(tasks: pd.DataFrame) -> list[MetaTask]:
    """Taxa of a collection's table that the meta-task is made of, of two species each.

    Raises:
        DataError: The table says nothing of orders.
    """
    if not {"rank", "also"} <= {*tasks.columns}:
        raise DataError(
            "The tasks are no taxa with ranks, of which the meta-task is made; name a "
            "collection such as cub or inaturalist."
        )
    shape = hierarchy(tasks)
    own = [_named(*each) for each in zip(*(tasks[k] for k in COLUMNS), strict=True)]
    lines = [path(shape, row) for row in range(len(tasks))]
    places = [{k: v for at in line for k, v in own[at].items()} for line in lines]
    species: Counter[int] = Counter()
    for line in (
        one for one, told in zip(lines, own, strict=True) if "species" in told
    ):
        species.update(line)
    birds = {one["class"] for one in places if "class" in one} == {BIRDS["class"]}
    found = []
    for row, place in enumerate(places):
        rank = "family" if birds and place.get("order") == DIVIDED else "order"
        if rank in own[row] and species[row] > 1:
            whole = BIRDS | place if birds else place
            where = tuple(whole.get(one, "") for one in RANKS)
            found.append(MetaTask(row, own[row][rank], rank, where, species[row]))
    if not found:
        raise DataError(
            "No order of these tasks has two species; name a collection such as cub or "
            "inaturalist."
        )
    return found


COLUMNS = ("rank", "label", "also")


def _named(rank: str, label: str, also: str) -> dict[str, str]:
    """Names by the ranks that a task has: its own, and those of the same members."""
    others = (one.partition(" ")[::2] for one in also.split(", ") if one)
    return {rank: label, **dict(others)}


def taxonomic_distances(
    tasks: Sequence[MetaTask],
) -> Float[np.ndarray, "tasks tasks"]:
    """How far every two tasks are by the taxonomy, from 0 to 4."""
    place = np.array([one.place for one in tasks])
    same = (place[:, None] == place[None]).cumprod(axis=2).sum(axis=2)
    return (len(RANKS) - same).astype(np.float64)


def species_table(path: Path) -> pd.DataFrame:
    """The taxa of listed species as tasks.

    Args:
        path: The `categories.json` of iNaturalist 2018, or a CSV table of birds with
            the columns species, family and order.

    Raises:
        DataError: It is neither.
    """
    if path.suffix.lower() != ".json":
        lineages = [
            (("class", BIRDS["class"]), ("order", order), ("family", family), last)
            for name, (order, family) in read_taxonomy(path).items()
            for last in (("species", name),)
        ]
        return taxon_table(lineages)[0]
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return taxon_table([_lineage(one) for one in listed])[0]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is no list of species with their {', '.join(RANKS)} "
            f"({type(error).__name__}: {error}); name categories.json of iNaturalist."
        ) from error


def _lineage(category: dict[str, str]) -> Lineage:
    return (*((rank, category[rank]) for rank in RANKS), ("species", category["name"]))
