"""Adversarial splits: what a network learns of the one part is wrong on the other.

Of a target and a task that differs from it, images on which both say the same are to be
learned from, the others are the test (Atanov et al. 2022). To a network that takes the
task's easier way, the test is turned upside down.
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


def adversarial(target: Labels, task: Labels) -> Split:
    """Learn from where both agree; the smaller part is never the one to learn from.

    A task and its flip are the same one, so it is turned where they mostly disagree.

    Raises:
        DataError: The task is the target or its flip, so nothing is left to test on.
    """
    same = target == task
    if 2 * same.sum() < len(same):
        same = ~same
    if same.all():
        raise DataError(
            f"The task is its target on all {len(same)} images, so no image is left to "
            "test on; choose another task or target."
        )
    return Split(np.flatnonzero(same), np.flatnonzero(~same))


def adversarial_classes(labels: Labels, half: Sequence[int], task: Labels) -> Split:
    """The split of a target that is one half of many classes.

    Raises:
        DataError: A class lies on one side only, or nothing is left to test on.
    """
    split = adversarial(np.isin(labels, half).astype(np.int64), task)
    for side, rows in (("learn from", split.learn), ("test on", split.test)):
        missing = np.setdiff1d(labels, labels[rows])
        if missing.size:
            raise DataError(
                f"No image of class {missing[0]} is left to {side}; choose another "
                "task, one that differs from the classes."
            )
    return split


def evenest(
    labels: Labels, tasks: Int[np.ndarray, "tasks images"]
) -> Int[np.ndarray, " tasks"]:
    """Rows of tasks, first those that halve every class most evenly.

    A task that follows the classes leaves few images of some of them on one side, and
    tells networks that look at the classes nothing false.
    """
    classes = np.unique(labels)
    shares = np.array([tasks[:, labels == one].mean(axis=1) for one in classes])
    return np.argsort(abs(shares - 0.5).mean(axis=0), kind="stable")


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
    """A split by chance whose parts are as large."""
    images = len(split.learn) + len(split.test)
    order = np.random.default_rng([seed, 17]).permutation(images)
    return Split(np.sort(order[: len(split.learn)]), np.sort(order[len(split.learn) :]))
