"""Which version of the program this is."""

import tomllib
from functools import lru_cache
from pathlib import Path

PROJECT = Path(__file__).parent.parent / "pyproject.toml"


@lru_cache
def version() -> str:
    """As `pyproject.toml` says it: the program is run from its folder."""
    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])
