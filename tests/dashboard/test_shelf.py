from threading import Barrier, Thread

import pytest

from core.errors import DataError
from dashboard.shelf import KEPT, Around, Shelf
from tests.expanses import expanse, shelf_of


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


# What is new on disk


class Disk:
    """Collections by name, as (title, atlas), and a shelf that looks at them."""

    def __init__(self, **kept):
        self.kept = kept
        titles = {name: title for name, (title, _) in kept.items()}
        self.shelf = Shelf(
            titles,
            lambda name: self.kept[name][1],
            lambda name: f"directions in {self.kept[name][1]}",
            look=self.look,
        )

    def look(self, name):
        title, _ = self.kept.get(name, (None, None))
        if title == "damaged":
            raise DataError("It is damaged.")
        return title


def test_other_boxes_are_read_when_somebody_says_so():
    disk = Disk(a=("A", "old boxes"))
    before = disk.shelf.version("a")
    assert disk.shelf["a"] == "old boxes"
    disk.kept["a"] = ("A", "new boxes")
    assert disk.shelf["a"] == "old boxes"
    disk.shelf.renew("a")
    assert disk.shelf["a"] == "new boxes"
    assert disk.shelf.directions("a") == "directions in new boxes"
    assert disk.shelf.version("a") != before


def test_a_new_collection_appears_and_a_deleted_one_vanishes():
    disk = Disk(imagenet=("ImageNet", "i"), b=("B", "b"))
    version = disk.shelf.version("a")
    disk.kept["a"] = ("A", "a")
    disk.shelf.renew("a")
    assert dict(disk.shelf.titles) == {"imagenet": "ImageNet", "a": "A", "b": "B"}
    assert [*disk.shelf.titles] == ["imagenet", "a", "b"]
    del disk.kept["b"]
    disk.shelf.renew("b")
    assert [*disk.shelf] == ["imagenet", "a"]
    with pytest.raises(DataError, match="There is no collection 'b' here"):
        disk.shelf["b"]
    assert disk.shelf.version("a") != version
    assert disk.shelf.version("imagenet") == version  # as that of any untouched one


def test_a_new_title_is_seen_and_a_damaged_collection_is_not():
    disk = Disk(a=("A", "a"), b=("B", "b"))
    disk.kept["a"] = ("Apples", "a")
    disk.shelf.renew("a")
    assert disk.shelf.titles["a"] == "Apples"
    disk.kept["a"] = ("damaged", "a")
    with pytest.raises(DataError, match="It is damaged"):
        disk.shelf.renew("a")
    assert [*disk.shelf] == ["b"]


def test_no_version_is_that_of_another_run():
    one, other = Disk(a=("A", "a")), Disk(a=("A", "a"))
    assert one.shelf.version("a") != other.shelf.version("a")


def test_what_is_read_while_it_is_renewed_is_not_kept_as_the_new_one():
    reading, renewed = Barrier(2), Barrier(2)
    kept = ["old"]

    def read(name):
        found = kept[0]
        if found == "old":
            reading.wait()
            renewed.wait()
        return found

    shelf, seen = Shelf({"a": "A"}, read), []
    thread = Thread(target=lambda: seen.append(shelf["a"]))
    thread.start()
    reading.wait()
    kept[0] = "new"
    shelf.renew("a")
    renewed.wait()
    thread.join()
    assert seen == ["old"]
    assert shelf["a"] == "new"


def test_large_collections_are_kept_however_many_small_ones_are_asked_about():
    read, names = [], [*"abcdefgh", "large", "vast", "huge"]
    kept = {name: expanse(50, name) for name in ("large", "vast", "huge")}

    def expand(name):
        read.append(name)
        return kept.get(name)

    shelf = Shelf({name: name for name in names}, {}.__getitem__, expand=expand)
    for _ in range(3):
        assert shelf.expanse("large") is kept["large"]
        assert all(shelf.expanse(name) is None for name in "abcdefgh")
        assert shelf.expanse("vast") is kept["vast"]
    assert len(read) == len(set(read)) == 10
    assert shelf.expanse("huge") is kept["huge"]  # in place of the oldest
    assert shelf.expanse("large") is kept["large"]
    assert read[10:] == ["huge", "large"]
    shelf.renew("large")
    assert shelf.expanse("large") is kept["large"]
    assert read[12:] == ["large"]


def test_of_a_large_collection_an_atlas_has_the_first_branches_and_what_is_named():
    large = expanse(2000)
    shelf = shelf_of(large)
    top = shelf["forest"].tasks.index
    assert set(large.names(large.top)) <= set(top)
    assert "t1999" not in top
    atlas = shelf.about("forest", ["t1999", "nobody"])
    assert "t1999" in atlas.row_of
    around = Around(shelf, ["t1999"])
    assert "t1999" in around["forest"].row_of
    assert list(around) == ["forest"]
    assert len(around) == 1
