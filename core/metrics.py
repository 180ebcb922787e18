"""How good predictions are against what is true, and boxes as a picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.boxes import Boxes, containment_pairs
from core.learning.sampling import Rows, closest_containers
from core.relations import Relations

SIBLINGS = 2**22  # pairs of siblings that are looked at, at most; of more a sample
THRESHOLDS = tuple(step / 10 for step in range(1, 10))

Shares = Float[np.ndarray, " pairs"]
# Predicted share of every first task inside the second.
Predictor = Callable[[Rows, Rows], Shares]
Claims = Bool[np.ndarray, " pairs"]


def claimed(share: Shares, reverse: Shares, threshold: float) -> Claims:
    """Pairs in which the child is said to lie in the parent.

    It does so mostly, and more than the other way round (Daroya et al., CVPR 2024).
    """
    return (share > reverse) & (share > threshold)


def f1(claim: Claims, truth: Claims) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is rightly claimed."""
    right = int((claim & truth).sum())
    return 2 * right / int(claim.sum() + truth.sum()) if right else 0.0


def best_threshold(share: Shares, reverse: Shares, truth: Claims) -> float:
    """The threshold of 0.1 … 0.9 with the highest F1; of equal ones the strictest."""
    scores = [f1(claimed(share, reverse, t), truth) for t in THRESHOLDS]
    return max(zip(scores, THRESHOLDS, strict=True))[1]


def rank_correlation(predicted: Shares, true: Shares) -> float:
    """Spearman's rho, equal numbers sharing their ranks.

    0 where all of one are equal, as they tell no order.
    """
    ranks = [_ranks(predicted), _ranks(true)]
    if any(np.ptp(rank) == 0 for rank in ranks):
        return 0.0
    return float(np.corrcoef(np.stack(ranks))[0, 1])


def _ranks(numbers: Shares) -> Shares:
    _, value, count = np.unique(numbers, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[value]


@dataclass(frozen=True)
class Picture:
    """What a person sees and F1 does not; see `picture`."""

    sibling_overlap: float
    aspect_median: float
    aspect_high: float
    filled_median: float
    frame_used: float

    def __str__(self) -> str:
        return (
            f"siblings overlap {self.sibling_overlap:.3f}, aspect "
            f"{self.aspect_median:.2f} (95 %: {self.aspect_high:.2f}), parents filled "
            f"{self.filled_median:.2f}, frame used {self.frame_used:.2f}"
        )


def picture(boxes: Boxes, relations: Relations) -> Picture:
    """How tidy the boxes look, nested as `relations` say.

    Mean containment between siblings that share nothing (0 is best); longest to
    shortest side of the boxes that hold others, median and 95 % quantile (1 is best);
    share of such a box that its children fill, median; share of the whole frame that
    the innermost boxes fill. Overlaps count twice: pile-ups can pass 1.
    """
    tasks = len(boxes.names)
    strict = relations.strength == 1
    child, parent = relations.child[strict], relations.parent[strict]
    family = closest_containers(tasks, child, parent)
    sides = boxes.upper.astype(np.float64) - boxes.lower
    aspect = sides.max(axis=1) / sides.min(axis=1)
    nested = family < tasks
    held = np.bincount(family[nested], boxes.volume[nested], tasks)
    inner = np.isin(np.arange(tasks), parent)
    frame = (boxes.upper.max(axis=0) - boxes.lower.min(axis=0)).prod()
    high = np.quantile(aspect[inner], (0.5, 0.95)) if inner.any() else (1.0, 1.0)
    filled = (held / boxes.volume)[inner]
    return Picture(
        sibling_overlap=_sibling_overlap(boxes, family, relations),
        aspect_median=float(high[0]),
        aspect_high=float(high[1]),
        filled_median=float(np.median(filled)) if inner.any() else 0.0,
        frame_used=float(boxes.volume[~inner].sum() / frame),
    )


def _sibling_overlap(
    boxes: Boxes, family: Int[np.ndarray, " tasks"], relations: Relations
) -> float:
    child, parent = _siblings(family)
    tasks = len(family)
    known = relations.child.astype(np.int64) * tasks + relations.parent
    apart = ~np.isin(child * tasks + parent, known)
    if not apart.any() or not relations.complete:  # nothing is known to be apart
        return 0.0
    return float(containment_pairs(boxes, child[apart], parent[apart]).mean())


def _siblings(family: Int[np.ndarray, " tasks"]) -> tuple[Rows, Rows]:
    """All ordered pairs of tasks of one family, or `SIBLINGS` of them by chance."""
    order = np.argsort(family, kind="stable")
    start = np.flatnonzero(np.diff(family[order], prepend=-1))
    counts = np.diff(np.append(start, len(order)))
    before = np.cumsum(counts * (counts - 1))
    pairs = np.arange(before[-1])
    if len(pairs) > SIBLINGS:
        pairs = np.random.default_rng(0).integers(before[-1], size=SIBLINGS)
    place = np.searchsorted(before, pairs, side="right")
    within = pairs - before[place] + counts[place] * (counts[place] - 1)
    one, other = np.divmod(within, counts[place] - 1)
    other += other >= one  # nobody is a sibling of itself
    return order[start[place] + one], order[start[place] + other]
