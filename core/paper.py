"""What the paper reports, as it is printed there: the yardstick beside our own figures.

Source: Tables 1 to 3 of R. Daroya, A. Sun and S. Maji, "Task2Box: Box Embeddings for
Modeling Asymmetric Task Relationships", 2024, arXiv 2403.17173. The figures are facts
of that paper: its tasks, its pairs, its features. None of them was computed here, and
none is of the same test as a figure that was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

AUTHORS = "Daroya, Sun and Maji 2024"
ADDRESS = "https://arxiv.org/abs/2403.17173"

# What a row reports: a mean, or a mean with its standard deviation; None is a dash.
Printed = float | tuple[float, float] | None


@dataclass(frozen=True)
class Column:
    """Which test a column of a table is of, and what described the tasks."""

    protocol: Literal["existing", "novel"]
    features: str


@dataclass(frozen=True)
class Table:
    """One table of the paper.

    Attributes:
        number: The paper's.
        title: The tasks it is of.
        measure: F1 in percent, or Spearman's rho.
        columns: In the order of the paper.
        rows: What every method reports in every column, in the order of the paper.
    """

    number: int
    title: str
    measure: Literal["f1", "rho"]
    columns: tuple[Column, ...]
    rows: Mapping[str, tuple[Printed, ...]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", MappingProxyType(dict(self.rows)))


_FEATURES = ("mean (CLIP)", "mean, var (CLIP)", "FIM")  # FIM: Fisher, Task2Vec
_COLUMNS = (
    *(Column("existing", features) for features in _FEATURES),
    *(Column("novel", features) for features in _FEATURES),
)

INATURALIST_CUB = Table(
    number=1,
    title="iNaturalist + CUB",
    measure="f1",
    columns=_COLUMNS,
    rows={
        "Task2Box 2D": (69.23, 67.84, 39.61, 50.07, 39.66, 10.06),
        "Task2Box 3D": (79.66, 79.35, 57.63, 70.04, 64.53, 20.65),
        "Task2Box 5D": (84.67, 82.41, 79.72, 73.79, 72.11, 34.88),
        "MLP classifier": (45.25, 61.45, 26.34, 39.06, 44.54, 19.90),
        "Linear classifier": (4.40, 3.11, 7.06, 4.77, 5.87, 15.92),
        "KL divergence": (None, 6.58, 7.94, None, 5.90, 0.00),
        "Asymmetric cosine": (9.29, 11.54, 2.83, 1.47, 1.47, 1.47),
        "Asymmetric Euclidean": (1.71, 1.71, 8.53, 1.47, 1.47, 1.91),
        "Random": (2.06, 2.06, 2.06, 1.49, 1.49, 1.49),
    },
)
IMAGENET_INSTRUMENTS = Table(
    number=2,
    title="ImageNet instruments",
    measure="f1",
    columns=_COLUMNS,
    rows={
        "Task2Box 2D": (62.72, 63.33, 31.32, 47.76, 48.35, 9.46),
        "Task2Box 3D": (83.12, 82.79, 58.16, 73.06, 66.48, 24.70),
        "Task2Box 5D": (90.58, 88.48, 64.91, 76.95, 78.84, 37.39),
        "MLP classifier": (54.20, 60.43, 44.85, 62.24, 64.56, 41.22),
        "Linear classifier": (9.84, 8.33, 25.46, 11.89, 11.87, 22.98),
        "KL divergence": (None, 5.53, 9.90, None, 10.41, 0.00),
        "Asymmetric cosine": (4.28, 4.28, 6.92, 4.52, 4.52, 0.00),
        "Asymmetric Euclidean": (3.73, 3.73, 7.16, 4.52, 4.52, 4.73),
        "Random": (3.64, 3.64, 3.64, 5.02, 5.02, 5.02),
    },
)
TASKONOMY = Table(
    number=3,
    title="Taskonomy",
    measure="rho",
    columns=(Column("existing", "attributes"), Column("novel", "attributes")),
    rows={
        "Task2Box 2D": ((0.85, 0.06), (0.12, 0.21)),
        "Task2Box 3D": ((0.93, 0.02), (0.48, 0.24)),
        "Task2Box 5D": ((0.94, 0.03), (0.39, 0.22)),
        "MLP classifier": ((0.88, 0.06), (0.31, 0.18)),
        "Linear classifier": ((0.75, 0.11), (0.40, 0.24)),
        "Random": ((0.05, 0.14), (0.15, 0.07)),
    },
)

# The table whose tasks are most like those of a collection of ours.
BESIDE: Mapping[str, Table] = MappingProxyType(
    {
        "cub": INATURALIST_CUB,
        "imagenet": IMAGENET_INSTRUMENTS,
        "taskonomy": TASKONOMY,
    }
)

# Share of the achievable neighbourhood structure that Task2Vec found (Achille et al.,
# "Task2Vec: Task Embedding for Meta-Learning", ICCV 2019), by the number of neighbours:
# (chance - method) / (chance - oracle) of curves read off a figure, give or take 0.02.
NEIGHBOURHOOD: Mapping[int, float] = MappingProxyType({1: 0.91, 5: 0.91, 10: 0.86})
NEIGHBOURHOOD_OF = "Achille et al. 2019, 50 tasks of CUB and iNaturalist"
