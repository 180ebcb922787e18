"""Trains the small probe on Fashion-MNIST and digits and writes its weights.

python -m core.task2vec.probes.small_training

Fashion-MNIST (Xiao et al. 2017, MIT) comes with Debian's `dataset-fashion-mnist`, the
digits (UCI, CC BY 4.0) with scikit-learn. Of both, one image of five is not learned
from.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from PIL import Image

from core import files
from core.errors import DataError
from core.task2vec.probes.small import SIDE, STAGES, WEIGHTS, trained

FASHION = Path("/usr/share/datasets/fashion-mnist")
MOST = 6_000  # images of clothes to learn from
PASSES = 4

Pixels = Float[np.ndarray, "images height width"]
Labels = Int[np.ndarray, " images"]


def digits() -> tuple[Pixels, Labels]:
    """1,797 digits of 8 x 8 pixels, enlarged."""
    from sklearn.datasets import load_digits

    small, labels = load_digits(return_X_y=True)
    pixels = np.empty((len(small), SIDE, SIDE), dtype=np.float32)
    for row, one in enumerate(small.reshape(-1, 8, 8)):
        picture = Image.fromarray(np.round(one * 255 / 16).astype(np.uint8))
        pixels[row] = np.asarray(picture.resize((SIDE, SIDE)), dtype=np.float32) / 255
    return pixels, labels.astype(np.int64)


def clothes() -> tuple[Pixels, Labels]:
    """The 60,000 training images of Fashion-MNIST.

    Raises:
        DataError: They are not installed.
    """

    def read(name: str, skip: int) -> np.ndarray:
        try:
            with gzip.open(FASHION / f"{name}.gz", "rb") as file:
                return np.frombuffer(file.read(), np.uint8, offset=skip)
        except OSError as error:
            raise DataError(
                f"There is no Fashion-MNIST in {FASHION}; install it with: "
                "apt-get install dataset-fashion-mnist"
            ) from error

    pixels = read("train-images-idx3-ubyte", 16).reshape(-1, SIDE, SIDE)
    labels = read("train-labels-idx1-ubyte", 8)
    return pixels.astype(np.float32) / 255, labels.astype(np.int64)


def held_out(images: int) -> np.ndarray:
    """Which images are not learned from: every fifth."""
    return np.arange(images) % 5 == 4


def main() -> int:
    """Train, say how well, and write the weights."""
    import torch
    from safetensors.torch import save

    torch.set_num_threads(1)
    parts = []
    for first, (pixels, labels) in enumerate([clothes(), digits()]):
        some = ~held_out(len(pixels))
        # There are fewer digits, each of which is learned from twice a pass.
        times = 1 if first == 0 else 2
        rows = np.tile(np.flatnonzero(some)[:MOST], times)
        parts.append((pixels[rows], labels[rows] + 10 * first))
    pixels = np.concatenate([one for one, _ in parts])
    labels = np.concatenate([one for _, one in parts])
    stages = trained(pixels, labels, passes=PASSES)
    weights = {
        f"{name}.{key}": value.contiguous()
        for name in STAGES
        for key, value in stages[name].state_dict().items()
    }
    whole = save(weights)
    files.write(WEIGHTS, lambda file: file.write(whole))
    print(f"{sum(one.numel() for one in weights.values()):,} weights in {WEIGHTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
