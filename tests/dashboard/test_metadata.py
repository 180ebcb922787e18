from datetime import date

import numpy as np
import pandas as pd
import pytest
from dash import html

from dashboard.metadata import (
    address,
    counted,
    facts,
    plural,
    said,
    shown,
    sizes,
    texts,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("birds", "birds"),
        ("  birds \n", "birds"),
        (1234567, "1,234,567"),
        (np.int64(8142), "8,142"),
        (60000.0, "60,000"),
        (-12.0, "-12"),
        (0.123456, "0.1235"),
        (1234.56, "1,234.6"),
        (np.float32(0.5), "0.5"),
        (True, "yes"),
        (np.bool_(False), "no"),
        (["a", "b"], "a, b"),
        (("a", None, "", 3), "a, 3"),
        (np.array(["a", "b"], dtype=object), "a, b"),
        ({"train": 1000, "test": None}, "train: 1,000"),
        (date(2018, 5, 1), "2018-05-01"),
        (pd.Timestamp("2018-05-01"), "2018-05-01"),
        (pd.Timestamp("2018-05-01 12:30"), "2018-05-01T12:30:00"),
        (float("inf"), "inf"),
        (b"raw", "3 bytes"),
    ],
)
def test_a_value_is_said_as_a_person_would(value, words):
    assert said(value) == words


@pytest.mark.parametrize(
    "nothing",
    [None, float("nan"), pd.NA, pd.NaT, np.float32("nan"), "", "  ", [], {}, [None]],
)
def test_nothing_is_said_of_what_is_not_known(nothing):
    assert said(nothing) == ""
    assert shown(nothing) is None


@pytest.mark.parametrize(
    "text", ["https://huggingface.co/datasets/mnist", "http://a.org/?q=1&r=2#s"]
)
def test_an_address_on_the_web_is_a_safe_link(text):
    link = shown(text)
    assert isinstance(link, html.A)
    assert (link.href, link.children) == (text, text)
    assert {"noopener", "noreferrer"} <= {*link.rel.split()}


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://a.org",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "ftp://a.org/b",
        "https:",
        "//a.org",
        "https://a.org and more words",
        "see https://a.org",
        "https://[broken",
        "",
    ],
)
def test_nothing_else_is_a_link(text):
    assert address(text) == ""
    assert not isinstance(shown(text), html.A)


def test_a_long_text_has_a_place_of_its_own_that_scrolls():
    panel = shown("word " * 2_000)
    assert panel.className == "long"
    assert panel.tabIndex == 0  # so that keys reach it
    assert len(panel.children) == 9_999


def test_every_further_column_is_a_fact_under_a_word():
    task = pd.Series(
        {
            "label": "x",
            "parents": [],
            "depth": 0,
            "members": 1,
            "definition": "y",
            "also": "fauna",
            "licence": "MIT",
            "number_of_labels": 10,
            "Größe": 1.5,
            "<b>": "<i>",
            "size": float("nan"),
            7: "seven",
        }
    )
    assert facts(task) == {
        "Same members as": "fauna",
        "Licence": "MIT",
        "Number of labels": "10",
        "Größe": "1.5",
        "<b>": "<i>",
        "7": "seven",
    }


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("class", "classes"),
        ("species", "species"),
        ("image", "images"),
        ("category", "categories"),
        ("key", "keys"),
        ("box", "boxes"),
        ("data set", "data sets"),
        ("y", "ys"),
    ],
)
def test_more_than_one(one, many):
    assert plural(one) == many


def test_sizes_are_numbers_or_not_known():
    tasks = pd.DataFrame({"size": ["60000", None, "many", -3], "members": 1})
    np.testing.assert_array_equal(sizes(tasks), [60_000, np.nan, np.nan, np.nan])
    whole = pd.DataFrame({"size": pd.array([1, None], dtype="Int64"), "members": 1})
    np.testing.assert_array_equal(sizes(whole), [1, np.nan])
    assert sizes(pd.DataFrame({"other": [1]})) is None
    assert sizes(pd.DataFrame({"size": [None, float("nan")], "members": 1})) is None


def test_sizes_that_are_the_numbers_of_members_say_nothing_new():
    assert sizes(pd.DataFrame({"size": [5.0, 3], "members": [5, 3]})) is None
    assert sizes(pd.DataFrame({"size": [5.0, 4], "members": [5, 3]})) is not None


@pytest.mark.parametrize(
    ("members", "size", "tells"),
    [
        ([1, 1], None, False),
        ([2, 1], None, True),
        ([500, 1], [500, None], False),  # sizes where known, 1 where not
        ([500, 3], [500, None], True),
        ([2, 1], [60_000, 10_000], True),
        ([500, 3], [500, 3], True),
    ],
)
def test_members_are_told_where_they_say_more_than_sizes(members, size, tells):
    tasks = pd.DataFrame({"members": members})
    assert counted(tasks if size is None else tasks.assign(size=size)) is tells


def test_texts_of_all_columns_are_searched_and_numbers_are_not():
    tasks = pd.DataFrame(
        {
            "label": ["a", "b"],
            "definition": ["x", "y"],
            "lemmas": ["x", "y"],
            "parents": [[], ["a"]],
            "depth": [0, 1],
            "members": [2, 1],
            "size": [1.5, None],
            "public": [True, False],
            "multi_label": ["yes", None],
            "topics": [["food", "fruit"], None],
            "owner": [None, float("nan")],
            "mixed": [3, "three"],
            "raw": [b"abc", None],
        },
        index=["one", "two"],
    )
    assert texts(tasks) == {
        "Multi label": ["yes", ""],
        "Topics": ["food, fruit", ""],
        "Mixed": ["", "three"],
    }
