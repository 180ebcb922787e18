"""Consistency, sensitivity and COSE (Daroya et al. 2023), of rows and nothing else.

A map should stay as it is where the network still tells the true class, and change
where it tells another:

    consistency = mean similarity over changes of the picture told right
    sensitivity = 1 - mean similarity over changes, of the network too, told wrong
    COSE        = sqrt(consistency * sensitivity)

What has no rows is undefined (NaN), never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float

Mode = Literal["predicted", "fixed"]
Average = Literal["micro", "macro"]
Measure = Literal["ssim", "rank", "overlap"]
IMAGE_KINDS = ("geometric", "photometric")
MODEL_KINDS = ("random", "checkpoint")
DRAWS, INSIDE = 1000, 95  # of the bootstrap; percent of the draws in an interval


@dataclass(frozen=True)
class Score:
    """A figure with its interval over images, and the rows that it is of."""

    value: float
    low: float
    high: float
    rows: int


def scores(
    rows: pd.DataFrame,
    *,
    mode: Mode = "predicted",
    average: Average = "micro",
    measure: Measure = "ssim",
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Score]:
    """Consistency, sensitivity, COSE and the parts of both, of one method.

    Args:
        rows: Of one task, model and method.
        mode: Whether the map of a changed picture is of the class told then or of the
            true one.
        average: Whether every row counts alike, or every operation.
        measure: By which maps are compared.
        draws: Of the bootstrap over images.
        seed: Of the draws.
    """
    like = rows[measure if mode == "predicted" else f"{measure}_fixed"].to_numpy()
    of_kind = {
        one: (rows["kind"] == one).to_numpy() for one in (*IMAGE_KINDS, *MODEL_KINDS)
    }
    known = np.any([*of_kind.values()], axis=0) & ~np.isnan(like)
    right = known & (rows["told"].to_numpy() == rows["truth"].to_numpy())
    wrong = known & ~right
    of_image = right & np.any([of_kind[one] for one in IMAGE_KINDS], axis=0)
    images, at = np.unique(rows["image"].to_numpy(), return_inverse=True)
    weight = _drawn(len(images), draws, seed)
    cells = np.zeros(len(rows), dtype=np.int64)
    if average == "macro":
        cells = rows["change"].factorize()[0]

    which = {"consistency": of_image, "sensitivity": wrong}
    which |= {f"consistency {one}": of_image & of_kind[one] for one in IMAGE_KINDS}
    which |= {f"sensitivity {one}": wrong & some for one, some in of_kind.items()}
    likeness = _means(like, at, cells, weight, [*which.values()])
    means = {
        name: 1 - one if name.startswith("sensitivity") else one
        for name, one in zip(which, likeness, strict=True)
    }
    both = cose(means["consistency"], means["sensitivity"])
    return {
        "cose": _score(both, of_image | wrong),
        **{name: _score(one, which[name]) for name, one in means.items()},
    }


def cose(
    consistency: Float[np.ndarray, " draws"], sensitivity: Float[np.ndarray, " draws"]
) -> Float[np.ndarray, " draws"]:
    """The geometric mean, of values that similarity below 0 takes out of 0 to 1 too."""
    return np.sqrt(np.clip(consistency, 0, 1) * np.clip(sensitivity, 0, 1))


def image_means(rows: pd.DataFrame, column: str, *, seed: int = 0) -> Score:
    """The mean over images of what is told once of each, such as `deletion`."""
    told = rows.loc[rows["kind"] == "none", column].dropna().to_numpy(dtype=np.float64)
    return _mean_of(told, np.arange(len(told)), seed)


def ceiling(rows: pd.DataFrame, *, seed: int = 0) -> Score:
    """How alike maps are to themselves, moved there and back, over geometric rows."""
    some = rows[(rows["kind"] == "geometric") & rows["ceiling"].notna()]
    return _mean_of(some["ceiling"].to_numpy(), some["image"].to_numpy(), seed)


def curves(rows: pd.DataFrame, *, mode: Mode = "predicted") -> pd.DataFrame:
    """By operation and magnitude: share told right, and similarity of right and wrong.

    Returns:
        Columns `kind`, `change`, `magnitude`, `rows`, `right` (share), `like_right` and
        `like_wrong` (NaN where there are none).
    """
    some = rows[rows["kind"] != "none"]
    like = some["ssim" if mode == "predicted" else "ssim_fixed"]
    right = some["told"] == some["truth"]
    some = some.assign(
        right=right, like_right=like.where(right), like_wrong=like.where(~right)
    )
    told = some.groupby(["kind", "change", "magnitude"], sort=True, observed=True)
    return told.agg(
        rows=("right", "size"),
        right=("right", "mean"),
        like_right=("like_right", "mean"),
        like_wrong=("like_wrong", "mean"),
    ).reset_index()


@lru_cache(maxsize=16)
def _drawn(images: int, draws: int, seed: int) -> Float[np.ndarray, "draws images"]:
    """How often every draw has every image; the first has each once."""
    rng = np.random.default_rng(seed)
    share = np.full(images, 1 / max(images, 1))
    drawn = rng.multinomial(images, share, size=draws).astype(np.float64)
    found = np.vstack([np.ones(images), drawn])
    found.flags.writeable = False
    return found


def _mean_of(values: np.ndarray, image: np.ndarray, seed: int) -> Score:
    """Mean of values, of images, with its interval."""
    images, at = np.unique(image, return_inverse=True)
    if not len(images):
        return Score(np.nan, np.nan, np.nan, 0)
    weight = _drawn(len(images), DRAWS, seed)
    every = np.ones(len(values), dtype=bool)
    one_cell = np.zeros(len(at), dtype=np.int64)
    (means,) = _means(values, at, one_cell, weight, [every])
    return _score(means, every)


def _means(
    like: np.ndarray,
    at: np.ndarray,
    cells: np.ndarray,
    weight: np.ndarray,
    which: Sequence[np.ndarray],
) -> list[Float[np.ndarray, " draws"]]:
    """Means of some rows and others in every draw: of each cell, then of the cells.

    Args:
        like: Of rows.
        at: Which image each is of.
        cells: Which cell each is in.
        weight: How often every draw has every image.
        which: Rows that a mean is of; NaN where there are none.
    """
    shape = (weight.shape[1], int(cells.max(initial=0)) + 1)
    place, size = at * shape[1] + cells, shape[0] * shape[1]
    parts = []
    for some in which:
        total = np.bincount(place[some], like[some], minlength=size)
        count = np.bincount(place[some], minlength=size)
        parts += [total.reshape(shape), count.reshape(shape)]
    drawn = np.split(weight @ np.hstack(parts), len(parts), axis=1)
    with np.errstate(invalid="ignore"):
        return [
            _mean_of_known(total / count)
            for total, count in zip(drawn[::2], drawn[1::2], strict=True)
        ]


def _mean_of_known(means: Float[np.ndarray, "draws cells"]) -> np.ndarray:
    known = ~np.isnan(means)
    count = known.sum(axis=1)
    total = np.where(known, means, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _score(values: Float[np.ndarray, " draws"], which: np.ndarray) -> Score:
    """The first value is of all images, the others are of draws of them."""
    first, draws, rows = float(values[0]), values[1:], int(which.sum())
    draws = draws[~np.isnan(draws)]
    if np.isnan(first) or not len(draws):
        return Score(first, np.nan, np.nan, rows)
    tail = (100 - INSIDE) / 2
    places = np.array([tail, 100 - tail]) / 100 * (len(draws) - 1)
    low, high = np.interp(places, np.arange(len(draws)), np.sort(draws))
    return Score(first, float(low), float(high), rows)
