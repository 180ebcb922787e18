"""`rename`: another title for one of a person's own collections."""

from core import own
from core.cache import Store
from core.commands.command import Add


def add(command: Add) -> None:
    """Add the command."""
    parser = command("rename", "another title for one of your own collections", run)
    parser.add_argument("name", metavar="NAME", help="a collection of your own")
    parser.add_argument("title", metavar="TITLE", help="what the page is to call it")


def run(store: Store, *, name: str, title: str) -> None:
    """Change a title."""
    own.rename(store, name, title)
    print(f"{name} is called {title.strip()!r} on the page; commands and links know it")
    print(f"as {name!r} as before.")
