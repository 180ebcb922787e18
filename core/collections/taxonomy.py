"""Taxa as tasks: every group of a classification, down to the taxa that are listed."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import pandas as pd

from core.collection import hierarchy
from core.relations import Membership, membership_of

# Ranks and names from the top to the taxon itself: ("kingdom", "Animalia"), …
Lineage = tuple[tuple[str, str], ...]


def taxon_table(lineages: Sequence[Lineage]) -> tuple[pd.DataFrame, Membership]:
    """One task per distinct set of the taxa given, parents before children.

    Member `k` is the last taxon of `lineages[k]`. Of taxa with the same members the
    lowest gives the task its name and `rank`; the others stand in `also`, the highest
    first.
    """
    members: dict[Lineage, list[int]] = defaultdict(list)
    for row, lineage in enumerate(lineages):
        for end in range(1, len(lineage) + 1):
            members[lineage[:end]].append(row)
    merged = _merged(members)
    order = sorted(merged, key=lambda taxon: (-len(members[taxon]), taxon))
    name_of = _names(order)
    top = {taxon: same[0] for taxon, same in merged.items()}
    task_of = {taxon: task for task, same in merged.items() for taxon in same}
    tasks = pd.DataFrame(
        {
            "label": [taxon[-1][1] for taxon in order],
            "rank": [taxon[-1][0] for taxon in order],
            "also": [_also(merged[taxon]) for taxon in order],
            "parents": [
                [name_of[task_of[top[taxon][:-1]]]] if top[taxon][:-1] else []
                for taxon in order
            ],
            "depth": 0,
            "members": [len(members[taxon]) for taxon in order],
        },
        index=pd.Index([name_of[taxon] for taxon in order], name="name"),
    )
    tasks = tasks.assign(depth=list(hierarchy(tasks).depth))
    return tasks, membership_of([members[taxon] for taxon in order])


def counts_by_rank(lineages: Sequence[Lineage]) -> dict[str, int]:
    """Number of taxa of every rank, from the highest to the lowest."""
    taxa = {lineage[:end] for lineage in lineages for end in range(1, len(lineage) + 1)}
    counts = Counter(taxon[-1][0] for taxon in taxa)
    lowest = dict.fromkeys(counts, 0)
    for taxon in taxa:  # ranks that some taxa lack stand where others have them
        lowest[taxon[-1][0]] = max(lowest[taxon[-1][0]], len(taxon))
    return {rank: counts[rank] for rank in sorted(counts, key=lowest.__getitem__)}


def _merged(members: dict[Lineage, list[int]]) -> dict[Lineage, list[Lineage]]:
    """Taxa with the same members, from the highest to the lowest, by the lowest."""
    same: dict[tuple[int, ...], list[Lineage]] = defaultdict(list)
    for taxon in sorted(members, key=len):
        same[tuple(members[taxon])].append(taxon)
    return {taxa[-1]: taxa for taxa in same.values()}


def _also(same: list[Lineage]) -> str:
    return ", ".join(
        f"{rank} {name}" for (rank, name) in (one[-1] for one in same[:-1])
    )


def _names(taxa: Sequence[Lineage]) -> dict[Lineage, str]:
    """The name of every taxon, with its rank or its place where names are equal."""
    count = Counter(taxon[-1][1] for taxon in taxa)
    return {
        taxon: taxon[-1][1] if count[taxon[-1][1]] == 1 else _full(taxon)
        for taxon in taxa
    }


def _full(taxon: Lineage) -> str:
    rank, name = taxon[-1]
    return f"{name} ({rank}{', ' + taxon[-2][1] if len(taxon) > 1 else ''})"
