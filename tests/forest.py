"""Trees of any size with boxes that lie in one another, made in a second or two."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from core.tree import Tree, depth_first

LEVELS = 8
SKEW = 1.6  # how much larger the first groups are than the last
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te")


@dataclass(frozen=True)
class Forest:
    """Tasks with one parent each, depth-first, siblings largest first."""

    tree: Tree
    members: Int[np.ndarray, " tasks"]
    corners: Float32[np.ndarray, "tasks 4"]
    labels: list[str]


def forest(tasks: int, seed: int = 0) -> Forest:
    """A tree of so many tasks; equal seeds give equal ones.

    Groups are laid out as a grid of their parts, of which some stick out of it.
    """
    rng = np.random.default_rng(seed)
    ends = _ends(tasks)
    parent = np.full(tasks, -1, np.int64)
    corners = np.array([[0, 1, 0, 1]] * tasks, np.float64)
    for above, begin, end in zip([0, *ends], ends, ends[1:], strict=False):
        skewed = rng.random(end - begin) ** SKEW
        parent[begin:end] = above + np.sort((begin - above) * skewed).astype(int)
        corners[begin:end] = _parts(parent[begin:end], corners, rng)
    tree, order = depth_first(parent)
    labels = _labels(tree.parent, rng)
    return Forest(tree, tree.size, corners[order].astype(np.float32), labels)


def _ends(tasks: int) -> list[int]:
    """Where levels end: one task at the top, each level as much larger as the next."""
    growth = max(tasks, 2) ** (1 / (LEVELS - 1))
    ends = [min(tasks, round(growth**deep)) for deep in range(LEVELS)]
    return sorted({*ends, tasks})


def _parts(
    parent: Int[np.ndarray, " some"],
    corners: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Corners of tasks within those of their parents, which they are sorted by."""
    _, first, counts = np.unique(parent, return_index=True, return_counts=True)
    at = np.arange(len(parent)) - np.repeat(first, counts)
    across = np.ceil(np.sqrt(np.repeat(counts, counts)))
    down = np.ceil(np.repeat(counts, counts) / across)
    x0, x1, y0, y1 = corners[parent].T
    wide, high = 0.94 * (x1 - x0) / across, 0.94 * (y1 - y0) / down
    x = x0 + 0.03 * (x1 - x0) + wide * (at % across + rng.normal(0, 0.03, len(parent)))
    y = y0 + 0.03 * (y1 - y0) + high * (at // across + rng.normal(0, 0.03, len(parent)))
    w, h = (side * rng.uniform(0.7, 1, len(parent)) for side in (wide, high))
    return np.stack([x, x + w, y, y + h], axis=1)


def _labels(parent: Int[np.ndarray, " tasks"], rng: np.random.Generator) -> list[str]:
    """Two words each, the first shared among siblings, as in the names of species."""
    picks = rng.integers(0, len(SYLLABLES), (len(parent), 4)).tolist()
    words = ["".join(SYLLABLES[pick] for pick in picked) for picked in picks]
    return [
        f"{words[max(above, 0)].capitalize()} {word}"
        for word, above in zip(words, parent.tolist(), strict=True)
    ]
