"""Time of learning and of placing: ours beside the published recipe, in one process."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from core import cache
from core.baselines.models import by_published_boxes
from core.cache import Store
from core.collection import Collection
from core.evaluation.evidence import evidence_of
from core.evaluation.fitted import known_data
from core.evaluation.protocols import case_of
from core.evaluation.subject import subject_of
from core.learning import placing, recipe, training
from core.learning.training_data import training_data
from core.relations import Membership

RUNS = 5
PLACED = ("cub", "imagenet", "huggingface")
BATCH = 20_000


def learning_figures() -> dict[str, object]:
    """Seconds of fits, milliseconds and number of placements, on one thread."""
    training.use_one_thread()
    store = Store(Path(os.devnull))
    return {
        **_side_by_side(cache.load_collection(store, "cub")),
        "place": {n: _placed(cache.load_collection(store, n)) for n in PLACED},
    }


def _side_by_side(collection: Collection) -> dict[str, float]:
    """A case of `existing` by both recipes, taking turns; nothing is scored."""
    subject = subject_of(collection, "existing", "mean")
    case = case_of(subject, 0)
    config = recipe.config_for(collection, "default", dim=2, seed=0, steps=None)
    data = known_data(subject, case, config)
    evidence = evidence_of(subject, case, "published", 2)

    def ours() -> None:
        for _ in training.fit(data, training.start(data, config)):
            pass

    def theirs() -> None:
        by_published_boxes(evidence, "published")

    times = [(_seconds(ours), _seconds(theirs)) for _ in range(RUNS)]
    one, other = (median(column) for column in zip(*times, strict=True))
    return {
        "cub_fit_s": round(one, 2),
        "cub_published_s": round(other, 2),
        "cub_share": round(one / other, 4),
    }


def _placed(collection: Collection) -> dict[str, float]:
    """New tasks of one vector each, made of known ones and noise."""
    config = recipe.config_for(collection, "default", dim=2, seed=0, steps=3)
    data = training_data(collection, config.encoder)
    model = training.start(data, config).model
    rng = np.random.default_rng(0)
    known = data.features[rng.integers(len(data.features), size=BATCH)]
    new = known + 0.1 * known.std() * rng.normal(size=known.shape).astype(np.float32)

    def place(count: int) -> None:
        rows = np.arange(count + 1)
        each = None if data.membership is None else Membership(rows[:-1], rows)
        names = tuple(map(str, range(count)))
        placing.place(model, new[:count], each, names, known=False)

    place(1)
    alone = median(_seconds(lambda: place(1)) for _ in range(50))
    batch = median(_seconds(lambda: place(BATCH)) for _ in range(RUNS))
    return {"alone_ms": round(1000 * alone, 2), "per_s": round(BATCH / batch)}


def _seconds(run: Callable[[], None]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin
