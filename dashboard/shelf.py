"""Shelf: the atlases that can be shown, each read when it is first asked for."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from threading import Lock, Thread

import numpy as np

from core.atlas import Atlas
from core.boxes import Boxes
from core.descriptions import Description, Kind, by_directions
from core.errors import DataError
from core.members import MemberPoints
from core.replay import Replay
from core.windows.expanse import Expanse
from dashboard.latest import latest
from dashboard.watch import Watch

FIRST = "imagenet"  # the collection that is shown when a link names none
KEPT = 8  # atlases in memory; one of 23,500 tasks takes some 60 MB
PLACED = 6  # of boxes of one dimension; some 3 MB each
LARGE = 2  # collections that are seen through windows; one of 1.4 M tasks takes 0.5 GB
DESCRIBED = 8  # whose features are in memory as well; some 35 MB of as many tasks


class Gone(DataError, KeyError):
    """A collection that is not there, or not any more."""

    __str__ = ValueError.__str__  # that of KeyError is in quotation marks


def in_order(titles: Mapping[str, str]) -> dict[str, str]:
    """By their names; the page opens with the one that needs least explaining."""
    return dict(sorted(titles.items(), key=lambda one: (one[0] != FIRST, one[0])))


class Shelf(Mapping[str, Atlas]):
    """Atlases by the name of their collection.

    Reading one may raise `DataError`; it is tried again when it is next asked for.
    What was read stays as it is until somebody says that there is something new, or
    that is seen on disk.
    """

    def __init__(
        self,
        titles: Mapping[str, str],
        read: Callable[[str], Atlas],
        describe: Callable[[str], np.ndarray] | None = None,
        place: Callable[[str, int], MemberPoints] | None = None,
        compare: Callable[[str, str], Boxes] | None = None,
        replay: Callable[[str, Boxes], Replay] | None = None,
        look: Callable[[str], str | None] = lambda name: name,
        describe_by: Callable[[str, Kind], Description] | None = None,
        watch: Watch | None = None,
        expand: Callable[[str], Expanse | None] = lambda name: None,
    ) -> None:
        """Atlases of these titles, which `read` gives by name.

        Where their tasks lie by features (core/nearest.py) is what `describe` gives,
        what else can be said of them what `describe_by` gives by its kind, and where
        members lie among boxes of so many dimensions what `place` gives;
        `compare` gives a further fit, and `replay` how boxes came about. Without them,
        that is not known. `look` gives the title of a collection as it is by now, and
        None where there is none to show; `watch` says what others have changed of it.
        What is too large to be read as an atlas is what `expand` gives.
        """
        self.titles = titles
        self._look, self._watch = look, watch
        self._run, self._renewals = secrets.token_hex(4), Counter[str]()
        self._renewing = Lock()
        self._read = latest(KEPT)(lambda name, version: read(name))
        self._reading = defaultdict[str, Lock](Lock)
        self._expand, self._expanding = expand, defaultdict[str, Lock](Lock)
        self._expanses: Mapping[tuple[str, str], Expanse | None] = {}
        self._keeping = Lock()
        self._describe = (
            latest(DESCRIBED)(lambda name, version: describe(name))
            if describe
            else None
        )
        self._describing = defaultdict[str, Lock](Lock)
        self._describe_by = (
            latest(DESCRIBED)(lambda name, kind, version: describe_by(name, kind))
            if describe_by
            else None
        )
        self._place = (
            latest(PLACED)(lambda name, dim, version: place(name, dim))
            if place
            else None
        )
        self._compare = compare
        self._replay = replay

    def version(self, name: str) -> str:
        """Another text whenever the collection may be another.

        What is computed of an atlas is kept by its version, taken before it is read.
        """
        if self._watch:
            return self._watch.stamp(name)
        return f"{self._run}-{self._renewals[name]}"

    def follow(self) -> None:
        """Look again at what others, or jobs, have changed since the last time."""
        for name in self._watch.changed() if self._watch else ():
            with suppress(DataError):  # damaged: it is not shown any more
                self.renew(name)

    def renew(self, name: str) -> None:
        """Look at a collection again: it may be new, gone, or have other boxes.

        Raises:
            DataError: It is damaged, so it is not shown any more.
        """
        with self._renewing:
            if self._watch:
                self._watch.look(name)
            titles = {one: title for one, title in self.titles.items() if one != name}
            try:
                if (title := self._look(name)) is not None:
                    titles = in_order({**titles, name: title})
            finally:
                self._renewals[name] += 1
                self.titles = titles  # in place of the other: some look at it now

    def expanse(self, name: str) -> Expanse | None:
        """A collection that is seen through windows, None where it can be read whole.

        Raises:
            DataError: It cannot be read.
        """
        if name not in self.titles:
            raise Gone(f"There is no collection {name!r} here.")
        with self._expanding[name]:  # which takes seconds: no other collection waits
            key, known = (name, self.version(name)), self._expanses
            return (known if key in known else self._kept(key, self._expand(name)))[key]

    def _kept(
        self, key: tuple[str, str], expanse: Expanse | None
    ) -> Mapping[tuple[str, str], Expanse | None]:
        """All that is kept, with a collection as it is by now, ready to be searched."""
        name, _ = key
        if expanse is not None:
            Thread(target=lambda: expanse.lexicon, daemon=True).start()
        with self._keeping:
            others = [one for one in self._expanses if one[0] != name]
            large = [one for one in others if self._expanses[one] is not None]
            gone = large[: len(large) - LARGE + 1] if expanse is not None else []
            kept = {one: self._expanses[one] for one in others if one not in gone}
            self._expanses = {**kept, key: expanse}
            return self._expanses

    def about(self, name: str, tasks: Iterable[str]) -> Atlas:
        """An atlas with these tasks, as far as there are such: whole where it can be.

        Raises:
            DataError: It cannot be read.
        """
        large = self.expanse(name)
        if large is None:
            return self[name]
        return large.atlas(np.union1d(large.top, large.rows(tasks)))

    def __getitem__(self, name: str) -> Atlas:
        """The atlas of a collection; of a large one, of its first branches alone."""
        if (large := self.expanse(name)) is not None:
            return large.first
        with self._reading[name]:  # two requests at once read it once
            return self._read(name, self.version(name))

    def directions(self, name: str) -> np.ndarray | None:
        """Where the tasks of that collection lie by their features, if it is known.

        Raises:
            DataError: The features cannot be read.
        """
        if self._describe is None:
            return None
        with self._describing[name]:  # which takes a while: no other one waits
            return self._describe(name, self.version(name))

    def description(self, name: str, kind: Kind) -> Description | None:
        """How the tasks of that collection are described, if it is known.

        Raises:
            DataError: What describes them cannot be read.
        """
        if kind == "mean":  # by what has been read of them for all else
            directions = self.directions(name)
            return None if directions is None else by_directions(directions)
        if self._describe_by is None or kind not in self[name].described:
            return None
        with self._describing[name]:
            return self._describe_by(name, kind, self.version(name))

    def members(self, name: str, dim: int) -> MemberPoints | None:
        """Where members lie among the boxes of that collection, if it is known.

        Raises:
            DataError: The encoder cannot be read.
        """
        if self._place is None or dim not in self[name].placed:
            return None
        return self._place(name, dim, self.version(name))

    def fit(self, name: str, stem: str) -> Boxes | None:
        """A further fit of that collection, such as `2d.published`, if it is known.

        Raises:
            DataError: It cannot be read.
        """
        if self._compare is None or stem not in self[name].fits:
            return None
        return self._compare(name, stem)

    def replay(self, name: str, dim: int) -> Replay | None:
        """How the boxes of that collection came about, if it is known.

        Raises:
            DataError: It cannot be read, or is of other boxes.
        """
        if self._replay is None or dim not in self[name].replayed:
            return None
        return self._replay(name, self[name].boxes[dim])

    def __contains__(self, name: object) -> bool:  # reads nothing
        return name in self.titles

    def __iter__(self) -> Iterator[str]:
        return iter(self.titles)

    def __len__(self) -> int:
        return len(self.titles)


class Around(Mapping[str, Atlas]):
    """The atlases of a shelf, as far as a request that names tasks needs them."""

    def __init__(self, shelf: Shelf, tasks: Iterable[str]) -> None:
        """As `Shelf.about` gives them."""
        self._shelf, self._tasks = shelf, tuple(tasks)

    def __getitem__(self, name: str) -> Atlas:
        return self._shelf.about(name, self._tasks)

    def __contains__(self, name: object) -> bool:
        return name in self._shelf

    def __iter__(self) -> Iterator[str]:
        return iter(self._shelf)

    def __len__(self) -> int:
        return len(self._shelf)
