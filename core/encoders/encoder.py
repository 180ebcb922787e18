"""An encoder, and vectors that are kept by the content of what they describe."""

import base64
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Float
from tqdm import tqdm

from core.errors import DataError

Item = TypeVar("Item")


@dataclass(frozen=True)
class Encoder(Generic[Item]):
    """Turns a batch of items (texts or images) into a vector each.

    `name` tells this encoder from every other one, its version and settings included:
    kept vectors are looked up by it. `source` is its line in `collection.json`.
    """

    name: str
    about: str
    source: Mapping[str, str]
    batch: int
    encode: Callable[[Sequence[Item]], Float[np.ndarray, "batch channels"]]


def vectors_of(
    encoder: Encoder[Item],
    digests: Sequence[str],
    load: Callable[[int], Item],
    kept: MutableMapping[str, str],
    *,
    what: str,
) -> tuple[Float[np.ndarray, "items channels"], dict[int, str]]:
    """A vector for every item, as float16, and why some items have none.

    What was encoded before is taken from `kept`, so an interrupted call goes on where
    it stopped. Items of one digest are encoded once. The row of an item that cannot be
    loaded is NaN.

    Args:
        encoder: Makes the vectors.
        digests: Of the content of every item.
        load: Reads item `k`; raises DataError when it is unreadable.
        kept: Vectors by encoder and digest, as base64 of float16.
        what: What the items are, for the progress bar.

    Raises:
        DataError: No item could be loaded.
    """
    first = {digest: k for k, digest in reversed([*enumerate(digests)])}
    keys = {digest: _key(encoder, digest) for digest in first}
    found = {digest: kept[key] for digest, key in keys.items() if key in kept}
    missing = sorted((k for digest, k in first.items() if digest not in found))
    faults: dict[str, str] = {}
    with tqdm(total=len(first), initial=len(found), desc=what, disable=None) as bar:
        for at in range(0, len(missing), encoder.batch):
            batch, items = _loaded(
                missing[at : at + encoder.batch], load, faults, digests
            )
            if items:
                rows = encoder.encode(items).astype("<f2")
                for k, row in zip(batch, rows, strict=True):
                    text = base64.b64encode(row.tobytes()).decode()
                    found[digests[k]] = kept[keys[digests[k]]] = text
            bar.update(len(missing[at : at + encoder.batch]))
    if not found:
        raise DataError(
            f"None of {len(digests):,} {what} can be read"
            + (f", first: {next(iter(faults.values()))}" if faults else "; give some.")
        )
    return _rows(digests, found), {
        k: faults[digest] for k, digest in enumerate(digests) if digest in faults
    }


def text_digest(text: str) -> str:
    """The digest of a text."""
    return sha256(text.encode()).hexdigest()


def _loaded(
    rows: Sequence[int],
    load: Callable[[int], Item],
    faults: dict[str, str],
    digests: Sequence[str],
) -> tuple[list[int], list[Item]]:
    batch, items = [], []
    for k in rows:
        try:
            items.append(load(k))
            batch.append(k)
        except DataError as error:
            faults[digests[k]] = str(error)
    return batch, items


def _rows(
    digests: Sequence[str], found: Mapping[str, str]
) -> Float[np.ndarray, "items channels"]:
    vectors = {
        digest: np.frombuffer(base64.b64decode(text), "<f2")
        for digest, text in found.items()
    }
    none = np.full_like(next(iter(vectors.values())), np.nan)
    return np.stack([vectors.get(digest, none) for digest in digests])


def _key(encoder: Encoder[Item], digest: str) -> str:
    return f"vector {encoder.name} {digest}"
