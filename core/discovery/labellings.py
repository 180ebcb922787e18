"""Labellings of images: those of people, of chance, and how they are checked."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Int

from core.discovery.images import LabelledImages
from core.errors import DataError

Labelling = Int[np.ndarray, " images"]


def human(
    images: LabelledImages, count: int, *, seed: int = 0
) -> list[tuple[str, Labelling]]:
    """Halves of the classes against the other halves, by chance, none of them twice.

    Of ten classes there are 126 (Atanov et al. 2022). Each is called by the classes of
    its side 1.
    """
    classes = len(images.classes)
    halves = [
        one
        for one in combinations(range(classes), classes // 2)
        if classes % 2 or one[0] == 0  # else its other half is the same task
    ]
    drawn = np.random.default_rng([seed, 11]).permutation(len(halves))[:count]
    return [
        (
            ", ".join(images.classes[one] for one in halves[k]),
            np.isin(images.labels, halves[k]).astype(np.int64),
        )
        for k in sorted(drawn.tolist())
    ]


def by_chance(images: int, count: int, *, seed: int = 0) -> list[tuple[str, Labelling]]:
    """A fair coin for every image: what networks agree on without anything to learn."""
    rng = np.random.default_rng([seed, 13])
    return [
        (f"random {k + 1}", rng.permutation(images) * 2 // images) for k in range(count)
    ]


def check_labelling(
    name: str, labels: Labelling, images: int, learn: Sequence[int] | np.ndarray
) -> None:
    """Check that there is something to learn.

    Raises:
        DataError: It has not a label for every image, or one class only where it is
            learned.
    """
    if len(labels) != images:
        raise DataError(
            f"Labelling {name!r} has {len(labels)} labels for {images} images; give "
            "one for each."
        )
    if labels.min(initial=0) < 0:
        raise DataError(
            f"Labelling {name!r} has a label below 0 ({labels.min()}); number the "
            "classes from 0."
        )
    if len(np.unique(labels[np.asarray(learn)])) < 2:
        raise DataError(
            f"Labelling {name!r} is constant on the {len(learn)} images to learn from, "
            "and networks agree on that whatever they see; give it two classes."
        )
