"""All that is known of one collection and can be looked at without learning."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from core.boxes import Boxes
from core.collection import check_relations, hierarchy
from core.descriptions import Kind
from core.errors import DataError
from core.explanation.kept import Explanation
from core.hierarchy import Hierarchy
from core.projection import Projection
from core.relations import Relations


@dataclass(frozen=True, eq=False)  # of two that were read each is its own
class Atlas:
    """One collection as the dashboard reads it; every part names the same tasks.

    `placed` are the dimensions of `boxes` that are made of points of members, which
    core/weights.py reads; `fits` are further fits of the same tasks, such as
    `2d.published`, `described` says by what tasks can be compared
    (core/descriptions.py), and `replayed` the dimensions in which steps of the fit are
    kept; all three are read when they are asked for.
    """

    name: str
    tasks: pd.DataFrame
    relations: Relations
    boxes: Mapping[int, Boxes]
    projections: Mapping[str, Projection]
    evaluation: tuple[Mapping[str, Any], ...]
    provenance: Mapping[str, Any]
    placed: tuple[int, ...] = ()
    fits: tuple[str, ...] = ()
    described: tuple[Kind, ...] = ()
    replayed: tuple[int, ...] = ()
    explanation: Explanation | None = None
    hierarchy: Hierarchy = field(init=False)
    row_of: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(self.tasks.index.tolist())
        check_relations(self.relations, len(names), self.name)
        for dim, boxes in self.boxes.items():
            if boxes.names != names:
                raise DataError(
                    f"The {dim}D boxes of {self.name!r} belong to other tasks than its "
                    f"task table; make them again: python -m core fit {self.name} "
                    f"--dim {dim}"
                )
        for method, projection in self.projections.items():
            if projection.names != names:
                raise DataError(
                    f"The {method} points of {self.name!r} belong to other tasks than "
                    "its task table; make them again: python -m core project "
                    f"{self.name} --method {method}"
                )
        object.__setattr__(self, "hierarchy", hierarchy(self.tasks))
        object.__setattr__(
            self, "row_of", {name: row for row, name in enumerate(names)}
        )
