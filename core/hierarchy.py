"""Parents and children of tasks: a directed graph without cycles, several parents."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import DataError

Rows = tuple[int, ...]


@dataclass(frozen=True)
class Hierarchy:
    """Direct parents and children of every task, as rows of the task table.

    The first parent is the canonical one, by which breadcrumb and depth go; the
    others are where the task is *also* found.
    """

    parents: tuple[Rows, ...]
    children: tuple[Rows, ...]
    depth: Rows

    @property
    def roots(self) -> Rows:
        """Tasks without a parent."""
        return tuple(row for row, parents in enumerate(self.parents) if not parents)


def hierarchy_of(names: Sequence[str], parents: Sequence[Sequence[str]]) -> Hierarchy:
    """The hierarchy that the parent names of every task describe.

    Raises:
        DataError: A parent is unknown, or a task is its own ancestor.
    """
    row_of = {name: row for row, name in enumerate(names)}
    rows: list[Rows] = []
    for name, above in zip(names, parents, strict=True):
        try:
            rows.append(tuple([row_of[parent] for parent in above]))
        except KeyError as error:
            raise DataError(
                f"Task {name!r} has the parent {error.args[0]!r}, which is not a task "
                "of the collection; add it to the tasks or remove the parent."
            ) from error
        if len(above) > 1 and len(set(above)) < len(above):
            raise DataError(
                f"Task {name!r} lists a parent twice among {', '.join(above)}; list "
                "every parent once."
            )
    children = _children(rows)
    order, waiting = _parents_first(rows, children)
    if len(order) < len(names):
        cycle = " in ".join(repr(names[row]) for row in _cycle(rows, waiting))
        raise DataError(
            f"Tasks lie in each other: {cycle}; remove one of these parents."
        )
    depth = [0] * len(names)
    for row in order:
        depth[row] = depth[rows[row][0]] + 1 if rows[row] else 0
    return Hierarchy(tuple(rows), tuple(map(tuple, children)), tuple(depth))


def path(hierarchy: Hierarchy, row: int) -> Rows:
    """The task and its canonical ancestors, root first."""
    rows = [row]
    while hierarchy.parents[rows[-1]]:
        rows.append(hierarchy.parents[rows[-1]][0])
    return tuple(reversed(rows))


def ancestors(hierarchy: Hierarchy, row: int) -> frozenset[int]:
    """Every task above `row`, by any of its parents, without `row` itself."""
    return _reached(hierarchy.parents, row)


def descendants(hierarchy: Hierarchy, row: int) -> frozenset[int]:
    """Every task below `row`, by any of its parents, without `row` itself."""
    return _reached(hierarchy.children, row)


def cycle_of(parents: Sequence[Rows]) -> Rows:
    """Tasks that lie in each other, from one up to itself; empty where none do."""
    order, waiting = _parents_first(parents, _children(parents))
    return () if len(order) == len(parents) else tuple(_cycle(parents, waiting))


def _reached(steps: Sequence[Rows], row: int) -> frozenset[int]:
    """Every task that some steps lead to."""
    found: set[int] = set()
    front = [row]
    while front:
        new = set(steps[front.pop()]) - found
        found |= new
        front.extend(new)
    return frozenset(found)


def _children(parents: Sequence[Rows]) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in parents]
    for row, above in enumerate(parents):
        for parent in above:
            children[parent].append(row)
    return children


def _parents_first(
    parents: Sequence[Rows], children: list[list[int]]
) -> tuple[list[int], list[int]]:
    """Tasks after all their parents, and for how many parents each still waits."""
    waiting = [len(above) for above in parents]
    order = [row for row, count in enumerate(waiting) if count == 0]
    for row in order:  # grows while it is read: Kahn's topological order
        for child in children[row]:
            waiting[child] -= 1
            if waiting[child] == 0:
                order.append(child)
    return order, waiting


def _cycle(parents: Sequence[Rows], waiting: list[int]) -> list[int]:
    # A task that still waits has a parent that waits, so the way up ends in a cycle.
    rows = [next(row for row, count in enumerate(waiting) if count)]
    while rows[-1] not in rows[:-1]:
        rows.append(next(parent for parent in parents[rows[-1]] if waiting[parent]))
    return rows[rows.index(rows[-1]) :]
