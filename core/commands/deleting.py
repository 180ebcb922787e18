"""`delete` and `restore`: one of a person's own collections goes, or comes back."""

from core import trash
from core.cache import Store
from core.commands.command import Add


def add(command: Add) -> None:
    """Add both commands."""
    for name, help, run in (
        ("delete", "put away one of your own collections", delete),
        ("restore", "have back a collection that was deleted", restore),
    ):
        parser = command(name, help, run)
        parser.add_argument("name", metavar="NAME", help="a collection of your own")


def delete(store: Store, *, name: str) -> None:
    """Put away a collection."""
    trash.delete(store, name)
    print(f"{name} is deleted; until the page is started the next time, it comes back")
    print(f"with: python -m core restore {name}")
    if name in store.names():
        print(f"The collection {name!r} that comes with the program is shown again.")


def restore(store: Store, *, name: str) -> None:
    """Have a collection back."""
    trash.restore(store, name)
    print(f"{name} is back")
