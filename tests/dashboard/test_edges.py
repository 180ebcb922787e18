import base64
import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.edges import edges_of
from core.relations import Relations
from dashboard.application import create_app
from dashboard.edges import LISTED, colors, errors, judged, sent, states
from dashboard.shelf import Shelf
from dashboard.view import colors_of
from tests.dashboard.arrays import read

ANIMAL, BIRD, FISH, PET, EAGLE, PARROT, GOLDFISH = range(7)
NONE, LEARNED, SPURIOUS, MISSED = range(4)


@pytest.fixture
def astray(atlas):
    """The eagle where the goldfish is, in two dimensions."""
    boxes = atlas.boxes[2]
    lower, upper = boxes.lower.copy(), boxes.upper.copy()
    lower[EAGLE], upper[EAGLE] = lower[GOLDFISH], upper[GOLDFISH]
    moved = replace(boxes, lower=lower, upper=upper)
    return replace(atlas, boxes={2: moved, 3: atlas.boxes[3]})


@pytest.fixture
def edges(astray):
    return edges_of(astray.boxes[2], astray.relations, astray.hierarchy)


@pytest.fixture
def client(astray):
    return create_app(
        Shelf({"animals": "Animals"}, lambda _: astray)
    ).server.test_client()


def test_a_task_is_as_good_as_the_worst_of_its_pairs(edges):
    found = states(edges, 7)
    assert found[EAGLE] == MISSED  # and spurious
    assert found[ANIMAL] == NONE
    assert {*found[[BIRD, FISH, PET, PARROT, GOLDFISH]]} == {LEARNED}


def test_the_browser_is_sent_a_state_per_task(edges):
    told = sent(edges, 7)
    codes = read(told["states"], "u1")
    np.testing.assert_array_equal(codes, states(edges, 7))


def test_the_measures_are_of_the_place(astray, edges):
    told = errors(astray, edges, "", "bird")
    whole, bird = told["places"]
    assert (whole["row"], bird["row"]) == (-1, BIRD)
    assert whole["precision"] == 10 / 12
    assert whole["recall"] == 10 / 11
    assert whole["f1"] == pytest.approx(20 / 23)
    # The bird in the animal, the parrot in the bird; the eagle is not in it.
    assert [bird[kind] for kind in ("learned", "missed", "spurious")] == [2, 1, 0]
    assert (bird["precision"], bird["recall"]) == (1, 2 / 3)


def test_a_task_with_nothing_inside_is_told_by_what_it_lies_in(astray, edges):
    *_, eagle = errors(astray, edges, "animal", "eagle")["places"]
    assert [eagle[kind] for kind in ("learned", "missed", "spurious")] == [1, 1, 2]


def test_measures_of_nothing_are_unknown(astray, edges):
    alone = replace(edges, **{name: getattr(edges, name)[:0] for name in vars(edges)})
    (whole,) = errors(astray, alone, "", "")["places"]
    assert (whole["precision"], whole["recall"], whole["f1"]) == (None, None, None)


def test_the_focus_says_which_errors_are_listed(astray, edges):
    told = errors(astray, edges, "", "parrot")
    assert told["count"] == 3
    pairs = zip(told["child"], told["parent"], told["missed"], strict=True)
    assert [*pairs] == [
        (EAGLE, BIRD, True),
        (EAGLE, FISH, False),
        (EAGLE, PET, False),
    ]
    assert (told["learned"], told["true"]) == ([0, 1, 1], [1, 0, 0])
    within = errors(astray, edges, "fish", "")
    assert (within["count"], within["child"]) == (0, [])


def test_what_follows_from_an_error_is_counted_and_not_listed(atlas):
    """The bird where the fish is, and with it what lies in it."""
    lower, upper = atlas.boxes[2].lower.copy(), atlas.boxes[2].upper.copy()
    lower[[BIRD, EAGLE, PARROT], 0] += (2.1, 2.1, 1.1)
    upper[[BIRD, EAGLE, PARROT], 0] += (1.9, 1.9, 0.9)
    boxes = replace(atlas.boxes[2], lower=lower, upper=upper)
    known = edges_of(boxes, atlas.relations, atlas.hierarchy)
    told = errors(atlas, known, "", "")
    begun = {*zip(told["child"], told["parent"], strict=True)}
    assert (BIRD, FISH) in begun
    assert (EAGLE, FISH) not in begun
    assert told["follow"] == (known.claimed != known.truly).sum() - told["count"]
    assert told["follow"] > 0
    assert states(known, 7)[BIRD] == SPURIOUS


def test_the_worst_errors_come_first(astray, edges):
    share = np.where(edges.parent == PET, 0.6, edges.share)
    told = errors(astray, replace(edges, share=share), "", "")
    assert told["parent"] == [BIRD, FISH, PET]
    assert told["learned"] == [0, 1, 0.6]


def test_at_most_so_many_are_listed(atlas, astray, edges):
    many = {name: np.tile(getattr(edges, name), 30) for name in vars(edges)}
    told = errors(astray, replace(edges, **many), "", "")
    assert (told["count"], len(told["child"])) == (90, LISTED)


def test_only_a_hierarchy_of_which_all_is_known_can_be_judged(atlas):
    flat = atlas.tasks.assign(parents=[[] for _ in atlas.tasks.index])
    known = atlas.relations
    partly = Relations(known.child, known.parent, known.strength, complete=False)
    nothing = Relations(known.child[:0], known.parent[:0], known.strength[:0])
    assert judged(atlas)
    assert colors(atlas) == {"edges:2": 2, "edges:3": 3}
    for other in (
        replace(atlas, tasks=flat),
        replace(atlas, relations=partly),
        replace(atlas, relations=nothing),
    ):
        assert not judged(other)
        assert colors(other) == {}
        assert "edges" not in colors_of(other)


def test_the_server_says_it_by_dimension(client):
    two, three = (
        client.get(f"/column/animals.json?color=edges:{dim}").json for dim in (2, 3)
    )
    found = [read(one["states"], "u1")[EAGLE] for one in (two, three)]
    assert found == [MISSED, LEARNED]
    assert client.get("/column/animals.json?color=edges:4").status_code == 404
    told = client.get("/errors.json?collection=animals&focus=bird&task=eagle").json
    assert [place["row"] for place in told["places"]] == [BIRD, EAGLE]
    assert client.get("/errors.json?dim=3").json["count"] == 0


def test_the_server_judges_nothing_that_is_not_known(atlas):
    flat = atlas.tasks.assign(parents=[[] for _ in atlas.tasks.index])
    shelf = Shelf({"animals": "Animals"}, lambda _: replace(atlas, tasks=flat))
    client = create_app(shelf).server.test_client()
    assert client.get("/errors.json").json == {}
    assert client.get("/column/animals.json?color=edges:2").status_code == 404


def test_the_file_has_them_too(client):
    text = client.get("/export/animals.html?color=edges").get_data(as_text=True)
    start = text.index('<script type="application/gzip" id="values">')
    packed = text[text.index(">", start) + 1 : text.index("</script>", start)]
    known = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert {"edges:2", "edges:3"} <= {*known}


def test_a_link_can_hide_what_is_learned(client):
    told = client.get("/view.json?color=edges&hidden=learned,none,bird").json
    assert told["view"]["hidden"] == "learned,none"
    assert "bird" in told["faults"][0]
