"""Where a set encoder puts the members of tasks: why a box is as large as it is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.relations import Membership

SLACK = 1e-4  # sides of a single member's box, within which two points are level
# The arrays of core/learning/set_encoder.py, read without torch.
ARRAYS = ("own", "shift", "holder", "holders")


@dataclass(frozen=True)
class MemberPoints:
    """Points of members, by the map that a fit has learned, and whose they are.

    The box of a task is the smallest one around the points of its members, widened by
    the same margin on every side.
    """

    points: Float[np.ndarray, "members dim"]
    membership: Membership

    def of(self, task: int) -> Int[np.ndarray, " some"]:
        """Members of a task, in ascending order."""
        start, end = self.membership.start[task : task + 2]
        return self.membership.member[start:end]

    def at_ends(self, rows: Int[np.ndarray, " some"]) -> Bool[np.ndarray, "2 some dim"]:
        """Which of some members are outermost, below and above, on every axis."""
        points = self.points[rows]
        below = points <= points.min(axis=0) + SLACK
        return np.stack([below, points >= points.max(axis=0) - SLACK])

    def finest(self) -> Int[np.ndarray, " members"]:
        """The smallest task that has each member, ties by row; -1 where none has."""
        membership = self.membership
        task, member = membership.task, membership.member
        order = np.lexsort((-task, -membership.counts[task]))
        found = np.full(len(self.points), -1)
        found[member[order]] = task[order]  # the smallest comes last
        return found


def member_points(arrays: Mapping[str, np.ndarray]) -> MemberPoints:
    """The points that the arrays of a set encoder stand for.

    A member lies at its own place, moved along by every task that it is a member of.
    """
    own, shift, holder, holders = (arrays[key] for key in ARRAYS)
    member = np.repeat(np.arange(len(own)), holders)
    points = own.astype(np.float64)
    np.add.at(points, member, shift[holder].astype(np.float64))
    order = np.argsort(holder, kind="stable")  # by task, then by member as before
    start = np.searchsorted(holder[order], np.arange(len(shift) + 1))
    return MemberPoints(points, Membership(member[order], start))
