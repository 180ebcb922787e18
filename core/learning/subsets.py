"""Random subsets of the members of tasks."""

from typing import Any

import numpy as np

from core.relations import Membership


def some_of_each(
    membership: Membership, rng: np.random.Generator, share: tuple[float, float]
) -> Any:
    """Weights that average some members of every task, those of one drawn by chance.

    Args:
        membership: Members of every task.
        rng: Draws for every task a share, even between two ends, and by it members.
        share: The two ends. A task of which none is drawn keeps all.

    Returns:
        A sparse matrix, tasks x members; every row sums to 1.
    """
    from scipy import sparse

    counts = membership.counts
    kept = rng.uniform(*share, size=len(counts))
    drawn = rng.random(len(membership.member)) < np.repeat(kept, counts)
    found = np.add.reduceat(drawn.astype(np.int64), membership.start[:-1])
    drawn |= np.repeat(found == 0, counts)
    found = np.where(found == 0, counts, found)
    weight = (drawn / np.repeat(found, counts)).astype(np.float32)
    shape = (len(counts), int(membership.member.max()) + 1)
    return sparse.csr_array((weight, membership.member, membership.start), shape)
