"""Facts inside the files of installed packages, named by where they stand.

A place is `package/path`, with `:name` where it is one value of several in the file:

    package/path/labels.txt           the lines of a text
    package/path/README.md            the whole text
    package/path/names.json:flowers   a value of a JSON document
    package/path/module.py:_LABELS    a constant of a module, or
    package/path/module.py:MNIST      the `description` that a class gives

Modules are parsed, never imported: what they import may be missing.
"""

import ast
import json
import re
from functools import cache
from importlib import metadata
from pathlib import Path

from core.errors import DataError
from core.packages import package_file


def labels_at(place: str) -> tuple[str, ...]:
    """The label names at `place`, or those in it: `cat|dog`.

    Raises:
        DataError: There is no such place, or no list of names.
    """
    if not is_place(place):
        return tuple(place.split("|")) if place else ()
    file, key = _file(place)
    if file.suffix == ".txt":
        lines = file.read_text(encoding="utf-8").split("\n")
        # Folders of SUN397: `/c/church/outdoor` is below its initial.
        return tuple(
            re.sub(r"^/\w/", "", line.strip()) for line in lines if line.strip()
        )
    names: object
    if file.suffix == ".json":
        names = json.loads(file.read_text(encoding="utf-8")).get(key)
    else:
        names = _constant(file, key)
    if not isinstance(names, list | tuple):
        raise _missing(place, "list of names")
    return tuple(str(name) for name in names)


def text_at(place: str) -> str:
    """The text at `place`.

    Raises:
        DataError: There is no such place, or no text.
    """
    file, key = _file(place)
    if file.suffix != ".py":
        return file.read_text(encoding="utf-8")
    found = _constant(file, key)
    text = found if isinstance(found, str) else _description(file, key)
    if not text:
        raise _missing(place, "text")
    return text


def is_place(text: str) -> bool:
    """Whether the text names a place, not what stands there."""
    return "/" in text and any(f"{end}" in text for end in (".txt", ".json", ".py"))


def _file(place: str) -> tuple[Path, str]:
    path, _, key = place.partition(":")
    package, _, file = path.partition("/")
    return package_file(package, file), key


def _missing(place: str, what: str) -> DataError:
    package = place.split("/")[0].replace("_", "-")
    return DataError(
        f"There is no {what} at {place} in {package} {metadata.version(package)}. "
        "Install the sources with: make sources"
    )


@cache
def _module(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _constant(file: Path, name: str) -> object:
    for node in _module(file).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(one, ast.Name) and one.id == name for one in targets):
            assert isinstance(node, ast.Assign)
            return value_of(node.value)
    return None


def _description(file: Path, name: str) -> str:
    """The longest `description=` inside class `name`."""
    inside = [
        value_of(part.value)
        for node in _module(file).body
        if isinstance(node, ast.ClassDef) and node.name == name
        for part in ast.walk(node)
        if isinstance(part, ast.keyword) and part.arg == "description"
    ]
    return max((text for text in inside if isinstance(text, str)), key=len, default="")


def value_of(node: ast.AST) -> object:
    """What an expression of literals says; None where it is more than that."""
    if isinstance(node, ast.JoinedStr):  # the numbers that are put in are left out
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return "".join(map(str, parts))
    if isinstance(node, ast.Call) and node.args:  # sorted([...]), textwrap.dedent(...)
        return value_of(node.args[0])
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None
