"""What enters the stages that are looked at, of all images, on disk: made once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image
from tqdm import tqdm

from core.errors import DataError
from core.files import writing
from core.task2vec.probe import Probe

BATCH = 16  # images that go through the network at a time

Rows = Int[np.ndarray, " some"]
Entering = Float[np.ndarray, "some *activation"]


@dataclass(frozen=True)
class Activations:
    """A row per image in a file of float16, and features in one beside it."""

    path: Path

    def of(self, rows: Rows) -> Entering:
        """Of some images, read as they are asked for."""
        whole = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return np.asarray(whole[rows], dtype=np.float32)

    def features(self, rows: Rows) -> Float[np.ndarray, "some channels"]:
        """Features of some images, read as they are asked for."""
        whole = np.load(_beside(self.path), mmap_mode="r", allow_pickle=False)
        return np.asarray(whole[rows])

    def remove(self) -> None:
        """Forget them, when all that is made of them is kept."""
        self.path.unlink(missing_ok=True)
        _beside(self.path).unlink(missing_ok=True)


def activations_of(
    probe: Probe,
    stage: str,
    digests: Sequence[str],
    load: Callable[[int], Image.Image],
    folder: Path,
) -> Activations:
    """Run images up to a stage, and on to the features.

    What an interrupted call did is taken up: files are named by what they are of.

    Args:
        probe: The network.
        stage: The first that is looked at.
        digests: Of the content of every image.
        load: Reads image `k`.
        folder: Where the files go.

    Raises:
        DataError: An image cannot be read, activations are not finite or too large, or
            the disk is full.
    """
    key = sha256("\n".join([probe.fingerprint, stage, *digests]).encode()).hexdigest()
    path = folder / f"activations-{key[:32]}.npy"
    size, channels = _shapes(probe, stage, load(0))
    with writing(path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        rows = _opened(path, (len(digests), *size), np.float16)
        features = _opened(_beside(path), (len(digests), channels), np.float32)
    # A row of features that was never written is NaN.
    done = ~np.isnan(features[:, 0])
    # The same images always go together: others in a batch may change a last digit.
    order = np.array(sorted(range(len(digests)), key=digests.__getitem__))
    batches = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    with tqdm(total=len(digests), desc="images", disable=None) as bar:
        for some in batches:
            if done[some].all():
                bar.update(len(some))
                continue
            with torch.no_grad():
                images = probe.batch([load(k) for k in some.tolist()])
                middle = probe.forward(images, stop=stage)
                out = probe.forward(middle, start=stage)
            _check(probe, middle, out)
            rows[some] = middle.numpy()
            rows.flush()
            features[some] = out.numpy()
            features.flush()
            bar.update(len(some))
    return Activations(path)


def _beside(path: Path) -> Path:
    return path.with_suffix(".features.npy")


def _opened(path: Path, shape: tuple[int, ...], kind: type) -> np.memmap:
    """A file to write rows into: the one that is there, or one full of NaN."""
    if path.exists():
        try:
            found = np.lib.format.open_memmap(path, "r+")
            if found.shape == shape and found.dtype == kind:
                return found
        except (ValueError, OSError):
            pass  # broken off as it was made
    found = np.lib.format.open_memmap(path, "w+", kind, shape)
    found[:, ...] = np.nan
    return found


def _shapes(
    probe: Probe, stage: str, image: Image.Image
) -> tuple[tuple[int, ...], int]:
    with torch.no_grad():
        middle = probe.forward(probe.batch([image]), stop=stage)
        out = probe.forward(middle, start=stage)
    if out.ndim != 2:
        raise DataError(
            f"The last stage of probe {probe.name!r} gives {out.ndim - 1} axes for an "
            "image, not a row of features; end it with pooling and flattening."
        )
    return tuple(middle.shape[1:]), out.shape[1]


def _check(probe: Probe, middle: torch.Tensor, out: torch.Tensor) -> None:
    most = torch.finfo(torch.float16).max
    if not (middle.abs().amax() < most and out.isfinite().all()):
        raise DataError(
            f"Activations of probe {probe.name!r} are not finite, or beyond "
            f"{most:,.0f}; look for extreme images, or scale its input."
        )
