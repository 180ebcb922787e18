"""Adversarial splits: what a network learns of the one part is wrong on the other.

Of a target and a task that differs from it, images on which both say the same are to be
learned from, the others are the test (Atanov et al. 2022). To a network that takes the
task's easier way, the test is turned upside down. Two tasks together are a cue that is
harder to leave aside; images on which they differ are on neither side.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from core.discovery.agreement import sides_apart
from core.errors import DataError

Labels = Int[np.ndarray, " images"]


@dataclass(frozen=True)
class Split:
    """Rows of images to learn from, and of those to test on."""

    learn: Int[np.ndarray, " learn"]
    test: Int[np.ndarray, " test"]


LEAST = 1 / 20  # of every class, on either side of a task
MEDIAN = 1 / 2


def cue_of(
    labels: Labels, margin: Float[np.ndarray, " images"], least: float = LEAST
) -> Labels:
    """The sides of a task, such that a share of every class lies on both.

    Of a class that lies on one side as good as whole, the images nearest to the other
    are taken there: else a split would leave nothing of it to learn or to test. With
    one half as that share every class is cut at its median, as published for ImageNet.

    Args:
        labels: Class of every image.
        margin: How far on side 1 it lies.
        least: Share of a class, up to the half of it, on either side.
    """
    sides = np.zeros(len(labels), dtype=np.int64)
    for one in np.unique(labels):
        rows = np.flatnonzero(labels == one)
        rows = rows[np.argsort(-margin[rows], kind="stable")]
        few = min(math.ceil(least * len(rows)), len(rows) // 2)
        above = np.clip((margin[rows] > 0).sum(), few, len(rows) - few)
        sides[rows[:above]] = 1
    return sides


def cues(
    pixels: Float[np.ndarray, "images ..."],
    tasks: Int[np.ndarray, "tasks images"],
    together: int,
) -> list[tuple[int, ...]]:
    """Rows of all sets of so many tasks, those that networks take to most first.

    By how far the mean images of their sides are apart, whatever people call them.
    """
    apart = sides_apart(pixels, tasks)
    every = combinations(range(len(tasks)), together)
    return sorted(every, key=lambda cue: -apart[[*cue]].sum())


def adversarial(target: Labels, *tasks: Labels) -> Split:
    """Learn from where tasks all say the target; be tested where none does.

    A task and its flip are the same one, so it is turned where they mostly disagree,
    and with one task the smaller part is never the one to learn from.

    Raises:
        DataError: The task is the target or its flip, so nothing is left to test on.
    """
    same = np.array([target == task for task in tasks])
    same ^= 2 * same.sum(axis=1, keepdims=True) < len(target)
    if same.any(axis=0).all():
        raise DataError(
            f"A task says its target on each of {len(target)} images, so no image is "
            "left to test on; choose another task or target."
        )
    return Split(np.flatnonzero(same.all(axis=0)), np.flatnonzero(~same.any(axis=0)))


def adversarial_classes(labels: Labels, half: Sequence[int], *tasks: Labels) -> Split:
    """The split of a target that is one half of many classes.

    Raises:
        DataError: A class lies on one side only, or nothing is left to test on.
    """
    split = adversarial(np.isin(labels, half).astype(np.int64), *tasks)
    for side, rows in (("learn from", split.learn), ("test on", split.test)):
        missing = np.setdiff1d(labels, labels[rows])
        if missing.size:
            raise DataError(
                f"No image of class {missing[0]} is left to {side}; choose another "
                "task, one that differs from the classes."
            )
    return split


def splits_by(
    labels: Labels,
    half: Sequence[int],
    tasks: Int[np.ndarray, "tasks images"],
    cues: Sequence[tuple[int, ...]],
    most: int,
) -> list[tuple[tuple[int, ...], Split]]:
    """Splits by the first cues that leave every class on both sides."""
    found: list[tuple[tuple[int, ...], Split]] = []
    for cue in cues:
        if len(found) == most:
            break
        with suppress(DataError):
            split = adversarial_classes(labels, half, *tasks[list(cue)])
            found.append((cue, split))
    return found


def control(split: Split, *, seed: int = 0) -> Split:
    """A split of the same images by chance, whose parts are as large."""
    rows = np.sort(np.concatenate([split.learn, split.test]))
    rows = np.random.default_rng([seed, 17]).permutation(rows)
    return Split(np.sort(rows[: len(split.learn)]), np.sort(rows[len(split.learn) :]))


def table_of(named: dict[str, Sequence[str] | Labels], split: Split) -> pd.DataFrame:
    """What is known of every image, by column, and on which side of the split it is."""
    table = pd.DataFrame(named)
    table["side"] = "left out"
    table.loc[split.learn, "side"] = "train"
    table.loc[split.test, "side"] = "test"
    return table
