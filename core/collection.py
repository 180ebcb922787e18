"""A collection: tasks, what is known of them, and where that comes from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from core.errors import DataError
from core.hierarchy import Hierarchy, hierarchy_of
from core.relations import Membership, Relations

COLUMNS = ("label", "parents", "depth", "members")


@dataclass(frozen=True)
class Collection:
    """Tasks with features and relations, validated when made.

    `tasks` is indexed by task name, with the columns `label`, `parents` (list of
    names, the canonical one first), `members` (count), `depth` and any metadata.
    `features` has a row per member where `membership` says which members make up a
    task, and a row per task where `membership` is None.
    """

    name: str
    tasks: pd.DataFrame
    features: Float[np.ndarray, "rows channels"]
    membership: Membership | None
    relations: Relations
    provenance: Mapping[str, object]

    def __post_init__(self) -> None:
        check_tasks(self.tasks)
        rows = len(self.tasks)
        known = rows if self.membership is None else len(self.membership.start) - 1
        if known != rows:
            raise DataError(
                f"Collection {self.name!r} has {rows} tasks but members of {known}."
            )
        needed = (
            rows if self.membership is None else int(self.membership.member.max()) + 1
        )
        if len(self.features) < needed:
            raise DataError(
                f"Collection {self.name!r} needs {needed} rows of features and has "
                f"{len(self.features)}; build its features again."
            )
        broken = np.flatnonzero(~np.isfinite(self.features).all(axis=1))
        if broken.size:
            raise DataError(
                f"Features of collection {self.name!r} are not finite in {broken.size} "
                f"of {len(self.features)} rows, first: row {broken[0]}; replace or "
                "remove them."
            )
        pairs = self.relations
        last = max(pairs.child.max(initial=-1), pairs.parent.max(initial=-1))
        if last >= rows:
            raise DataError(
                f"A relation of collection {self.name!r} names task {last}, but there "
                f"are only {rows} tasks; add the task or remove the relation."
            )


def check_tasks(tasks: pd.DataFrame) -> None:
    """Check the task table.

    Raises:
        DataError: A column is missing or a task is listed twice.
    """
    missing = [column for column in COLUMNS if column not in tasks.columns]
    if missing:
        raise DataError(f"The task table lacks the column {missing[0]!r}; add it.")
    twice = tasks.index[tasks.index.duplicated()]
    if len(twice):
        raise DataError(
            f"Task {twice[0]!r} is listed twice in the task table; keep one row."
        )


def hierarchy(tasks: pd.DataFrame) -> Hierarchy:
    """Parents and children as the task table gives them."""
    return hierarchy_of(list(tasks.index), [list(above) for above in tasks["parents"]])
