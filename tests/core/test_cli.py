import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.cache import save_collection

ROOT = Path(__file__).parents[2]


def test_list_json_is_one_document_of_all_collections(store, capsys):
    assert main(["list", "--json", "--data", str(store.data)]) == 0
    out, err = capsys.readouterr()
    rows = {row["name"]: row for row in json.loads(out)}
    assert err == ""
    animals = rows["animals"]
    assert animals.pop("date")
    assert animals.pop("sources") == [
        {"name": "us", "package": "none", "version": "1", "licence": "MIT"}
    ]
    assert animals == {
        "name": "animals",
        "title": "Animals",
        "tasks": 7,
        "members": 4,
        "member": "animal",
        "counts": {},
        "skipped": 0,
        "approximate": 0,
        "command": "python -m core build animals",
        "dims": [2, 3],
        "source": "drawn by hand",
        "projections": ["pca"],
    }
    assert rows["imagenet"]["tasks"] == 1396  # is shipped


def test_list_says_the_same_in_a_line_a_collection(store, capsys):
    assert main(["list", "--data", str(store.data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "animals: 7 tasks, 2D, 3D; drawn by hand" in lines
    assert any(line.startswith("imagenet: 1,396 tasks, ") for line in lines)


def test_list_names_a_collection_without_boxes(store, collection, capsys):
    for dim in (2, 3):
        (store.data / "animals" / f"boxes_{dim}d.npz").unlink()
    save_collection(store, collection)
    main(["list", "--data", str(store.data)])
    assert "animals: 7 tasks, no boxes yet; " in capsys.readouterr().out


def test_list_needs_no_data_of_ones_own(tmp_path, capsys):
    assert main(["list", "--json", "--data", str(tmp_path / "nothing here")]) == 0
    assert "imagenet" in [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert not (tmp_path / "nothing here").exists()


def test_a_damaged_file_is_one_line_and_exit_status_one(store, capsys):
    path = store.data / "animals" / "collection.json"
    path.write_text("{")
    assert main(["list", "--data", str(store.data)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"error: {path} is damaged or not a file of this program. "
        "Make it again with: python -m core build animals\n"
    )


def test_build_says_where_it_cannot_write(tmp_path, capsys):
    (tmp_path / "data").write_text("a file")
    assert main(["build", "imagenet", "--data", str(tmp_path / "data")]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: Cannot keep results in {tmp_path / 'data'}")
    assert "--data" in err
    assert err.count("\n") == 1


def test_build_of_an_unknown_collection_names_the_known_ones(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["build", "imagenot"])
    assert stop.value.code == 2
    assert "'imagenot'" in (said := capsys.readouterr().err)
    assert "imagenet" in said


@pytest.mark.parametrize("command", [[], ["list"], ["build"]])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("usage: python -m core")


def test_a_command_is_needed(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "required: command" in capsys.readouterr().err


def test_the_module_runs(store):
    ended = subprocess.run(
        [sys.executable, "-m", "core", "list", "--json", "--data", store.data],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert "animals" in [row["name"] for row in json.loads(ended.stdout)]
    assert ended.stderr == b""
