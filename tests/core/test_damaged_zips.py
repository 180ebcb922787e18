"""Zips whose names are no text, or of a version that there is not."""

import io
import zipfile

import pytest

from core import archive
from core.collections.folder.unzipped import unzipped
from core.discovery.sources import images_named
from core.errors import DataError
from core.store import Store
from core.task2vec.kept import holds_embeddings

DAMAGE = {
    "name": (b"\xc3\xa9", b"\xff\xff"),
    "version": (b"PK\1\2\x14\3\x14", b"PK\1\2\x14\3\xff"),
}


@pytest.fixture(params=DAMAGE)
def damaged(request, tmp_path):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("é.png", b"an image")
    before, after = DAMAGE[request.param]
    assert before in whole.getvalue()
    path = tmp_path / "photos.zip"
    path.write_bytes(whole.getvalue().replace(before, after))
    return path


def test_a_person_is_told(damaged, tmp_path):
    with pytest.raises(DataError, match=r"photos.zip is damaged or no zip"):
        archive.unpack(Store(tmp_path / "data", tmp_path / "none"), damaged)
    with pytest.raises(DataError, match=r"photos.zip is damaged"), unzipped(damaged):
        pass
    with pytest.raises(DataError, match=r"photos.zip is damaged; zip the folder"):
        images_named(str(damaged), most=10, side=8)


def test_it_holds_no_embeddings(damaged):
    assert not holds_embeddings(damaged.rename(damaged.with_suffix(".npz")))
