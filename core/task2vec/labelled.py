"""Labelled image sets: what has to be told apart in every task of a collection."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from core.errors import DataError
from core.relations import Membership


@dataclass(frozen=True)
class LabelledSet:
    """Images, by their row among all, with their classes.

    Attributes:
        name: Of the task.
        rows: Of its images, which the head is fitted to.
        labels: Of these, from 0.
        asked: Those of the classes whose images the information is averaged over.
    """

    name: str
    rows: Int[np.ndarray, " images"]
    labels: Int[np.ndarray, " images"]
    asked: tuple[int, ...]

    @property
    def partial(self) -> bool:
        """Whether it asks for some of the classes only, or for the only one."""
        return len(self.asked) == 1


def labelled_sets(
    names: Sequence[str], membership: Membership, *, alone: bool = False
) -> list[LabelledSet]:
    """Every task of a collection as a labelled image set.

    The class of an image is the smallest task that it lies in: a species, an innermost
    folder. A task is to tell its classes apart. Where it has one class only, it is to
    tell this one from all others of the collection: its head is the one of all classes,
    and asked are its own images. So no task's classes say what it lies in.

    Raises:
        DataError: All images are of one class.
    """
    order = np.argsort(-membership.counts, kind="stable")
    class_of = np.full(int(membership.member.max()) + 1, -1)
    for task in order:  # the smallest last
        rows = membership.member[membership.start[task] : membership.start[task + 1]]
        class_of[rows] = task
    every = np.flatnonzero(class_of >= 0)
    classes, labels = np.unique(class_of[every], return_inverse=True)
    if len(classes) < 2 and not alone:
        raise DataError(
            f"All {len(every)} images are of one class ({names[classes[0]]!r}), so "
            "there is nothing to tell apart; add folders with images of others."
        )
    found = []
    for task, name in enumerate(names):
        rows = membership.member[membership.start[task] : membership.start[task + 1]]
        own, renamed = np.unique(class_of[rows], return_inverse=True)
        if len(own) > 1:
            found.append(LabelledSet(name, rows, renamed, tuple(range(len(own)))))
        elif alone:
            found.append(LabelledSet(name, rows, renamed, (0,)))
        else:
            asked = (int(np.searchsorted(classes, own[0])),)
            found.append(LabelledSet(name, every, labels, asked))
    return found


def canonical(one: LabelledSet, digests: Sequence[str]) -> LabelledSet:
    """The same set, whatever its classes are called and in what order images came.

    Images are in the order of their content, and classes in that of their first image;
    so sums over them, and what is drawn of them, are the same to the last digit.

    Args:
        one: The set.
        digests: Of the content of all images.
    """
    content = [digests[row] for row in one.rows.tolist()]
    order = np.array(sorted(range(len(content)), key=content.__getitem__))
    classes, first = np.unique(one.labels[order], return_index=True)
    number = np.empty(len(classes), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(classes))
    return LabelledSet(
        one.name,
        one.rows[order],
        number[np.searchsorted(classes, one.labels[order])],
        tuple(sorted(number[np.searchsorted(classes, one.asked)].tolist())),
    )


def weights(
    one: LabelledSet, most: int | None = None, seed: int = 0
) -> Float[np.ndarray, " images"]:
    """Of every image in the expectation: all classes that are asked count alike.

    Args:
        one: The set.
        most: Images to look at, drawn from all classes in turn, one of each at least;
            others weigh nothing. None for all of them.
        seed: Of the draw.
    """
    use = np.isin(one.labels, one.asked)
    if most is not None and use.sum() > most:
        drawn = np.random.default_rng(seed).permutation(np.flatnonzero(use))
        drawn = drawn[np.argsort(one.labels[drawn], kind="stable")]
        labels = one.labels[drawn]
        rank = np.arange(len(drawn)) - np.searchsorted(labels, labels)
        # Of every class the first, then of every class the second, and so on.
        use[drawn[np.lexsort((labels, rank))[max(most, len(one.asked)) :]]] = False
    counts = np.bincount(one.labels[use], minlength=int(one.labels.max()) + 1)
    return np.where(use, 1 / np.maximum(counts[one.labels], 1), 0) / len(one.asked)
