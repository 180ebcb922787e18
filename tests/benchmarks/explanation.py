"""Times explanations: small pictures, CUB images, and batches against one by one.

python -m tests.benchmarks.explanation [--folder CUB_IMAGES] [--jobs 2]

Prints JSON, of seconds by the clock. Features and heads are made before, and processes
of CUB are started; without `--folder` only digits are timed. One by one is what a
person writes with the libraries (tests/core/explanation/one_by_one.py), on as many
threads, of the network as it is made and not folded; it gives the same rows, but for
those of changed networks: the ratio of CUB is of seconds a row.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from core import cache
from core.cache import Store
from core.explanation.classifier import Classifier, classifier_of
from core.explanation.comparing import compared, shown
from core.explanation.explaining import Heads, fitted, task_named, told_right
from core.explanation.running import Setting, changes_of, explained, networks
from core.explanation.transformations import changes
from core.learning.training import use_one_thread
from core.parallel import processes_kept
from core.task2vec.labelled import labelled_sets
from core.task2vec.pictures import Pictures, of_collection, of_folder
from core.task2vec.probes.named import probe_named
from core.task2vec.probes.small_training import digits
from tests.core.explanation.one_by_one import one_by_one

METHODS = ("gradcam", "gradient", "integrated-gradients", "smoothgrad")
SMALL, CHANGES = 40, 11  # pictures, changes of each


def main() -> None:
    """Time what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    use_one_thread()
    with tempfile.TemporaryDirectory() as folder:
        figures = {"cores": asked.jobs, "small": small(Path(folder), asked.jobs)}
        if asked.folder:
            figures["cub"] = cub(Path(folder), asked.folder, asked.jobs)
    print(json.dumps(figures, indent=2))


def small(folder: Path, cores: int) -> dict[str, object]:
    """Digits of 28 x 28 pixels by the small network, on one core and on all."""
    pixels, labels = digits()
    for row in np.flatnonzero(np.arange(len(pixels)) % 5 == 4):
        place = folder / "digits" / str(labels[row])
        place.mkdir(parents=True, exist_ok=True)
        grey = np.round(255 * pixels[row]).astype(np.uint8)
        Image.fromarray(grey).save(place / f"{row}.png")
    known = of_folder(folder / "digits")
    setting = Setting("small-28", each=1)
    heads, right = prepared(setting, known, None, SMALL, Store(folder / "data"))
    classifier, plain = networks(setting, heads).base, as_made(setting, heads)
    some = changes(28, each=1)[:CHANGES]

    def batched() -> None:
        seen = shown(classifier, right, some)
        for method in METHODS:
            compared(method, classifier, seen, [])

    def alone() -> None:
        for method in METHODS:
            one_by_one(method, plain, right, some)

    told: dict[str, object] = {"images": len(right), "changes": len(some)}
    for threads in (1, cores):
        torch.set_num_threads(threads)
        found = {"batched": seconds(batched), "one by one": seconds(alone)}
        found["ratio"] = found["one by one"] / found["batched"]
        told[f"{threads} threads"] = found
    use_one_thread()
    return told


def seconds(work: Callable[[], None]) -> float:
    """Taken by the clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def cub(folder: Path, images: Path, jobs: int) -> dict[str, object]:
    """GradCAM of 20 images of CUB-200-2011 and 48 changes by EfficientNet-Lite0."""
    store = Store(folder / "data")
    collection = cache.load_collection(store, "cub")
    setting = Setting("efficientnet-lite0")
    with of_collection(collection, images) as known:
        heads, right = prepared(
            setting, known, collection.train, 20, store, task="Cardinalidae"
        )
        rows = []

        def batched(some: list) -> None:
            rows.append(explained(setting, ["gradcam"], heads, some, {}, jobs=jobs))

        with processes_kept():
            first = seconds(lambda: batched(right[:jobs]))  # starts the processes
            took = seconds(lambda: batched(right))
    some = changes_of(setting, networks(setting, heads).base)
    plain = as_made(setting, heads)
    torch.set_num_threads(jobs)
    alone = seconds(lambda: one_by_one("gradcam", plain, right, some))
    use_one_thread()
    fewer = len(right) * (1 + len(some))
    return {
        "images": len(right),
        "changes": len(some),
        "rows": [len(rows[-1]), fewer],
        "first": first,
        "batched": took,
        "one by one": alone,
        "ratio": alone / fewer / (took / len(rows[-1])),
    }


def as_made(setting: Setting, heads: Heads) -> Classifier:
    """The classifier before anything is done for it to be fast."""
    return classifier_of(probe_named(setting.model), heads.final)


def prepared(
    setting: Setting,
    known: Pictures,
    train: np.ndarray | None,
    most: int,
    store: Store,
    task: str | None = None,
) -> tuple[Heads, list]:
    """Heads of a task and pictures that are told right, which are not timed."""
    probe = probe_named(setting.model)
    one = task_named(labelled_sets(known.names, known.membership), task)
    with cache.computed(store) as kept:
        heads = fitted(probe, one, known, train, kept, 0)
    classifier = networks(setting, heads).base
    return heads, told_right(classifier, one, known, heads.held, most, 0)


if __name__ == "__main__":
    main()
