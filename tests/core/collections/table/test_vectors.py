import numpy as np
import pandas as pd
import pytest

from core.collections.table import vectors
from core.collections.table.vectors import read_vectors
from core.errors import DataError

ROWS = np.array([[1, 2.5], [3, -4]])


@pytest.fixture
def saved(tmp_path):
    """Save what a file name asks for, and give its path."""

    def save(name, content):
        path = tmp_path / name
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        elif name.endswith(".npz"):
            np.savez(path, **content)
        elif name.endswith(".npy"):
            np.save(path, content, allow_pickle=True)
        else:
            pd.DataFrame(content).to_parquet(path)
        return path

    return save


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("f.npy", ROWS),
        ("f.npz", {"x": ROWS}),
        ("f.npz", {"x": ROWS + 1, "features": ROWS}),
        ("f.csv", "a,b\n1,2.5\n3,-4\n"),
        ("f.csv", "a;b\n1;2,5\n3;-4\n"),
        ("f.parquet", {"a": [1, 3], "b": [2.5, -4]}),
        ("f.parquet", {"v": [[1, 2.5], [3, -4]]}),
    ],
)
def test_rows_without_names(saved, name, content):
    found = read_vectors(saved(name, content))
    np.testing.assert_array_equal(found.values, ROWS)
    assert found.values.dtype == np.float32
    assert found.names is None


@pytest.mark.parametrize("column", ["name", "member"])
def test_rows_with_names(saved, column):
    found = read_vectors(saved("f.csv", f"a,{column},b\n1,NA,2.5\n3,02,-4\n"))
    np.testing.assert_array_equal(found.values, ROWS)
    assert found.names == ("NA", "02")
    found = read_vectors(saved("f.parquet", {column: ["x", "y"], "v": ROWS.tolist()}))
    np.testing.assert_array_equal(found.values, ROWS)
    assert found.names == ("x", "y")


def test_half_precision_is_kept_and_whole_numbers_are_numbers(saved):
    half = read_vectors(saved("f.npy", ROWS.astype(np.float16)))
    assert half.values.dtype == np.float16
    whole = read_vectors(saved("f.npy", np.eye(2, dtype=np.int64)))
    assert whole.values.dtype == np.float32


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.npy", np.array([[1, np.nan], [2, 3]]), "somewhere in row 0;"),
        ("f.npy", np.array([[1, 2], [np.inf, 3]]), "somewhere in row 1;"),
        ("f.npy", np.array([[1, 2], [1e300, 3]]), "somewhere in row 1;"),
        ("f.npy", np.full((9, 1), np.nan), "in row 0, 1, 2, 3, 4 and 4 more;"),
        ("f.csv", "name,a\nx,1\ny,inf\n", "somewhere in row 3;"),
        ("f.csv", "name,a\nx,1\ny,\n", "somewhere in row 3;"),
        ("f.parquet", {"a": [1.0, None]}, "somewhere in row 2;"),
        ("f.csv", "name,a\nx,1\ny,z\n", "f.csv, row 3, column 'a': 'z' is not a nu"),
        ("f.csv", "name,a\nx,1\n,2\n", "f.csv, row 3 has no name; add it."),
        ("f.csv", "name,a\nx,1\nx,2\n", "lists 'x' twice, in rows 2 and 3; keep one."),
        ("f.csv", "1,2.5\n3,-4\n", "has numbers in its first row, where a table has"),
        ("f.csv", "name\nx\n", "f.csv holds no numbers; give every row some."),
        ("f.npy", np.zeros((0, 3)), "f.npy holds no numbers; give every row some."),
        ("f.npy", np.zeros(3), "f.npy holds float64 of shape (3,); give numbers with"),
        ("f.npy", np.array([["a"]]), "of shape (1, 1); give numbers with one row per"),
        ("f.npy", np.array([[{}]]), "holds Python objects (a pickle), which could run"),
        ("f.npy", "nothing", "f.npy is damaged, or holds Python objects (a pickle)"),
        ("f.npy", "", "f.npy is empty; give it"),
        ("f.npz", {"x": np.array([[{}]])}, "f.npz is damaged, or holds Python objects"),
        ("f.npz", {"x": ROWS, "y": ROWS}, "holds the arrays x, y; name the one that"),
        ("f.npz", {}, "f.npz holds the arrays (none); name the one that counts"),
        ("f.txt", "1 2", "f.txt is of the unknown kind '.txt'; save it as one of .npy"),
        ("f.parquet", {"v": [[1, 2], [3]]}, "row 2, column 'v' has 1 numbers where"),
        ("f.parquet", {"v": [[1, 2], None]}, "row 2, column 'v' has nothing where the"),
        ("f.parquet", {"v": [["a"], ["b"]]}, "lists of something else than numbers"),
    ],
)
def test_what_cannot_be_used_says_why(saved, name, content, message):
    with pytest.raises(DataError) as error:
        read_vectors(saved(name, content))
    assert message in str(error.value)
    assert str(error.value).startswith("f.")
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder(tmp_path):
    (tmp_path / "f.csv").mkdir()
    with pytest.raises(DataError, match=r"f.csv is a folder; name a file in it"):
        read_vectors(tmp_path / "f.csv")
    with pytest.raises(DataError, match=r"none.npy: No such file or directory; name"):
        read_vectors(tmp_path / "none.npy")


def test_what_unpacks_to_far_more_than_it_looks_is_not_unpacked(saved, monkeypatch):
    path = saved("bomb.npz", {"features": np.zeros((1000, 100))})
    with_room = read_vectors(path)
    assert with_room.values.shape == (1000, 100)
    monkeypatch.setattr(vectors, "UNPACKED", 700_000)
    with pytest.raises(DataError, match="GB once it is unpacked"):
        read_vectors(path)
