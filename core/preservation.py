"""What a picture of tasks keeps of what is known of them: neighbours, containment.

For points and boxes alike, so that the two can be compared: the same tasks, the same
pairs, the same measures, each at the threshold that is best for it.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.boxes import Boxes, containment_pairs
from core.relations import Relations

SAMPLE = 2000  # tasks: of more, a sample is measured
NEIGHBOURS = 10
LEAST = 5  # tasks, below which there are no neighbourhoods to speak of

Rows = Int[np.ndarray, " some"]
Distances = Float[np.ndarray, "some some"]
Pairs = Int[np.ndarray, " pairs"]


@dataclass(frozen=True)
class Containments:
    """Every pair of tasks of which it is known whether one contains the other.

    Positions among the tasks that are looked at; `sign` is 1 where the first lies in
    the second, -1 where the second lies in the first, 0 where neither does.
    """

    first: Pairs
    second: Pairs
    sign: Pairs

    @property
    def count(self) -> int:
        """How many containments are true."""
        return int(np.count_nonzero(self.sign))


def sampled(rows: Rows, seed: int) -> Int[np.ndarray, " sample"]:
    """The rows, or `SAMPLE` of them where there are more, in ascending order."""
    if len(rows) <= SAMPLE:
        return np.sort(rows)
    draw = np.random.default_rng(seed)
    return np.sort(draw.choice(rows, SAMPLE, replace=False))


def neighbours_of(tasks: int) -> int:
    """How many neighbours are compared among so many tasks: fewer than half of them."""
    return min(NEIGHBOURS, (tasks - 1) // 2)


def containments_of(relations: Relations, rows: Rows, tasks: int) -> Containments:
    """The true containments among `rows` of a collection of so many tasks."""
    count = len(rows)
    place = np.full(tasks, -1)
    place[rows] = np.arange(count)
    child, parent = place[relations.child], place[relations.parent]
    among = (child >= 0) & (parent >= 0)
    strict = among & (relations.strength == 1)
    inside = np.zeros((count, count), dtype=bool)
    inside[child[strict], parent[strict]] = True
    first, second = np.triu_indices(count, 1)
    sign = inside[first, second].astype(np.int64) - inside[second, first]
    if not relations.complete:  # of a pair that is not listed nothing is known
        listed = np.zeros((count, count), dtype=bool)
        listed[child[among], parent[among]] = True
        known = listed[first, second] & listed[second, first]
        first, second, sign = first[known], second[known], sign[known]
    return Containments(first, second, sign)


# ---------------------------------------------------------------- neighbours


def trustworthiness(true: Distances, seen: Distances, neighbours: int) -> float:
    """How far those that are seen as neighbours are so in truth: 1 if all are.

    `1 - 2 / (n k (2n - 3k - 1)) * sum(max(0, rank - k))` over the `k` nearest tasks
    that are seen around each of `n`, `rank` being where they come in truth (Venna and
    Kaski, ICANN 2001). With the arguments turned round it is *continuity*: how far
    true neighbours are seen as such.

    Args:
        true: Distances between the tasks; the diagonal does not count.
        seen: Distances between them in the picture.
        neighbours: `k`, below half the number of tasks.
    """
    tasks, rows = len(true), np.arange(len(true))
    if not 0 < neighbours < tasks / 2:
        raise ValueError(f"{neighbours} neighbours among {tasks} tasks; less than half")
    apart = seen.copy()
    apart[rows, rows] = np.inf
    itself = true[rows, rows]
    strangers = 0
    for near in np.argpartition(apart, neighbours - 1, axis=1).T[:neighbours]:
        far = true[rows, near]
        rank = 1 + (true < far[:, None]).sum(axis=1) - (itself < far)
        strangers += int(np.maximum(0, rank - neighbours).sum())
    most = tasks * neighbours * (2 * tasks - 3 * neighbours - 1) / 2
    return 1 - strangers / most


def unlikeness(directions: Float[np.ndarray, "some channels"]) -> Distances:
    """One less the cosine of every two tasks (core/nearest.py)."""
    return 1 - directions.astype(np.float64) @ directions.T


def apartness(points: Float[np.ndarray, "some dim"]) -> Distances:
    """Euclidean distances of points."""
    far = np.zeros((len(points), len(points)))
    for column in points.astype(np.float64).T:
        far += (column[:, None] - column) ** 2
    return np.sqrt(far)


def box_apartness(boxes: Boxes) -> Distances:
    """How far every box would have to be moved and stretched to become every other.

    As core/nearest.py has it, for all of them.
    """
    count = len(boxes.names)
    far = np.zeros((count, count))
    for axis in range(boxes.dim):
        lower, upper = (
            corner[:, axis].astype(np.float64) for corner in (boxes.lower, boxes.upper)
        )
        extent = upper.max() - lower.min()
        for end in (lower, upper):
            np.maximum(far, np.abs(end[:, None] - end) / extent, out=far)
    return far


# ---------------------------------------------------------------- containment


def best_f1(
    score: Float[np.ndarray, " claims"],
    right: Float[np.ndarray, " claims"],
    positives: int,
) -> float:
    """Highest F1 of "what scores at least `t` is claimed", over all thresholds `t`.

    Args:
        score: Of every pair that may be claimed.
        right: Whether the claim is right, or the chance that it is.
        positives: How many pairs should be claimed.
    """
    order = np.argsort(-score)
    found = np.cumsum(right[order])
    claims = np.arange(1, len(order) + 1)
    last = np.append(np.diff(score[order]) != 0, True)[: len(order)]  # of equal scores
    f1 = 2 * found[last] / (claims[last] + positives)
    return float(f1.max(initial=0))


def recovered_by_distance(far: Distances, known: Containments) -> tuple[float, float]:
    """Best F1 of "who is near contains, or is contained"; and with the direction.

    A distance is the same both ways: which of the two contains the other is a coin
    toss, right every other time, which halves the F1.
    """
    score = -far[known.first, known.second]
    f1 = best_f1(score, (known.sign != 0).astype(np.float64), known.count)
    return f1, f1 / 2


def recovered_by_boxes(boxes: Boxes, known: Containments) -> tuple[float, float]:
    """The same of "whose box lies in the other's"; the direction is what boxes say."""
    inside = containment_pairs(boxes, known.first, known.second)
    around = containment_pairs(boxes, known.second, known.first)
    score = np.maximum(inside, around)
    either = best_f1(score, (known.sign != 0).astype(np.float64), known.count)
    said = np.sign(inside - around).astype(np.int64)
    told = said != 0  # equal boxes say no direction
    right = (known.sign == said)[told].astype(np.float64)
    return either, best_f1(score[told], right, known.count)


def subset(boxes: Boxes, rows: Rows) -> Boxes:
    """The boxes of these rows."""
    names = tuple(boxes.names[row] for row in rows.tolist())
    return Boxes(boxes.lower[rows], boxes.upper[rows], names)
