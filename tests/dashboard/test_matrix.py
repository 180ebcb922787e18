"""Distances of tasks over HTTP: their order, their limits, and what is kept of them."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from core.descriptions import Description, by_directions, by_moments
from core.features import pooled
from core.nearest import directions
from core.neighbourhoods import innermost
from dashboard.application import create_app
from dashboard.filters import between
from dashboard.matrix import MOST, matrix, neighbourhoods, offered
from dashboard.payload import payload
from dashboard.view import besides_of, colors_of, view_from_query
from tests.dashboard.shelves import shelved

ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)
SOME = f"{GOLDFISH},{BIRD},{FISH},{EAGLE}"


@pytest.fixture
def known(atlas):
    return replace(atlas, described=("mean", "mean+variance", "task2vec"))


@pytest.fixture
def described(collection):
    """What each kind says; Task2Vec, of all but the pet, is made up of the members."""
    mean, variance = pooled(collection.features, collection.membership)
    away = directions(collection.features, collection.membership)
    away[PET] = 0
    some = by_directions(away)
    between = {"cosine": some.measures["cosine"], "transfer": some.measures["cosine"]}
    norm = np.where(some.told, np.arange(7.0) / 2, np.nan)
    return {
        "mean+variance": by_moments(mean, variance),
        "task2vec": Description(some.told, between, norm),
    }


@pytest.fixture
def away(collection):
    return directions(collection.features, collection.membership)


@pytest.fixture
def client(known, away, described):
    asked = []

    def describe_by(name, kind):
        asked.append(kind)
        return described[kind]

    shelf = shelved(known, describe=lambda name: away, describe_by=describe_by)
    client = create_app(shelf).server.test_client()
    client.asked = asked
    return client


def numbers(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def get(client, kind, measure="cosine", rows=SOME):
    query = {"features": kind, "measure": measure, "rows": rows}
    return client.get("/matrix/animals.json", query_string=query)


def test_rows_come_in_the_order_of_their_dendrogram(client, away):
    sent = get(client, "mean").get_json()
    order = sent["rows"]
    assert sorted(order) == [BIRD, FISH, EAGLE, GOLDFISH]
    assert {*order[:2]} in ({BIRD, EAGLE}, {FISH, GOLDFISH})
    far = numbers(sent["far"]).reshape(4, 4)
    expected = 1 - away[order] @ away[order].T
    np.testing.assert_allclose(far, expected, atol=1e-6)
    # By places: each pair of neighbours, then the two pairs.
    assert sorted(map(sorted, sent["joins"][:2])) == [[0, 1], [2, 3]]
    assert sorted(sent["joins"][2]) == [4, 5]
    assert numbers(sent["height"])[2] == pytest.approx(far[:2, 2:].mean(), abs=1e-6)


def test_a_directed_distance_leads_from_row_to_column(client, described):
    sent = get(client, "mean+variance", "divergence").get_json()
    rows = np.array(sent["rows"])
    far = numbers(sent["far"]).reshape(4, 4)
    expected = described["mean+variance"].measures["divergence"](rows, rows)
    np.testing.assert_allclose(far, expected, rtol=1e-5, atol=1e-6)
    assert abs(far - far.T).max() > 1


def test_what_is_not_described_is_left_out(client):
    sent = get(client, "task2vec", "transfer", f"{PET},{BIRD},{FISH}").get_json()
    assert sorted(sent["rows"]) == [BIRD, FISH]
    alone = get(client, "task2vec", "transfer", str(PET)).get_json()
    assert (alone["rows"], alone["far"], alone["joins"]) == ([], "", [])


def test_a_browser_that_has_it_is_not_sent_it_again(client):
    first = get(client, "mean+variance")
    assert first.headers["ETag"]
    query = {"features": "mean+variance", "measure": "cosine", "rows": SOME}
    again = client.get(
        "/matrix/animals.json",
        query_string=query,
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert (again.status_code, again.data) == (304, b"")
    assert client.asked == ["mean+variance"]  # read once


@pytest.mark.parametrize(
    ("kind", "measure", "rows"),
    [
        ("mean", "cosine", ""),
        ("mean", "cosine", "7"),
        ("mean", "cosine", "-1"),
        ("mean", "cosine", "x"),
        ("mean", "cosine", ",".join(["1"] * (MOST + 1))),
        ("mean", "divergence", "1,2"),
        ("median", "cosine", "1,2"),
        ("", "", "1,2"),
    ],
)
def test_what_there_is_not_is_not_found(client, kind, measure, rows):
    assert get(client, kind, measure, rows).status_code == 404


def test_of_a_collection_that_is_not_described_there_is_none(atlas, away):
    plain = create_app(shelved(atlas, describe=lambda name: away)).server.test_client()
    assert get(plain, "mean").status_code == 404
    assert "matrix" not in besides_of(atlas)
    assert payload(atlas)["described"] == {}


def test_the_nearest_tasks_go_by_the_features_of_the_view(client, away):
    told = client.get("/nearest.json?task=eagle&features=task2vec").get_json()
    rows = told["features"]["rows"]
    assert PET not in rows and len(rows) == 5
    expected = away[rows] @ away[EAGLE]
    np.testing.assert_allclose(told["features"]["numbers"], expected, atol=1e-6)
    assert set(client.get("/nearest.json?task=pet&features=task2vec").get_json()) == {
        "boxes"
    }


def test_a_view_has_only_what_there_is(atlas, known):
    query = "?features=mean%2Bvariance&measure=divergence&beside=matrix"
    view, faults = view_from_query(query, {"animals": known})
    assert (view.features, view.measure, faults) == ("mean+variance", "divergence", ())
    assert view.beside == "matrix"
    view, faults = view_from_query("?measure=divergence", {"animals": known})
    assert (view.features, view.measure) == ("mean", "cosine")
    assert faults == ("The distance 'divergence' is unknown.",)
    view, faults = view_from_query("?features=task2vec", {"animals": atlas})
    assert view.features == "mean"
    assert faults == ("The description 'task2vec' is unknown.",)


def test_every_distance_says_whether_it_has_a_direction(known):
    told = offered(known)
    assert told["mean+variance"]["measures"] == {
        "cosine": ["cosine", False],
        "divergence": ["KL divergence", True],
    }
    assert told["task2vec"]["measures"]["transfer"] == ["transfer", True]


# Difficulty


def test_difficulty_is_a_colour_where_there_is_a_norm(client, atlas, known):
    assert "difficulty" not in colors_of(atlas)
    assert colors_of(known)[-1] == "difficulty"
    assert payload(known)["columns"]["difficulty"] == "Difficulty (norm of Task2Vec)"
    sent = client.get("/column/animals.json?color=difficulty").get_json()
    found = np.frombuffer(base64.b64decode(sent["numbers"]))
    np.testing.assert_array_equal(found, [0, 0.5, 1, np.nan, 2, 2.5, 3])
    assert between("1,2", known, "difficulty", []) == "1,2"


def test_without_task2vec_there_is_no_such_column(atlas):
    plain = create_app(shelved(atlas)).server.test_client()
    assert plain.get("/column/animals.json?color=difficulty").status_code == 404


# Neighbours and taxonomy


def test_neighbours_are_of_tasks_none_of_which_holds_another(atlas, away, described):
    kinds = {"mean": by_directions(away), **described}
    # Eagle, parrot, goldfish: too few to speak of.
    assert innermost(atlas.hierarchy, range(7)) == [EAGLE, PARROT, GOLDFISH]
    assert neighbourhoods(atlas, kinds, range(7)) == {}


def test_shares_of_what_could_be_found():
    from tests.core.test_neighbourhoods import NAMES, TREE

    class Some:
        name, hierarchy, row_of = (
            "some",
            TREE,
            {name: k for k, name in enumerate(NAMES)},
        )

    # Of golden, bald, parrot and shark, in a row.
    at = np.zeros((8, 1))
    at[3:7, 0] = [0, 1, 2, 3.5]

    def far(rows, others):
        return np.abs(at[rows] - at[others].T)

    told = neighbourhoods(
        Some, {"mean": Description(np.ones(8, bool), {"cosine": far})}, [3, 4, 5, 6]
    )
    assert told["tasks"] == 4
    assert told["asked"] == [1]
    assert told["nearest"] == {"mean": "cosine"}
    # Golden and bald find each other, the parrot finds bald, the shark the parrot.
    assert told["curves"]["mean"][0] == told["oracle"][0] == 0.75
    assert told["shares"] == {"mean": [1.0]}
    assert told["published"] == []


def test_the_page_asks_for_neighbourhoods(client):
    answer = client.get("/neighbourhoods/animals.json?rows=1,2")
    assert (answer.status_code, answer.get_json()) == (200, {})
    assert client.get("/neighbourhoods/animals.json?rows=9").status_code == 404


def test_the_standalone_file_has_the_matrix_that_is_seen(client):
    import gzip
    import json
    import re

    def packed(query):
        text = client.get(f"/export/animals.html?{query}").text
        found = re.search(r'id="matrix">([^<]*)<', text)[1]
        return json.loads(gzip.decompress(base64.b64decode(found)))

    query = "collection=animals&beside=matrix&features=mean%2Bvariance"
    assert sorted(packed(f"{query}&rows=1,2,4")["rows"]) == [1, 2, 4]
    assert packed(query) == {}
    assert packed("collection=animals&rows=1,2,4") == {}


def test_the_mean_of_both_ways_joins_tasks():
    far = np.array([[0.0, 1, 9], [3, 0, 9], [9, 9, 0]])
    one = Description(np.ones(3, bool), {"there": lambda rows, others: far})
    told = matrix(one, [0, 1, 2], "there")
    assert told["height"].tolist() == [2, 9]
