"""Files inside installed packages, read without importing the package."""

import importlib.util
from pathlib import Path

from core.errors import DataError

FOR_BUILDING = ("PIL", "captum", "datasets", "huggingface_hub", "onnx", "transformers")


def lacking(error: ModuleNotFoundError) -> str:
    """Which package is not installed, and the command that installs it."""
    part = "sources" if error.name in FOR_BUILDING else "train"
    return f"{error.name}, which is not installed. Install it with: make {part}"


def package_file(package: str, file: str) -> Path:
    """The path of `file` in an installed package.

    Raises:
        DataError: The package is missing or has no such file.
    """
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / file if folders else None
    if path is None or not path.exists():
        raise DataError(
            f"Package {package!r} is missing or has no {file}. "
            "Install the sources with: make sources"
        )
    return path
