"""Which tasks the table lists for a chosen one, with both directions of every share."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.atlas import Atlas
from core.boxes import containment_of
from core.relations import strengths_of
from dashboard.arrays import base64_of

UNKNOWN = -1.0  # written for a share that is not known
PART = 0.02  # share of a box below which an overlap is not worth a line


@dataclass(frozen=True)
class Shares:
    """Learned and true containment between one task and all others.

    `inside` is the share of every task inside this one, `around` the share of this
    one inside every task; both directions, because containment has a direction. The
    truth is NaN where it is not known.
    """

    row: int
    inside: Float[np.ndarray, " tasks"]
    around: Float[np.ndarray, " tasks"]
    true_inside: Float[np.ndarray, " tasks"]
    true_around: Float[np.ndarray, " tasks"]

    @property
    def largest(self) -> Float[np.ndarray, " tasks"]:
        """The largest share that each task has with this one, 0 for this one itself."""
        learned = np.maximum(self.inside, self.around)
        largest = np.fmax(learned, np.fmax(self.true_inside, self.true_around))
        largest[self.row] = 0
        return largest

    @property
    def contained(self) -> Bool[np.ndarray, " tasks"]:
        """Which tasks truly lie wholly inside and are smaller."""
        return (self.true_inside == 1) & ~(self.true_around == 1)

    @property
    def enclosed(self) -> Bool[np.ndarray, " tasks"]:
        """Which boxes lie inside by at least a half, and more so than the reverse."""
        return (self.inside >= 0.5) & (self.inside > self.around)


def shares(atlas: Atlas, row: int, dim: int) -> Shares:
    """Containment between task `row` and every task, learned in `dim`D and true."""
    return Shares(row, *containment_of(atlas.boxes[dim], row), *truth(atlas, row))


def truth(
    atlas: Atlas, row: int
) -> tuple[Float[np.ndarray, " tasks"], Float[np.ndarray, " tasks"]]:
    """True share of every task inside task `row`, and of it inside every task.

    NaN where it is not known.
    """
    relations = atlas.relations
    known = strengths_of(relations, row, len(atlas.tasks))
    if not relations.complete or not len(relations.child):
        for share in known:  # a pair that is not listed is not known to share nothing
            share[share == 0] = np.nan
    return known


def nested(atlas: Atlas) -> bool:
    """Whether tasks of the collection lie in one another by their nature."""
    return any(atlas.hierarchy.parents)


def listed(atlas: Atlas, known: Shares) -> Int[np.ndarray, " listed"]:
    """Rows of the tasks that the table has for the chosen one.

    In a hierarchy those inside it, learned or true, the true and the largest first;
    elsewhere those that overlap it, the closest first.
    """
    if nested(atlas):
        return contained(atlas, known)
    rows = np.flatnonzero(known.largest >= PART)
    return rows[np.argsort(-known.largest[rows], kind="stable")]


def contained(atlas: Atlas, known: Shares) -> Int[np.ndarray, " listed"]:
    """Rows of the tasks inside the chosen one, learned or true, largest first."""
    truly, learned = known.contained, known.enclosed
    rows = np.flatnonzero(truly | learned)
    rows = rows[rows != known.row]
    members = atlas.tasks["members"].to_numpy()
    return rows[np.lexsort((rows, -members[rows], ~truly[rows]))]


def table(atlas: Atlas, row: int, dim: int) -> dict[str, object]:
    """The table of task `row`: a title, rows of tasks and a column per share.

    Labels and counts of all tasks are in the browser already (payload.py).
    """
    known = shares(atlas, row, dim)
    rows = listed(atlas, known)
    label = atlas.tasks["label"].iloc[row]
    what = "Contained in" if nested(atlas) else "Overlap with"
    count = f"{len(rows):,} {'task' if len(rows) == 1 else 'tasks'}"
    columns = {
        name: base64_of(thousandths(getattr(known, name)[rows]), "<i2")
        for name in ("inside", "true_inside", "around", "true_around")
    }
    title = f"{what} “{label}”: {count}"
    return {"title": title, "rows": base64_of(rows, "<u4"), **columns}


def thousandths(share: Float[np.ndarray, " listed"]) -> Int[np.ndarray, " listed"]:
    """Shares in thousandths; below 0 where they are not known."""
    return np.rint(1000 * np.where(np.isnan(share), UNKNOWN, share)).astype(int)
