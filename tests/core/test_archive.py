"""Collections as single files, and files that only claim to be some."""

import io
import json
import shutil
import stat
import struct
import zipfile
import zlib
from threading import Barrier, Thread

import numpy as np
import pandas as pd
import pytest

from core import archive, trash
from core.__main__ import main
from core.archive import pack, unpack
from core.cache import Store, load_atlas, load_collection, save_boxes
from core.errors import DataError
from core.own import check_free


@pytest.fixture
def zipped(store, tmp_path):
    """The animals as one file."""
    path = tmp_path / "animals.zip"
    with path.open("wb") as file:
        pack(store, "animals", file)
    return path


@pytest.fixture
def elsewhere(tmp_path):
    """Another person's data directory, with nothing in it."""
    return Store(tmp_path / "elsewhere", tmp_path / "shipped")


@pytest.fixture
def remade(zipped, tmp_path):
    """A function that gives the archive with other members in it.

    change: of the bytes by the names of the files, in place.
    """

    def make(change, name="bad.zip", folder="animals/"):
        with zipfile.ZipFile(zipped) as known:
            members = {one[8:]: known.read(one) for one in known.namelist()}
        change(members)
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            for file, content in members.items():
                made.writestr(f"{folder}{file}", content)
        return path

    return make


@pytest.fixture
def refused(elsewhere):
    """A function that gives what is said of an archive that is refused."""

    def refuse(path):
        with pytest.raises(DataError) as said:
            unpack(elsewhere, path)
        assert "\n" not in str(said.value)
        assert elsewhere.names() == ()
        left = [one.name for one in elsewhere.data.rglob("*")]
        assert left in ([], [".uploads"])
        return str(said.value)

    return refuse


def contents(folder):
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."
    }


# There and back


def test_parts_of_images_are_not_given_away(store):
    place = store.data / "animals"
    (place / "explanation.npz").write_bytes(b"crops")
    file = io.BytesIO()
    pack(store, "animals", file)
    names = zipfile.ZipFile(file).namelist()
    assert "animals/tasks.parquet" in names
    assert not any("explanation" in name for name in names)


def test_a_collection_comes_out_as_it_went_in(store, zipped, elsewhere):
    assert unpack(elsewhere, zipped) == "animals"
    assert contents(elsewhere.data / "animals") == contents(store.data / "animals")
    assert load_atlas(elsewhere, "animals").provenance["title"] == "Animals"
    assert [*(elsewhere.data / ".uploads").iterdir()] == []


def test_equal_collections_give_equal_archives(store, zipped):
    again = io.BytesIO()
    pack(store, "animals", again)
    assert again.getvalue() == zipped.read_bytes()


def test_locks_and_unfinished_fits_stay_at_home(store, zipped):
    for file in (".fit.lock", "checkpoint_2d.safetensors", "notes.txt"):
        (store.data / "animals" / file).write_text("mine")
    again = io.BytesIO()
    pack(store, "animals", again)
    assert again.getvalue() == zipped.read_bytes()


def test_a_name_that_is_taken_asks_for_another(store, zipped):
    with pytest.raises(DataError, match="There is a collection 'animals' already"):
        unpack(store, zipped)
    assert unpack(store, zipped, "beasts") == "beasts"
    assert store.names() == ("animals", "beasts")
    collection = load_collection(store, "beasts")
    assert [*collection.tasks.index] == [*load_collection(store, "animals").tasks.index]


def test_a_shipped_name_is_taken_too(store, zipped):
    shutil.move(store.data / "animals", store.shipped / "animals")
    with pytest.raises(DataError, match="There is a collection 'animals' already"):
        unpack(store, zipped)
    with pytest.raises(DataError, match="'animals' comes with the program"):
        pack(store, "animals", io.BytesIO())


def test_one_s_own_boxes_go_with_the_collection_that_they_are_of(
    store, boxes, elsewhere, tmp_path
):
    shutil.move(store.data / "animals", store.shipped / "animals")
    save_boxes(store, "animals", boxes, {"seed": 9})
    path = tmp_path / "mine.zip"
    with path.open("wb") as file:
        pack(store, "animals", file)
    there = Store(tmp_path / "there", tmp_path / "none")
    assert unpack(there, path) == "animals"
    assert contents(there.data / "animals") == {
        **contents(store.shipped / "animals"),
        **contents(store.data / "animals"),
    }


def test_a_collection_without_boxes_is_one_too(remade, elsewhere):
    def without(members):
        for file in [one for one in members if "boxes" in one or "projection" in one]:
            del members[file]

    assert unpack(elsewhere, remade(without)) == "animals"
    assert elsewhere.dims("animals") == ()
    load_collection(elsewhere, "animals")


def test_files_without_a_folder_are_named_by_the_archive(remade, elsewhere):
    path = remade(lambda members: None, "my-zoo.zip", folder="")
    assert unpack(elsewhere, path) == "my-zoo"


def test_two_at_once_are_kept_once(zipped, elsewhere):
    together, said = Barrier(4), []

    def ask():
        together.wait()
        try:
            said.append(unpack(elsewhere, zipped))
        except DataError as error:
            said.append(type(error))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, said)) == sorted(["animals", *[str(DataError)] * 3])
    assert load_atlas(elsewhere, "animals")


def test_the_commands_write_and_read_it(store, tmp_path, capsys):
    out, data = tmp_path / "a.zip", ("--data", str(store.data))
    assert main(["export", "animals", "--out", str(out), *data]) == 0
    assert capsys.readouterr().out.startswith("animals: ")
    assert main(["unpack", str(out), *data]) == 1
    assert "another name" in capsys.readouterr().err
    assert main(["unpack", str(out), "--name", "b", *data]) == 0
    assert capsys.readouterr().out == f"b: 7 tasks, 2D, 3D in {store.data / 'b'}\n"
    assert main(["export", "cub", "--out", str(tmp_path / "c.zip"), *data]) == 1
    assert not (tmp_path / "c.zip").exists()
    assert main(["unpack", str(tmp_path / "none.zip"), *data]) == 1
    assert "There is no file" in capsys.readouterr().err


# What only claims to be a collection


def test_what_is_no_zip(tmp_path, refused, zipped):
    path = tmp_path / "bad.zip"
    whole = zipped.read_bytes()
    for content in (b"", b"PK", b"hello" * 99, whole[: len(whole) // 2], whole[:-9]):
        path.write_bytes(content)
        assert refused(path) == (
            "bad.zip is damaged or no zip; export the collection again."
        )


@pytest.mark.parametrize(
    "name",
    [
        "../collection.json",
        "/etc/passwd",
        "../../tasks.parquet",
        "animals/../../boxes_2d.npz",
        "animals/deeper/boxes_2d.npz",
        "notes.txt",
        ".fit.lock",
        "boxes_2d.npz.exe",
        "model_2d.pkl",
        "boxes_1d.npz",
        "boxes_2d.a/b.npz",
        "boxes_2d.npz\n",
        "C:\\boxes_2d.npz",
        "\\\\host\\boxes_2d.npz",
    ],
)
def test_paths_and_foreign_files_are_refused(zipped, refused, name, elsewhere):
    with zipfile.ZipFile(zipped, "a") as made:
        made.writestr(name, b"x")
    said = refused(zipped)
    assert "which is not a collection's" in said or "not one collection" in said
    assert not (elsewhere.data.parent / "collection.json").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_is_refused(zipped, refused, kind):
    member = zipfile.ZipInfo("animals/boxes_5d.npz")
    member.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(zipped, "a") as made:
        made.writestr(member, "/etc/passwd")
    assert "as a link" in refused(zipped)


def test_a_file_without_a_name_is_refused(zipped, refused):
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr("\1less", b"")
    zipped.write_bytes(zipped.read_bytes().replace(b"\1less", b"\0less"))
    assert "holds '', which is not a collection's" in refused(zipped)


def test_one_file_twice_is_refused(zipped, refused):
    with (
        zipfile.ZipFile(zipped, "a") as made,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        made.writestr("animals/boxes_2d.npz", b"x")
    assert refused(zipped) == "animals.zip holds 'boxes_2d.npz' twice."


def test_two_collections_in_one_are_refused(zipped, refused):
    with zipfile.ZipFile(zipped, "a") as made:
        made.writestr("plants/boxes_5d.npz", b"x")
    assert "not one collection" in refused(zipped)


def test_many_files_are_refused(zipped, refused):
    with zipfile.ZipFile(zipped, "a") as made:
        for number in range(200):
            made.writestr(f"animals/boxes_{number + 9}d.npz", b"")
    assert "files; a collection has a dozen" in refused(zipped)


def test_a_bomb_is_not_unpacked(zipped, refused):
    with zipfile.ZipFile(zipped, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("animals/boxes_9d.npz", bytes(300 * 2**20))
    said = refused(zipped)
    assert said.startswith("animals.zip is a zip bomb: 'boxes_9d.npz' has 0.3 MB")


def test_a_file_that_is_larger_than_it_says_is_refused(zipped, refused):
    with zipfile.ZipFile(zipped, "a", zipfile.ZIP_DEFLATED) as made:
        made.writestr("animals/boxes_9d.npz", bytes(50 * 2**20))
    whole = bytearray(zipped.read_bytes())
    packed = len(zlib.compress(bytes(50 * 2**20), -1)) - 6
    at = whole.rindex(b"PK\x01\x02")  # what the directory says of the last file
    assert struct.unpack_from("<II", whole, at + 20)[1] == 50 * 2**20
    struct.pack_into("<I", whole, at + 24, 1000)
    assert packed < 2**20
    zipped.write_bytes(whole)
    assert "damaged" in refused(zipped)


def test_arrays_that_would_fill_the_memory_are_not_read(remade, refused, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 2**20)

    def bomb(members):
        whole = io.BytesIO()
        np.savez_compressed(whole, features=np.zeros((4, 10**6), dtype=np.float32))
        members["features.npz"] = whole.getvalue()

    assert "unpacks to 15.3 MB, and a collection may have 1.0 MB" in refused(
        remade(bomb)
    )


def test_a_header_that_claims_more_than_there_is_is_refused(remade, refused):
    def claim(members):
        head, whole = io.BytesIO(), io.BytesIO()
        shape = {"descr": "<f4", "fortran_order": False, "shape": (10**6, 10**6)}
        np.lib.format.write_array_header_1_0(head, shape)
        with zipfile.ZipFile(whole, "w") as arrays:
            arrays.writestr("features.npy", head.getvalue())
        members["features.npz"] = whole.getvalue()

    assert refused(remade(claim)).startswith("bad.zip is damaged in features.npz")


def test_pickles_are_never_opened(remade, refused):
    def pickled(members):
        whole = io.BytesIO()
        np.savez(whole, features=np.array([{"a": print}, None], dtype=object))
        members["features.npz"] = whole.getvalue()

    assert "features.npz is damaged or not a file of this program" in refused(
        remade(pickled)
    )


def test_an_encrypted_archive_is_refused(zipped, refused):
    whole = bytearray(zipped.read_bytes())
    whole[whole.rindex(b"PK\x01\x02") + 8] |= 1
    zipped.write_bytes(whole)
    assert "encrypted" in refused(zipped)


@pytest.mark.parametrize(
    "file", ["tasks.parquet", "features.npz", "relations.npz", "boxes_3d.npz"]
)
def test_a_damaged_file_is_named(remade, refused, file):
    def cut(members):
        members[file] = members[file][: len(members[file]) // 2]

    said = refused(remade(cut))
    assert said.startswith("bad.zip")
    assert file in said or "damaged or no zip" in said
    assert "Make it again" not in said
    assert ".uploads" not in said


@pytest.mark.parametrize("file", ["tasks.parquet", "features.npz", "relations.npz"])
def test_a_missing_file_is_said(remade, refused, file):
    said = refused(remade(lambda members: members.pop(file)))
    assert said.startswith("bad.zip holds no whole collection: No ")
    assert file in said


def test_files_of_different_collections_are_not_one(remade, refused):
    def other(members):
        whole = io.BytesIO()
        with np.load(io.BytesIO(members["features.npz"])) as known:
            arrays = dict(known)
        np.savez(whole, **{**arrays, "features": arrays["features"] + 1})
        members["features.npz"] = whole.getvalue()

    assert "not of one another" in refused(remade(other))


@pytest.mark.parametrize(
    ("key", "value"), [("title", ["a"]), ("tasks", "7"), ("date", None)]
)
def test_words_that_are_none(remade, refused, key, value):
    def change(members):
        about = json.loads(members["collection.json"])
        members["collection.json"] = json.dumps({**about, key: value}).encode()

    assert f"collection.json gives {key!r}" in refused(remade(change))


def test_a_table_of_something_else_is_refused(remade, refused):
    def change(members):
        table = pd.DataFrame({"label": [{"a": 1}], "b": [[1, 2]]})
        members["tasks.parquet"] = table.to_parquet()

    assert "lacks the column 'parents'" in refused(remade(change))


def test_a_name_that_is_a_path_is_refused(zipped, elsewhere):
    for name in ("..", "../x", "a/b", ".hidden"):
        with pytest.raises(DataError, match="cannot name a collection"):
            unpack(elsewhere, zipped, name)
    assert elsewhere.names() == ()


def test_a_full_disk_leaves_nothing(zipped, elsewhere, refused, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_copy", full)
    assert "No space left on device. Free some space" in refused(zipped)


def test_what_was_deleted_can_be_imported_again(store, zipped):
    trash.delete(store, "animals")
    check_free(store, "animals")
    assert unpack(store, zipped) == "animals"
