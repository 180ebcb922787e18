"""Image files as RGB pictures, whatever kind of pixels they hold."""

import io
import warnings
from hashlib import file_digest, sha256
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import DataError

MOST_PIXELS = 150_000_000  # 450 MB as RGB; what claims more is taken for a bomb
# Encoders look at a few hundred pixels a side. Larger pictures are made smaller as they
# are read, so that a batch of photographs fits into memory.
SIDE = 1024
DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")  # greys beyond 8 bits
SEEN_THROUGH = ("RGBA", "LA", "PA")
# Suffixes of files that are meant as images; others are not looked into.
SUFFIXES = (
    *(".avif", ".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg"),
    *(".jpg", ".pbm", ".pcx", ".pgm", ".png", ".pnm", ".ppm", ".qoi", ".tga"),
    *(".tif", ".tiff", ".webp"),
)


def read_image(source: Path | bytes) -> Image.Image:
    """The image in a file, or in the bytes of one, as RGB.

    It stands as its EXIF orientation says, transparent parts are white, deep greys are
    scaled to 8 bits, and of an animation it is the first frame. Of a picture whose
    shorter side is `2 * SIDE` or more, every few pixels are averaged into one.

    Raises:
        DataError: It cannot be read; the message is the reason alone, in one line.
    """
    data = source if isinstance(source, bytes) else _bytes(source)
    if not data:
        raise DataError("the file is empty (0 bytes)")
    try:
        # Of too many pixels Pillow warns, and only of far too many raises.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                _check_size(image.width, image.height)
                image.draft("RGB", (SIDE, SIDE))  # JPEG: decodes no more than needed
                return rgb(image)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError("it is not an image that can be read") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"it has more than {MOST_PIXELS:,} pixels") from error
    except Exception as error:  # decoders raise many kinds
        raise DataError(f"it is damaged ({_one_line(error)})") from error


def rgb(image: Image.Image) -> Image.Image:
    """An opened image as `read_image` gives it."""
    upright = _upright(image)
    if upright.mode in DEEP:
        upright = Image.fromarray(_eight_bits(np.asarray(upright), upright.mode))
    if upright.mode in SEEN_THROUGH or "transparency" in upright.info:
        opaque = upright.convert("RGBA")
        white = Image.new("RGBA", opaque.size, "white")
        upright = Image.alpha_composite(white, opaque)
    plain = upright.convert("RGB")
    factor = min(plain.size) // SIDE
    return plain.reduce(factor) if factor > 1 else plain


def content_digest(path: Path) -> str:
    """SHA-256 of what a file holds: equal for copies, whatever their names.

    Raises:
        DataError: It cannot be read; the message is the reason alone.
    """
    try:
        with path.open("rb") as file:
            return file_digest(file, sha256).hexdigest()
    except OSError as error:
        raise DataError(f"it cannot be read ({error.strerror})") from error


def is_image_name(name: str) -> bool:
    """Whether a file of this name is meant as an image."""
    return Path(name).suffix.lower() in SUFFIXES


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"it cannot be read ({error.strerror})") from error


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise DataError(
            f"it has {width} x {height} pixels, more than {MOST_PIXELS:,} in all"
        )


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF says nothing of the pixels, which are whole
        return image.copy()


def _eight_bits(pixels: np.ndarray, mode: str) -> np.ndarray:
    """Greys of 16 bits as 8; wider ones, whose white nobody knows, by their range."""
    values = np.nan_to_num(pixels.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = values.min(), values.max()
    if mode.startswith("I;16") or (mode == "I" and low >= 0 and 255 < high < 2**16):
        low, high = 0, 2**16 - 1
    elif mode == "I" and low >= 0 and high < 2**8:
        low, high = 0, 2**8 - 1
    return np.round(255 * (values - low) / ((high - low) or 1)).astype(np.uint8)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
