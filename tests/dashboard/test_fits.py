"""Further fits and replays: what is offered, and what is sent when it is asked for."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from core.errors import DataError
from core.replay import Replay
from dashboard.application import create_app
from dashboard.payload import payload
from dashboard.view import besides_of, view_from_query
from tests.dashboard.shelves import shelved


@pytest.fixture
def several(atlas):
    """The animals with further fits, and with a replay of their rectangles."""
    return replace(atlas, fits=("2d.a-b", "5d.a-b"), replayed=(2,))


@pytest.fixture
def moved(boxes):
    return replace(boxes, lower=boxes.lower - 1)


def client(atlas, **more):
    return create_app(shelved(atlas, **more)).server.test_client()


def numbers(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_fits_are_offered_where_there_are_boxes_to_compare_them_with(atlas, several):
    assert besides_of(atlas) == ("pca", "tree", "intervals")
    assert besides_of(several) == ("pca", "tree", "intervals", "fit.2d.a-b")
    view, faults = view_from_query("?beside=fit.2d.a-b", {"animals": several})
    assert (view.beside, faults) == ("fit.2d.a-b", ())
    view, faults = view_from_query("?beside=fit.5d.a-b", {"animals": several})
    assert view.beside == "pca"
    assert faults == ("The picture beside 'fit.5d.a-b' is unknown.",)


def test_no_corner_of_a_fit_is_sent_before_it_is_asked_for(several):
    asked = []
    page = client(several, compare=lambda *names: asked.append(names))
    sent = page.get("/atlas/animals.json").get_json()
    assert sent["besides"] == ["pca", "tree", "intervals", "fit.2d.a-b"]
    assert sent["replayed"] == [2]
    assert set(sent["boxes"]) == {"2"}
    assert asked == []


def test_a_fit_is_sent_as_its_corners(several, moved):
    page = client(several, compare=lambda name, stem: moved)
    sent = page.get("/fit/animals.json?fit=2d.a-b").get_json()
    np.testing.assert_array_equal(numbers(sent["lower"]), moved.lower.ravel())
    np.testing.assert_array_equal(numbers(sent["upper"]), moved.upper.ravel())


@pytest.mark.parametrize(
    "address",
    [
        "/fit/animals.json?fit=2d.other",
        "/fit/animals.json",
        "/fit/nothing.json?fit=2d.a-b",
        "/replay/animals.json?dim=3",
        "/replay/animals.json?dim=two",
        "/replay/nothing.json?dim=2",
    ],
)
def test_what_there_is_not_is_not_found(several, moved, address):
    known = {"compare": lambda *_: moved, "replay": lambda *_: None}
    assert client(several, **known).get(address).status_code == 404


def test_a_replay_is_sent_with_its_losses(several, boxes):
    corners = (np.stack([one / 2, one]) for one in (boxes.lower, boxes.upper))
    replay = Replay(np.array([0, 9]), np.array([np.nan, 0.5]), *corners)
    asked = []

    def read(name, known):
        asked.append((name, known.dim))
        return replay

    sent = client(several, replay=read).get("/replay/animals.json?dim=2").get_json()
    assert asked == [("animals", 2)]
    assert (sent["steps"], sent["loss"]) == ([0, 9], [None, 0.5])
    frames = numbers(sent["lower"]).reshape(2, 7, 2)
    np.testing.assert_array_equal(frames[1], boxes.lower)
    np.testing.assert_array_equal(frames[0], boxes.lower / 2)


def test_a_fit_that_cannot_be_read_says_so(several):
    def damaged(*_):
        raise DataError("boxes_2d.a-b.npz is damaged.")

    answer = client(several, compare=damaged).get("/fit/animals.json?fit=2d.a-b")
    assert (answer.status_code, answer.text) == (503, "boxes_2d.a-b.npz is damaged.")


def test_the_payload_of_a_collection_with_one_fit_has_nothing_more(atlas):
    sent = payload(atlas)
    assert sent["replayed"] == ()
    assert "fits" not in sent


def test_the_standalone_file_has_the_fits(several, moved):
    page = client(several, compare=lambda *_: moved)
    text = page.get("/export/animals.html?collection=animals&beside=fit.2d.a-b").text
    assert '"beside": "fit.2d.a-b"' in text
    assert '<script type="application/gzip" id="fits">' in text
