"""The published Hugging Face figure of Task2Box: its data sets and its own boxes.

Nothing is fitted here: boxes are those of the figure, and relations are read off them.
"""

from collections.abc import MutableMapping
from pathlib import Path

import numpy as np
import pandas as pd

from core.boxes import Boxes, containment
from core.collection import Collection
from core.collections.huggingface.dataset import address, owner, words
from core.encoders.text import minilm, text_vectors
from core.errors import DataError
from core.relations import Relations

FIGURE = "https://rangeldaroya.github.io/files/task2box_huggingface_demo.html"
CORNERS = ("x0", "y0", "x1", "y1")
LEAST = 0.01  # share of a box below which an overlap is not listed


def build(kept: MutableMapping[str, str], *, boxes: Path) -> tuple[Collection, Boxes]:
    """The collection and its boxes from a table of the published boxes.

    Args:
        kept: Vectors by content.
        boxes: CSV with the columns `name`, `x0`, `y0`, `x1`, `y1` (corners).

    Raises:
        DataError: The table is missing, or a row of it makes no sense.
    """
    published = read_boxes(boxes)
    tasks = _task_table(published)
    encoder = minilm()
    texts = [words(name) for name in published.names]
    features = text_vectors(encoder, texts, kept, what="names")
    relations = relations_of_boxes(published)
    about = {
        "title": "Hugging Face, as published",
        "description": (
            "131 image data sets of the Hugging Face Hub with the boxes of the figure "
            "that was published with Task2Box."
            if len(tasks) == 131
            else f"{len(tasks)} image data sets of the Hugging Face Hub with the boxes "
            "of a figure published with Task2Box."
        ),
        "sources": [
            {
                "name": "Interactive figure of Task2Box (Daroya et al., CVPR 2024)",
                "package": "none",
                "version": "2024",
                "licence": "not stated",
                "address": FIGURE,
            },
            encoder.source,
        ],
        "encoder": f"{encoder.about} of the name of each data set",
        "member": "data set",
        "channels": features.shape[1],
        "tasks": len(tasks),
        "members": len(tasks),
        "counts": {"overlaps": len(relations.child)},
        "notes": [
            "Relations are read off the published boxes: the share of one box inside "
            f"another, where it is above {LEAST:.0%}. They are no independent truth.",
            "Text features of the names are used for the point maps only; the "
            "published boxes were made from images.",
        ],
        "boxes": f"Published, not fitted here: {FIGURE}",
        "command": "python -m core build huggingface-published --boxes FILE",
    }
    collection = Collection(
        "huggingface-published", tasks, features, None, relations, about
    )
    return collection, published


def read_boxes(path: Path) -> Boxes:
    """Boxes from a CSV of corners, one row a data set.

    Raises:
        DataError: The file, a column or a number is missing, a name is listed twice, or
            a lower corner is not below the upper one; with the row, counted as in the
            file.
    """
    table = _read_table(path)
    text = table["name"].fillna("").str.strip()
    corners = table[list(CORNERS)].apply(pd.to_numeric, errors="coerce").to_numpy()
    lower, upper = corners[:, :2], corners[:, 2:]
    checks = [
        (text == "", "has no name", "name it"),
        (text.duplicated(), "is listed twice", "keep one row"),
        (~np.isfinite(corners).all(1), "has a corner that is no number", "correct it"),
        ((lower >= upper).any(1), "has x0 >= x1 or y0 >= y1", "correct or remove it"),
    ]
    for broken, what, remedy in checks:
        rows = np.flatnonzero(broken)
        if rows.size:
            raise DataError(
                f"{path}, row {rows[0] + 2}: {text.iloc[rows[0]]!r} {what} "
                f"({_shown(table, int(rows[0]))}); {remedy}."
            )
    return Boxes(
        lower.astype(np.float32), upper.astype(np.float32), tuple(text.tolist())
    )


def relations_of_boxes(boxes: Boxes) -> Relations:
    """Every share of one box inside another that is above `LEAST`."""
    share = containment(boxes)
    np.fill_diagonal(share, 0)
    child, parent = np.nonzero(share > LEAST)
    strength = share[child, parent].astype(np.float32)
    return Relations(child.astype(np.int32), parent.astype(np.int32), strength)


def _read_table(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except OSError as error:
        raise DataError(
            f"Cannot read the published boxes at {path}: {error.strerror or error}. "
            f"They are drawn at {FIGURE}; give a CSV of them with --boxes."
        ) from error
    except ValueError as error:  # no column, no UTF-8, or rows of different lengths
        raise DataError(
            f"{path} is not a CSV in UTF-8 ({str(error).strip()}); its columns are "
            f"name, {', '.join(CORNERS)}."
        ) from error
    missing = [column for column in ("name", *CORNERS) if column not in table.columns]
    if missing:
        raise DataError(
            f"{path} has no column {missing[0]!r}, only {', '.join(table.columns)}; "
            f"its columns are name, {', '.join(CORNERS)}."
        )
    if table.empty:
        raise DataError(f"{path} has no row; give it one box a row.")
    return table


def _shown(table: pd.DataFrame, row: int) -> str:
    return ", ".join(f"{key}={table[key].iloc[row]}" for key in CORNERS)


def _task_table(boxes: Boxes) -> pd.DataFrame:
    names = list(boxes.names)
    return pd.DataFrame(
        {
            "label": [name.rsplit("/", 1)[-1] for name in names],
            "owner": [owner(name) for name in names],
            "url": [address(name) for name in names],
            "area": boxes.volume.astype(np.float32),
            "parents": [[] for _ in names],
            "depth": 0,
            "members": 1,
        },
        index=pd.Index(names, name="name"),
    )
