import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.errors import DataError
from core.images import MOST_PIXELS, SIDE, content_digest, is_image_name, read_image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def encoded(image, format="PNG", **options):
    whole = io.BytesIO()
    image.save(whole, format, **options)
    return whole.getvalue()


def pixels(source):
    image = read_image(source)
    assert image.mode == "RGB"
    return np.asarray(image).astype(int)


def reason(source):
    """Why an image cannot be read, which is one line."""
    with pytest.raises(DataError) as caught:
        read_image(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Kinds of pixels


def test_a_picture_comes_as_it_is():
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(encoded(Image.fromarray(picture))), picture)


def test_a_file_is_read_like_its_bytes(tmp_path):
    file = tmp_path / "red.png"
    file.write_bytes(encoded(Image.new("RGB", (2, 2), RED)))
    np.testing.assert_array_equal(pixels(file), pixels(file.read_bytes()))


def test_grey_is_the_same_in_every_channel():
    grey = Image.fromarray(np.array([[0, 100, 255]], dtype=np.uint8))
    assert pixels(encoded(grey)).tolist() == [[[0] * 3, [100] * 3, [255] * 3]]


def test_black_and_white_span_the_range():
    image = Image.fromarray(np.array([[True, False]]))
    assert pixels(encoded(image)).tolist() == [[[255] * 3, [0] * 3]]


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_grey_of_16_bits_is_scaled_not_clipped(format):
    deep = np.array([[0, 300, 0x8000, 0xFFFF]], dtype=np.uint16)
    found = pixels(encoded(Image.fromarray(deep), format))
    assert found[0, :, 0].tolist() == [0, 1, 128, 255]


def test_grey_of_16_bits_that_is_dark_stays_dark():
    deep = np.full((2, 2), 514, dtype=np.uint16)
    assert (pixels(encoded(Image.fromarray(deep))) == 2).all()


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (np.array([[0, 100]], dtype=np.int32), [0, 100]),
        (np.array([[0, 0xFFFF]], dtype=np.int32), [0, 255]),
        (np.array([[-10, 90]], dtype=np.int32), [0, 255]),
        (np.array([[0.0, 0.5, 1.0]], dtype=np.float32), [0, 128, 255]),
        (np.array([[7.0, 7.0]], dtype=np.float32), [0, 0]),
        (np.array([[0.0, np.nan, np.inf, 2.0]], dtype=np.float32), [0, 0, 0, 255]),
    ],
)
def test_wider_greys_are_spread_over_the_range_they_use(values, seen):
    found = pixels(encoded(Image.fromarray(values), "TIFF"))
    assert found[0, :, 0].tolist() == seen


def test_cmyk_becomes_rgb():
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))  # no cyan: red
    red, green, blue = pixels(encoded(image, "JPEG", quality=95))[4, 4]
    assert red > 220
    assert max(green, blue) < 40


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_is_white(mode):
    clear = (0, 0, 0, 0) if mode == "RGBA" else (0, 0)
    assert (pixels(encoded(Image.new(mode, (2, 2), clear))) == 255).all()


def test_what_is_half_transparent_is_half_white():
    red = pixels(encoded(Image.new("RGBA", (1, 1), (255, 0, 0, 128))))[0, 0]
    assert red[0] == 255
    assert 126 <= red[1] == red[2] <= 128


def test_a_palette_is_looked_up_and_its_transparent_colour_is_white():
    image = Image.fromarray(np.array([[0, 1, 2]], dtype=np.uint8), "L").convert("P")
    image.putpalette([*RED, *GREEN, *BLUE])
    found = pixels(encoded(image, transparency=1))[0]
    assert found.tolist() == [[*RED], [255, 255, 255], [*BLUE]]


def test_a_transparent_colour_without_a_palette_is_white():
    image = Image.fromarray(np.array([[RED, GREEN]], dtype=np.uint8))
    found = pixels(encoded(image, transparency=GREEN))[0]
    assert found.tolist() == [[*RED], [255, 255, 255]]


def test_of_an_animation_the_first_frame_is_read():
    frames = [Image.new("RGB", (2, 2), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert pixels(data)[0, 0].tolist() == [*RED]


def test_a_picture_stands_as_its_exif_says():
    lying = Image.fromarray(np.array([[RED, GREEN, BLUE]], dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    found = pixels(encoded(lying, exif=exif))
    assert found[:, 0].tolist() == [[*RED], [*GREEN], [*BLUE]]


def test_broken_exif_does_not_spoil_the_picture():
    broken = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40
    found = pixels(encoded(Image.new("RGB", (8, 8), BLUE), "JPEG", exif=broken))
    assert found.shape == (8, 8, 3)


# Sizes


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 2)])
def test_a_small_picture_keeps_its_size(size):
    assert read_image(encoded(Image.new("RGB", size))).size == size


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_large_picture_is_made_smaller_as_it_is_read(format):
    across = np.linspace(0, 255, 3 * SIDE).astype(np.uint8)
    picture = np.broadcast_to(across[None, :, None], (2 * SIDE, 3 * SIDE, 3))
    found = pixels(encoded(Image.fromarray(np.ascontiguousarray(picture)), format))
    height, width, _ = found.shape
    assert SIDE <= height < 2 * SIDE
    assert width == height * 3 / 2
    np.testing.assert_allclose(found[5, :, 1], np.linspace(0, 255, width), atol=3)


def claim(width, height):
    """A PNG that claims a size and has no pixels."""

    def chunk(kind, data):
        sum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + sum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def test_a_bomb_is_refused_before_it_is_unpacked():
    small = int(MOST_PIXELS**0.5) + 10
    said = reason(claim(small, small))
    assert said == f"it has {small} x {small} pixels, more than 150,000,000 in all"
    # So large that Pillow does not say how large.
    assert reason(claim(60_000, 60_000)) == "it has more than 150,000,000 pixels"


# What cannot be read


def test_an_empty_file_is_refused():
    assert reason(b"") == "the file is empty (0 bytes)"


@pytest.mark.parametrize("data", [b"some text", b"\0" * 100, b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_image_is_refused(data):
    assert reason(data) == "it is not an image that can be read"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_image_is_refused(format, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = encoded(Image.fromarray(noise), format)
    assert reason(whole[: int(share * len(whole))]).startswith(
        ("it is damaged (", "it is not an image")
    )


def test_an_image_whose_bytes_were_changed_is_refused():
    whole = bytearray(encoded(Image.new("RGB", (64, 64), RED)))
    at = whole.index(b"IDAT") + 8
    whole[at : at + 8] = b"\xff" * 8
    assert reason(bytes(whole)).startswith("it is damaged (")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    gone = tmp_path / "gone.png"
    assert reason(gone) == "it cannot be read (No such file or directory)"
    assert reason(tmp_path) == "it cannot be read (Is a directory)"
    with pytest.raises(DataError, match=r"^it cannot be read \(No such file or dir"):
        content_digest(gone)


# Files


def test_copies_have_one_digest(tmp_path):
    for name, data in {"a.png": b"1", "b.jpg": b"1", "c.png": b"2"}.items():
        (tmp_path / name).write_bytes(data)
    a, b, c = (content_digest(tmp_path / name) for name in ("a.png", "b.jpg", "c.png"))
    assert a == b != c


@pytest.mark.parametrize(
    ("name", "image"),
    [
        *((name, True) for name in ("a.jpg", "a.JPEG", "a.tar.png", "a.webp", "a.tif")),
        *(
            (name, False)
            for name in ("a.txt", "a", "jpg", ".png", "a.jpg.bak", "a.npy")
        ),
    ],
)
def test_images_are_told_by_their_suffix(name, image):
    assert is_image_name(name) is image
