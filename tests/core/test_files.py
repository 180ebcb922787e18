import io
import json
import os
import pickle
import signal
import stat
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import files, locks
from core.errors import DataError

ROOT = Path(__file__).parents[2]
REMEDY = "python -m core build animals"
LAYOUT = {"lower": "f tasks 2", "upper": "f tasks 2", "names": "U tasks"}


def arrays():
    # Numbers without a pattern, so that most bytes of the file are deflated data.
    lower = np.random.default_rng(0).normal(size=(50, 2))
    names = np.array([f"task {row}" for row in range(50)])
    return {"lower": lower, "upper": lower + 1, "names": names}


def npz(**content):
    file = io.BytesIO()
    np.savez_compressed(file, **content)
    return file.getvalue()


def table():
    columns = {"label": ["A", "B"], "parents": [[], ["a"]], "members": [2, 1]}
    return pd.DataFrame(columns, index=pd.Index(["a", "b"], name="name"))


def python(code, *arguments):
    """Start another Python with the imports of these tests."""
    imports = "import os, resource, signal, sys; from pathlib import Path\n"
    imports += "import numpy as np, pandas as pd\n"
    imports += "from core import files, locks; from core.errors import DataError\n"
    command = [sys.executable, "-c", imports + dedent(code), *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refusal(read, path, *arguments):
    """The message of the DataError, which is one line with path and remedy."""
    with pytest.raises(DataError) as caught:
        read(path, *arguments, REMEDY)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith((str(path), f"Cannot read {path}:"))
    assert message.endswith(f"Make it again with: {REMEDY}")
    return message


# Round trips


def test_arrays_come_back_as_they_were(tmp_path):
    path = tmp_path / "new folder" / "a.npz"
    files.write_arrays(path, arrays())
    back = files.read_arrays(path, LAYOUT, REMEDY)
    for key, array in arrays().items():
        assert back[key].dtype == array.dtype
        np.testing.assert_array_equal(back[key], array)


def test_equal_arrays_give_equal_bytes(tmp_path):
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    files.write_arrays(first, arrays())
    files.write_arrays(second, files.read_arrays(first, LAYOUT, REMEDY))
    assert first.read_bytes() == second.read_bytes()


def test_a_table_comes_back_as_it_was_and_in_equal_bytes(tmp_path):
    first, second = tmp_path / "a.parquet", tmp_path / "b.parquet"
    files.write_table(first, table())
    back = files.read_table(first, REMEDY)
    assert list(back.index) == ["a", "b"]
    assert [list(above) for above in back["parents"]] == [[], ["a"]]
    files.write_table(second, back)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("document", [{"a": [1, 2.5, None]}, [], "Ærø, 日本", {}])
def test_json_comes_back_as_it_was_and_can_be_read_by_people(tmp_path, document):
    path = tmp_path / "a.json"
    files.write_json(path, document)
    assert files.read_json(path, REMEDY) == document
    assert "\\u" not in path.read_text(encoding="utf-8")


def test_a_file_can_be_read_by_everyone(tmp_path):
    files.write_json(tmp_path / "a.json", {})
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o644


# Writing: the old file or the new one, never a part


NUMBERS = "np.random.default_rng(0).random({size})"  # cannot be compressed
WRITERS = {
    "a.json": "files.write_json(path, list(range({size})))",
    "a.npz": f"files.write_arrays(path, dict(a={NUMBERS}))",
    "a.parquet": f"files.write_table(path, pd.DataFrame(dict(a={NUMBERS})))",
}


# A small file fails when its buffer is flushed, a large one in the middle of writing.
@pytest.mark.parametrize("size", [300, 200_000])
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, name, size):
    path = tmp_path / name
    path.write_bytes(b"old")
    code = f"""
        path = Path(sys.argv[1])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
        try:
            {WRITERS[name].format(size=size)}
        except DataError as error:
            print(error)
    """
    out, err = python(code, path).communicate()
    assert out == (
        f"Cannot write {path}: File too large. Free some space or name another folder "
        "with --data; what was there before is untouched.\n"
    )
    assert err == ""
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def read_only():
    """A folder with an old file that everyone can read and nobody can change."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        path.write_text("old")
        Path(folder).chmod(0o555)
        yield path
        Path(folder).chmod(0o755)


def test_a_folder_that_cannot_be_written_is_named(read_only):
    # To root every folder is writable: be nobody.
    code = """
        if os.geteuid() == 0:
            os.setuid(65534)
        for act in (
            lambda path: files.write_json(path, {}),
            lambda path: locks.locked(path.with_name("lock"), "a fit").__enter__(),
        ):
            try:
                act(Path(sys.argv[1]))
            except DataError as error:
                print(error)
    """
    out, err = python(code, read_only).communicate()
    assert err == ""
    write, lock = out.splitlines()
    assert write == (
        f"Cannot write {read_only}: Permission denied. Free some space or name another "
        "folder with --data; what was there before is untouched."
    )
    assert lock == (
        f"Cannot lock {read_only.with_name('lock')}: Permission denied. "
        "Name a folder that can be written with --data."
    )
    assert read_only.read_text() == "old"
    assert list(read_only.parent.iterdir()) == [read_only]


def test_a_file_where_a_folder_should_be_is_named(tmp_path):
    (tmp_path / "data").write_text("a file")
    path = tmp_path / "data" / "animals" / "a.json"
    with pytest.raises(DataError, match=rf"Cannot write {path}: Not a directory\. "):
        files.write_json(path, {})
    with pytest.raises(DataError, match=rf"Cannot lock {path}: Not a directory\. "):
        locks.locked(path, "fit").__enter__()


def test_what_interrupts_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    files.write_json(path, "old")

    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        files.write(path, interrupted)
    assert files.read_json(path, REMEDY) == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_objects_are_never_pickled(tmp_path):
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        files.write_arrays(tmp_path / "a.npz", {"a": np.array([{}])})
    assert not list(tmp_path.iterdir())


# Reading what is damaged or foreign


READERS = {
    "a.npz": lambda path, remedy: files.read_arrays(path, LAYOUT, remedy),
    "a.json": files.read_json,
    "a.parquet": files.read_table,
}


@pytest.fixture(params=READERS)
def whole(request, tmp_path):
    """A whole file of every kind, with its reader."""
    files.write_arrays(tmp_path / "a.npz", arrays())
    files.write_json(tmp_path / "a.json", {"tasks": 7})
    files.write_table(tmp_path / "a.parquet", table())
    return tmp_path / request.param, READERS[request.param]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_refused(whole, share):
    path, read = whole
    content = path.read_bytes().rstrip()
    path.write_bytes(content[: int(share * len(content))])
    assert "is damaged or not a file of this program" in refusal(read, path)


@pytest.mark.parametrize(
    "content",
    [
        b"not what it should be",
        b"\xff\xfe\x00",
        pickle.dumps({"a": 1}),
        b"PK\x03\x04 a broken zip file",
        b"PAR1 a broken Parquet file PAR1",
        b"[" * 100_000,
    ],
)
def test_a_foreign_file_is_refused(whole, content):
    path, read = whole
    path.write_bytes(content)
    assert "is damaged or not a file of this program" in refusal(read, path)


def test_a_missing_file_is_named(whole):
    path, read = whole
    path.unlink()
    assert "Cannot read" in refusal(read, path)


def test_a_folder_in_place_of_a_file_is_named(whole):
    path, read = whole
    path.unlink()
    path.mkdir()
    refusal(read, path)


@given(st.data())
def test_any_changed_byte_of_arrays_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("changed") / "a.npz"
    content = bytearray(npz(**arrays()))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        back = files.read_arrays(path, LAYOUT, REMEDY)
    except DataError as error:
        assert str(path) in str(error) and REMEDY in str(error)
    else:  # a byte that says nothing, such as a date
        np.testing.assert_array_equal(back["lower"], arrays()["lower"])


def test_a_damaged_member_is_refused(tmp_path):
    # The first bytes of the deflated data: zlib.error, not a failed checksum.
    path = tmp_path / "a.npz"
    files.write_arrays(path, arrays())
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
    start = (
        first.header_offset
        + 30
        + int.from_bytes(
            content[first.header_offset + 26 : first.header_offset + 28], "little"
        )
    )
    start += int.from_bytes(
        content[first.header_offset + 28 : first.header_offset + 30], "little"
    )
    content[start : start + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        files.read_arrays(path, LAYOUT, REMEDY)
    assert isinstance(caught.value.__cause__, zlib.error)


def test_a_pickle_in_an_array_is_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    trapped = np.empty(1, dtype=object)
    trapped[0] = Trap()
    path = tmp_path / "a.npz"
    path.write_bytes(npz(**(arrays() | {"names": trapped})))
    refusal(READERS["a.npz"], path)
    assert not (tmp_path / "sprung").exists()


def test_a_lone_array_is_not_an_archive(tmp_path):
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    refusal(READERS["a.npz"], tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"lower": np.zeros(50)}, "has 'lower' as float64 of shape (50,), not as "),
        (
            {"lower": np.zeros((50, 3))},
            "has 'lower' as float64 of shape (50, 3), not as ",
        ),
        ({"upper": np.zeros((49, 2))}, "has 49 tasks in 'upper' where 50 are expected"),
        ({"upper": np.zeros((50, 2), int)}, "has 'upper' as int64 of shape (50, 2)"),
        ({"lower": np.zeros((50, 2), complex)}, "has 'lower' as complex128"),
        ({"names": np.arange(50)}, "has 'names' as int64 of shape (50,)"),
        ({"names": np.array(["a"] * 51)}, "has 51 tasks in 'names'"),
        ({"names": np.array("a")}, "has 'names' as str32 of shape ()"),
        ({"names": np.array([b"a"] * 50)}, "has 'names' as bytes8"),
    ],
)
def test_arrays_of_another_kind_or_shape_are_refused(tmp_path, changed, what):
    path = tmp_path / "a.npz"
    files.write_arrays(path, arrays() | changed)
    assert what in refusal(READERS["a.npz"], path)


def test_a_missing_array_is_named(tmp_path):
    path = tmp_path / "a.npz"
    files.write_arrays(path, {"lower": np.zeros((50, 2))})
    assert "has no array 'upper'" in refusal(READERS["a.npz"], path)


def test_more_arrays_than_needed_do_no_harm(tmp_path):
    path = tmp_path / "a.npz"
    files.write_arrays(path, arrays() | {"settings": np.array("{}")})
    assert json.loads(str(READERS["a.npz"](path, REMEDY)["settings"])) == {}


# Locks


HOLD = """
    with locks.locked(Path(sys.argv[1]), "fit animals"):
        print("held", flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until its input ends."""
    process = python(HOLD, tmp_path / "animals" / "lock")
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_lock_has_one_holder_at_a_time(tmp_path, holder):
    path = tmp_path / "animals" / "lock"
    message = rf"Another process is running fit animals \(it holds {path}\)\. Wait"
    with (
        pytest.raises(DataError, match=message),
        locks.locked(path, "fit animals"),
    ):
        pass
    holder.communicate()
    assert holder.returncode == 0
    with locks.locked(path, "fit animals"):
        pass


def test_a_lock_goes_with_its_process(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locks.locked(tmp_path / "animals" / "lock", "fit animals"):
        pass


def test_a_lock_is_given_back_after_an_error(tmp_path):
    for _ in range(2):
        with (
            pytest.raises(ZeroDivisionError),
            locks.locked(tmp_path / "lock", "fit animals"),
        ):
            raise ZeroDivisionError


def test_files_that_belong_together_are_all_written_or_none(tmp_path):
    first, second = tmp_path / "boxes", tmp_path / "model"
    files.write_all({one: lambda file: file.write(b"old") for one in (first, second)})

    def full(file):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    with pytest.raises(DataError, match=rf"Cannot write {second}: No space left"):
        files.write_all({first: lambda file: file.write(b"new"), second: full})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "boxes": b"old",
        "model": b"old",
    }


def test_long_arrays_are_mapped_and_equal_to_what_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LONG", 1000)
    rng = np.random.default_rng(0)
    arrays = {
        "long": rng.normal(size=(1000, 3)).astype(np.float32),
        "fortran": np.asfortranarray(rng.normal(size=(1000, 2))),
        "short": np.arange(5),
        "text": np.array("words"),
    }
    path = tmp_path / "arrays.npz"
    files.write_arrays(path, arrays)
    found = files.read_arrays(path, {"long": "f rows 3", "text": "U"}, "again")
    for key, array in arrays.items():
        np.testing.assert_array_equal(found[key], array)
        assert isinstance(found[key], np.memmap) == (key in ("long", "fortran"))
    with np.load(path) as archive:  # an NPZ like any other
        np.testing.assert_array_equal(archive["long"], arrays["long"])
    with pytest.raises(ValueError, match="read-only"):
        found["long"][0] = 0


def test_a_mapped_file_that_was_cut_off_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LONG", 10)
    path = tmp_path / "arrays.npz"
    files.write_arrays(path, {"long": np.arange(1000)})
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(DataError, match="damaged"):
        files.read_arrays(path, {"long": "i rows"}, "again")
