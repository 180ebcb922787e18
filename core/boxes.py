"""Boxes and their exact geometry, in NumPy so that reading them needs no torch."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.errors import DataError


@dataclass(frozen=True)
class Boxes:
    """Axis-aligned boxes, one per task, in the order of `names`."""

    lower: Float[np.ndarray, "tasks dim"]
    upper: Float[np.ndarray, "tasks dim"]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.lower):
            raise ValueError(
                f"{len(self.lower)} boxes but {len(self.names)} names; "
                "there must be one name per box."
            )
        broken = ~(np.isfinite(self.lower) & np.isfinite(self.upper))
        flat = ~broken & (self.lower >= self.upper)
        for rows, what in (
            (broken, "a corner that is not a finite number"),
            (flat, "a lower corner that is not below the upper one"),
        ):
            found = np.flatnonzero(rows.any(axis=1))
            if found.size:
                raise DataError(
                    f"{found.size} of {len(self.names)} boxes have {what}, first: "
                    f"{self.names[found[0]]!r}; fit them again."
                )

    @property
    def dim(self) -> int:
        """Number of dimensions."""
        return self.lower.shape[1]

    @property
    def volume(self) -> Float[np.ndarray, " tasks"]:
        """Product of the sides of every box."""
        return _sides(self).prod(axis=1)


def containment(boxes: Boxes) -> Float[np.ndarray, "tasks tasks"]:
    """Share of each box that lies inside each other box.

    `containment(boxes)[i, j]` is vol(i and j) / vol(i): 1 where box i lies wholly in
    box j, 0 where they are disjoint. It is not symmetric, which is what lets boxes
    express hierarchy (Daroya et al., CVPR 2024).

    Returns:
        Values in [0, 1], ones on the diagonal; memory grows with tasks squared, so
        read `containment_of` or `containment_pairs` where one row or a sample will do.
    """
    return np.stack([containment_of(boxes, row)[1] for row in range(len(boxes.names))])


def containment_of(
    boxes: Boxes, row: int
) -> tuple[Float[np.ndarray, " tasks"], Float[np.ndarray, " tasks"]]:
    """Share of every box inside box `row`, and share of box `row` inside every box."""
    shared = _overlap(
        boxes, np.full(len(boxes.names), row), np.arange(len(boxes.names))
    )
    return (
        _capped(shared / _sides(boxes)).prod(axis=1),
        _capped(shared / _sides(boxes)[row]).prod(axis=1),
    )


def containment_pairs(
    boxes: Boxes, child: Int[np.ndarray, " pairs"], parent: Int[np.ndarray, " pairs"]
) -> Float[np.ndarray, " pairs"]:
    """Share of box `child[k]` inside box `parent[k]`, for every pair k."""
    return _capped(_overlap(boxes, child, parent) / _sides(boxes)[child]).prod(axis=1)


def stack_at(
    boxes: Boxes, point: Float[np.ndarray, " dim"]
) -> Int[np.ndarray, " stack"]:
    """Rows of the boxes that hold `point`, innermost (smallest) first."""
    inside = ((boxes.lower <= point) & (point <= boxes.upper)).all(axis=1)
    rows = np.flatnonzero(inside)
    return rows[np.argsort(boxes.volume[rows], kind="stable")]


def _sides(boxes: Boxes) -> Float[np.ndarray, "tasks dim"]:
    return boxes.upper.astype(np.float64) - boxes.lower


def _overlap(
    boxes: Boxes, a: Int[np.ndarray, " pairs"], b: Int[np.ndarray, " pairs"]
) -> Float[np.ndarray, "pairs dim"]:
    lower = np.maximum(boxes.lower[a], boxes.lower[b], dtype=np.float64)
    upper = np.minimum(boxes.upper[a], boxes.upper[b], dtype=np.float64)
    return np.maximum(upper - lower, 0.0)


def _capped(share: Float[np.ndarray, "pairs dim"]) -> Float[np.ndarray, "pairs dim"]:
    # Side by side, not volume by volume: a product of many sides may underflow.
    return np.minimum(share, 1.0)
