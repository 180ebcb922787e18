"""New boxes among known ones, and how sure they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from core.boxes import Boxes
from core.holders import Holders
from core.spread import Spread


@dataclass(frozen=True)
class Placement:
    """New boxes, and the known ones that hold most of each.

    Attributes:
        boxes: Of the new tasks.
        known: Of the collection, none of which moves.
        around: The known boxes that hold more than half of each new one.
        spread: How far the new boxes hang on what is known, and on their members.
        outside: Why a new task is of another kind than the collection; or empty.
    """

    boxes: Boxes
    known: Boxes
    around: Holders
    spread: Spread
    outside: tuple[str, ...]

    def within(self) -> Iterator[list[tuple[str, float]]]:
        """Names and shares of those that hold each new box, innermost first."""
        names = [self.known.names[row] for row in self.around.known.tolist()]
        pairs = list(zip(names, self.around.share.tolist(), strict=True))
        bounds = self.around.start.tolist()
        return (pairs[a:b] for a, b in pairwise(bounds))
