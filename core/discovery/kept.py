"""What was discovered, on disk: tasks, how they did, and pictures of their images.

A discovery is a folder `discovery-<name>` of the data directory, or of what is shipped:
`discovery.json` (scores), `tasks.npz` (where every image lies), perhaps `splits.json`
(how networks broke) and `sheet.png` (the images that the page shows, whose rows are in
`sheet.npz`). `names.json` is what a person calls the tasks. Both tell the digest of the
`tasks.npz` that they are of: those of other tasks are as if they were not there.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from core import files
from core.errors import DataError
from core.store import Store, python_command

PREFIX = "discovery-"
LETTERS = 60  # of a name that a person gives a task
LAYOUT = {
    "margin": "f tasks images",
    "labels": "i images",
    "items": "U images",
    "test": "i test",
}


@dataclass(frozen=True)
class Kept:
    """A discovery as it is kept.

    Attributes:
        name: Of its folder, without the prefix.
        about: Its scores and where it comes from.
        splits: How networks broke; empty where nothing was split.
        margin: How far on its side 1 every image lies, task by task.
        labels: Classes of the images.
        items: What the images are called.
        test: Rows that no task was chosen by.
        digest: Of its tasks.
        picture: Where the sheet of its images is; None without one.
        sheet: Rows of the images on it, in its order.
        names: That a person gave to tasks, by number from 0.
    """

    name: str
    about: dict[str, Any]
    splits: dict[str, Any]
    margin: Float[np.ndarray, "tasks images"]
    labels: Int[np.ndarray, " images"]
    items: tuple[str, ...]
    test: Int[np.ndarray, " test"]
    digest: str
    picture: Path | None
    sheet: Int[np.ndarray, " pictures"] | None
    names: dict[int, str]

    @property
    def mistaken(self) -> list[int]:
        """Rows of the images that splits tell of, each once."""
        row_of = {item: row for row, item in enumerate(self.items)}
        told = [
            row_of[item]
            for split in self.splits.get("splits", [])
            for way in ("halves", "classes")
            for item, _ in split[way]["mistakes"]
        ]
        return sorted({*told})


def folder_of(store: Store, name: str) -> Path:
    """Where a person's own discovery is kept."""
    return store.data / f"{PREFIX}{name}"


def digest_of(path: Path) -> str:
    """SHA-256 of the tasks in a file, which names and sheets say that they are of."""
    return sha256(path.read_bytes()).hexdigest()


def discoveries(store: Store) -> tuple[str, ...]:
    """Names of all, a person's own and those that are shipped; with images first."""
    roots = (store.data, store.shipped)
    with_images, found = (
        {
            path.parent.name.removeprefix(PREFIX)
            for root in roots
            for path in root.glob(f"{PREFIX}*/{file}")
        }
        for file in ("sheet.png", "discovery.json")
    )
    return tuple(sorted(found, key=lambda name: (name not in with_images, name)))


def find(store: Store, name: str, file: str) -> Path:
    """A file of a discovery, a person's own before the shipped one.

    Raises:
        DataError: There is none.
    """
    for root in (store.data, store.shipped):
        path = root / f"{PREFIX}{name}" / file
        if path.exists():
            return path
    remedy = python_command("discover --help")
    raise DataError(f"There is no {file} of a discovery {name!r}; see: {remedy}")


def load(store: Store, name: str) -> Kept:
    """Read a discovery.

    Raises:
        DataError: There is none, or a file is damaged.
    """
    remedy = python_command("discover")
    place = find(store, name, "tasks.npz").parent
    about = files.read_json(place / "discovery.json", remedy)
    arrays = files.read_arrays(place / "tasks.npz", LAYOUT, remedy)
    splits = {}
    if (place / "splits.json").exists():
        splits = files.read_json(place / "splits.json", remedy)
    digest = digest_of(place / "tasks.npz")
    picture, sheet = _sheet(store, name, digest)
    return Kept(
        name=name,
        about=about,
        splits=splits,
        margin=arrays["margin"].astype(np.float32),
        labels=arrays["labels"].astype(np.int64),
        items=tuple(arrays["items"].tolist()),
        test=arrays["test"],
        digest=digest,
        picture=picture,
        sheet=sheet,
        names=_names(store, name, digest),
    )


def _sheet(
    store: Store, name: str, digest: str
) -> tuple[Path, np.ndarray] | tuple[None, None]:
    """A shipped discovery may have its sheet in the person's own folder."""
    for root in (store.data, store.shipped):
        place = root / f"{PREFIX}{name}"
        if (place / "sheet.png").exists() and (place / "sheet.npz").exists():
            found = files.read_arrays(
                place / "sheet.npz", {"rows": "i pictures"}, python_command("gallery")
            )
            if str(found.get("of")) == digest:
                return place / "sheet.png", found["rows"]
    return None, None


def _names(store: Store, name: str, digest: str) -> dict[int, str]:
    path = folder_of(store, name) / "names.json"
    if not path.exists():
        return {}
    found = files.read_json(path, f"removing {path}")
    if found.get("of") != digest:
        return {}
    return {int(task): str(word) for task, word in found["names"].items()}


def name_task(store: Store, name: str, task: int, word: str) -> dict[int, str]:
    """Keep what a person calls a task; an empty word forgets it.

    Raises:
        DataError: There is no such task, or the word is no single line.
    """
    one = load(store, name)
    tasks = len(one.margin)
    if not 0 <= task < tasks:
        raise DataError(f"{name!r} has tasks 0 to {tasks - 1}, not {task}.")
    word = word.strip()
    if len(word) > LETTERS or (word and not word.isprintable()):
        raise DataError(f"A task is called by a line of at most {LETTERS} letters.")
    known = {**one.names, task: word}
    known = {key: known[key] for key in sorted(known) if known[key]}
    path = folder_of(store, name) / "names.json"
    files.write_json(path, {"of": one.digest, "names": known})
    return known
