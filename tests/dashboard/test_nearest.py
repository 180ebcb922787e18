import json
from dataclasses import replace

import numpy as np
import pytest

from core.boxes import Boxes
from core.descriptions import by_directions
from core.nearest import directions
from core.relations import Relations
from dashboard.application import create_app
from dashboard.nearest import NEAREST, STRANGERS, kin, nearest
from dashboard.shelf import Shelf

ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)
NONE = np.zeros(0, dtype=np.int32)


@pytest.fixture
def away(collection):
    return directions(collection.features, collection.membership)


@pytest.fixture
def known(away):
    return by_directions(away)


def test_kin_are_above_below_and_beside(atlas):
    assert kin(atlas, EAGLE) == {ANIMAL, BIRD, EAGLE, PARROT}
    # The parrot is also a pet, and the goldfish as well.
    assert kin(atlas, PARROT) == {ANIMAL, BIRD, PET, EAGLE, PARROT, GOLDFISH}
    assert kin(atlas, BIRD) == {ANIMAL, BIRD, FISH, PET, EAGLE, PARROT}
    assert kin(atlas, ANIMAL) == set(range(7))


def test_the_nearest_by_box_come_with_their_distance(atlas, known):
    told = nearest(atlas, known, EAGLE, 2)["boxes"]
    # The eagle is [0, 1] of [0, 4]; ties go by row.
    assert told["rows"] == [BIRD, PARROT, PET, GOLDFISH, ANIMAL, FISH]
    assert told["numbers"] == [0.25, 0.25, 0.5, 0.5, 0.75, 0.75]
    assert told["strange"] == [False, False, True, True, False, True]


def test_the_nearest_by_features_come_with_their_cosine(atlas, away, known):
    told = nearest(atlas, known, EAGLE, 3)["features"]
    assert EAGLE not in told["rows"]
    assert told["rows"][0] == BIRD
    expected = away[told["rows"]] @ away[EAGLE]
    np.testing.assert_allclose(told["numbers"], expected, atol=1e-6)
    assert told["numbers"] == sorted(told["numbers"], reverse=True)


def many(atlas, count, parent_of):
    """An atlas of so many boxes of one side in a row."""
    names = [f"t{k}" for k in range(count)]
    tasks = atlas.tasks.iloc[[0] * count].set_axis(names)
    tasks = tasks.assign(parents=[parent_of(k) for k in range(count)])
    lower = np.stack([np.arange(count), np.zeros(count)], 1).astype(np.float32)
    return replace(
        atlas,
        tasks=tasks,
        relations=Relations(NONE, NONE, np.zeros(0, np.float32)),
        boxes={2: Boxes(lower, lower + 1, tuple(names))},
        projections={},
    )


def test_strangers_are_listed_after_many_kin(atlas):
    # Two families of 20 in one row: the stranger nearest to t0 is t20.
    made = many(atlas, 42, lambda k: [] if k > 39 else ["t40" if k < 20 else "t41"])
    told = nearest(made, None, 0, 2)["boxes"]
    assert told["rows"] == [*range(1, NEAREST + 1), 20, 21, 22]
    assert told["strange"] == [False] * NEAREST + [True] * STRANGERS


def test_where_nothing_lies_in_anything_nobody_is_strange(atlas):
    told = nearest(many(atlas, 30, lambda k: []), None, 5, 2)["boxes"]
    assert len(told["rows"]) == NEAREST
    assert told["rows"][:4] == [4, 6, 3, 7]
    assert told["strange"] == [False] * NEAREST


def test_without_features_or_in_the_middle_of_them_boxes_are_all_there_is(atlas, away):
    assert set(nearest(atlas, None, EAGLE, 2)) == {"boxes"}
    middle = away.copy()
    middle[EAGLE] = 0
    assert set(nearest(atlas, by_directions(middle), EAGLE, 2)) == {"boxes"}
    near = nearest(atlas, by_directions(middle), BIRD, 2)["features"]["rows"]
    assert len(near) == 5 and EAGLE not in near  # of which nothing is known


def test_a_task_alone_has_nothing_near(atlas):
    alone = many(atlas, 1, lambda k: [])
    told = nearest(alone, by_directions(np.eye(1, dtype=np.float32)), 0, 2)
    assert told["boxes"]["rows"] == told["features"]["rows"] == []


# Over HTTP


@pytest.fixture
def ask(atlas, away):
    read = []
    shelf = Shelf(
        {"animals": "Animals"},
        {"animals": atlas}.get,
        lambda n: read.append(n) or away,
    )
    client = create_app(shelf).server.test_client()

    def ask(query):
        answer = client.get(f"/nearest.json?{query}")
        assert answer.status_code == 200
        return json.loads(answer.text, parse_constant=pytest.fail)

    ask.read = read
    return ask


def test_the_page_asks_for_the_chosen_task_or_the_focus(ask, atlas, known):
    expected = nearest(atlas, known, EAGLE, 3)
    assert ask("task=eagle&focus=bird&dim=3") == expected
    assert ask("focus=eagle&dim=3") == expected
    assert ask.read == ["animals"]  # once


def test_without_a_task_features_are_not_read(ask):
    assert ask("task=") == ask("task=unicorn") == {}
    assert ask.read == []
