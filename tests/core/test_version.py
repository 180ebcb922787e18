import re

from core.version import PROJECT, build, sources, version


def test_the_version_is_that_of_the_project():
    assert re.fullmatch(r"\d+\.\d+\.\d+", version())
    assert f'version = "{version()}"' in PROJECT.read_text(encoding="utf-8")


def test_sources_differ_by_any_line_and_any_name(tmp_path):
    def written(folder, name, text):
        package = tmp_path / folder
        (package / "inner").mkdir(parents=True)
        (package / "one.py").write_text("ONE = 1\n")
        (package / "inner" / name).write_text(text)
        (package / "notes.txt").write_text(folder)
        return sources(package)

    first = written("a", "two.py", "TWO = 2\n")
    assert written("b", "two.py", "TWO = 2\n") == first
    assert written("c", "two.py", "TWO = 3\n") != first
    assert written("d", "three.py", "TWO = 2\n") != first


def test_a_build_names_its_version_and_its_sources():
    assert re.fullmatch(rf"{re.escape(version())} \([0-9a-f]{{12}}\)", build())
