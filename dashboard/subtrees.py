"""How well the default model tells pairs apart within every task: its subtree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.atlas import Atlas
from dashboard.scores import FEATURES, PROTOCOLS, floored, order


@dataclass(frozen=True)
class Subtree:
    """F1 on the test pairs of which both tasks lie in a subtree."""

    f1: float
    positives: int

    @property
    def word(self) -> str:
        """The F1 with two decimals, never rounded up."""
        return floored(self.f1, 2)


@dataclass(frozen=True)
class Subtrees:
    """Subtrees by task, as one result says them; what is malformed is as if unsaid."""

    protocol: str
    dim: int
    features: str
    told: Mapping[str, Any]

    def of(self, task: str) -> Subtree | None:
        """The subtree of a task, None where nothing is known of it."""
        known = self.told.get(task)
        if not isinstance(known, Mapping):
            return None
        f1, positives = known.get("f1"), known.get("positives")
        if not isinstance(f1, int | float) or not 0 <= f1 <= 1:
            return None
        if not isinstance(positives, int) or positives < 1:
            return None
        return Subtree(float(f1), positives)

    @property
    def source(self) -> str:
        """Which result they are of, in a few words."""
        more = "" if self.features == "mean" else f", {self.features}"
        return f"{self.protocol}, {self.dim}D{more}"


def subtrees_of(atlas: Atlas, dim: int) -> Subtrees | None:
    """What to show beside boxes of `dim` dimensions; None where there is nothing.

    Of the same dimension where there is such a result, else of two; of pairs of
    existing tasks and their mean features where there is such a result.
    """

    def rank(one: Subtrees) -> tuple[object, ...]:
        places = order(PROTOCOLS, one.protocol), order(FEATURES, one.features)
        return one.dim != dim, one.dim != 2, *places, one.dim

    told = filter(None, (_subtrees(atlas, result) for result in atlas.evaluation))
    return min(told, key=rank, default=None)


def _subtrees(atlas: Atlas, result: Mapping[str, Any]) -> Subtrees | None:
    told, dim = result.get("subtrees"), result.get("dim")
    if not isinstance(told, Mapping) or not isinstance(dim, int):
        return None
    features = str(result.get("features", "mean"))
    known = Subtrees(str(result.get("protocol")), dim, features, told)
    # Asked with every view: it ends at the first that is found, and goes through the
    # fewer ones, as the atlas may have few tasks of a collection of a million.
    fewer = min(told, atlas.row_of, key=len)
    some = any(name in atlas.row_of and known.of(name) for name in fewer)
    return known if some else None
