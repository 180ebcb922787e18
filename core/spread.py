"""How far a new box would lie elsewhere, were others known or other members seen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

BAND = (0.1, 0.9)  # quantiles of the draws between which four of five corners lie


@dataclass(frozen=True)
class Spread:
    """What differs between draws of one placement, box by box; NaN where unknown.

    Attributes:
        centre: Standard deviation of the centre, axis by axis.
        side: Standard deviation of the sides.
        lower: 10 % and 90 % quantiles of the lower corner.
        upper: Those of the upper corner.
    """

    centre: Float[np.ndarray, "tasks dim"]
    side: Float[np.ndarray, "tasks dim"]
    lower: Float[np.ndarray, "two tasks dim"]
    upper: Float[np.ndarray, "two tasks dim"]

    @property
    def known(self) -> Bool[np.ndarray, " tasks"]:
        """Boxes of which draws could differ."""
        return np.isfinite(self.centre).all(axis=1)


def spread_of(
    lower: Float[np.ndarray, "draws tasks dim"],
    upper: Float[np.ndarray, "draws tasks dim"],
    known: Bool[np.ndarray, " tasks"],
) -> Spread:
    """The spread of boxes drawn several times; unknown but of those `known`."""
    low, high = (
        np.where(known[:, None], end.astype(np.float64), np.nan)
        for end in (lower, upper)
    )
    return Spread(
        ((low + high) / 2).std(axis=0),
        (high - low).std(axis=0),
        np.quantile(low, BAND, axis=0),
        np.quantile(high, BAND, axis=0),
    )
