"""The conda environment and the dependency groups name the same packages."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def packages(group):
    """Specifiers of a dependency group with those of the groups that it includes."""
    found = []
    for entry in PROJECT["dependency-groups"][group]:
        is_package = isinstance(entry, str)
        found += [entry] if is_package else packages(entry["include-group"])
    return found


def test_the_conda_environment_lists_the_packages_of_all_groups():
    python, pip, listed = ENVIRONMENT["dependencies"]
    assert listed.keys() == {"pip"}
    assert sorted(listed["pip"]) == sorted(
        {one for group in PROJECT["dependency-groups"] for one in packages(group)}
    )
    assert (python.split("=")[0], pip) == ("python", "pip")


def test_no_package_is_listed_twice():
    listed = PROJECT["dependency-groups"].values()
    own = [entry for group in listed for entry in group if isinstance(entry, str)]
    names = [entry.split(">=")[0].split("==")[0] for entry in own]
    assert sorted(names) == sorted(set(names))


def test_the_python_version_is_the_same_everywhere():
    version = ENVIRONMENT["dependencies"][0].removeprefix("python=")
    assert PROJECT["project"]["requires-python"] == f">={version}"
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + version.replace(".", "")


def test_the_environment_has_the_name_of_the_project():
    assert ENVIRONMENT["name"] == PROJECT["project"]["name"]
