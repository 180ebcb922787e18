"""Where collections live on disk, and the commands that make what is missing."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import platformdirs

from core.descriptions import KINDS, Kind
from core.errors import DataError
from core.files import NO_ZIP

PRECOMPUTED = Path(__file__).parent.parent / "precomputed"
WORD = r"[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?"  # that a further fit is kept under
DIM = r"(?:[2-9]|[1-9]\d{1,3})d"
LAYOUT = re.compile(  # every file that is kept of a collection
    r"(?:collection|evaluation)\.json|tasks\.parquet|"
    r"(?:features|relations|tree)\.npz|"
    rf"boxes_{DIM}(?:\.{WORD})?\.npz|replay_{DIM}\.npz|"
    rf"model_{DIM}(?:\.{WORD})?\.safetensors|"
    r"projection_(?:tsne|umap|pca)\.npz|task2vec\.npz|"
    r"explanation\.(?:parquet|json|npz)"
)
ARRIVING = ".uploads"  # of the data directory: what is on its way in


@dataclass(frozen=True)
class Store:
    """Where collections live: what a person computed (`data`) and what is shipped."""

    data: Path
    shipped: Path = PRECOMPUTED

    def names(self) -> tuple[str, ...]:
        """Collections that can be read, in alphabetical order."""
        found = (root.glob("*/collection.json") for root in (self.data, self.shipped))
        return tuple(sorted({path.parent.name for paths in found for path in paths}))

    def find(self, name: str, file: str, command: str) -> Path:
        """The file of collection `name`, a person's own before the shipped one.

        Raises:
            DataError: There is none; `command` makes it.
        """
        for root in (self.data, self.shipped):
            if (root / name / file).exists():
                return root / name / file
        if name not in self.names():
            raise DataError(
                f"No collection {name!r} in {self.data} or {self.shipped}. There are: "
                f"{', '.join(self.names()) or 'none'}."
            )
        raise DataError(
            f"No {file} of {name!r} in {self.data} or {self.shipped}. "
            f"Make it with: {python_command(command)}"
        )

    def fit_lock(self, name: str) -> Path:
        """What a process holds that fits collection `name`, or takes it away."""
        return self.data / name / ".fit.lock"

    def dims(self, name: str) -> tuple[int, ...]:
        """Numbers of dimensions in which collection `name` has boxes."""
        roots = (self.data, self.shipped)
        files = (
            one.name for root in roots for one in (root / name).glob("boxes_*d.npz")
        )
        found = (re.fullmatch(r"boxes_([1-9]\d*)d\.npz", file) for file in files)
        return tuple(sorted({int(one[1]) for one in found if one and one[1] != "1"}))

    def fits(self, name: str) -> tuple[str, ...]:
        """Further fits of collection `name`, as `2d.published`."""
        roots = (self.data, self.shipped)
        files = (
            one.name for root in roots for one in (root / name).glob("boxes_*d.*.npz")
        )
        pattern = rf"boxes_((?:[2-9]|[1-9]\d+)d\.{WORD})\.npz"
        found = (re.fullmatch(pattern, file) for file in files)
        return tuple(sorted({one[1] for one in found if one}))

    def replays(self, name: str) -> tuple[int, ...]:
        """Dimensions in which the steps of the fit of collection `name` are kept.

        They lie beside the boxes that they end with: of two places, in the same.
        """
        boxes = (self.find(name, f"boxes_{dim}d.npz", "") for dim in self.dims(name))
        kept = (path.with_name(f"replay_{path.name[6:]}").exists() for path in boxes)
        return tuple(dim for dim, one in zip(self.dims(name), kept, strict=True) if one)

    def descriptions(self, name: str) -> tuple[Kind, ...]:
        """By what tasks of collection `name` can be described; reads hardly a byte.

        Of members there is more to say than of tasks that are single vectors. What is
        damaged shows when it is read. Shipped embeddings are of shipped tasks, not of
        those that a person has built anew under the name.
        """
        embedded = (self.data / name / "task2vec.npz").exists() or (
            self.holds(name, "task2vec.npz")
            and not (self.data / name / "tasks.parquet").exists()
        )
        held, members = self.holds(name, "features.npz"), False
        if held:
            path = self.find(name, "features.npz", "")
            with suppress(OSError, *NO_ZIP), ZipFile(path) as archive:
                members = "member.npy" in archive.namelist()
        known: dict[Kind, bool] = {
            "mean": held,
            "mean+variance": members,
            "task2vec": embedded,
        }
        return tuple(kind for kind in KINDS if known[kind])

    def own(self, name: str) -> tuple[Path, ...]:
        """Files of collection `name` that are a person's own."""
        return _kept(self.data / name)

    def files(self, name: str) -> tuple[Path, ...]:
        """Files that collection `name` is read from."""
        found = {path.name: path for path in _kept(self.shipped / name)}
        found |= {path.name: path for path in self.own(name)}
        return tuple(found[file] for file in sorted(found))

    def holds(self, name: str, file: str) -> bool:
        """Whether collection `name` has the file."""
        return any((root / name / file).exists() for root in (self.data, self.shipped))


def _kept(folder: Path) -> tuple[Path, ...]:
    found = folder.iterdir() if folder.is_dir() else ()
    return tuple(sorted(path for path in found if LAYOUT.fullmatch(path.name)))


def default_data() -> Path:
    """The person's own data directory."""
    return Path(platformdirs.user_data_dir("task2box-atlas", appauthor=False))


def python_command(command: str) -> str:
    """The whole command, as a person types it."""
    return f"python -m core {command}"
