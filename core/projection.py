"""Point maps of the same features: t-SNE, UMAP and PCA, for comparison with boxes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from core.errors import DataError

Method = Literal["tsne", "umap", "pca"]
METHODS: tuple[Method, ...] = ("tsne", "umap", "pca")


@dataclass(frozen=True)
class Projection:
    """A point per task, with the method and the settings that made it."""

    points: Float[np.ndarray, "tasks dim"]
    names: tuple[str, ...]
    method: Method
    settings: Mapping[str, object]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.points):
            raise ValueError(f"{len(self.points)} points but {len(self.names)} names.")
        broken = np.flatnonzero(~np.isfinite(self.points).all(axis=1))
        if broken.size:
            raise DataError(
                f"The {self.method} point of task {self.names[broken[0]]!r} is not "
                f"finite; project again with --method {self.method}."
            )
