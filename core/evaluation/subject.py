"""A collection as a protocol looks at it: what tasks are described by, what is true."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int

from core.collection import Collection
from core.errors import DataError
from core.evaluation.truth import Truth, truth_of
from core.features import Features, described, pooled
from core.relations import Membership, Relations

Protocol = Literal["existing", "novel", "fresh"]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

Rows = Int[np.ndarray, " rows"]


@dataclass(frozen=True)
class Description:
    """What tells what tasks are: their members, and statistics of these.

    `vector` is of the features asked for; mean and variance are there for what is
    defined by them. Tasks without members have a vector of their own, their mean.
    """

    membership: Membership | None
    vector: Float[np.ndarray, "tasks described"]
    mean: Float[np.ndarray, "tasks channels"]
    variance: Float[np.ndarray, "tasks channels"] | None


@dataclass(frozen=True)
class Subject:
    """Those tasks of a collection, its `rows`, that a protocol is about.

    Known tasks are described by `known`, novel ones by `novel`: all members of a task,
    or one part and the other under `fresh`. What is true is always true of the whole.
    `parent` is the canonical one, the number of tasks where there is none.
    """

    collection: Collection
    protocol: Protocol
    rows: Int[np.ndarray, " tasks"]
    parent: Int[np.ndarray, " tasks"]
    relations: Relations
    truth: Truth
    known: Description
    novel: Description

    @property
    def tasks(self) -> int:
        """Number of tasks."""
        return len(self.rows)


def subject_of(collection: Collection, protocol: Protocol, kind: Features) -> Subject:
    """The tasks of a collection that a protocol can ask about.

    Raises:
        DataError: It has no members to tell such features, or no split for `fresh`.
    """
    rows = tasks_asked(collection, protocol)
    relations = _relations_among(collection.relations, rows, len(collection.tasks))
    known = novel = _description(collection, rows, kind, None)
    if protocol == "fresh" and collection.train is not None:
        known = _description(collection, rows, kind, collection.train)
        novel = _description(collection, rows, kind, ~collection.train)
    return Subject(
        collection=collection,
        protocol=protocol,
        rows=rows,
        parent=_parents(collection, rows),
        relations=relations,
        truth=truth_of(relations, len(rows)),
        known=known,
        novel=novel,
    )


def tasks_asked(collection: Collection, protocol: Protocol) -> Rows:
    """Rows of the tasks that a protocol can ask about.

    Under `fresh` those that have members on both sides of the split, as any of them
    may come to be known or novel.

    Raises:
        DataError: There is no split, or one that leaves no two tasks.
    """
    every = np.arange(len(collection.tasks))
    if protocol != "fresh":
        return every
    if collection.membership is None or collection.train is None:
        raise DataError(
            f"{collection.name!r} has no official split of members into training and "
            "others, which fresh needs; use --protocol existing or novel."
        )
    membership = collection.membership
    train = _counts_where(membership, collection.train)
    asked = every[(train > 0) & (train < membership.counts)]
    if len(asked) < 2:
        raise DataError(
            f"Only {len(asked)} of {len(every)} tasks of {collection.name!r} have "
            "members on both sides of its split; use --protocol existing or novel."
        )
    return asked


def members_of(membership: Membership, rows: Rows) -> Membership:
    """The members of some tasks only."""
    start, counts = membership.start[rows], membership.counts[rows]
    bounds = np.concatenate([[0], np.cumsum(counts)])
    within = np.arange(bounds[-1]) - np.repeat(bounds[:-1], counts)
    return Membership(membership.member[np.repeat(start, counts) + within], bounds)


def _members_where(
    membership: Membership, part: Bool[np.ndarray, " members"]
) -> Membership:
    """Those members of every task that are of a part; there must be some."""
    use = part[membership.member]
    bounds = np.concatenate([[0], np.cumsum(_counts_where(membership, part))])
    return Membership(membership.member[use], bounds)


def _counts_where(
    membership: Membership, part: Bool[np.ndarray, " members"]
) -> Int[np.ndarray, " tasks"]:
    use = part[membership.member].astype(np.int64)
    return np.add.reduceat(use, membership.start[:-1])


def _description(
    collection: Collection,
    rows: Rows,
    kind: Features,
    part: Bool[np.ndarray, " members"] | None,
) -> Description:
    features = collection.features
    if collection.membership is None:
        if kind not in ("mean", "task2vec"):
            raise DataError(
                f"Tasks of {collection.name!r} are single vectors, without members to "
                f"take {kind} of; use --features mean."
            )
        own = features.astype(np.float32)
        return Description(None, own, own, None)
    membership = members_of(collection.membership, rows)
    if part is not None:
        membership = _members_where(membership, part)
    mean, variance = pooled(features, membership)
    vector = mean if kind == "mean" else described(features, membership, kind)
    return Description(membership, vector, mean, variance)


def _relations_among(relations: Relations, rows: Rows, tasks: int) -> Relations:
    """Relations of some tasks to each other, by their new numbers."""
    new = np.full(tasks, -1)
    new[rows] = np.arange(len(rows))
    child, parent = new[relations.child], new[relations.parent]
    use = (child >= 0) & (parent >= 0)
    strength = relations.strength[use]
    return Relations(child[use], parent[use], strength, relations.complete)


def _parents(collection: Collection, rows: Rows) -> Int[np.ndarray, " tasks"]:
    new = {row: number for number, row in enumerate(rows.tolist())}
    above = collection.hierarchy.parents
    first = [above[row][0] if above[row] else -1 for row in rows.tolist()]
    return np.array([new.get(row, len(rows)) for row in first])
