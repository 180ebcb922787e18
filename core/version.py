"""Which version of the program this is."""

import tomllib
from functools import lru_cache
from pathlib import Path

from core.digest import digest

CORE = Path(__file__).parent
PROJECT = CORE.parent / "pyproject.toml"


@lru_cache
def version() -> str:
    """As `pyproject.toml` says it: the program is run from its folder."""
    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def build() -> str:
    """The version and what its sources are: another for every change of `core`."""
    return f"{version()} ({sources(CORE)[:12]})"


@lru_cache
def sources(package: Path) -> str:
    """Digest of all modules of a package, their names too."""
    modules = sorted(package.rglob("*.py"))
    said = (
        f"{module.relative_to(package).as_posix()}\n"
        f"{module.read_text(encoding='utf-8')}\n"
        for module in modules
    )
    return digest("".join(said), [])
