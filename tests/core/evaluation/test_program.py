import pytest

from core.evaluation import program
from core.evaluation.program import program_of

MODULES = {
    "one": '''
"""The first module."""
import numpy as np

from own import two
from own.three import deep as helper

FACTOR = 2
OTHER = 3


def asked(x: float) -> float:
    """What is asked."""
    from own.four import late

    return FACTOR * two.used(x) + helper(x) + late(np.abs(x))  # a sum


def other():
    return OTHER
''',
    "two": """
from own.three import CONSTANT
from own.five import again


def used(x):
    return inner(x) + CONSTANT + again(x)


def inner(x):
    return x


def unused(x):
    return x
""",
    "three": """
CONSTANT: int = 1
LIMIT, REST = 4, 5


def deep(x):
    return x if x < LIMIT else deep(x - 1)
""",
    "four": """
class Late:
    def go(self):
        return 1


def late(x):
    return Late().go()
""",
    "five": """
import own.six as whole

def again(x):
    return use(whole)


def use(x):
    return x
""",
    "six": """
def far(x):
    return x


if True:
    PLAIN = 1
""",
}


@pytest.fixture
def own(tmp_path):
    """A program of six modules, and its digest with a piece of text replaced."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "__init__.py").write_text("")

    def digest(module=None, old="", new=""):
        for name, text in MODULES.items():
            assert name != module or old in text
            changed = text.replace(old, new, 1) if name == module else text
            (folder / f"{name}.py").write_text(changed)
        program._read.cache_clear()
        program_of.cache_clear()
        return program_of("own.one", "asked", tmp_path)

    return digest


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("one", "FACTOR = 2", "FACTOR = 3"),
        ("one", "helper(x) +", "helper(x) -"),
        ("two", "return x", "return -x"),
        ("three", "CONSTANT: int = 1", "CONSTANT: int = 2"),
        ("three", "LIMIT, REST = 4", "LIMIT, REST = 3"),
        ("three", "deep(x - 1)", "deep(x - 2)"),
        ("four", "return 1", "return 2"),
        ("six", "return x", "return -x"),
        ("six", "PLAIN = 1", "PLAIN = 2"),
    ],
)
def test_what_decides_a_result_changes_its_digest(own, module, old, new):
    assert own(module, old, new) != own()


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("one", "OTHER = 3", "OTHER = 4"),
        ("one", "What is asked.", "What is asked"),
        ("one", "# a sum", "# the sum"),
        ("one", "The first", "A first"),
        ("two", "def unused(x):\n    return x", "def unused(x):\n    return -x"),
        ("two", "\n\n\ndef inner", "\n\n\n\ndef inner"),
    ],
)
def test_what_decides_nothing_changes_nothing(own, module, old, new):
    assert own(module, old, new) == own()


def places_of(module, name):
    """All places of the program that decide what a name does."""
    waiting, found = [(module, name)], set()
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += program._named_at(place, program.ROOT)
    return found


def test_a_fit_depends_on_losses_and_recipes_but_on_no_command_and_no_page():
    found = places_of("core.evaluation.fitted", "shares")
    modules = {module for module, _ in found}
    assert {
        "core.learning.losses",
        "core.learning.training",
        "core.learning.placing",
        "core.boxes",
    } <= modules
    assert ("core.learning.losses", "log_containment") in found
    assert not [one for one in modules if one.startswith(("core.commands", "dash"))]
    assert not {"core.cache", "core.evaluation.plan"} & modules
