import numpy as np
import pandas as pd
import pytest

from core.errors import DataError
from core.tables import lists, numbers, read_table, texts, typed


@pytest.fixture
def table(tmp_path):
    """Read a table out of what is in the file."""

    def read(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path)

    return read


@pytest.fixture
def parquet(tmp_path):
    """Read a table out of a Parquet file with these columns."""

    def read(columns, **options):
        path = tmp_path / "t.parquet"
        pd.DataFrame(columns).to_parquet(path, **options)
        return read_table(path)

    return read


# What is written stays


@pytest.mark.parametrize(
    "name",
    ["001", "NA", "nan", "None", "null", "TRUE", "1e5", "-", "a/b", "🦜", "x" * 9999],
)
def test_any_text_is_a_name(table, name):
    assert texts(table(f"name\n{name}\n"), "name") == [name]


def test_space_around_is_no_part_of_a_text(table):
    assert texts(table("name \n  two words\t\n"), "name") == ["two words"]


def test_lines_in_quotes_are_one_row(table):
    found = table('name,about\n"a ""b""","one,\ntwo"\nc,d\n')
    assert texts(found, "name") == ['a "b"', "c"]
    assert found.at(1) == "t.csv, row 3"


def test_rows_count_as_in_a_spreadsheet(table):
    found = table("name,x\n\na,1\n,\nb,2\n\n")
    assert [found.at(0), found.at(1)] == ["t.csv, row 3", "t.csv, row 5"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_will_do(table, end):
    assert texts(table(end.join(["name", "a", "b"])), "name") == ["a", "b"]


# What is assumed is said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,x\né,1\n".encode(), ""),
        (b"\xef\xbb\xbf" + "name,x\né,1\n".encode(), ""),
        ("name;x\né;1\n".encode(), "separated by semicolons"),
        ("name\tx\né\t1\n".encode(), "separated by tabs"),
        ("name,x\né,1\n".encode("cp1252"), "in Windows-1252"),
        ("name\tx\né\t1\n".encode("utf-16"), "separated by tabs, in UTF-16"),
        (
            "name;x\né;1,0\n".encode("cp1252"),
            "separated by semicolons, in Windows-1252, with decimal commas",
        ),
        (",name,x\n0,é,1\n".encode(), "without column 1, which has no name"),
        ("name,x,\né,1,\n".encode(), ""),  # an empty column is none
    ],
)
def test_what_a_program_writes_is_read(table, content, said):
    found = table(content)
    assert texts(found, "name") == ["é"]
    assert numbers(found, ["x"]).tolist() == [[1]]
    assert found.columns == ["name", "x"]
    assert found.read_as == said


def test_decimal_commas(table):
    found = table("x;y\n0,5;1\n-1,5e3;2\n")
    np.testing.assert_array_equal(numbers(found, ["x", "y"]), [[0.5, 1], [-1500, 2]])
    assert typed(found, "x").tolist()[0] == "0,5"  # -1,5e3 would be written otherwise


def test_points_and_commas_in_one_file_are_not_guessed_at(table):
    found = table("x;y\n0,5;1.5\n")
    with pytest.raises(DataError, match=r"row 2, column 'x': '0,5' is not a number"):
        numbers(found, ["x", "y"])


# Types


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-20", ""], "Int64"),
        (["2.5", "7", ""], "Float64"),
        (["007", "1"], "object"),
        (["2.50", "1"], "object"),
        (["1", "x"], "object"),
        (["1", "inf"], "object"),
        (["99999999999999999999", "1"], "object"),
        (["NA", "1"], "object"),
        (["", ""], "object"),
    ],
)
def test_texts_become_numbers_where_nothing_is_lost(table, cells, kind):
    found = table("name,x\n" + "".join(f"n,{cell}\n" for cell in cells))
    assert typed(found, "x").dtype == kind


def test_decimal_commas_become_numbers_too(table):
    assert typed(table("a;x\nb;2,5\nc;3\n"), "x").tolist() == [2.5, 3]


def test_parquet_keeps_its_types(parquet):
    found = parquet(
        {
            "name": ["7", None],
            "code": ["12", "13"],
            "day": pd.to_datetime(["2020-01-01", "2021-01-01"]),
            "parents": [["a", "b "], None],
            "whole": pd.array([1, None], dtype="Int64"),
        }
    )
    assert texts(found, "name") == ["7", ""]
    assert typed(found, "code").tolist() == ["12", "13"]
    assert typed(found, "day").dtype.kind == "M"
    assert lists(found, "parents") == [["a", "b"], []]
    assert texts(found, "whole") == ["1", ""]
    assert found.at(0) == "t.parquet, row 1"


def test_the_row_numbers_of_pandas_are_no_column(tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"name": ["a", "b"]}, index=[5, 3]).to_parquet(path)
    assert read_table(path).columns == ["name"]


# Bad input: one line that says where, what and the remedy


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "t.csv is empty; give it"),
        (" \n\n", "t.csv is empty; give it"),
        ("\ufeff\n", "t.csv is empty; give it"),
        ("name,x\n", "t.csv has no rows; add some."),
        ("name,x\na,1\nb\n", "t.csv, row 3 has 1 cells where the header has 2; give"),
        ("name,x\na,1,2\n", "t.csv, row 2 has 3 cells where the header has 2; give"),
        ('name,x\na,1\n"b,2\n', "t.csv, row 3 cannot be read: unexpected end of data"),
        ('name,x\n"b"c,2\n', "t.csv, row 2 cannot be read: ',' expected after '\"'"),
        ("name, name \na,1\n", "t.csv has two columns 'name'; rename one."),
        (b"PK\x03\x04\x00\x00", "t.csv is not a text; save it as CSV in UTF-8."),
        (b"name\n\x81\n", "t.csv is not a text; save it as CSV in UTF-8."),
    ],
)
def test_a_csv_that_cannot_be_read_says_why(table, content, message):
    with pytest.raises(DataError) as error:
        table(content)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_a_folder_and_another_kind(tmp_path):
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    (tmp_path / "folder.csv").mkdir()
    for name, message in (
        ("none.csv", "none.csv: No such file or directory; name a file"),
        ("folder.csv", "folder.csv is a folder; name a file in it."),
        ("t.xlsx", "t.xlsx is of the unknown kind '.xlsx'; save it as one of .csv"),
    ):
        with pytest.raises(DataError) as error:
            read_table(tmp_path / name)
        assert message in str(error.value)


def test_damaged_parquet_is_said(table):
    with pytest.raises(DataError, match=r"t.parquet is damaged or not Parquet; write"):
        table("PAR1 not", "t.parquet")


def test_parquet_with_two_columns_of_one_name(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    columns = [pa.array(["a"]), pa.array(["b"])]
    parquet.write_table(
        pa.table(columns, names=["name", "name"]), tmp_path / "t.parquet"
    )
    with pytest.raises(DataError, match=r"t.parquet has two columns 'name'; rename"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize("value", [1.5, True, b"a", "a\0"])
def test_a_name_is_a_text(parquet, value):
    with pytest.raises(DataError, match=r"t.parquet, row 1, column 'name': .*text"):
        texts(parquet({"name": [value]}), "name")


@pytest.mark.parametrize("cell", ["a", "1.234,5", "0x1"])
def test_a_cell_that_is_no_number_is_named(table, cell):
    found = table(f"name;x\na;1\n\nb;{cell}\n")
    with pytest.raises(DataError) as error:
        numbers(found, ["x"])
    assert str(error.value) == (
        f"t.csv, row 4, column 'x': '{cell}' is not a number; write it like 1234.5."
    )


def test_dates_are_no_numbers(parquet):
    found = parquet({"x": pd.to_datetime(["2020-01-01"])})
    with pytest.raises(
        DataError, match=r"t.parquet, row 1, column 'x': .*not a number"
    ):
        numbers(found, ["x"])


def test_a_missing_column_says_what_there_is(table):
    with pytest.raises(DataError) as error:
        table("Name;x\na;1\n").need("name")
    assert str(error.value) == (
        "t.csv has no column 'name', only 'Name', 'x'; add or rename one."
    )
