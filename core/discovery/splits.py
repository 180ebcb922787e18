"""Adversarial splits: what a network learns of the one part is wrong on the other.

Of a target and a task that differs from it, images on which both say the same are to be
learned from, the others are the test (Atanov et al. 2022). To a network that takes the
task's easier way, the test is turned upside down. Two tasks together are a cue that is
harder to leave aside; images on which they differ are on neither side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.errors import DataError

Labels = Int[np.ndarray, " images"]


@dataclass(frozen=True)
class Split:
    """Rows of images to learn from, and of those to test on."""

    learn: Int[np.ndarray, " learn"]
    test: Int[np.ndarray, " test"]


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


def by_median(labels: Labels, margin: Float[np.ndarray, " images"]) -> Split:
    """Of every class the half with the larger margin is learned from.

    A random network's margin will do (as published for ImageNet).
    """
    middle = np.array(
        [
            np.median(margin[labels == one]) if (labels == one).any() else 0.0
            for one in range(int(labels.max()) + 1)
        ]
    )
    above = margin > middle[labels]
    return Split(np.flatnonzero(above), np.flatnonzero(~above))


def control(split: Split, *, seed: int = 0) -> Split:
    """A split of the same images by chance, whose parts are as large."""
    rows = np.sort(np.concatenate([split.learn, split.test]))
    rows = np.random.default_rng([seed, 17]).permutation(rows)
    return Split(np.sort(rows[: len(split.learn)]), np.sort(rows[len(split.learn) :]))
