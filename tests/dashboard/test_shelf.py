from threading import Barrier, Thread

import pytest

from core.errors import DataError
from dashboard.shelf import KEPT, Shelf


def counting(read):
    """A shelf of atlases that are their names, and the names that were read."""
    names = [f"atlas {k}" for k in range(KEPT + 2)]
    shelf = Shelf({name: name for name in names}, lambda n: read.append(n) or n)
    return names, shelf


def test_an_atlas_is_read_when_it_is_first_asked_for_and_kept():
    read = []
    (first, second, *_), shelf = counting(read)
    assert read == []
    assert [shelf[first], shelf[second], shelf[first]] == [first, second, first]
    assert read == [first, second]


def test_looking_at_the_names_reads_nothing():
    read = []
    names, shelf = counting(read)
    assert list(shelf) == names
    assert len(shelf) == KEPT + 2
    assert names[0] in shelf
    assert "other" not in shelf
    with pytest.raises(KeyError):
        shelf["other"]
    assert read == []


def test_the_one_not_looked_at_for_longest_is_given_up():
    read = []
    names, shelf = counting(read)
    for name in [*names[:KEPT], names[0], names[KEPT], names[0], names[1]]:
        assert shelf[name] == name
    assert read == [*names[:KEPT], names[KEPT], names[1]]


def test_what_could_not_be_read_is_tried_again():
    answers = [DataError("damaged"), "atlas"]

    def read(name):
        answer = answers.pop(0)
        if isinstance(answer, DataError):
            raise answer
        return answer

    shelf = Shelf({"a": "A"}, read)
    with pytest.raises(DataError, match="damaged"):
        shelf["a"]
    assert shelf["a"] == "atlas"


def test_two_who_ask_at_once_read_it_once():
    read, together = [], Barrier(4)
    _, shelf = counting(read)

    def ask():
        together.wait()
        shelf["atlas 0"]

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == ["atlas 0"]


def test_features_are_read_when_they_are_first_asked_for_and_kept():
    read = []
    describe = {"a": "directions of a"}
    shelf = Shelf({"a": "A"}, dict.get, lambda n: read.append(n) or describe[n])
    assert read == []
    assert shelf.directions("a") == shelf.directions("a") == "directions of a"
    assert read == ["a"]


def test_a_shelf_may_know_no_features():
    assert Shelf({"a": "A"}, dict.get).directions("a") is None
