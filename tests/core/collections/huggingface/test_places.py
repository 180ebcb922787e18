import ast
import importlib
import sys

import pytest

from core.collections.huggingface.places import is_place, labels_at, text_at, value_of
from core.errors import DataError

MODULE = """
raise RuntimeError("this module must not be imported")

_LABELS = ["a", 'b c']
_SORTED = sorted(["d", "e"])
_NUMBER = 3
_TEXT = f"There are {_NUMBER} kinds" " of things."
_COMPUTED = [name for name in _LABELS]


class Thing:
    def _info(self):
        return info(description="Short.", features=features(description="Longer text."))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with every kind of file."""
    folder = tmp_path / "some_labels"
    folder.mkdir()
    (folder / "__init__.py").write_text('raise RuntimeError("not imported")')
    (folder / "module.py").write_text(MODULE)
    (folder / "names.txt").write_text("cat\n\n dog \n/c/church/outdoor\n")
    (folder / "names.json").write_text('{"pets": ["cat", "dog"], "none": 3}')
    (folder / "README.md").write_text("What it is.")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("place", "labels"),
    [
        ("some_labels/names.txt", ("cat", "dog", "church/outdoor")),
        ("some_labels/names.json:pets", ("cat", "dog")),
        ("some_labels/module.py:_LABELS", ("a", "b c")),
        ("some_labels/module.py:_SORTED", ("d", "e")),
        ("cat|dog", ("cat", "dog")),
        ("T-shirt/top|Trouser", ("T-shirt/top", "Trouser")),
        ("", ()),
    ],
)
def test_labels_stand_at_places(place, labels):
    assert labels_at(place) == labels
    assert "some_labels" not in sys.modules


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("some_labels/README.md", "What it is."),
        ("some_labels/module.py:_TEXT", "There are  kinds of things."),
        ("some_labels/module.py:Thing", "Longer text."),
    ],
)
def test_texts_stand_at_places(place, text):
    assert text_at(place) == text


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("timm/version.py:_NOTHING", "list of names"),
        ("timm/version.py:__version__", "list of names"),
    ],
)
def test_what_is_missing_is_said(place, what):
    with pytest.raises(DataError, match=f"There is no {what} at {place} in timm"):
        labels_at(place)


def test_a_missing_package_is_said():
    with pytest.raises(DataError, match="'no_such' is missing"):
        labels_at("no_such/labels.txt")
    with pytest.raises(DataError, match="There is no text at timm"):
        text_at("timm/version.py:Nothing")


def test_places_are_told_from_names():
    assert is_place("a/b.txt")
    assert is_place("a/b.json:c")
    assert not is_place("T-shirt/top|Trouser")


def test_values_are_literals():
    assert value_of(ast.parse("[1, 'a']", mode="eval").body) == [1, "a"]
    assert value_of(ast.parse("[x for x in y]", mode="eval").body) is None
    assert value_of(ast.parse("unknown", mode="eval").body) is None
