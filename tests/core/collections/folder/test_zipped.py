"""Zips of images as new tasks, by the encoder that `cub` was made with."""

import io
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from core.collections.folder.zipped import MOST, read_zipped
from core.encoders.image import efficientnet
from core.errors import DataError
from core.placer import has_image_encoder


def png(seed, side=40):
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def zipped(tmp_path):
    """A function that makes a zip of members, and gives its path."""

    def make(name="birds.zip", **members):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in members.items():
                archive.writestr(member, data)
        return path

    return make


def read(path, known=True):
    return read_zipped(path, "cub", known)


def rows_of(found):
    return dict(
        zip(
            found.names,
            np.split(found.membership.member, found.membership.start[1:-1]),
            strict=True,
        )
    )


def test_every_folder_is_a_task_of_its_images(zipped):
    members = {
        "mine/red/a.png": png(0),
        "mine/blue/b.png": png(1),
        "mine/red/c.png": png(2),
    }
    found = read(zipped(**members))
    assert {name: rows.tolist() for name, rows in rows_of(found).items()} == {
        "red": [0, 2],
        "blue": [1],
    }
    assert (found.features.shape, found.notes) == ((3, 1280), ())
    seen = efficientnet().encode([Image.open(io.BytesIO(png(1)))])
    np.testing.assert_allclose(found.features[1], seen[0], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("members", "names"),
    [
        (["a.png", "b.jpg"], ("birds",)),
        (["gulls/a.png", "gulls/b.png"], ("gulls",)),
        (["mine/gulls/a.png", "mine/gulls/b.png"], ("gulls",)),
        (["x/gulls/a.png", "x/terns/b.png", "x/c.png"], ("gulls", "terns", "x")),
        (["/abs/a.png", "rel/b.png"], ("abs", "rel")),
        (["é/a.png", "new\nline/b.png"], ("é", r"new\nline")),
    ],
)
def test_names_are_those_of_folders_below_the_one_around_all(zipped, members, names):
    assert read(zipped(**{name: png(0) for name in members})).names == names


def test_what_is_hidden_or_leads_out_is_not_read(zipped):
    members = {
        "a.png": png(0),
        "../../out.png": png(1),
        "__MACOSX/a.png": png(2),
        ".trash/b.png": png(3),
        "words.txt": b"x",
    }
    assert len(read(zipped(**members)).features) == 1


def test_a_link_leads_nowhere(tmp_path):
    (tmp_path / "secret.png").write_bytes(png(1))
    link = zipfile.ZipInfo("a/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "birds.zip", "w") as archive:
        archive.writestr(link, str(tmp_path / "secret.png"))
        archive.writestr("a/good.png", png(0))
    found = read(tmp_path / "birds.zip")
    assert len(found.features) == 1
    assert found.notes == ("skipped a/link.png: it is not an image that can be read",)


def test_an_image_that_cannot_be_read_is_left_out_and_said(zipped):
    found = read(zipped(**{"a/good.png": png(0), "a/bad.png": b"no", "b/bad.png": b""}))
    assert found.names == ("a",)
    assert found.notes == (
        "skipped a/bad.png: it is not an image that can be read",
        "skipped b/bad.png: the file is empty (0 bytes)",
    )


def test_an_image_that_unpacks_to_far_too_much_is_left_out(zipped):
    found = read(zipped(**{"a.png": png(0), "bomb.png": bytes(65 * 2**20)}))
    assert found.notes == ("skipped bomb.png: it has more than 64 MB",)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"words.txt": b"x"},
            "birds.zip holds no image (.jpg, .png and the like); zip",
        ),
        ({"bad.png": b"no"}, "No image of birds.zip can be read: skipped bad.png: it "),
        (
            {f"{k}.png": b"" for k in range(MOST + 1)},
            "birds.zip holds 501 images, and 500 can be placed at a time; leave some",
        ),
    ],
)
def test_zips_of_nothing_or_too_much_are_refused(zipped, members, said):
    with pytest.raises(DataError) as refused:
        read(zipped(**members))
    assert str(refused.value).startswith(said)


def test_a_name_may_be_empty(zipped):
    path = zipped(**{"\1.png": png(0)})
    path.write_bytes(path.read_bytes().replace(b"\1.png", b"\0.png"))
    with pytest.raises(DataError, match="holds no image"):
        read(path)


def test_what_is_no_zip_is_refused(tmp_path):
    path = tmp_path / "birds.zip"
    path.write_bytes(b"PK\3\4 and nothing")
    with pytest.raises(DataError, match=r"birds\.zip is damaged or no zip"):
        read(path)


def test_images_go_where_images_were_learned_only(zipped):
    assert has_image_encoder({"encoder": efficientnet().about + " of every image"})
    assert not has_image_encoder({"encoder": "MiniLM"})
    assert not has_image_encoder({})
    with pytest.raises(DataError, match="'cub' was not made of images by Efficient"):
        read(zipped(**{"a.png": png(0)}), known=False)
