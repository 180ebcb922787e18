"""The part of the program that decides a result, so that what is kept knows its age.

Read from the source text, not from a list that somebody has to keep up: a definition,
all definitions of this program that it names, those that these name, and so on.
Comments and docstrings decide nothing and are left out.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
REST = ""  # stands for the statements of a module that define nothing
ALL = "*"  # stands for all that a module says

Place = tuple[str, str]  # a module and a name in it


@dataclass(frozen=True)
class _Module:
    """Statements of a module by the name that they define, and what it imports."""

    statements: dict[str, list[ast.stmt]]
    imported: dict[str, Place]


@cache
def program_of(module: str, name: str, root: Path = ROOT) -> str:
    """Digest of all that decides what `name` of a module of this program does."""
    waiting, found = [(module, name)], set[Place]()
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += _named_at(place, root)
    digest = sha256()
    for module, name in sorted(found):
        for statement in _read(module, root).statements.get(name, []):
            digest.update(f"{module}.{name}: {ast.dump(statement)}\n".encode())
    return digest.hexdigest()


def _named_at(place: Place, root: Path) -> Iterator[Place]:
    """What the statements at a place of the program need."""
    module, name = place
    known = _read(module, root)
    yield module, REST
    if name == ALL:
        yield from ((module, other) for other in known.statements)
    if name not in known.statements and name in known.imported:
        yield known.imported[name]  # named there, but from elsewhere
    for statement in known.statements.get(name, []):
        whole = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                origin, part = known.imported.get(node.value.id, ("", ""))
                if part == ALL:
                    whole.add(node.value)
                    yield origin, node.attr
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node not in whole:
                if node.id in known.statements:
                    yield module, node.id
                elif node.id in known.imported:
                    yield known.imported[node.id]


@cache
def _read(module: str, root: Path) -> _Module:
    """A module of this program; of others nothing is known."""
    path = _path(module, root)
    if path is None:
        return _Module({}, {})
    tree = ast.parse(path.read_text(encoding="utf-8"))
    statements: dict[str, list[ast.stmt]] = {}
    imported: dict[str, Place] = {}
    for node in ast.walk(tree):
        _drop_docstring(node)
        imported |= dict(_imports(node, root))
    for statement in tree.body:
        for name in _defined(statement):
            statements.setdefault(name, []).append(statement)
    return _Module(statements, imported)


def _path(module: str, root: Path) -> Path | None:
    base = root.joinpath(*module.split("."))
    paths = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in paths if path.is_file()), None)


def _imports(node: ast.AST, root: Path) -> Iterator[tuple[str, Place]]:
    if isinstance(node, ast.Import):
        for one in node.names:
            yield one.asname or one.name.split(".")[0], (one.name, ALL)
    if isinstance(node, ast.ImportFrom) and node.module:
        for one in node.names:
            inner = f"{node.module}.{one.name}"
            is_module = _path(inner, root) is not None
            place = (inner, ALL) if is_module else (node.module, one.name)
            yield one.asname or one.name, place


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return []
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    inner = [node for target in targets for node in ast.walk(target)]
    return [node.id for node in inner if isinstance(node, ast.Name)] or [REST]


def _drop_docstring(node: ast.AST) -> None:
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            del body[0]
