"""Expanse: a collection that is too large for one answer, seen through windows."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from core.atlas import Atlas
from core.boxes import Boxes
from core.projection import Method, Projection
from core.relations import Relations
from core.tree import Tree
from core.windows.lexicon import Lexicon, lexicon_of
from core.windows.pyramid import Pyramid, pyramid_of
from core.windows.tree import Branches, branches_of, closed, wheel

Rows = Sequence[int] | Int[np.ndarray, " rows"]
Frame = tuple[float, float, float, float]  # x0, x1, y0, y1

NAMED = 64  # branches that are there however small
LEVELS = 3  # of branches in the largest branch
DIRECT = 1 << 16  # tasks inside one, up to which all of them are looked at
ASKED = 4  # boxes that are found for one that is wanted, where some lie elsewhere


@dataclass(frozen=True)
class Table:
    """What is known of every task, a row each; texts stay as Arrow keeps them.

    Attributes:
        names: Of all tasks, each once.
        labels: What they are called.
        members: How many members they have.
        tree: What lies in what; the rows are in its order.
        corners: Of their boxes in two dimensions: x0, x1, y0, y1.
        points: Of point maps, by method.
        more: Further columns, for the words on a task.
    """

    names: pa.Array
    labels: pa.Array
    members: Int[np.ndarray, " tasks"]
    tree: Tree
    corners: Float[np.ndarray, "tasks 4"]
    points: Mapping[Method, Float[np.ndarray, "tasks 2"]]
    more: pa.Table


@dataclass(frozen=True)
class Window:
    """What is seen of an expanse.

    Attributes:
        rows: Of boxes that are large enough to be seen, and of what they lie in, in
            order.
        least: Longer side from which on all boxes that reach into the window are there.
    """

    rows: Int[np.ndarray, " seen"]
    least: float


class Expanse:
    """All that is known of a large collection, ready to be asked.

    An answer takes time in proportion to what it holds, and at most to the logarithm of
    what there is; only the beginning and the first search go through all tasks. What
    lies in one task is looked at one by one where that is `DIRECT` tasks at most; of
    names that begin alike by the thousand, a search looks at the best of every 1,024.

    Attributes:
        members: Of the task with fewest and of that with most.
        deepest: How many tasks the deepest one lies in.
    """

    def __init__(
        self,
        name: str,
        table: Table,
        provenance: Mapping[str, Any],
        evaluation: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        """Sort the tasks of collection `name`."""
        self.name, self.table, self.tree = name, table, table.tree
        self.provenance, self.evaluation = provenance, evaluation
        self.pyramid: Pyramid = pyramid_of(table.corners)
        self.branches: Branches = branches_of(table.tree)
        self.wheel = wheel(table.tree, self.branches, table.members)
        self.members = int(table.members.min()), int(table.members.max())
        self.deepest = int(table.tree.depth.max())
        self._lexicon: Lexicon | None = None
        self._sorting = Lock()
        self._by_name = pc.sort_indices(table.names).to_numpy()

    def __len__(self) -> int:
        return len(self._by_name)

    @property
    def lexicon(self) -> Lexicon:
        """Names to search; where they are equally good, those with most members."""
        with self._sorting:
            if self._lexicon is None:
                best = np.argsort(-self.table.members, kind="stable")
                self._lexicon = lexicon_of(self.table.labels, best)
            return self._lexicon

    def row(self, name: str) -> int:
        """Row of the task of that name, -1 where there is none."""
        names = self.table.names

        def named(k: int) -> str:
            return str(names[int(self._by_name[k])])

        at = bisect_left(range(len(self)), name, key=named)
        known = at < len(self) and named(at) == name
        return int(self._by_name[at]) if known else -1

    def rows(self, names: Iterable[str]) -> Int[np.ndarray, " known"]:
        """Rows of those of some names that there are."""
        found = map(self.row, names)
        return np.array([row for row in found if row >= 0], np.int64)

    def names(self, rows: Rows) -> list[str]:
        """Names of some rows."""
        return _taken(self.table.names, rows)

    def labels(self, rows: Rows) -> list[str]:
        """What the tasks of some rows are called."""
        return _taken(self.table.labels, rows)

    def frame(self, row: int) -> Frame:
        """The box of a task, of all tasks for -1."""
        if row < 0:
            return self.pyramid.frame
        x0, x1, y0, y1 = self.pyramid.corners[row].tolist()
        return x0, x1, y0, y1

    @property
    def top(self) -> Int[np.ndarray, " branches"]:
        """Rows of the first branches, and of those of the largest of them."""
        return np.unique(np.array(self._context(-1), np.int64))

    @cached_property
    def first(self) -> Atlas:
        """An atlas of the first branches, with all that is said of the collection."""
        return self.atlas(self.top)

    # ------------------------------------------------------------- what is seen

    def window(
        self,
        frame: Frame,
        least: float,
        most: int,
        focus: int = -1,
        also: Iterable[int] = (),
    ) -> Window:
        """What is seen in a frame.

        Args:
            frame: Where one looks, in the coordinates of boxes.
            least: Longer side from which on a box is large enough to be seen.
            most: Boxes that are chosen for their size.
            focus: Task whose inside is looked at, -1 for all.
            also: Tasks that are there in any case.
        """
        found, cut = self._largest(frame, least, most, focus)
        chosen = np.fromiter([*self._context(focus), *also], np.int64)
        return Window(closed(self.tree, np.concatenate([found, chosen])), cut)

    def _largest(
        self, frame: Frame, least: float, most: int, focus: int
    ) -> tuple[Int[np.ndarray, " found"], float]:
        """The largest boxes within a task that are seen, and from which side on."""
        if focus < 0:
            return self.pyramid.within(frame, least, most)
        end = focus + int(self.tree.size[focus])
        if end - focus <= DIRECT:
            return self.pyramid.among(np.arange(focus, end), frame, least, most)
        found, cut = self.pyramid.within(frame, least, ASKED * most)
        own = found[(found >= focus) & (found < end)]
        return self.pyramid.among(own, frame, cut, most)

    def _context(self, focus: int) -> list[int]:
        """What is there however small: the focus, branches in it and beside it.

        Where the largest branch is most of what there is, the picture tells its
        branches apart (assets/filter.js).
        """
        found = [focus] if focus >= 0 else []
        if focus >= 0:
            found += self.branches.inside(int(self.tree.parent[focus]), 0, NAMED)
        branch = focus
        for _ in range(LEVELS):
            parts = self.branches.inside(branch, 0, NAMED)
            found += parts
            if not parts:
                break
            branch = parts[0]
        return found

    # ------------------------------------------------------------- as an atlas

    def atlas(self, rows: Int[np.ndarray, " some"]) -> Atlas:
        """An atlas of some tasks and all that they lie in."""
        rows = closed(self.tree, rows)
        names = self.names(rows)
        parent = self.parents(rows)
        tasks = pd.DataFrame(
            {
                "label": self.labels(rows),
                "parents": [[names[at]] if at >= 0 else [] for at in parent.tolist()],
                "members": self.table.members[rows],
                "depth": self.tree.depth[rows],
            },
            index=pd.Index(names, dtype=object),
        )
        corners, known = self.table.corners[rows], tuple(names)
        return Atlas(
            name=self.name,
            tasks=tasks,
            relations=self._relations(rows, parent),
            boxes={2: Boxes(corners[:, ::2], corners[:, 1::2], known)},
            projections={
                method: Projection(np.asarray(points[rows]), known, method, {})
                for method, points in self.table.points.items()
            },
            evaluation=self.evaluation,
            provenance=self.provenance,
        )

    def parents(self, rows: Int[np.ndarray, " some"]) -> Int[np.ndarray, " some"]:
        """Where among some rows, in order, the parent of each is; -1 at the top."""
        above = self.tree.parent[rows]
        return np.where(above < 0, -1, np.searchsorted(rows, above))

    def _relations(
        self, rows: Int[np.ndarray, " some"], parent: Int[np.ndarray, " some"]
    ) -> Relations:
        """A task lies in all above it, which lie in it by their share of its members.

        Of a few tasks nobody can say how right all boxes are: it is not complete.
        """
        children, ancestors = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        child, above = np.arange(len(rows)), parent
        while len(child := child[above >= 0]):
            above = above[above >= 0]
            children.append(child)
            ancestors.append(above)
            above = parent[above]
        inner, outer = np.concatenate(children), np.concatenate(ancestors)
        share = self.table.members[rows[inner]] / self.table.members[rows[outer]]
        return Relations(
            np.concatenate([inner, outer]),
            np.concatenate([outer, inner]),
            np.concatenate([np.ones(len(inner)), share]),
            complete=False,
        )


def _taken(texts: pa.Array, rows: Rows) -> list[str]:
    return list(texts.take(pa.array(rows, pa.int64())).to_pylist())
