"""Images of data sets of the Hub, streamed and embedded, some of each."""

import logging
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from PIL.Image import Image

from core.collections.huggingface.hub import LOGIN, Entry, Skipped
from core.encoders.encoder import Encoder, text_digest, vectors_of
from core.errors import DataError
from core.images import read_image

# An image as it is stored: its bytes, or the path of a file that holds it.
Stored = Mapping[str, Any]

SEED = 0
# Files often list one class after the other: images are drawn from this many times as
# many as are wanted, and from files in any order.
BUFFER = 8
NO_MORE = "it has no more than"


def sampled(
    entries: Sequence[Entry],
    most: int,
    encoder: Encoder[Image],
    kept: MutableMapping[str, str],
) -> tuple[Float[np.ndarray, "images channels"], Int[np.ndarray, " images"], Skipped]:
    """Vectors of up to `most` images of every data set, whose each is, and the faults.

    Data sets without any image are listed and have no vector. Vectors are kept by the
    commit of their data set, so what was embedded is not streamed again.

    Raises:
        DataError: No image of any data set can be read.
    """
    digests = [
        text_digest(f"image {number} of {most} of {entry.id} {entry.sha}, seed {SEED}")
        for entry in entries
        for number in range(most)
    ]
    streams: dict[int, tuple[int, Iterator[Stored]]] = {}
    broken: dict[int, str] = {}

    def load(item: int) -> Image:
        row, number = divmod(item, most)
        if row in broken:
            raise DataError(broken[row])
        try:
            at, stream = streams.pop(row, (number, None))
            if stream is None or at != number:
                stream = images_of(entries[row], most, number)
            streams[row] = number + 1, stream
            stored = next(stream)
        except StopIteration:
            broken[row] = f"{NO_MORE} {number} images"
            raise DataError(broken[row]) from None
        except Exception as error:  # `datasets` and all that it calls raise many kinds
            broken[row] = f"its images cannot be streamed ({reason(error)})"
            raise DataError(broken[row]) from error
        return read_image(_bytes(stored))

    vectors, faults = vectors_of(encoder, digests, load, kept, what="images")
    have = np.isfinite(vectors).all(axis=1)
    task = np.repeat(np.arange(len(entries)), most)
    skipped: Skipped = []
    for row, entry in enumerate(entries):
        own = range(row * most, (row + 1) * most)
        said = [faults[item] for item in own if item in faults]
        # Where there are fewer images than asked for, nothing is missing.
        wrong = [text for text in said if not text.startswith(NO_MORE)]
        if not have[own.start : own.stop].any():
            text = (wrong or said)[0]
            skipped.append({"item": entry.id, "reason": f"left out: {text}"})
        elif wrong:
            text = f"{len(wrong)} of {most} images are missing, first: {wrong[0]}"
            skipped.append({"item": entry.id, "reason": text})
    return vectors[have], task[have], skipped


def images_of(entry: Entry, most: int, first: int) -> Iterator[Stored]:
    """The encoded images of a data set from number `first` on, shuffled.

    Raises:
        DataError: It has no column of images.
    """
    datasets = library()
    found = _opened(datasets, entry)
    split = found.get("train") or next(iter(found.values()))
    known = split if split.features else split._resolve_features()
    column = image_column(datasets, known.features)
    # As bytes: one damaged image must not end the stream.
    mixed = known.decode(False).select_columns([column])
    mixed = mixed.shuffle(seed=SEED, buffer_size=BUFFER * most)
    for row in islice(mixed, first, None):
        yield row[column] or {}


def _opened(datasets: Any, entry: Entry) -> Any:
    """Its splits; of one with several configurations, those of the first."""
    asked = {"revision": entry.sha or None}
    try:
        return datasets.load_dataset(entry.id, streaming=True, **asked)
    except ValueError as error:
        if "Config name is missing" not in str(error):
            raise
    name = datasets.get_dataset_config_names(entry.id, **asked)[0]
    return datasets.load_dataset(entry.id, name, streaming=True, **asked)


def image_column(datasets: Any, features: Mapping[str, Any]) -> str:
    """The first column of images.

    Raises:
        DataError: There is none.
    """
    for name, kind in features.items():
        if isinstance(kind, datasets.Image):
            return str(name)
    raise DataError(f"no column of images among {', '.join(features)}")


def _bytes(stored: Stored) -> bytes:
    import fsspec  # type: ignore[import-untyped]

    if stored.get("bytes") is not None:
        return bytes(stored["bytes"])
    if not stored.get("path"):
        raise DataError("there is no image in this row")
    try:
        with fsspec.open(stored["path"], "rb") as file:
            return bytes(file.read())
    except Exception as error:  # the network and the Hub raise many kinds
        raise DataError(f"it cannot be fetched ({reason(error)})") from error


def library() -> Any:
    """`datasets`, patient but not without end, and asking no other server."""
    import datasets

    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False  # asks another server
    datasets.config.STREAMING_READ_MAX_RETRIES = 3
    datasets.config.STREAMING_READ_RETRY_INTERVAL = 1
    datasets.config.STREAMING_READ_SERVER_UNAVAILABLE_RETRY_INTERVAL = 5
    datasets.disable_progress_bars()
    # Of every card without metadata it would say so.
    logging.getLogger("huggingface_hub.repocard").setLevel(logging.ERROR)
    return datasets


def reason(error: BaseException) -> str:
    """An error in one line."""
    name = type(error).__name__
    if name in ("GatedRepoError", "DatasetNotFoundError"):
        return f"it is gated, private or gone: {LOGIN}"
    lines = str(error).strip().splitlines()
    return f"{name}: {lines[0]}" if lines else name
