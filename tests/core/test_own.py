"""What is a person's own: listed, renamed, deleted, had back."""

import shutil

import pytest

from core import own, trash
from core.__main__ import main
from core.boxes import Boxes
from core.cache import load_atlas, load_boxes, load_provenance, save_boxes
from core.errors import DataError
from core.locks import locked


@pytest.fixture
def shipping(store):
    """The same store, where the animals are shipped too, under another title."""
    shutil.copytree(store.data / "animals", store.shipped / "animals")
    path = store.shipped / "animals" / "collection.json"
    path.write_text(path.read_text().replace('"Animals"', '"Shipped animals"'))
    return store


def test_a_person_s_own_come_first_and_say_how_large_they_are(store, collection):
    shutil.copytree(store.data / "animals", store.shipped / "aaa")
    first, second = own.listed(store)
    size = sum(path.stat().st_size for path in (store.data / "animals").iterdir())
    assert (first.name, first.title, first.tasks) == ("animals", "Animals", 7)
    assert (first.dims, first.size, first.shipped, first.whole) == (
        (2, 3),
        size,
        False,
        True,
    )
    assert len(first.date) == 10
    assert (second.name, second.size, second.shipped) == ("aaa", 0, True)


def test_one_that_cannot_be_read_is_listed_with_the_reason(store):
    (store.data / "animals" / "collection.json").write_text("{")
    (one,) = own.listed(store)
    assert (one.title, one.tasks) == ("animals", 0)
    assert "collection.json is damaged" in one.fault
    trash.delete(store, "animals")
    assert own.listed(store) == ()


def test_a_title_is_another_and_nothing_else_is(store):
    before = load_provenance(store, "animals")
    own.rename(store, "animals", "  Tiere & <b>Pflanzen</b> ")
    after = load_provenance(store, "animals")
    assert after == {**before, "title": "Tiere & <b>Pflanzen</b>"}
    assert load_atlas(store, "animals").provenance["title"] == after["title"]


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "x" * 121, "a\0"])
def test_what_is_no_title(store, title):
    with pytest.raises(DataError, match="give it a line of 1 to 120 letters"):
        own.rename(store, "animals", title)
    assert load_provenance(store, "animals")["title"] == "Animals"


def test_shipped_ones_stay_as_they_are(store):
    shutil.move(store.data / "animals", store.shipped / "animals")
    for ask in (
        lambda: own.rename(store, "animals", "Mine"),
        lambda: trash.delete(store, "animals"),
    ):
        with pytest.raises(DataError, match="'animals' comes with the program"):
            ask()
    assert load_provenance(store, "animals")["title"] == "Animals"


@pytest.mark.parametrize("name", ["..", "../animals", ".trash", "", "animals/..", "/"])
def test_a_path_is_no_name(store, name):
    for ask in (own.check_own, own.check_free, trash.delete, trash.restore):
        with pytest.raises(DataError):
            ask(store, name)
    assert load_atlas(store, "animals")


def test_what_was_deleted_can_be_had_back_until_the_trash_is_empty(store):
    trash.delete(store, "animals")
    assert store.names() == ()
    assert trash.deleted(store) == ("animals",)
    trash.restore(store, "animals")
    assert load_atlas(store, "animals")
    assert trash.deleted(store) == ()
    trash.delete(store, "animals")
    trash.empty(store)
    with pytest.raises(DataError, match="was deleted since"):
        trash.restore(store, "animals")
    with pytest.raises(DataError, match="There is no collection 'animals'"):
        trash.delete(store, "animals")


def test_the_one_that_was_deleted_last_is_had_back(store):
    shutil.copytree(store.data / "animals", store.data / "copy")
    trash.delete(store, "animals")
    shutil.move(store.data / "copy", store.data / "animals")
    own.rename(store, "animals", "Later")
    with pytest.raises(DataError, match="another collection 'animals' by now"):
        trash.restore(store, "animals")
    trash.delete(store, "animals")
    trash.restore(store, "animals")
    assert load_provenance(store, "animals")["title"] == "Later"


def test_the_shipped_one_is_shown_again(shipping):
    assert load_atlas(shipping, "animals").provenance["title"] == "Animals"
    trash.delete(shipping, "animals")
    shown = load_atlas(shipping, "animals")
    assert shown.provenance["title"] == "Shipped animals"


def test_one_s_own_boxes_of_a_shipped_collection_go_alone(store, boxes):
    shutil.move(store.data / "animals", store.shipped / "animals")
    moved = Boxes(boxes.lower + 9, boxes.upper + 9, boxes.names)
    save_boxes(store, "animals", moved, {"seed": 1})
    (one,) = own.listed(store)
    assert (one.whole, one.shipped, one.size > 0) == (False, True, True)
    with pytest.raises(DataError, match="only its boxes are your own"):
        own.rename(store, "animals", "Mine")
    trash.delete(store, "animals")
    assert load_boxes(store, "animals", 2).lower.max() == boxes.lower.max()
    trash.restore(store, "animals")
    assert load_boxes(store, "animals", 2).lower.max() == boxes.lower.max() + 9


def test_what_a_fit_is_learning_is_not_deleted(store):
    with (
        locked(store.data / "animals" / ".fit.lock", "a fit of 'animals'"),
        pytest.raises(DataError, match="Another process is running a fit"),
    ):
        trash.delete(store, "animals")
    assert load_atlas(store, "animals")


def test_an_old_lock_keeps_no_place(store):
    trash.delete(store, "animals")
    (store.data / "animals").mkdir()
    (store.data / "animals" / ".fit.lock").touch()
    trash.restore(store, "animals")
    assert load_atlas(store, "animals")


def test_the_commands_say_what_they_did(store, capsys, monkeypatch):
    def said(*words):
        status = main([*words, "--data", str(store.data)])
        out, err = capsys.readouterr()
        return status, " ".join((out or err).split())

    assert said("rename", "animals", "Beasts") == (
        0,
        "animals is called 'Beasts' on the page; commands and links know it as "
        "'animals' as before.",
    )
    assert said("delete", "animals") == (
        0,
        "animals is deleted; until the page is started the next time, it comes back "
        "with: python -m core restore animals",
    )
    assert said("restore", "animals") == (0, "animals is back")
    status, error = said("delete", "imagenet")
    assert status == 1
    assert error.startswith("error: 'imagenet' comes with the program")
