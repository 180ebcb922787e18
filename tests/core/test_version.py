import re

from core.version import PROJECT, version


def test_the_version_is_that_of_the_project():
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())
    assert f'version = "{version()}"' in PROJECT.read_text(encoding="utf-8")
