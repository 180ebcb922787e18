"""Rows of explanations on disk: one table a collection, and how each came about.

Pictures of their worst cases lie beside them where a person made them of images of
their own; they are never shipped.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core import files
from core.errors import DataError
from core.provenance import check_keys, check_state, state_of
from core.store import Store, python_command

FILE, ABOUT, SHEETS = "explanation.parquet", "explanation.json", "explanation.npz"
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
    """Rows of tasks, models and methods, and how those of each pair came about.

    `sheets` tells of pictures of their worst cases, by the number that they have in
    `sheet_of`; None where that one is of other rows.
    """

    rows: pd.DataFrame
    about: tuple[Mapping[str, Any], ...]
    sheets: tuple[Mapping[str, Any] | None, ...] = ()

    def of(self, task: str, model: str) -> pd.DataFrame:
        """Rows of one task and model."""
        rows = self.rows
        return rows[(rows["task"] == task) & (rows["model"] == model)]


@dataclass(frozen=True)
class Sheet:
    """Cases of a method: pictures in a row for each.

    Attributes:
        about: Task, model, setting, method, and what is told of every case.
        image: All of them as WebP.
    """

    about: Mapping[str, Any]
    image: bytes


def save_explanation(
    store: Store, name: str, rows: pd.DataFrame, about: Mapping[str, Any]
) -> Path:
    """Keep rows of collection `name`, in place of those of their methods.

    Rows of one task and model that were made in another way go too: methods are only
    compared over the same changes. Shipped rows stand beside a person's own.
    """
    new = {**about, **state_of(store, name)}
    old = Explanation(rows[:0], ())
    if store.holds(name, FILE) and store.holds(name, ABOUT):
        with suppress(DataError):  # of another state, or damaged: made anew
            old = load_explanation(store, name)
    return write_explanation(store.data / name / FILE, merged(old, rows, new))


def save_sheets(store: Store, name: str, sheets: Sequence[Sheet]) -> None:
    """Keep pictures of collection `name`, in place of older ones of their methods."""
    new = {_method_of(one.about) for one in sheets}
    every = [*sheets]
    with suppress(DataError):  # damaged: made anew
        every += [
            Sheet(about, sheet_of(store, name, k))
            for k, about in enumerate(load_sheets(store, name))
            if _method_of(about) not in new
        ]
    arrays = {
        f"sheet{k}": np.frombuffer(one.image, dtype=np.uint8)
        for k, one in enumerate(every)
    }
    arrays["about"] = np.array(json.dumps([{**one.about} for one in every]))
    files.write_arrays(store.data / name / SHEETS, arrays)


def sheet_of(store: Store, name: str, number: int) -> bytes:
    """The picture of a sheet of collection `name` as WebP.

    Raises:
        DataError: There is none, or the file is damaged.
    """
    path, command = store.data / name / SHEETS, python_command(f"explain {name}")
    key = f"sheet{number}"
    return bytes(files.read_arrays(path, {key: "u bytes"}, command)[key].tobytes())


def load_sheets(store: Store, name: str) -> list[Mapping[str, Any]]:
    """What is told of every sheet of a collection, in their order.

    Raises:
        DataError: The file is damaged.
    """
    path, command = store.data / name / SHEETS, python_command(f"explain {name}")
    if not path.exists():
        return []
    told = files.read_arrays(path, {"about": "U"}, command)["about"]
    with files.checking(path, command):
        found = json.loads(str(told))
    return found if isinstance(found, list) else []


def merged(
    old: Explanation, rows: pd.DataFrame, about: Mapping[str, Any]
) -> Explanation:
    """Rows of `old` that still stand beside the new ones of one task and model.

    Methods may be of more or fewer pictures, of which those of fewer are the first;
    rows of more pictures stay.
    """
    same = (old.rows["task"] == about["task"]) & (old.rows["model"] == about["model"])
    before = [one for one in old.about if _pair(one) == _pair(about)]
    stands = ~same
    if before and _changes(before[0]) == _changes(about):
        more = _pictures(old.rows[same]).gt(_pictures(rows), fill_value=0)
        known = old.rows["method"].map(more).astype(bool)
        stands |= same & known
        rows = rows[~rows["method"].map(more).astype(bool)]
        if before[0]["setting"]["images"] > about["setting"]["images"]:
            kept = {key: before[0][key] for key in ("setting", "command")}
            about = {**about, **kept}
    others = [one for one in old.about if _pair(one) != _pair(about)]
    every = sorted([*others, about], key=_pair)
    parts = [one for one in (old.rows[stands], rows) if len(one)]
    table = pd.concat(parts, ignore_index=True)
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
    if not as_is:
        return None
    ways = [(_pair(one), _changes(one)) for one in found.about]
    sheets = (
        one if (_pair(one), _changes(one)) in ways else None
        for one in load_sheets(store, name)
    )
    return replace(found, sheets=tuple(sheets))


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


def _pictures(rows: pd.DataFrame) -> "pd.Series[int]":
    """How many every method is of."""
    return rows.groupby("method", observed=True)["image"].nunique()


def _changes(about: Mapping[str, Any]) -> dict[str, Any]:
    """How pictures were changed and explained, however many there were."""
    return {key: one for key, one in about["setting"].items() if key != "images"}


def _method_of(about: Mapping[str, Any]) -> tuple[str, ...]:
    return (*_pair(about), str(about["method"]))


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
