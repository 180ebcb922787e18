import numpy as np
import pytest

from core.encoders.encoder import Encoder, text_digest, vectors_of
from core.errors import DataError

TEXTS = ["a", "bb", "ccc", "bb", "dddd"]


def encoder(seen, batch=2, name="lengths"):
    """Encodes a text as its length; keeps a record of what it was asked for."""

    def encode(items):
        seen.append(list(items))
        return np.array([[len(item), 0.5] for item in items])

    source = {"name": "us", "package": "none", "version": "1", "licence": "MIT"}
    return Encoder(name, "lengths", source, batch, encode)


def run(kept, load=TEXTS.__getitem__, **settings):
    seen = []
    digests = [text_digest(text) for text in TEXTS]
    found = vectors_of(encoder(seen, **settings), digests, load, kept, what="texts")
    return *found, seen


def test_every_item_gets_its_vector_and_equal_items_are_encoded_once():
    vectors, faults, seen = run({})
    assert vectors.dtype == np.float16
    np.testing.assert_array_equal(vectors[:, 0], [1, 2, 3, 2, 4])
    assert (faults, seen) == ({}, [["a", "bb"], ["ccc", "dddd"]])


def test_what_is_kept_is_not_encoded_again():
    kept = {}
    first, _, _ = run(kept)
    again, _, seen = run(kept)
    assert seen == []
    np.testing.assert_array_equal(again, first)
    assert run(kept, name="another")[2] != []  # an encoder keeps its own


def test_an_interrupted_run_goes_on_after_the_last_whole_batch():
    kept = {}

    def stopped(row):
        if TEXTS[row] == "dddd":
            raise KeyboardInterrupt
        return TEXTS[row]

    with pytest.raises(KeyboardInterrupt):
        run(kept, load=stopped)
    assert run(kept)[2] == [["ccc", "dddd"]]


def test_items_that_cannot_be_read_are_named_and_the_rest_is_encoded():
    def load(row):
        if TEXTS[row] == "bb":
            raise DataError("bb is damaged")
        return TEXTS[row]

    vectors, faults, seen = run({}, load=load)
    assert faults == {1: "bb is damaged", 3: "bb is damaged"}
    assert np.isnan(vectors[[1, 3]]).all()
    np.testing.assert_array_equal(vectors[[0, 2, 4], 0], [1, 3, 4])
    assert seen == [["a"], ["ccc", "dddd"]]


def test_nothing_that_can_be_read_is_refused():
    def load(row):
        raise DataError(f"item {row} is damaged")

    with pytest.raises(DataError, match="None of 5 texts can be read, first: item 0"):
        run({}, load=load)
