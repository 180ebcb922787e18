"""Whether a new task is of the kind that a map was made of: measured on what is known.

Three figures tell of a member how much it looks like the known ones: its cosine to the
likest of them, the share of its features that lies outside their main axes, and how
long they are. Known ones have the same figures, each as if it were new and
the others known; what one in a hundred of them exceeds is where the map ends. A task
lies outside where the middle one of its members does.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from core.relations import Membership

RARE = 0.01  # share of the known ones that are as strange as what is called outside
SLACK = 0.1  # of lengths: features are rounded, and scaled a little otherwise
NOISE = 1e-3  # of shares and cosines, which rounding moves


@dataclass(frozen=True)
class Looks:
    """How much each member looks like what is known.

    Attributes:
        cosine: To the likest known one, along the main axes.
        beyond: Share of its squared length, from the middle, outside the main axes.
        length: Of its features, from the origin.
    """

    cosine: Float[np.ndarray, " members"]
    beyond: Float[np.ndarray, " members"]
    length: Float[np.ndarray, " members"]


@dataclass(frozen=True)
class Familiarity:
    """Where a map ends: what 99 % of the known members keep within."""

    cosine: float
    beyond: float
    shortest: float
    longest: float


def familiarity(known: Looks) -> Familiarity:
    """Where a map ends, by the figures of known members, each left out."""
    shortest, longest = np.quantile(known.length, (RARE / 2, 1 - RARE / 2))
    return Familiarity(
        float(np.quantile(known.cosine, RARE)) - NOISE,
        float(np.quantile(known.beyond, 1 - RARE)) + NOISE,
        float(shortest) * (1 - SLACK),
        float(longest) * (1 + SLACK),
    )


def outside(
    bounds: Familiarity, looks: Looks, membership: Membership
) -> tuple[str, ...]:
    """Why each task lies outside the map; empty where it lies inside."""
    cosine, beyond, length = (
        _middle(values, membership)
        for values in (looks.cosine, looks.beyond, looks.length)
    )
    return tuple(
        _reason(bounds, *one)
        for one in zip(cosine.tolist(), beyond.tolist(), length.tolist(), strict=True)
    )


def _reason(bounds: Familiarity, cosine: float, beyond: float, length: float) -> str:
    found = []
    if cosine < bounds.cosine:
        found.append(
            f"the likest known one has a cosine of {cosine:.2f}, and 99 % of known "
            f"ones find one of {bounds.cosine:.2f} or more"
        )
    if beyond > bounds.beyond:
        found.append(
            f"{100 * beyond:.0f} % of its features lie outside the main axes, and of "
            f"99 % of known ones {100 * bounds.beyond:.0f} % or less"
        )
    if not bounds.shortest <= length <= bounds.longest:
        found.append(
            f"its features have the length {length:.3g}, and those of 99 % of known "
            f"ones {bounds.shortest:.3g} to {bounds.longest:.3g}"
        )
    return "; ".join(found)


def _middle(
    values: Float[np.ndarray, " members"], membership: Membership
) -> Float[np.ndarray, " tasks"]:
    """Median of every task's members."""
    order = np.lexsort((values[membership.member], membership.task))
    ordered = values[membership.member][order]
    first, counts = membership.start[:-1], membership.counts
    return np.asarray(
        (ordered[first + (counts - 1) // 2] + ordered[first + counts // 2]) / 2
    )
