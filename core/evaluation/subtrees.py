"""How well pairs are told apart within every task: its subtree."""

from collections import Counter
from collections.abc import Iterable
from functools import cache

from core.hierarchy import Hierarchy

Pairs = Iterable[tuple[int, int]]  # children and parents, as rows of tasks


def subtree_scores(
    hierarchy: Hierarchy, right: Pairs, wrong: Pairs, missed: Pairs
) -> dict[int, tuple[float, int]]:
    """F1 and number of positives among the pairs inside every task that has any.

    A pair lies inside a task when each of the two is that task or below it. Pairs that
    were rightly not claimed count for nothing, so they need not be known.
    """

    @cache
    def lineage(row: int) -> frozenset[int]:
        above = (lineage(parent) for parent in hierarchy.parents[row])
        return frozenset({row}).union(*above)

    def inside(pairs: Pairs) -> Counter[int]:
        counts: Counter[int] = Counter()
        for child, parent in pairs:
            counts.update(lineage(child) & lineage(parent))
        return counts

    rightly, wrongly, unclaimed = inside(right), inside(wrong), inside(missed)
    scores = {}
    for row in sorted(rightly | unclaimed):
        positives = rightly[row] + unclaimed[row]
        f1 = 2 * rightly[row] / (positives + rightly[row] + wrongly[row])
        scores[row] = (f1, positives)
    return scores
