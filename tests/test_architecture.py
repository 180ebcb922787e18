"""The rules of who may import what, and that nothing is ever pickled."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy as np
import pytest

from core.packages import FOR_BUILDING

ROOT = Path(__file__).parents[1]
LEARNING = {"torch", "sklearn", "umap", "scipy", "numba"}
PICKLING = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
CORE = sorted((ROOT / "core").rglob("*.py"))
PROGRAM = [*CORE, *sorted((ROOT / "dashboard").rglob("*.py")), ROOT / "app.py"]


def label(file):
    return str(file.relative_to(ROOT))


def imported(file):
    """Every module that a file imports, with the line."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


@pytest.mark.parametrize(
    "module",
    ["core.cache", "core.atlas", "core.__main__", "dashboard.application", "app"],
)
def test_looking_at_an_atlas_loads_no_learning_library(module):
    code = f"import sys, {module}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert LEARNING & set(ended.stdout.split()) == set()


@pytest.mark.parametrize("file", CORE, ids=label)
def test_core_knows_no_page(file):
    page = {"dashboard", "dash", "plotly", "flask"}
    assert [
        (module, line)
        for module, line in imported(file)
        if module.split(".")[0] in page
    ] == []


@pytest.mark.parametrize("file", CORE, ids=label)
def test_annotations_are_not_put_off(file):
    # They would be text, and the shapes of dataclass fields would go unchecked.
    assert "__future__" not in [module for module, _ in imported(file)]


@pytest.mark.parametrize("file", PROGRAM, ids=label)
def test_nothing_is_pickled(file):
    found = [
        (module, line)
        for module, line in imported(file)
        if module.split(".")[0] in PICKLING
    ]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and (what := pickling(node)):
            found.append((what, node.lineno))
    assert found == []


def pickling(call):
    """Which call reads or writes pickles, if this one does."""
    name = ast.unparse(call.func)
    settings = {one.arg: ast.unparse(one.value) for one in call.keywords}
    if settings.get("allow_pickle", "False") != "False":
        return f"{name}(allow_pickle=...)"
    if name == "torch.load" and settings.get("weights_only") != "True":
        return "torch.load without weights_only=True"
    if name == "torch.save" or name.endswith((".read_pickle", ".to_pickle")):
        return name
    return None


@pytest.mark.parametrize(
    "code",
    [
        "np.load(file, allow_pickle=True)",
        "np.load(file, allow_pickle=flag)",
        "torch.load(file)",
        "torch.load(file, weights_only=False)",
        "torch.save(model, file)",
        "pd.read_pickle(file)",
        "table.to_pickle(file)",
    ],
)
def test_calls_that_pickle_are_found(code):
    assert pickling(ast.parse(code).body[0].value)


def test_what_is_shipped_holds_no_objects_and_stays_small():
    # Lock and cache files are hidden, ignored by git and never shipped.
    files = list((ROOT / "precomputed").glob("[!.]*/[!.]*"))
    suffixes = {path.suffix for path in files}
    assert suffixes <= {".json", ".npz", ".parquet", ".png", ".safetensors"}
    assert sum(path.stat().st_size for path in files) < 60 * 2**20
    for path in files:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                assert all(archive[key].dtype.kind in "fiU" for key in archive)


def test_it_is_known_what_only_building_needs():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    told = [one for one in groups["build"] if isinstance(one, str)]
    found = packages_distributions()
    named = {found[module][0].lower().replace("_", "-") for module in FOR_BUILDING}
    assert named == {re.split("[^a-z-]", one)[0] for one in told}
