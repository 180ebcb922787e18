"""What a person deleted of their own: it can be had back until the app starts anew."""

import shutil
from pathlib import Path

from core.errors import DataError
from core.locks import locked
from core.own import check_own, vacate
from core.store import Store

TRASH = ".trash"  # of the data directory


def delete(store: Store, name: str) -> None:
    """Put away what is a person's own of collection `name`.

    One that is shipped under the same name is shown again.

    Raises:
        DataError: Nothing of it is a person's own, or a fit of it is running.
    """
    check_own(store, name)
    with locked(store.fit_lock(name), f"a fit of {name!r}"):
        place = store.data / TRASH / name
        shutil.rmtree(place, ignore_errors=True)  # one of before
        _move(store.data / name, place)


def restore(store: Store, name: str) -> None:
    """Have back what was deleted of collection `name` last.

    Raises:
        DataError: Nothing was, or there is another one of that name by now.
    """
    place = store.data / TRASH / name
    if name not in deleted(store):  # nor any path
        raise DataError(
            f"No collection {name!r} was deleted since the page was started last; "
            f"there are: {', '.join(deleted(store)) or 'none'}."
        )
    if store.own(name):
        raise DataError(
            f"There is another collection {name!r} by now; the deleted one stays in "
            f"{place} until the app starts anew, move it from there to keep it."
        )
    _move(place, store.data / name)


def deleted(store: Store) -> tuple[str, ...]:
    """Names of what can be restored."""
    folder = store.data / TRASH
    return tuple(sorted(path.name for path in folder.glob("*")))


def empty(store: Store) -> None:
    """Remove for good what was deleted."""
    shutil.rmtree(store.data / TRASH, ignore_errors=True)


def _move(folder: Path, place: Path) -> None:
    try:
        place.parent.mkdir(mode=0o700, exist_ok=True)
        vacate(place)
        folder.rename(place)
    except OSError as error:
        raise DataError(
            f"Cannot move {folder} to {place}: {error.strerror}. Make that folder one "
            "that can be written."
        ) from error
