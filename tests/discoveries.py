"""A discovery of 240 tiny images, as `discover` and `split` keep one."""

import numpy as np

from core import files
from core.discovery.kept import digest_of, folder_of
from core.discovery.sheet import rows_shown, write_sheet

CLASSES = ["cat", "dog", "owl", "rat"]


def score(name):
    return {
        "name": name,
        "score": 0.9,
        "low": 0.85,
        "high": 0.95,
        "kappa": 0.8,
        "rates": [0.5, 0.5],
        "train_accuracy": 1.0,
        "accuracy": 0.9,
        "networks": 3,
        "images": 40,
        "converged": True,
    }


def keep_discovery(store, name="tiny-quick", *, sheet=True):
    """Two tasks on four classes, the first of which is split by, and both."""
    rng = np.random.default_rng(0)
    labels = np.arange(240) % 4
    margin = rng.normal(size=(2, 240)).astype(np.float16)
    items = np.array([f"{CLASSES[one]}/{k:03}.png" for k, one in enumerate(labels)])
    test = np.arange(0, 240, 2)
    folder = folder_of(store, name)
    files.write_arrays(
        folder / "tasks.npz",
        {"margin": margin, "labels": labels, "items": items, "test": test},
    )
    way = {
        kind: {"accuracy": [0.3, 0.4], "held out": [0.9, 0.9], "learned": [1.0, 1.0]}
        for kind in ("random", "adversarial")
    }
    half = {**way, "confusion": [[0.4, 0.6], [0.7, 0.3]], "mistakes": [[items[3], 0]]}
    every = {**way, "confusion": np.eye(4).tolist(), "mistakes": []}
    told = {
        "target": "cat, owl",
        "half": [0, 2],
        "tasks": [1],
        "learn": 120,
        "test": 120,
    }
    split = {**told, "halves": half, "classes": every}
    both = {**split, "tasks": [1, 2], "learn": 60, "test": 60}
    boxes = [
        {
            "name": one,
            "discovered": one.startswith("task"),
            "lower": [k / 5, 0.1],
            "upper": [k / 5 + 0.3, 0.6],
        }
        for k, one in enumerate([*CLASSES, "task 1", "task 2"])
    ]
    about = {
        "data": "tiny",
        "source": "made up for tests",
        "images": 240,
        "classes": CLASSES,
        "preset": "quick",
        "networks": 3,
        "tasks": [score("task 1"), score("task 2")],
        "mean": 0.9,
        "largest similarity": 0.55,
        "random encoder": {"mean": 0.8, "largest similarity": 0.6, "tasks": []},
        "human": [score("cat, owl")],
        "random": [score("random 1")],
        "map": boxes,
    }
    files.write_json(folder / "discovery.json", about)
    files.write_json(folder / "splits.json", {"splits": [split, both]})
    if sheet:
        pixels = rng.integers(0, 255, (240, 8, 8, 1), dtype=np.uint8)
        rows = rows_shown(margin.astype(np.float32), test, [3])
        write_sheet(folder, pixels[rows], rows, digest_of(folder / "tasks.npz"))
    return folder
