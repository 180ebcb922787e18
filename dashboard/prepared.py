"""Prepared: what takes a while to compute of atlases, kept as long as it is so."""

import json
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from flask import abort

from core.atlas import Atlas
from core.descriptions import Kind
from core.digest import digest
from core.evaluation.edges import Edges, edges_of
from core.evaluation.program import program_of
from core.store import Store
from dashboard import edges, windows
from dashboard.answers import compact
from dashboard.columns import DIFFICULTY, numbers_of
from dashboard.evaluation import report
from dashboard.latest import latest
from dashboard.matrix import matrix, neighbourhoods
from dashboard.payload import Payload, matrix_sent, payload, values
from dashboard.preservation import preservation
from dashboard.shared import shared
from dashboard.shelf import KEPT, Shelf

MATRICES = 32  # answers that are kept, of half a megabyte at most

Work = TypeVar("Work", bound=Callable[..., Any])


class Prepared:
    """What is sent of the atlases of a shelf, by the name of the collection.

    Of each collection only what is so now is kept in memory; what takes seconds is kept
    on disk as well, where there is a store, for all processes that have it.
    The attributes are functions that give JSON as text.

    Attributes:
        columns: All that is drawn at first; of a large collection, a window of it.
        figures: The report of the evaluation.
        matrix: Distances of some tasks, by their description and its measure.
        neighbourhoods: How near their taxonomy the nearest of some tasks are.
        preservation: What boxes of so many dimensions and points keep of some tasks.
    """

    def __init__(self, shelf: Shelf, store: Store | None = None) -> None:
        """Nothing is computed before it is asked for."""
        self._shelf, self._store = shelf, store
        self._finding = Lock()
        self._found = self._kept(KEPT, self._edges)
        self.columns = self._kept(KEPT, self._columns)
        self.figures = self._kept(KEPT, lambda name: compact(report(shelf[name])))
        self.matrix = self._kept(
            MATRICES, self._shared((matrix, matrix_sent), self._matrix)
        )
        near = self._shared((neighbourhoods,), self._neighbourhoods)
        self.neighbourhoods = self._kept(MATRICES, near)
        self.preservation = self._kept(KEPT, self._preservation)

    def edges(self, name: str, dim: int) -> Edges:
        """Which containments the boxes in `dim`D learned, missed, or only claim."""
        with self._finding:  # two requests at once find them once
            return self._found(name, dim)

    def color(self, name: str, atlas: Atlas, color: str) -> Payload | None:
        """What one colour says of all tasks, None where there is no such column.

        Args:
            name: Of the collection.
            atlas: What the request sees of it.
            color: As the view calls it.
        """
        if (dim := edges.colors(atlas).get(color)) is not None:
            return self._judged(name, dim)
        known = self._difficulty(name) if color == DIFFICULTY else values(atlas)
        return known.get(color)

    def colors(self, name: str, atlas: Atlas) -> dict[str, Payload]:
        """What every colour that needs a column says of all tasks."""
        judged = {
            color: self._judged(name, dim) for color, dim in edges.colors(atlas).items()
        }
        return values(atlas) | judged | self._difficulty(name)

    def _kept(self, most: int, work: Work) -> Work:
        """Keep up to `most` answers of a function by the version of the collection."""

        @latest(most)
        def known(name: str, *asked: Any) -> Any:
            *further, _ = asked
            return work(name, *further)

        def answer(name: str, *further: Any) -> Any:
            return known(name, *further, self._shelf.version(name))

        return answer  # type: ignore[return-value]

    def _shared(
        self, program: tuple[Callable[..., Any], ...], work: Callable[..., str]
    ) -> Callable[..., str]:
        """Keep answers on disk too, by what `program` and the collection are now."""
        store = self._store
        if store is None:
            return work

        def known(name: str, *further: Any) -> str:
            code = [program_of(one.__module__, one.__name__) for one in program]
            decides = [code, name, self._shelf.version(name), *further]
            key = digest(json.dumps(decides), ())
            return shared(store, key, lambda: work(name, *further))

        return known

    def _columns(self, name: str) -> str:
        large = self._shelf.expanse(name)
        if large is not None:
            return compact(windows.window(large, windows.asked({}, large)))
        return compact(payload(self._shelf[name]))

    def _edges(self, name: str, dim: int) -> Edges:
        atlas = self._shelf[name]
        return edges_of(atlas.boxes[dim], atlas.relations, atlas.hierarchy)

    def _judged(self, name: str, dim: int) -> Payload:
        return edges.sent(self.edges(name, dim), len(self._shelf[name].tasks))

    def _difficulty(self, name: str) -> dict[str, Payload]:
        """The column of that colour; nothing where the tasks have no such norm."""
        known = self._shelf.description(name, "task2vec")
        if known is None or known.difficulty is None:
            return {}
        column = numbers_of(known.difficulty)
        return {DIFFICULTY: column.sent()} if column else {}

    def _matrix(
        self, name: str, kind: Kind, measure: str, rows: tuple[int, ...]
    ) -> str:
        description = self._shelf.description(name, kind)
        if description is None:
            abort(404)
        return compact(matrix_sent(matrix(description, rows, measure)))

    def _neighbourhoods(self, name: str, rows: tuple[int, ...]) -> str:
        atlas, describe = self._shelf[name], self._shelf.description
        known = {kind: describe(name, kind) for kind in atlas.described}
        there = {kind: one for kind, one in known.items() if one is not None}
        return compact(neighbourhoods(atlas, there, rows))

    def _preservation(self, name: str, names: tuple[str, ...], dim: int) -> str:
        directions = self._shelf.directions(name)
        return compact(preservation(self._shelf[name], directions, names, dim))
