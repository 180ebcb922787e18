"""What a collection says of itself, and which state of it a result is of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import files
from core.collection import Collection
from core.digest import digest
from core.errors import DataError
from core.store import Store, python_command

# What every collection says of itself, for `list` and the page.
ABOUT = (
    "title",
    "description",
    "sources",
    "encoder",
    "member",
    "tasks",
    "members",
    "command",
)


def load_provenance(store: Store, name: str) -> dict[str, Any]:
    """Where collection `name` comes from: sources, licences, encoder, counts, date."""
    command = f"build {name}"
    path = store.find(name, "collection.json", command)
    about = files.read_json(path, python_command(command))
    check_keys(path, about, (*ABOUT, "date"), command)
    for source in about["sources"]:
        check_keys(path, source, ("name", "package", "version", "licence"), command)
    return about


def made_by(store: Store, name: str) -> str:
    """The command, without `python -m core`, that made collection `name`."""
    try:
        command = str(load_provenance(store, name)["command"])
    except DataError:
        return f"build {name}"
    return command.removeprefix(python_command(""))


def check_keys(
    path: Path, document: object, keys: tuple[str, ...], command: str
) -> None:
    """Check that the JSON document of `path` says what it should.

    Raises:
        DataError: It lacks a key; `command` makes it.
    """
    known = document if isinstance(document, dict) else {}
    missing = [key for key in keys if key not in known]
    if missing:
        raise DataError(
            f"{path} does not say {missing[0]!r}. "
            f"Make it again with: {python_command(command)}"
        )


def collection_digest(collection: Collection) -> str:
    """Tells collections apart that boxes and points would be different for."""
    membership, relations = collection.membership, collection.relations
    members = [] if membership is None else [membership.member, membership.start]
    known = [relations.child, relations.parent, relations.strength]
    names = "\n".join(collection.tasks.index)
    return digest(names, [collection.features, *members, *known])[:16]


def state_of(store: Store, name: str) -> dict[str, str]:
    """Which state of collection `name` a result is of, to be stored beside it."""
    if not store.holds(name, "collection.json"):
        return {}
    found = load_provenance(store, name).get("digest")
    return {"collection": found} if found else {}


def check_state(store: Store, name: str, settings: Mapping[str, Any]) -> None:
    """Refuse what was made from another state of the collection than there is.

    Raises:
        DataError: `settings`, which `state_of` is a part of, say another one.
    """
    made_from = settings.get("collection")
    if made_from and state_of(store, name) != {"collection": made_from}:
        raise DataError("It was made before the collection was built anew.")
