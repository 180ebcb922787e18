"""New boxes among known ones, and how sure they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from core.boxes import Boxes
from core.holders import Holders, holders
from core.spread import Spread


@dataclass(frozen=True)
class Placement:
    """New boxes, and the known ones that hold most of each.

    Attributes:
        boxes: Of the new tasks.
        known: Of the collection, none of which moves.
        spread: How far the new boxes hang on what is known, and on their members.
        outside: Why a new task is of another kind than the collection; or empty.
    """

    boxes: Boxes
    known: Boxes
    spread: Spread
    outside: tuple[str, ...]

    @cached_property
    def around(self) -> Holders:
        """The known boxes that hold more than half of each new one."""
        return holders(self.boxes, self.known)

    def within(self) -> Iterator[list[tuple[str, float]]]:
        """Names and shares of those that hold each new box, innermost first."""
        names = [self.known.names[row] for row in self.around.known.tolist()]
        pairs = list(zip(names, self.around.share.tolist(), strict=True))
        bounds = self.around.start.tolist()
        return (pairs[a:b] for a, b in pairwise(bounds))


def spreads(placement: Placement) -> list[dict[str, Any] | None]:
    """The spread of every box, as JSON can hold it; None where it is unknown."""
    spread = placement.spread
    each = zip(
        spread.known.tolist(),
        _rounded(spread.centre),
        _rounded(spread.side),
        _rounded(spread.lower.swapaxes(0, 1)),
        _rounded(spread.upper.swapaxes(0, 1)),
        strict=True,
    )
    return [
        {"centre": centre, "side": side, "lower": lower, "upper": upper}
        if known
        else None
        for known, centre, side, lower, upper in each
    ]


def _rounded(values: Float[np.ndarray, "..."]) -> Any:
    """As nested lists: more than five digits of a spread say nothing."""
    return values.astype(np.float32).round(5).astype(str).astype(np.float64).tolist()
