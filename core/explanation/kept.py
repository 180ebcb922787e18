"""Rows of explanations on disk: one table a collection, and how each came about."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import files
from core.errors import DataError
from core.provenance import check_keys, check_state, state_of
from core.store import Store, python_command

FILE, ABOUT = "explanation.parquet", "explanation.json"
WORDS = ("task", "model", "method", "digest", "kind", "change")
COUNTS = ("image", "truth", "told")
FIGURES = (
    *("magnitude", "share", "share_after", "valid", "ceiling"),
    *("ssim", "rank", "overlap", "ssim_fixed", "rank_fixed", "overlap_fixed"),
    *("deletion", "insertion", "infidelity"),
)
KEYS = ("task", "model", "classes", "accuracy", "setting", "command", "date")


@dataclass(frozen=True)
class Explanation:
    """Rows of tasks, models and methods, and how those of each pair came about."""

    rows: pd.DataFrame
    about: tuple[Mapping[str, Any], ...]

    def of(self, task: str, model: str) -> pd.DataFrame:
        """Rows of one task and model."""
        rows = self.rows
        return rows[(rows["task"] == task) & (rows["model"] == model)]


def save_explanation(
    store: Store, name: str, rows: pd.DataFrame, about: Mapping[str, Any]
) -> Path:
    """Keep rows of collection `name`, in place of those of their methods.

    Rows of one task and model that were made in another way go too: methods are only
    compared over the same pictures and changes.
    """
    folder = store.data / name
    new = {**about, **state_of(store, name)}
    old = Explanation(rows[:0], ())
    if (folder / FILE).exists() and (folder / ABOUT).exists():
        with suppress(DataError):  # of another state, or damaged: made anew
            old = load_explanation(store, name)
    return write_explanation(folder / FILE, merged(old, rows, new))


def merged(
    old: Explanation, rows: pd.DataFrame, about: Mapping[str, Any]
) -> Explanation:
    """Rows of `old` that still stand beside the new ones of one task and model."""
    same = (old.rows["task"] == about["task"]) & (old.rows["model"] == about["model"])
    before = [one for one in old.about if _pair(one) == _pair(about)]
    as_then = bool(before) and before[0]["setting"] == about["setting"]
    stands = ~same
    if as_then:
        stands |= same & ~old.rows["method"].isin(rows["method"].unique())
    others = [one for one in old.about if _pair(one) != _pair(about)]
    every = sorted([*others, about], key=_pair)
    kept = old.rows[stands]
    table = pd.concat([kept, rows], ignore_index=True) if len(kept) else rows
    return Explanation(_typed(table), tuple(every))


def write_explanation(path: Path, explanation: Explanation) -> Path:
    """Write rows, and in a JSON file beside them how they came about."""
    table = _typed(explanation.rows)
    text = json.dumps([*explanation.about], indent=2, ensure_ascii=False) + "\n"
    files.write_all(
        {
            path: lambda file: file.write(table.to_parquet(compression="zstd")),
            path.with_suffix(".json"): lambda file: file.write(text.encode()),
        }
    )
    return path


def load_explanation(store: Store, name: str) -> Explanation:
    """Read the rows of collection `name`.

    Raises:
        DataError: There are none, or a file is damaged or of another state.
    """
    command = f"explain {name}"
    about = store.find(name, ABOUT, command)
    found = read_explanation(about.with_suffix(".parquet"), command)
    with files.checking(about, python_command(command)):
        for one in found.about:
            check_state(store, name, one)
    return found


def shown_explanation(store: Store, name: str) -> Explanation | None:
    """Rows of collection `name`; None where it has none of the state that it is in.

    Raises:
        DataError: A file is damaged.
    """
    if not store.holds(name, FILE) or not store.holds(name, ABOUT):
        return None
    about = store.find(name, ABOUT, "")
    found = read_explanation(about.with_suffix(".parquet"), f"explain {name}")
    state = state_of(store, name).get("collection")
    as_is = all(one.get("collection", state) == state for one in found.about)
    return found if as_is else None


def read_explanation(path: Path, command: str) -> Explanation:
    """Read rows from a file that `write_explanation` wrote.

    Raises:
        DataError: It is damaged or foreign; `command` makes it.
    """
    about = files.read_json(path.with_suffix(".json"), python_command(command))
    for one in about if isinstance(about, list) else [about]:
        check_keys(path.with_suffix(".json"), one, KEYS, command)
    rows = files.read_table(path, python_command(command))
    missing = [one for one in (*WORDS, *COUNTS, *FIGURES) if one not in rows]
    if missing:
        raise DataError(
            f"{path} has no column {missing[0]!r}. Make it again with: "
            f"{python_command(command)}"
        )
    return Explanation(rows, tuple(about))


def _pair(about: Mapping[str, Any]) -> tuple[str, str]:
    return str(about["task"]), str(about["model"])


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns in their order, whatever a method left undefined."""
    columns: dict[str, Sequence[Any] | pd.Series[Any]] = {}
    for one in WORDS:
        columns[one] = rows[one].astype(str).astype("category")
    for one in COUNTS:
        columns[one] = rows[one].astype(np.int32)
    for one in FIGURES:
        known = rows[one] if one in rows else pd.Series(np.nan, rows.index)
        columns[one] = known.astype(np.float32)
    return pd.DataFrame(columns)
