"""What learning needs of a collection, said before it starts where it is lacking."""

import numpy as np
from jaxtyping import Float

from core.collection import Collection
from core.errors import DataError

LEAST = 1e-6  # numbers that differ by a smaller share are equal: they were rounded


def check_learnable(collection: Collection, dim: int) -> None:
    """Check that boxes of `dim` dimensions can be learned.

    Raises:
        DataError: There is one task only, or all features are equal, or they have fewer
            channels than boxes have dimensions.
    """
    name, channels = collection.name, collection.features.shape[1]
    if len(collection.tasks) < 2:
        raise DataError(
            f"Collection {name!r} has one task, and boxes say how tasks relate; add at "
            "least one more."
        )
    check_apart(collection.features, f"features of {name!r}")
    if dim > channels:
        raise DataError(
            f"{dim} dimensions are more than the {channels} channel(s) of the "
            f"features of {name!r}, which say where a box lies; "
            + (f"use --dim {channels} or less." if channels > 1 else "add channels.")
        )


def check_scorable(collection: Collection, dim: int) -> None:
    """Check that what is learned can be compared with something.

    Raises:
        DataError: As `check_learnable`; or no relations are known.
    """
    check_learnable(collection, dim)
    if not len(collection.relations.child):
        raise DataError(
            f"Nothing is known of how the tasks of {collection.name!r} relate, so "
            "there is nothing to compare boxes with; give parents, members or "
            "relations."
        )


def check_apart(vectors: Float[np.ndarray, "rows channels"], what: str) -> None:
    """Check that some vectors differ, which messages call `what`.

    Raises:
        DataError: All are equal.
    """
    low, high = (end.astype(np.float64) for end in (vectors.min(0), vectors.max(0)))
    if (high - low <= LEAST * np.maximum(np.abs(low), np.abs(high))).all():
        raise DataError(
            f"All {len(vectors):,} rows of the {what} are equal, so nothing tells the "
            "tasks apart; give features that differ."
        )
