import stat
import zipfile

import pytest

from core.collections.folder import unzipped as module
from core.collections.folder.unzipped import unzipped
from core.errors import DataError


@pytest.fixture
def zipped(tmp_path):
    """A function that writes a zip of members by name."""

    def write(*members, **more):
        path = tmp_path / "shapes.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in members:
                archive.writestr(name, more.get("content", b"png"))
        return path

    return write


def refusal(path):
    with pytest.raises(DataError) as said, unzipped(path):
        raise AssertionError("it was unpacked")
    assert "\n" not in str(said.value)
    return str(said.value)


def test_only_images_are_unpacked_and_only_for_a_while(zipped):
    hidden = ("a/.thumb.png", "__MACOSX/a/1.png", ".git/1.png", "a/notes.txt")
    path = zipped("a/1.png", "b/c/2.JPG", *hidden)
    with unzipped(path) as folder:
        files = {one for one in folder.rglob("*") if one.is_file()}
        assert folder.name == "shapes"
        assert files == {folder / "a/1.png", folder / "b/c/2.JPG"}
        assert (folder / "a/1.png").read_bytes() == b"png"
    assert not folder.exists()


@pytest.mark.parametrize(
    "name",
    ["../1.png", "a/../../1.png", "/etc/1.png", "a\\..\\1.png", "C:\\1.png"],
)
def test_a_path_that_leads_out_of_it(zipped, name):
    assert "a path that leads out of it" in refusal(zipped("a/0.png", name))


def test_a_link(zipped):
    member = zipfile.ZipInfo("a/passwd.png")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "as a link" in refusal(zipped("a/0.png", member))


def test_folders_without_end(zipped):
    assert "in more than 16 folders" in refusal(zipped("a/" * 40 + "1.png"))


def test_one_path_twice(zipped):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zipped("a/1.png", "a/1.png")
    assert refusal(path) == "shapes.zip holds 'a/1.png' twice."
    assert "twice" in refusal(zipped("a.png", "a.png/1.png"))


def test_a_bomb(zipped, monkeypatch):
    monkeypatch.setattr(module, "TOTAL", 2**20)
    path = zipped(*(f"a/{k}.png" for k in range(3)), content=bytes(2**20))
    assert "3 images of 3 MB together; at most 5,000 of 1 MB" in refusal(path)
    monkeypatch.setattr(module, "TOTAL", 2**30)
    monkeypatch.setattr(module, "LARGEST", 1000)
    assert "an image may have 0 MB" in refusal(path)


def test_too_many_images(zipped, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    path = zipped(*(f"a/{k}.png" for k in range(3)))
    assert "python -m core build folder --help" in refusal(path)


def test_more_than_it_says(zipped):
    path = zipped("a/1.png", content=bytes(2**22))
    whole = bytearray(path.read_bytes())
    at = whole.rindex(b"PK\x01\x02") + 24  # how long it is, by the directory
    whole[at : at + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(whole)
    assert "is damaged, encrypted or no zip" in refusal(path)


def test_what_is_no_zip_or_holds_no_image(zipped, tmp_path):
    assert "holds no image" in refusal(zipped("a/notes.txt"))
    nameless = zipped("\1.png")
    nameless.write_bytes(nameless.read_bytes().replace(b"\1.png", b"\0.png"))
    assert "holds no image" in refusal(nameless)
    path = tmp_path / "holiday.zip"
    path.write_bytes(b"PK")
    assert refusal(path).startswith("holiday.zip is damaged")
