from dataclasses import replace

import numpy as np
import pytest

from core.relations import Relations
from dashboard.application import create_app
from dashboard.inspector import MOST, ranked, truths
from dashboard.shelf import Shelf

ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)


@pytest.fixture
def client(atlas):
    return create_app(
        Shelf({"animals": "Animals"}, lambda _: atlas)
    ).server.test_client()


def test_lists_are_ranked_by_the_boxes(atlas):
    told = ranked(atlas, BIRD, 2)
    assert {*told} == {"contains", "contained", "overlaps"}
    assert told["contains"]["rows"] == [EAGLE, PARROT]
    assert told["contains"]["inside"] == told["contains"]["true_inside"] == [1, 1]
    assert told["contains"]["around"] == [0.5, 0.5]
    assert told["contained"]["rows"] == [ANIMAL]
    assert told["overlaps"]["rows"] == [PET]
    assert (told["overlaps"]["inside"], told["overlaps"]["around"]) == ([0.5], [0.5])


def test_the_tightest_container_comes_first(atlas):
    told = ranked(atlas, PARROT, 2)
    assert told["contained"]["rows"] == [BIRD, PET, ANIMAL]
    assert told["contained"]["inside"] == [0.5, 0.5, 0.25]
    assert "contains" not in told  # a list with nothing in it is none


def test_lists_are_cut_and_counted(atlas, monkeypatch):
    monkeypatch.setattr("dashboard.inspector.LISTED", 2)
    told = ranked(atlas, ANIMAL, 2)["contains"]
    assert (told["count"], told["rows"]) == (6, [BIRD, FISH])


def measured(atlas):
    """The bird serves the eagle by 0.75, and the fish serves the bird by 0.5."""
    child, parent = (
        np.array(rows, dtype=np.int32) for rows in ([EAGLE, BIRD], [BIRD, FISH])
    )
    strength = np.array([0.75, 0.5], dtype=np.float32)
    return replace(atlas, relations=Relations(child, parent, strength, complete=False))


def test_measured_relations_say_what_transfers(atlas):
    told = ranked(measured(atlas), BIRD, 2)
    assert told["to"]["rows"] == [EAGLE]
    assert told["to"]["true_inside"] == [0.75]
    assert told["to"]["inside"] == [1]  # as the boxes say
    assert told["from"]["rows"] == [FISH]
    assert told["from"]["true_around"] == [0.5]
    assert told["from"]["around"] == [0]
    assert told["contains"]["true_inside"] == [0.75, None]


def test_truths_are_rows_in_columns(atlas):
    assert truths(atlas, [BIRD, EAGLE, PET]) == [
        [1, 0.5, 0.5],
        [1, 1, 0],
        [0.5, 0, 1],
    ]
    assert truths(measured(atlas), [EAGLE, BIRD]) == [[1, 0.75], [None, 1]]


def test_the_server_answers_of_the_task_or_else_of_the_focus(client):
    of = "/inspector.json?collection=animals"
    task = client.get(f"{of}&task=eagle&focus=bird&dim=3").json
    assert task["contained"]["rows"] == [BIRD, ANIMAL]
    assert client.get(f"{of}&focus=bird").json["overlaps"]["rows"] == [PET]
    assert client.get(of).json == {}


def test_the_server_tells_the_truth_of_a_few(client):
    assert client.get("/truth/animals.json?rows=4,1").json == [[1, 1], [0.5, 1]]


@pytest.mark.parametrize(
    "rows", ["", "7", "1,", "-1", "one", "1.5", "²", "9" * 5000, "0" + MOST * ",0"]
)
def test_other_questions_have_no_answer(client, rows):
    assert client.get(f"/truth/animals.json?rows={rows}").status_code == 404
    assert client.get("/truth/plants.json?rows=1").status_code == 404
