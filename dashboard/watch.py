"""Watch: which collections others change on disk while the page shows them.

Other workers of the same server, other servers on the same data and the command line
are seen by the same sign, so all of them call a collection by the same version.
"""

import os
import time
from hashlib import blake2s
from pathlib import Path

from core.store import Store
from core.version import version

YOUNG = 2.0  # s; changes closer together than a file system's clock ticks look like one
State = tuple[int, int] | None  # when a folder was changed, and which one it is


class Watch:
    """Looks at the folders of a person's own collections.

    To look where nothing has changed costs a look at each folder, not at its files.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._root: State = None
        self._folders: dict[str, State] = {}
        self._stamps: dict[str, str] = {}
        self.changed()

    def changed(self) -> list[str]:
        """Collections whose files are others than when this was last asked."""
        root = _state(self._store.data)
        if root != self._root or _is_young(root):
            self._root = root
            names = _folders_in(self._store.data)
        else:
            names = list(self._folders)
        seen = {name: _state(self._store.data / name) for name in names}
        doubtful = [
            name
            for name in {*seen, *self._folders}
            if seen.get(name) != self._folders.get(name) or _is_young(seen.get(name))
        ]
        self._folders = seen
        return [name for name in doubtful if self._is_other(name)]

    def stamp(self, name: str) -> str:
        """Another text whenever a file of collection `name` was seen to be another."""
        if name not in self._stamps:
            self.look(name)
        return self._stamps[name]

    def look(self, name: str) -> None:
        """See now how collection `name` is, without being asked what has changed."""
        self._stamps[name] = self._stamped(name)

    def _is_other(self, name: str) -> bool:
        before = self._stamps.get(name)
        self.look(name)
        return self._stamps[name] != before

    def _stamped(self, name: str) -> str:
        told = blake2s(version().encode(), digest_size=8)
        for path in self._store.files(name):
            try:
                known = path.stat()
            except OSError:  # gone meanwhile
                continue
            at = known.st_ino, known.st_size, known.st_mtime_ns
            told.update(f"{path} {at}\n".encode())
        return told.hexdigest()


def _state(folder: Path) -> State:
    try:
        known = folder.stat()
    except OSError:
        return None
    return known.st_mtime_ns, known.st_ino


def _is_young(state: State) -> bool:
    """Whether it changed a moment ago, or in the future of a clock that jumped."""
    return state is not None and time.time() - state[0] / 1e9 < YOUNG


def _folders_in(data: Path) -> list[str]:
    try:
        with os.scandir(data) as found:
            return [one.name for one in found if one.name[0] != "." and one.is_dir()]
    except OSError:
        return []
