"""Labelled images by their name: digits, clothes, drawings, folders, archives."""

import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from tqdm import tqdm

from core.collections.folder.image_files import listing_of
from core.discovery.drawn import drawn
from core.discovery.images import LabelledImages
from core.errors import DataError
from core.files import NO_ZIP, is_file
from core.images import is_image_name, read_image

KNOWN = ("digits", "fashion-mnist", "drawn")


def images_named(what: str, *, most: int, side: int, seed: int = 0) -> LabelledImages:
    """Images of one of the names known, or of a folder or zip of image folders.

    Args:
        what: A name or a path. The class of an image is the folder that it lies in;
            folders of one name (`train/cat` and `test/cat`) are one class.
        most: Images; where there are more, a share of every class is drawn.
        side: Pixels that images of a folder are scaled to.
        seed: Of the draw.

    Raises:
        DataError: There are no such images, or they are all of one class.
    """
    if what == "digits":
        return _some(_digits(), most, seed)
    if what == "fashion-mnist":
        return _some(_clothes(), most, seed)
    if what == "drawn":
        return drawn(most, seed=seed)
    path = Path(what)
    if path.is_dir():
        return _of_folder(path, most, side, seed)
    if zipfile.is_zipfile(path) if path.exists() else False:
        return _of_zip(path, most, side, seed)
    raise DataError(
        f"{what!r} is neither {', '.join(KNOWN)} nor a folder or zip of image folders; "
        "correct it."
    )


def images_of(
    what: str, items: Sequence[str], *, most: int, side: int, seed: int
) -> dict[str, UInt8[np.ndarray, "height width channels"]]:
    """Those of some images that are there, by their names.

    Images that this program names are drawn anew as `images_named` does, which `most`
    and `seed` are for; of a folder or zip those named are read.

    Raises:
        DataError: There is no such folder, zip or name, or an image cannot be read.
    """
    path = Path(what)
    if path.is_dir():
        return _pixels_of(items, lambda name: _file_of(path, name), side)
    if path.exists() and zipfile.is_zipfile(path):
        with _opened(path) as archive:
            names = {*archive.namelist()}

            def load(name: str) -> Image.Image | None:
                return read_image(archive.read(name)) if name in names else None

            return _pixels_of(items, load, side)
    images = images_named(what, most=most, side=side, seed=seed)
    row_of = {item: row for row, item in enumerate(images.items)}
    return {one: images.pixels[row_of[one]] for one in items if one in row_of}


def _file_of(folder: Path, name: str) -> Image.Image | None:
    return read_image(folder / name) if (folder / name).is_file() else None


def _pixels_of(
    items: Sequence[str], load: Callable[[str], Image.Image | None], side: int
) -> dict[str, np.ndarray]:
    found = {}
    for item in items:
        image = load(item)
        if image is not None:
            found[item] = _square(image, side)
    return found


def _square(image: Image.Image, side: int) -> np.ndarray:
    if image.size != (side, side):
        image = image.resize((side, side), Image.Resampling.BOX)
    return np.asarray(image)


def _digits() -> LabelledImages:
    """1,797 handwritten digits of 8 x 8 pixels (UCI, CC BY 4.0), with scikit-learn."""
    from sklearn.datasets import load_digits

    small, labels = load_digits(return_X_y=True)
    pixels = np.round(small.reshape(-1, 8, 8, 1) * 255 / 16).astype(np.uint8)
    return LabelledImages(
        "digits",
        pixels,
        labels.astype(np.int64),
        tuple("0123456789"),
        tuple(map(str, range(len(labels)))),
        "Optical recognition of handwritten digits (UCI, CC BY 4.0), with scikit-learn",
    )


CLOTHES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def _clothes() -> LabelledImages:
    from core.task2vec.probes.small_training import clothes

    pixels, labels = clothes()
    return LabelledImages(
        "fashion-mnist",
        np.round(pixels[..., None] * 255).astype(np.uint8),
        labels,
        CLOTHES,
        tuple(map(str, range(len(labels)))),
        "Fashion-MNIST (Xiao et al. 2017, MIT), training images",
    )


def _some(images: LabelledImages, most: int, seed: int) -> LabelledImages:
    if len(images.labels) <= most:
        return images
    return images.some(_drawn_rows(images.labels, most, seed))


def _drawn_rows(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """As many rows of every class as there are, in order."""
    rng = np.random.default_rng([seed, 3])
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    counts = np.bincount(labels)
    rank = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = np.lexsort((labels[order], rank))[:most]
    return np.sort(order[first])


def _of_folder(folder: Path, most: int, side: int, seed: int) -> LabelledImages:
    listing = listing_of(folder)
    return _read(
        listing.title,
        listing.images,
        lambda name: read_image(folder / name),
        (most, side, seed),
        str(folder),
    )


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except NO_ZIP as error:
        raise DataError(f"{path} is damaged; zip the folder again.") from error


def _of_zip(path: Path, most: int, side: int, seed: int) -> LabelledImages:
    with _opened(path) as archive:
        names = [
            one.filename
            for one in archive.infolist()
            if is_file(one)
            and is_image_name(one.filename)
            and not PurePosixPath(one.filename).name.startswith(".")
        ]

        def load(name: str) -> Image.Image:
            return read_image(archive.read(name))

        return _read(path.stem, sorted(names), load, (most, side, seed), path.name)


def _read(
    name: str,
    items: Sequence[str],
    load: Callable[[str], Image.Image],
    asked: tuple[int, int, int],
    source: str,
) -> LabelledImages:
    """Images by the folders they lie in, scaled to squares.

    Raises:
        DataError: They are of one class, or one of those drawn cannot be read.
    """
    most, side, seed = asked
    folders = [PurePosixPath(one).parent.name or name for one in items]
    classes, labels = np.unique(folders, return_inverse=True)
    if len(classes) < 2:
        raise DataError(
            f"All {len(items)} images of {source} lie in one folder, so they are of "
            "one class; give a folder of image folders."
        )
    rows = (
        np.arange(len(items)) if len(items) <= most else _drawn_rows(labels, most, seed)
    )
    pixels = np.empty((len(rows), side, side, 3), dtype=np.uint8)
    for at, row in enumerate(tqdm(rows, desc="reading images", disable=None)):
        try:
            image = load(items[row])
        except DataError as error:
            raise DataError(
                f"{items[row]} of {source}: {error}; take it out or mend it."
            ) from error
        pixels[at] = _square(image, side)
    kept = [items[row] for row in rows.tolist()]
    return LabelledImages(
        name,
        pixels,
        labels[rows].astype(np.int64),
        tuple(classes.tolist()),
        tuple(os.fsencode(one).decode(errors="backslashreplace") for one in kept),
        source,
    )
