import gc
import shutil
import weakref

import pytest

import app
from dashboard.application import create_app
from dashboard.latest import latest


@pytest.fixture
def counted():
    """A function whose answers are kept, and what it was asked for."""
    asked = []

    @latest(3)
    def work(name, dim, version):
        asked.append((name, dim, version))
        return [name, dim, version]

    return work, asked


def test_what_is_asked_for_again_is_not_computed_again(counted):
    work, asked = counted
    assert work("a", 2, "v1") is work("a", 2, "v1")
    assert work("a", 3, "v1") == ["a", 3, "v1"]
    assert asked == [("a", 2, "v1"), ("a", 3, "v1")]


def test_an_older_version_goes_and_other_collections_stay(counted):
    work, asked = counted
    for one in (("a", 2, "v1"), ("a", 3, "v1"), ("b", 2, "v1"), ("a", 2, "v2")):
        work(*one)
    del asked[:]
    work("b", 2, "v1")
    work("a", 2, "v2")
    assert asked == []
    work("a", 3, "v2")
    work("a", 2, "v1")  # of who took the version before it was changed
    assert asked == [("a", 3, "v2"), ("a", 2, "v1")]


def test_what_nobody_asked_for_the_longest_goes(counted):
    work, asked = counted
    for name in "abcacda":
        work(name, 2, "v1")
    assert [name for name, *_ in asked] == ["a", "b", "c", "d"]
    work("b", 2, "v1")
    assert asked[-1] == ("b", 2, "v1")


def test_what_fails_is_tried_again():
    answers = [ValueError("damaged"), "whole"]

    @latest(1)
    def work(name, version):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(ValueError, match="damaged"):
        work("a", "v1")
    assert work("a", "v1") == "whole"


def fitted_again(store):
    """New boxes of the animals, on disk."""
    path = store.data / "animals" / "boxes_2d.npz"
    part = path.with_name(".part")
    shutil.copy(path, part)
    part.replace(path)


ROUTES = (
    "/atlas/animals.json",
    "/evaluation/animals.json",
    "/nearest.json?collection=animals&task=bird",
    "/errors.json?collection=animals",
    "/export/animals.html",
)


def test_of_a_collection_that_is_fitted_again_nothing_older_stays_in_memory(store):
    """A page where jobs come and go for hours would grow by each of them."""
    shelf, _ = app.shelf_of(store)
    client = create_app(shelf, store=store).server.test_client()
    seen = []
    for _ in range(4):
        assert {client.get(route).status_code for route in ROUTES} == {200}
        seen += [weakref.ref(shelf["animals"])]
        fitted_again(store)
    assert {client.get(route).status_code for route in ROUTES} == {200}
    gc.collect()
    assert [one() for one in seen] == [None] * 4
