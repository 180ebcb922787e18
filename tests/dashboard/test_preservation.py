import json
from dataclasses import replace

import numpy as np
import pytest

from core.nearest import directions
from core.preservation import SAMPLE
from core.projection import Projection
from core.relations import Relations
from dashboard.application import create_app
from dashboard.preservation import preservation
from dashboard.shelf import Shelf
from tests.dashboard.test_nearest import many

NAMES = ("animal", "bird", "fish", "pet", "eagle", "parrot", "goldfish")


@pytest.fixture
def known(collection):
    return directions(collection.features, collection.membership)


def test_boxes_and_every_map_are_measured_on_the_same_tasks(atlas, known):
    told = preservation(atlas, known, NAMES, 2)
    assert (told["tasks"], told["measured"], told["neighbours"]) == (7, 7, 3)
    assert told["containments"] == 11
    boxes, points = told["boxes"], told["points"]["pca"]
    assert (boxes["either"], boxes["directed"]) == (1, 1)
    assert boxes["size"] == pytest.approx(1)  # a box is as long as it has members
    assert points["directed"] == points["either"] / 2
    assert "size" not in points
    for figures in (boxes, points):
        assert 0 < figures["trustworthiness"] <= 1
        assert 0 < figures["continuity"] <= 1


def test_a_map_that_is_the_features_is_trustworthy(atlas, known):
    flat = known[:, :2] / np.linalg.norm(known[:, :2], axis=1, keepdims=True)
    seen = Projection(flat, tuple(NAMES), "pca", {})
    told = preservation(replace(atlas, projections={"pca": seen}), flat, NAMES, 2)
    assert told["points"]["pca"]["trustworthiness"] == 1
    assert told["points"]["pca"]["continuity"] == 1


def test_without_features_there_are_containments_only(atlas):
    told = preservation(atlas, None, NAMES, 3)
    assert set(told["boxes"]) == {"either", "directed", "size"}
    assert set(told["points"]["pca"]) == {"either", "directed"}


def test_few_containments_are_not_measured(atlas, known):
    told = preservation(atlas, known, ("bird", "fish", "pet", "eagle", "parrot"), 2)
    assert told["containments"] == 3
    assert "either" not in told["boxes"]
    assert "either" not in told["points"]["pca"]


def test_sizes_that_do_not_differ_are_not_measured(atlas):
    one = replace(atlas, tasks=atlas.tasks.assign(members=1))
    assert "size" not in preservation(one, None, NAMES, 2)["boxes"]
    sized = one.tasks.assign(size=[9, 8, 7, 6, 5, np.nan, np.nan])
    told = preservation(replace(one, tasks=sized), None, NAMES, 2)
    assert told["boxes"]["size"] > 0.5


def test_of_many_tasks_a_sample_is_measured(atlas):
    made = many(atlas, SAMPLE + 9, lambda k: [])
    told = preservation(made, None, tuple(made.tasks.index), 2)
    assert (told["tasks"], told["measured"]) == (SAMPLE + 9, SAMPLE)


def test_unmeasured_relations_are_left_out(atlas):
    child, parent = np.array([1, 4]), np.array([0, 1])
    relations = Relations(child, parent, np.ones(2), complete=False)
    told = preservation(replace(atlas, relations=relations), None, NAMES, 2)
    assert told["containments"] == 0


@pytest.mark.parametrize(("count", "said"), [(1, "1 task has"), (4, "4 tasks have")])
def test_few_tasks_have_no_neighbourhoods(atlas, known, count, said):
    (fault,) = preservation(atlas, known, NAMES[:count], 2).values()
    assert fault.startswith(f"{said} no neighbourhoods")


# Over HTTP


@pytest.fixture
def ask(atlas, known):
    shelf = Shelf({"animals": "Animals"}, {"animals": atlas}.get, lambda name: known)
    client = create_app(shelf).server.test_client()

    def ask(document, name="animals"):
        return client.post(f"/preservation/{name}.json", json=document)

    return ask


def test_the_page_asks_with_names(ask, atlas, known):
    answer = ask({"names": [*NAMES], "dim": 3})
    assert answer.status_code == 200
    told = json.loads(answer.text, parse_constant=pytest.fail)
    assert told == preservation(atlas, known, NAMES, 3)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"names": [], "dim": 2}, "Give the names"),
        ({"names": ["cat"], "dim": 2}, "no task 'cat'"),
        ({"names": [*NAMES], "dim": 4}, "no boxes in 4D"),
        ([1], "Give the names"),
    ],
)
def test_what_cannot_be_measured_is_said(ask, document, said):
    answer = ask(document)
    assert answer.status_code == 400
    assert said in answer.text
    assert answer.mimetype == "text/plain"


def test_of_an_unknown_collection_nothing_is_known(ask):
    assert ask({"names": ["bird"], "dim": 2}, "plants").status_code == 404
