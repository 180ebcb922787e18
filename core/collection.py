"""A collection: tasks, what is known of them, and where that comes from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from core.errors import DataError
from core.hierarchy import Hierarchy, hierarchy_of
from core.relations import Membership, Relations
from core.tree import Tree

COLUMNS = ("label", "parents", "depth", "members")


@dataclass(frozen=True)
class Collection:
    """Tasks with features and relations, validated when made.

    `tasks` is indexed by task name, with the columns `label`, `parents` (list of
    names, the canonical one first), `members` (count), `depth` and any metadata.
    Many tasks that nest as a tree have `tree` in place of the column `parents`.
    `features` has a row per member where `membership` says which members make up a
    task, and a row per task where `membership` is None. `train` tells, where there is
    an official split, the members that known tasks consist of under the protocol
    `fresh`; the others are new tasks' members.
    """

    name: str
    tasks: pd.DataFrame
    features: Float[np.ndarray, "rows channels"]
    membership: Membership | None
    relations: Relations
    provenance: Mapping[str, object]
    train: Bool[np.ndarray, " members"] | None = None
    tree: Tree | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        where = f"The task table of collection {self.name!r}"
        check_tasks(self.tasks, where, self.tree)
        if self.tree is None:
            hierarchy(self.tasks)
        if self.membership is None:
            self._check_rows_of_tasks()
        else:
            self._check_rows_of_members(self.membership)
        self._check_train()
        broken = np.flatnonzero(~np.isfinite(self.features).all(axis=1))
        if broken.size:
            raise DataError(
                f"Features of collection {self.name!r} are not finite in {broken.size} "
                f"of {len(self.features)} rows, first: row {broken[0]}; replace or "
                "remove them."
            )
        check_relations(self.relations, len(self.tasks), self.name)

    @property
    def hierarchy(self) -> Hierarchy:
        """Parents and children of the tasks."""
        return hierarchy(self.tasks) if self.tree is None else self.tree.hierarchy

    def _check_rows_of_tasks(self) -> None:
        if len(self.features) != len(self.tasks):
            raise DataError(
                f"Collection {self.name!r} has {len(self.tasks)} tasks but "
                f"{len(self.features)} rows of features; give it one row per task."
            )

    def _check_rows_of_members(self, membership: Membership) -> None:
        known, needed = len(membership.counts), int(membership.member.max()) + 1
        if known != len(self.tasks):
            raise DataError(
                f"Collection {self.name!r} has {len(self.tasks)} tasks but members of "
                f"{known}; build it again."
            )
        if len(self.features) < needed:
            raise DataError(
                f"Collection {self.name!r} needs {needed} rows of features and has "
                f"{len(self.features)}; build its features again."
            )
        other = np.flatnonzero(membership.counts != self.tasks["members"].to_numpy())
        if other.size:
            raise DataError(
                f"Task {self.tasks.index[other[0]]!r} of collection {self.name!r} has "
                f"{membership.counts[other[0]]} members but the task table says "
                f"{self.tasks['members'].iloc[other[0]]}; build it again."
            )

    def _check_train(self) -> None:
        if self.train is None:
            return
        if self.membership is None:
            raise DataError(
                f"Collection {self.name!r} has a split of members but no members; give "
                "it members or leave the split out."
            )
        if len(self.train) != len(self.features):
            raise DataError(
                f"The split of collection {self.name!r} is of {len(self.train)} "
                f"members but there are {len(self.features)}; give each its side."
            )


def check_name(name: str) -> None:
    """Check that a collection can be called so.

    Raises:
        DataError: It cannot; the message says which characters can be used.
    """
    if not re.fullmatch(r"\w[\w.-]*", name):  # it names a folder
        raise DataError(
            f"{name!r} cannot name a collection; use letters, digits, '_', '-' and "
            "'.', the first a letter or digit."
        )


def check_tasks(tasks: pd.DataFrame, where: str, tree: Tree | None = None) -> None:
    """Check a task table, which messages call `where`.

    Raises:
        DataError: A column is missing or holds something else, or a task is listed
            twice, or there is none, or as many as the tree has.
    """
    needed = [column for column in COLUMNS if not tree or column != "parents"]
    missing = [column for column in needed if column not in tasks.columns]
    if missing:
        raise DataError(f"{where} lacks the column {missing[0]!r}; add it.")
    if tasks.empty:
        raise DataError(f"{where} has no task; add at least one.")
    for name in tasks.index:
        if not isinstance(name, str) or not name:
            raise DataError(f"{where} names a task {name!r}; a name must be a text.")
    if tree and len(tree.parent) != len(tasks):
        raise DataError(
            f"{where} has {len(tasks):,} tasks but their tree {len(tree.parent):,}; "
            "build it again."
        )
    for name, above in () if tree else tasks["parents"].items():
        if not isinstance(above, list | tuple | np.ndarray):
            raise DataError(
                f"{where} gives task {name!r} the parents {above!r}; write a list of "
                "names, an empty one at the top."
            )
    twice = tasks.index[tasks.index.duplicated()]
    if len(twice):
        raise DataError(f"{where} lists task {twice[0]!r} twice; keep one row.")


def check_relations(relations: Relations, tasks: int, name: str) -> None:
    """Check that the relations of collection `name` fit its number of tasks.

    Raises:
        DataError: One names a task that there is not, or is listed twice.
    """
    rows = np.concatenate([relations.child, relations.parent])
    unknown = rows[(rows < 0) | (rows >= tasks)]
    if unknown.size:
        raise DataError(
            f"A relation of collection {name!r} names task {unknown[0]}, but there are "
            f"only {tasks} tasks; add the task or remove the relation."
        )
    pairs = relations.child.astype(np.int64) * tasks + relations.parent
    once, count = np.unique(pairs, return_counts=True)
    if len(once) < len(pairs):
        child, parent = divmod(int(once[count > 1][0]), tasks)
        raise DataError(
            f"Collection {name!r} lists the relation of task {child} to task {parent} "
            "twice; keep one row."
        )


def hierarchy(tasks: pd.DataFrame) -> Hierarchy:
    """Parents and children as the task table gives them."""
    return hierarchy_of(list(tasks.index), [list(above) for above in tasks["parents"]])
