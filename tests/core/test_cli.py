import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.__main__ import SMALLER, main, mendable
from core.cache import save_collection
from core.errors import DataError

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


COMMANDS = (
    *("list", "build", "import", "fit", "project", "evaluate", "embed"),
    *("metatask", "agree", "discover", "split", "gallery", "explain"),
    *("place", "export", "unpack", "rename", "delete", "restore", "jobs"),
)


@pytest.mark.parametrize("command", [[], *([one] for one in COMMANDS)], ids=str)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("usage: python -m core")


def test_help_names_every_command_and_each_says_what_to_lower(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert f"{{{','.join(COMMANDS)}}}" in "".join(out.split())
    assert set(SMALLER) == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to ..."),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to ..."),
    ],
    ids=["python", "cuda", "linux", "windows"],
)
def test_lack_of_memory_is_one_line_with_a_remedy(command, error):
    said = mendable(error, command)
    assert said.startswith(f"There is not enough memory to {command} this; ")
    assert said.endswith(".")
    assert "\n" not in said


def test_a_file_that_memory_is_too_small_for_is_not_called_damaged():
    try:
        raise DataError("f.npz is damaged.") from MemoryError()
    except DataError as error:
        assert mendable(error, "fit").startswith("There is not enough memory to fit")


@pytest.mark.parametrize(
    "error", [RuntimeError("a slip"), ValueError("ours"), OSError()]
)
def test_a_fault_of_the_program_is_no_message_for_people(error):
    assert mendable(error, "fit") == ""


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
