"""Reading and writing single files: never half of one, and errors that say the remedy.

No pickle is ever read or written: arrays are NPZ, tables Parquet, the rest JSON.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from core.errors import DataError


def write(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write `path` through `fill`; a reader sees the old file or the new, whole.

    Raises:
        DataError: The disk is full or the folder cannot be written; nothing is left.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as part:
            try:
                fill(part)
            except BaseException:
                Path(part.name).unlink()
                raise
        _publish(Path(part.name), path)
    except OSError as error:
        raise DataError(
            f"Cannot write {path}: {error.strerror or error}. Free some space or name "
            "another folder with --data; what was there before is untouched."
        ) from error


def _publish(part: Path, path: Path) -> None:
    try:
        part.chmod(0o644)  # NamedTemporaryFile makes it readable to its owner only
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays as a compressed NPZ; equal arrays give equal bytes."""
    write(path, lambda file: np.savez_compressed(file, allow_pickle=False, **arrays))


def write_json(path: Path, document: object) -> None:
    """Write a JSON document for people to read."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write(path, lambda file: file.write(text.encode()))


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    write(path, lambda file: file.write(table.to_parquet()))


def read_arrays(path: Path, keys: tuple[str, ...], remedy: str) -> dict[str, Any]:
    """Arrays of an NPZ that holds at least `keys`.

    Raises:
        DataError: The file is damaged or foreign; the command `remedy` makes it.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except (OSError, ValueError, EOFError, BadZipFile, AttributeError) as error:
        raise _damaged(path, remedy) from error
    missing = [key for key in keys if key not in arrays]
    if missing:
        raise DataError(
            f"{path} has no {missing[0]!r}, so it is not what {remedy!r} writes. "
            f"Make it again with: {remedy}"
        )
    return arrays


def read_json(path: Path, remedy: str) -> Any:
    """A JSON document.

    Raises:
        DataError: The file is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path, remedy) from error


def read_table(path: Path, remedy: str) -> pd.DataFrame:
    """A Parquet table.

    Raises:
        DataError: The file is not Parquet.
    """
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors derive from these
        raise _damaged(path, remedy) from error


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file `path` while `what` runs; it goes with the process.

    Raises:
        DataError: Another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DataError(
            f"Another process is running {what} (it holds {path}). Wait until it ends, "
            "or give this one a folder of its own with --data."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _damaged(path: Path, remedy: str) -> DataError:
    return DataError(
        f"{path} is damaged or not a file of this program. Make it again with: {remedy}"
    )
