"""Labelled images in memory, and which of them are learned from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int, UInt8

from core.digest import digest
from core.errors import DataError


@dataclass(frozen=True)
class LabelledImages:
    """Small images with their classes, validated when made.

    Attributes:
        name: What they are called.
        pixels: From 0 to 255.
        labels: Classes, from 0.
        classes: Their names.
        items: What every image is called: a path, or a number.
        source: Where they come from and under which licence.
        factors: Of drawn images, what each was drawn with (from 0), by factor.
    """

    name: str
    pixels: UInt8[np.ndarray, "images height width channels"]
    labels: Int[np.ndarray, " images"]
    classes: tuple[str, ...]
    items: tuple[str, ...]
    source: str
    factors: Mapping[str, Int[np.ndarray, " images"]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, length in (("labels", len(self.labels)), ("names", len(self.items))):
            if length != len(self.pixels):
                raise DataError(
                    f"{self.name!r} has {len(self.pixels)} images but {length} {what}; "
                    "give one for each."
                )
        counts = np.bincount(self.labels, minlength=len(self.classes))
        if (counts > 0).sum() < 2:
            raise DataError(
                f"All {len(self.labels)} images of {self.name!r} are of one class; "
                "give images of at least two."
            )

    def some(self, rows: Int[np.ndarray, " rows"]) -> "LabelledImages":
        """Some of the images, in the order of `rows`."""
        return LabelledImages(
            self.name,
            self.pixels[rows],
            self.labels[rows],
            self.classes,
            tuple(self.items[row] for row in rows.tolist()),
            self.source,
            {key: one[rows] for key, one in self.factors.items()},
        )

    def digest(self) -> str:
        """Tells images apart, whatever their labels."""
        return digest(self.name, [self.pixels])


@dataclass(frozen=True)
class Parts:
    """Rows to learn from, rows to choose by, and rows that nothing is chosen by."""

    learn: Int[np.ndarray, " learn"]
    choose: Int[np.ndarray, " choose"]
    test: Int[np.ndarray, " test"]

    @property
    def known(self) -> Int[np.ndarray, " known"]:
        """All rows but those of the test."""
        return np.concatenate([self.learn, self.choose])


def parts_of(images: LabelledImages, *, seed: int = 0, test: float = 1 / 3) -> Parts:
    """A split by chance: a share for the test, and of the rest a quarter to choose by.

    Raises:
        DataError: There are too few images.
    """
    count = len(images.labels)
    if count < 24:
        raise DataError(
            f"{images.name!r} has {count} images; at least 24 are needed to learn, to "
            "choose and to test."
        )
    order = np.random.default_rng([seed, 7]).permutation(count)
    tested = round(count * test)
    rest = order[tested:]
    return Parts(rest[len(rest) // 4 :], rest[: len(rest) // 4], order[:tested])


def standardised(
    pixels: UInt8[np.ndarray, "images height width channels"],
) -> Float[np.ndarray, "images channels height width"]:
    """Pixels of mean 0 and variance 1 in every channel, over all images given."""
    x = pixels.astype(np.float32).transpose(0, 3, 1, 2) / 255
    middle = x.mean(axis=(0, 2, 3), keepdims=True)
    spread = x.std(axis=(0, 2, 3), keepdims=True)
    return np.ascontiguousarray((x - middle) / np.maximum(spread, 1e-3))
