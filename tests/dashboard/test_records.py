import csv
import io
import json
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DataError
from dashboard.application import create_app
from dashboard.records import FORMULA, MOST, asked, csv_of, json_of, parquet_of, records
from tests.dashboard.shelves import shelved

NUMBERS = ["depth", "members", "lower_1", "upper_1", "lower_2", "upper_2"]
COLUMNS = ["name", "label", "parents", *NUMBERS]
texts = st.text(st.characters(codec="utf-8")) | st.builds(
    "{}{}".format, st.sampled_from(FORMULA), st.text(st.characters(codec="utf-8"))
)


@pytest.fixture
def client(atlas):
    return create_app(shelved(atlas)).server.test_client()


def lines(written):
    return list(csv.reader(io.StringIO(written.decode(), newline="")))


# What a row says


def test_a_task_is_told_with_its_box(atlas):
    frame = records(atlas, ["parrot", "animal"], 2)
    assert frame.columns.tolist() == COLUMNS
    parrot, animal = frame.to_dict("records")
    assert (parrot["name"], parrot["label"]) == ("parrot", "Parrot")
    assert list(parrot["parents"]) == ["bird", "pet"]
    assert [parrot[key] for key in NUMBERS] == [2, 1, 1, 2, 0, 1]
    assert [animal[key] for key in NUMBERS] == [0, 4, 0, 4, 0, 1]
    assert list(animal["parents"]) == []


def test_boxes_are_of_the_dimension_that_is_shown(atlas):
    frame = records(atlas, ["fish"], 3)
    assert frame.columns.tolist() == [*COLUMNS, "lower_3", "upper_3"]
    assert frame[["lower_3", "upper_3"]].to_numpy().tolist() == [[0, 1]]


def test_every_column_of_the_table_is_told_under_a_name_of_its_own(atlas):
    tasks = atlas.tasks.assign(rank="order", lower_1="mine", size=[1.5] * 7)
    frame = records(replace(atlas, tasks=tasks), ["bird"], 2)
    assert frame.columns.tolist() == [
        "name",
        "label",
        "rank",
        "lower_1 (metadata)",
        "size",
        "parents",
        *NUMBERS,
    ]
    assert frame["lower_1"].item() == 0
    assert frame["lower_1 (metadata)"].item() == "mine"


# Files


def test_csv_by_hand(atlas):
    tasks = atlas.tasks.assign(
        size=[np.nan, -0.1, *[1.0] * 5],
        public=[True] * 7,
        note=["=1+1", '"quoted", and\r\nbroken', "-", "", *[None] * 3],
    )
    frame = records(replace(atlas, tasks=tasks), ["animal", "bird", "fish"], 2)
    assert csv_of(frame).decode() == (
        "name,label,size,public,note,parents,depth,members,"
        "lower_1,upper_1,lower_2,upper_2\r\n"
        "animal,Animal,,true,'=1+1,[],0,4,0.0,4.0,0.0,1.0\r\n"
        'bird,Bird,-0.1,true,"""quoted"", and\r\nbroken","[""animal""]",1,2,'
        "0.0,2.0,0.0,1.0\r\n"
        'fish,Fish,1.0,true,\'-,"[""animal""]",1,2,2.0,4.0,0.0,1.0\r\n'
    )


def test_names_of_columns_are_no_formulas_either():
    assert csv_of(pd.DataFrame({"=A1": [1]})) == b"'=A1\r\n1\r\n"


@given(st.lists(texts, min_size=1))
def test_texts_of_a_csv_are_read_back_equal_or_after_an_apostrophe(told):
    (_, *rows) = lines(csv_of(pd.DataFrame({"k": 1, "text": told})))
    assert [text for _, text in rows] == [
        f"'{text}" if text.startswith(FORMULA) else text for text in told
    ]
    assert not any(text.startswith(FORMULA) for _, text in rows)


@given(
    st.lists(st.floats(width=32), min_size=1),
    st.sampled_from([np.float32, np.float64]),
)
def test_numbers_of_a_csv_are_read_back_equal(told, kind):
    (_, *rows) = lines(csv_of(pd.DataFrame({"k": 1, "x": np.array(told, kind)})))
    found = np.array([float(text or "nan") for _, text in rows], kind)
    np.testing.assert_array_equal(found, np.array(told, kind))


def test_numbers_of_32_bits_have_no_more_digits_than_they_need():
    frame = pd.DataFrame({"x": np.array([0.1, 42.7], np.float32)})
    assert csv_of(frame) == b"x\r\n0.1\r\n42.7\r\n"
    assert json.loads(json_of(frame)) == [{"x": 0.1}, {"x": 42.7}]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_whole_numbers_keep_every_digit(told):
    frame = pd.DataFrame({"x": told})
    assert [int(text) for (text,) in lines(csv_of(frame))[1:]] == told
    assert [row["x"] for row in json.loads(json_of(frame))] == told


@given(st.lists(st.floats(allow_infinity=False) | texts | st.booleans() | st.none()))
def test_json_is_read_back_equal_and_unknown_is_null(told):
    frame = pd.DataFrame({"x": pd.Series(told, dtype=object)})
    found = [row["x"] for row in json.loads(json_of(frame))]
    unknown = (float, type(None))
    assert found == [
        None if isinstance(one, unknown) and (one is None or math.isnan(one)) else one
        for one in told
    ]


def test_values_of_any_kind_are_written():
    told = [
        pd.Timestamp("2026-01-31"),
        np.array(["a", None]),
        {"k": np.float32(0.1)},
        b"\x00\xff",
        pd.NaT,
        float("inf"),
        np.bool_(True),
        np.int8(-5),
        1 + 2j,
    ]
    frame = pd.DataFrame({"x": pd.Series(told, dtype=object)})
    found = [row["x"] for row in json.loads(json_of(frame))]
    assert found == [
        "2026-01-31T00:00:00",
        ["a", None],
        {"k": 0.1},
        "AP8=",
        None,
        None,  # JSON has no infinity
        True,
        -5,
        "(1+2j)",
    ]
    cells = [text for (text, _) in lines(csv_of(frame.assign(k=1)))[1:]]
    assert cells[1:3] == ['["a", null]', '{"k": 0.1}']
    assert cells[4:] == ["", "inf", "true", "-5", "(1+2j)"]


def test_parquet_keeps_types(atlas):
    tasks = atlas.tasks.assign(size=np.float32(0.1))
    frame = records(replace(atlas, tasks=tasks), ["parrot", "animal"], 2)
    found = pd.read_parquet(io.BytesIO(parquet_of(frame)))
    assert found.columns.tolist() == frame.columns.tolist()
    assert found["size"].dtype == found["lower_1"].dtype == np.float32
    assert found["members"].dtype == np.int64
    assert [list(above) for above in found["parents"]] == [["bird", "pet"], []]


# What is asked


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "as a list"),
        ([], "as a list"),
        ({"dim": 2}, "as a list"),
        ({"names": [], "dim": 2}, "as a list"),
        ({"names": "bird", "dim": 2}, "as a list"),
        ({"names": ["bird"]}, "no boxes in None"),
        ({"names": ["bird"], "dim": True}, "no boxes in True"),
        ({"names": ["bird"], "dim": "2"}, "no boxes in '2'"),
        ({"names": ["bird"], "dim": 5}, "no boxes in 5D"),
        ({"names": ["bird", "cat"], "dim": 2}, "no task 'cat'"),
        ({"names": ["bird", ["fish"]], "dim": 2}, "no task ['fish']"),
    ],
)
def test_what_cannot_be_written_is_said(atlas, client, document, message):
    with pytest.raises(DataError, match=re.escape(message)):
        asked(document, atlas)
    answer = client.post("/data/animals.csv", json=document)
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert message in answer.text


def test_a_task_is_written_once(atlas):
    document = {"names": ["bird", "fish", "bird"], "dim": 3}
    assert asked(document, atlas) == (["bird", "fish"], 3)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_a_file_says_collection_and_count(client, atlas, kind):
    document = {"names": ["fish", "eagle"], "dim": 2}
    answer = client.post(f"/data/animals.{kind}", json=document)
    assert answer.status_code == 200
    said = f"attachment; filename=animals-2-tasks.{kind}"
    assert answer.headers["Content-Disposition"] == said
    assert len(answer.data) > 50
    one = client.post(f"/data/animals.{kind}", json={"names": ["fish"], "dim": 2})
    assert "animals-1-task." in one.headers["Content-Disposition"]


def test_a_file_is_of_these_tasks_in_this_order(client):
    answer = client.post(
        "/data/animals.csv", json={"names": ["fish", "eagle"], "dim": 2}
    )
    assert [line[0] for line in lines(answer.data)] == ["name", "fish", "eagle"]


def test_there_are_no_other_files(client):
    document = {"names": ["fish"], "dim": 2}
    assert client.post("/data/plants.csv", json=document).status_code == 404
    assert client.post("/data/animals.exe", json=document).status_code in (404, 405)
    assert client.get("/data/animals.csv").mimetype == "text/html"  # the page itself


def test_a_request_that_is_no_document_is_refused(client):
    answer = client.post(
        "/data/animals.csv", data=b"{", content_type="application/json"
    )
    assert answer.status_code == 400
    many = client.post("/data/animals.csv", json={"names": ["x" * MOST], "dim": 2})
    assert many.status_code == 413
