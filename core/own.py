"""Collections that are a person's own: which there are, and what they are called."""

from dataclasses import dataclass, replace
from pathlib import Path

from core import files
from core.collection import check_name
from core.errors import DataError
from core.provenance import load_provenance
from core.store import LAYOUT, Store

LETTERS = 120  # of a title
TAKEN = "give this one another name."  # how it ends what is said then


@dataclass(frozen=True)
class Own:
    """What a list says of a collection.

    Attributes:
        name: What addresses and commands call it.
        title: What the page calls it.
        tasks: How many it has.
        date: When it was made, as `2026-01-31`.
        dims: Numbers of dimensions in which it has boxes.
        size: Bytes of the files that are a person's own; 0 for one that is shipped.
        shipped: Whether the program comes with one of that name.
        whole: Whether all of it is a person's own, and not only other boxes, say.
        fault: Why it cannot be read; empty where it can.
    """

    name: str
    title: str
    tasks: int
    date: str
    dims: tuple[int, ...]
    size: int
    shipped: bool
    whole: bool
    fault: str = ""


def listed(store: Store) -> tuple[Own, ...]:
    """All collections, those of the person first."""
    found = [described(store, name) for name in store.names()]
    return tuple(sorted(found, key=lambda one: (not one.size, one.title.lower())))


def rename(store: Store, name: str, title: str) -> None:
    """Give a person's own collection another title; its name stays as it is.

    Raises:
        DataError: It is not a person's own, or there is nothing in the title.
    """
    check_own(store, name)
    title = check_title(title)
    path = store.data / name / "collection.json"
    if not path.exists():
        raise DataError(
            f"{name!r} comes with the program and only its boxes are your own; it "
            "cannot be renamed."
        )
    files.write_json(path, {**load_provenance(store, name), "title": title})


def check_title(title: str) -> str:
    """A title without space around it.

    Raises:
        DataError: It is empty, too long, or has more than one line.
    """
    title = title.strip()
    if not title or len(title) > LETTERS or not title.isprintable():
        raise DataError(
            f"A collection cannot be called {title[:LETTERS]!r}; give it a line of 1 "
            f"to {LETTERS} letters."
        )
    return title


def check_own(store: Store, name: str) -> None:
    """Check that something of that collection is a person's own.

    Raises:
        DataError: It is not, or there is no such collection.
    """
    check_name(name)
    if store.own(name):
        return
    if name in store.names():
        raise DataError(
            f"{name!r} comes with the program and stays as it is; only what is your "
            "own can be renamed, exported or deleted."
        )
    raise DataError(f"There is no collection {name!r} in {store.data}.")


def check_free(store: Store, name: str) -> None:
    """Check that a new collection can be called so.

    Raises:
        DataError: It cannot, or there is one of that name.
    """
    check_name(name)
    if name in store.names() or store.own(name):
        raise DataError(f"There is a collection {name!r} already; {TAKEN}")


def vacate(folder: Path) -> None:
    """Clear the place of a collection that is not there: a lock, an unfinished fit.

    Raises:
        OSError: There is one after all.
    """
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if not LAYOUT.fullmatch(path.name):
            path.unlink()
    folder.rmdir()


def described(store: Store, name: str) -> Own:
    """What is known of one collection, also where it cannot be read."""
    own = store.own(name)
    known = Own(
        name=name,
        title=name,
        tasks=0,
        date="",
        dims=store.dims(name),
        size=sum(path.stat().st_size for path in own),
        shipped=(store.shipped / name / "collection.json").exists(),
        whole=any(path.name == "collection.json" for path in own),
    )
    try:
        about = load_provenance(store, name)
    except DataError as error:
        return replace(known, fault=str(error))
    title, tasks, date = str(about["title"]), int(about["tasks"]), str(about["date"])
    return replace(known, title=title, tasks=tasks, date=date)
