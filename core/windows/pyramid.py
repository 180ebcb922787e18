"""Boxes by size and place: a window finds those that can be seen in it, and no others.

Boxes are sorted into groups, the largest first. A group has a grid of cells that are
at least as wide as its widest box, so that a box that reaches into a window begins in
one of its cells or in one beside them. The keys of all groups are one sorted array: a
row of cells is found by bisection. Boxes of a group differ in size by at most a factor
of two, and a group holds at most as many boxes as all before it together: there are as
many groups as the logarithm of the number of boxes, and of the range of their sizes.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.windows.tree import ranges

FIRST = 1024  # boxes of the first group, if they are of one size
DEEPEST = 22  # halvings of the frame: boxes that are smaller share a grid
SPREAD = 8  # boxes that are looked at for one that is wanted, at most
ALIKE = 1e-3  # by so little sides differ for their rounding alone
SHIFT = 24  # bits of the number of a cell


@dataclass(frozen=True)
class Pyramid:
    """Boxes by group and cell.

    Attributes:
        corners: Of all boxes: x0, x1, y0, y1.
        boxes: Which box has the key.
        keys: Group, row and column of the cell in which a box begins; sorted.
        levels: Of the groups: how often the frame is halved for a cell of theirs.
        frame: Around all boxes: x0, x1, y0, y1.
    """

    corners: Float[np.ndarray, "boxes 4"]
    boxes: Int[np.ndarray, " boxes"]
    keys: Int[np.ndarray, " boxes"]
    levels: tuple[int, ...]
    frame: tuple[float, float, float, float]

    @property
    def span(self) -> float:
        """The longer side of the frame, and of the cells of level 0."""
        x0, x1, y0, y1 = self.frame
        return max(x1 - x0, y1 - y0) or 1.0

    def within(
        self, window: tuple[float, float, float, float], least: float, most: int
    ) -> tuple[Int[np.ndarray, " found"], float]:
        """The largest boxes that reach into a window but do not hold all of it.

        Args:
            window: x0, x1, y0, y1.
            least: Side below which a box is not looked for.
            most: How many are found at most.

        Returns:
            The boxes, by falling longer side; and the side from which on all are among
            them: `least`, or more where there were too many.
        """
        found, count = [self.boxes[:0]], 0
        for group, level in enumerate(self.levels):
            cell = self.span / 2**level
            if cell < least:
                break
            near, whole = self._near(group, cell, window, SPREAD * most)
            boxes = near[self._reaching(near, window, least)]
            if not whole and count:  # those of before are all of their size
                least = cell
                break
            found.append(boxes)
            count += len(boxes)
            if not whole:  # of the largest of all, some
                some, cut = self.among(boxes, window, least, most)
                return some, max(cut, cell)
            if count > most:
                break
        return self.among(np.concatenate(found), window, least, most)

    def among(
        self,
        boxes: Int[np.ndarray, " some"],
        window: tuple[float, float, float, float],
        least: float,
        most: int,
    ) -> tuple[Int[np.ndarray, " found"], float]:
        """The same of some boxes, all of which are looked at."""
        seen = boxes[self._reaching(boxes, window, least)]
        side = sides(self.corners[seen])
        order = np.argsort(-side, kind="stable")
        if len(seen) <= most:
            return seen[order], least
        cut = float(side[order[most]])
        larger = order[:most][side[order[:most]] > (1 + ALIKE) * cut]
        if len(larger):  # those that are cut off are none, or all of one size
            return seen[larger], cut
        return seen[order[:most]], cut

    def _near(
        self, group: int, cell: float, window: tuple[float, ...], most: int
    ) -> tuple[Int[np.ndarray, " near"], bool]:
        """Boxes of a group that begin in the cells of a window, and whether all are.

        Of too many, every second, fourth ... of the group: the same ones wherever the
        window is.
        """
        cells = np.ceil(self.span / cell)
        left, right = self._cells(window[0], window[1], self.frame[0], cell, cells)
        low, high = self._cells(window[2], window[3], self.frame[2], cell, cells)
        lines = (group << 2 * SHIFT) + (np.arange(low, high + 1) << SHIFT)
        starts = np.searchsorted(self.keys, lines + left)
        ends = np.searchsorted(self.keys, lines + right, side="right")
        step = 1
        while (ends // step - starts // step).sum() > most:
            step *= 2
        starts, ends = -(-starts // step), -(-ends // step)
        return self.boxes[ranges(starts, ends) * step], step == 1

    @staticmethod
    def _cells(
        begin: float, end: float, origin: float, cell: float, cells: float
    ) -> tuple[int, int]:
        first, last = np.floor((np.array([begin, end]) - origin) / cell)
        return int(np.clip(first - 1, 0, cells)), int(np.clip(last, 0, cells))

    def _reaching(
        self,
        boxes: Int[np.ndarray, " some"],
        window: tuple[float, ...],
        least: float,
    ) -> Bool[np.ndarray, " some"]:
        left, right, low, high = self.corners[boxes].T
        x0, x1, y0, y1 = window
        meets = (left <= x1) & (right >= x0) & (low <= y1) & (high >= y0)
        holds = (left < x0) & (right > x1) & (low < y0) & (high > y1)
        return meets & ~holds & (np.maximum(right - left, high - low) >= least)


def pyramid_of(corners: Float[np.ndarray, "boxes 4"]) -> Pyramid:
    """Boxes with these corners (x0, x1, y0, y1), sorted by group and cell."""
    x0, _, y0, _ = corners.min(axis=0).tolist()
    _, x1, _, y1 = corners.max(axis=0).tolist()
    span = max(x1 - x0, y1 - y0) or 1.0
    side = sides(corners).astype(np.float64)
    with np.errstate(divide="ignore"):
        level = np.clip(np.floor(np.log2(span / side)), 0, DEEPEST).astype(np.int64)
    largest = np.argsort(-side, kind="stable")
    group, levels = _groups(level[largest])
    of = np.empty(len(corners), np.int64)
    of[largest] = group
    cell = span / np.exp2(np.asarray(levels))[of]
    column = np.floor((corners[:, 0] - x0) / cell).astype(np.int64)
    row = np.floor((corners[:, 2] - y0) / cell).astype(np.int64)
    keys = (of << 2 * SHIFT) + (row << SHIFT) + column
    order = np.argsort(keys, kind="stable")
    return Pyramid(
        corners, order.astype(np.int32), keys[order], levels, (x0, x1, y0, y1)
    )


def sides(corners: Float[np.ndarray, "boxes 4"]) -> Float[np.ndarray, " boxes"]:
    """The longer side of every box."""
    left, right, low, high = corners.T
    return np.maximum(right - left, high - low)


def _groups(
    level: Int[np.ndarray, " boxes"],
) -> tuple[Int[np.ndarray, " boxes"], tuple[int, ...]]:
    """The group of every box, the largest first; and the level of every group."""
    ends = np.flatnonzero(np.diff(level, append=DEEPEST + 1)) + 1
    group, begin = np.empty(len(level), np.int64), 0
    levels: list[int] = []
    for end in ends.tolist():
        while begin < end:
            until = min(end, begin + max(FIRST, begin))
            group[begin:until] = len(levels)
            levels.append(int(level[begin]))
            begin = until
    return group, tuple(levels)
