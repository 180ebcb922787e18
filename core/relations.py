"""Directed relations between tasks, kept as sparse pairs."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.errors import DataError


@dataclass(frozen=True)
class Relations:
    """What is known of the share of one task inside another.

    `strength[k]` is the share of task `child[k]` inside task `parent[k]`, in (0, 1];
    pairs that are not listed share nothing. Both directions of an overlap are listed,
    so a strict containment is one pair of strength 1 and its reverse below 1.
    Where relations are not `complete`, nothing is known of pairs that are not listed.
    """

    child: Int[np.ndarray, " pairs"]
    parent: Int[np.ndarray, " pairs"]
    strength: Float[np.ndarray, " pairs"]
    complete: bool = True

    def __post_init__(self) -> None:
        if not len(self.child) == len(self.parent) == len(self.strength):
            raise ValueError(
                f"{len(self.child)} children, {len(self.parent)} parents and "
                f"{len(self.strength)} strengths; there must be one of each per pair."
            )
        outside = np.flatnonzero(~((self.strength > 0) & (self.strength <= 1)))
        if outside.size:
            raise DataError(
                f"Strength {self.strength[outside[0]]} of relation {outside[0]} lies "
                f"outside (0, 1]; correct that row and {outside.size - 1} more."
            )
        itself = np.flatnonzero(self.child == self.parent)
        if itself.size:
            raise DataError(
                f"Relation {itself[0]} says that task {self.child[itself[0]]} lies in "
                "itself; remove that row."
            )


@dataclass(frozen=True)
class Membership:
    """Which members each task has: rows of the features, one task after another.

    Task `t` has the members `member[start[t]:start[t + 1]]`, in ascending order.
    """

    member: Int[np.ndarray, " entries"]
    start: Int[np.ndarray, " bounds"]

    def __post_init__(self) -> None:
        counts = np.diff(self.start)
        if [*self.start[:1], *self.start[-1:]] != [0, len(self.member)]:
            raise ValueError("`start` must run from 0 to the number of entries.")
        empty = np.flatnonzero(counts <= 0)
        if empty.size:
            raise DataError(
                f"{empty.size} of {len(counts)} tasks have no member, first: task "
                f"{empty[0]}; give it members or leave it out."
            )
        if self.member.min(initial=0) < 0:
            raise DataError(
                f"Member {self.member.min()} is not a row of the features, which "
                "count from 0; correct it."
            )
        same = self.task[1:] == self.task[:-1]
        unordered = np.flatnonzero(same & (np.diff(self.member) <= 0))
        if unordered.size:
            raise DataError(
                f"Task {self.task[unordered[0]]} lists member "
                f"{self.member[unordered[0] + 1]} twice or out of order; list every "
                "member of a task once, in ascending order."
            )

    @property
    def counts(self) -> Int[np.ndarray, " tasks"]:
        """Number of members of every task."""
        return np.diff(self.start)

    @property
    def task(self) -> Int[np.ndarray, " entries"]:
        """The task of every entry of `member`."""
        return np.repeat(np.arange(len(self.start) - 1), self.counts)


def membership_of(members: list[list[int]]) -> Membership:
    """The membership of tasks given as lists of member rows."""
    start = np.cumsum([0, *map(len, members)])
    member = np.array([row for rows in members for row in sorted(rows)], dtype=np.int64)
    return Membership(member, start)


def relations_of(membership: Membership) -> Relations:
    """Every overlap of two tasks, as the share of members they have in common.

    `strength = |members(child) & members(parent)| / |members(child)|`: the truth of a
    taxonomy, where a task is the union of its members.
    """
    from scipy import sparse

    shape = (len(membership.start) - 1, int(membership.member.max()) + 1)
    ones = np.ones(len(membership.member), dtype=np.int32)
    incidence = sparse.csr_array((ones, membership.member, membership.start), shape)
    common = (incidence @ incidence.T).tocoo()
    apart = common.row != common.col
    child, parent = common.row[apart], common.col[apart]
    order = np.lexsort((parent, child))
    child, parent = child[order].astype(np.int32), parent[order].astype(np.int32)
    strength = common.data[apart][order] / membership.counts[child]
    return Relations(child, parent, strength.astype(np.float32))


def laminar(membership: Membership) -> bool:
    """Whether of any two tasks that share members one has all of the other's.

    So it is in a taxonomy; sets of several parents cross.
    """
    return nests(relations_of(membership), len(membership.counts))


def nests(relations: Relations, tasks: int) -> bool:
    """Whether of any two of so many tasks that are related one lies in the other."""
    first = np.minimum(relations.child, relations.parent).astype(np.int64)
    pair = first * tasks + np.maximum(relations.child, relations.parent)
    return bool(np.isin(pair, pair[relations.strength == 1]).all())


def unknown_pairs(relations: Relations, tasks: int) -> Int[np.ndarray, " unknown"]:
    """Sorted keys `child * tasks + parent` of pairs of which nothing is known."""
    if relations.complete:
        return np.zeros(0, dtype=np.int64)
    known = relations.child.astype(np.int64) * tasks + relations.parent
    itself = np.arange(tasks) * (tasks + 1)
    return np.setdiff1d(np.arange(tasks**2), np.concatenate([known, itself]))


def strengths_of(
    relations: Relations, row: int, tasks: int
) -> tuple[Float[np.ndarray, " tasks"], Float[np.ndarray, " tasks"]]:
    """Known share of every task inside task `row`, and of `row` inside every task."""
    inside, around = np.zeros(tasks), np.zeros(tasks)
    below, above = relations.parent == row, relations.child == row
    inside[relations.child[below]] = relations.strength[below]
    around[relations.parent[above]] = relations.strength[above]
    inside[row] = around[row] = 1
    return inside, around
