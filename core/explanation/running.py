"""Rows of many pictures and methods, in several processes, kept by what they are of."""

import json
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import pandas as pd
from tqdm import tqdm

from core.explanation.classifier import (
    Classifier,
    classifier_of,
    on_device,
    with_head,
    with_random_backbone,
    with_random_head,
)
from core.explanation.comparing import Asked, Other, Row, Shown, compared, shown
from core.explanation.explaining import Heads
from core.explanation.folding import folded
from core.explanation.transformations import Change, changes
from core.learning.training import use_one_thread
from core.parallel import calls
from core.task2vec.probes.named import probe_named

VERSION = 2  # of what is computed: kept rows of another one are not read


@dataclass(frozen=True)
class Setting:
    """How a task is explained.

    Attributes:
        model: Name of the probe, as a person gives it.
        layer: Of class activation maps; None for the last with maps.
        each: Magnitudes an operation.
        seed: Of magnitudes, of weights and of maps that are drawn.
        device: What computes, `cpu` or `cuda`; rows are the same but for rounding.
    """

    model: str
    layer: str | None = None
    each: int = 6
    seed: int = 0
    device: str = "cpu"


@dataclass(frozen=True)
class Networks:
    """The classifier that is explained, and what it might have been."""

    base: Classifier
    others: tuple[Other, ...]


def explained(
    setting: Setting,
    methods: Sequence[str],
    heads: Heads,
    asked: Sequence[Asked],
    kept: MutableMapping[str, str],
    *,
    jobs: int = 1,
) -> pd.DataFrame:
    """Rows of every method, picture and change; what is in `kept` is not done again.

    Args:
        setting: How.
        methods: Of `core.explanation.methods.METHODS`.
        heads: Of the task.
        asked: Pictures that are told right.
        kept: Rows by what they are of.
        jobs: Processes at once.

    Raises:
        DataError: A method cannot be used with the model, or gives what is not finite.
    """
    base = networks(setting, heads).base
    keys = {
        (method, k): _key(setting, base, heads, method, one)
        for method in methods
        for k, one in enumerate(asked)
    }
    rows = {at: json.loads(kept[key]) for at, key in keys.items() if key in kept}
    work = [
        (method, block)
        for method in methods
        for block in _blocks(
            [k for k in range(len(asked)) if (method, k) not in rows],
            base,
            setting,
            jobs,
        )
    ]
    work.sort(key=lambda one: one[1])  # methods of one block follow one another
    arguments = [
        (setting, heads, method, tuple(asked[k] for k in block))
        for method, block in work
    ]
    with tqdm(total=len(keys), initial=len(rows), desc="maps", disable=None) as bar:
        for number, found in calls(_explain, arguments, jobs, use_one_thread):
            method, block = work[number]
            for k, some in zip(block, found, strict=True):
                rows[method, k] = some
                kept[keys[method, k]] = json.dumps(some)
            bar.update(len(block))
    return pd.DataFrame(
        [
            {"method": method, "image": one.image, "digest": one.digest[:16], **row}
            for method in methods
            for k, one in enumerate(asked)
            for row in rows[method, k]
        ]
    )


@lru_cache(maxsize=1)
def networks(setting: Setting, heads: Heads) -> Networks:
    """The classifier of a task, with weights drawn anew, and of earlier heads.

    Raises:
        DataError: There is no such model, or no such layer.
    """
    plain = classifier_of(probe_named(setting.model), heads.final, setting.layer)
    seed, device = setting.seed, setting.device
    base = on_device(folded(plain), device)
    backbone = on_device(folded(with_random_backbone(plain, seed)), device)
    others = [
        Other("random", "random head", 0.0, with_random_head(base, seed)),
        Other("random", "random backbone", 0.0, backbone),
    ]
    for steps, head in heads.earlier:
        earlier = with_head(base, head)
        others.append(Other("checkpoint", "checkpoint", float(steps), earlier))
    return Networks(base, tuple(others))


def changes_of(setting: Setting, classifier: Classifier) -> tuple[Change, ...]:
    """What is done to every picture."""
    return changes(min(classifier.size), each=setting.each, seed=setting.seed)


def _explain(
    setting: Setting,
    heads: Heads,
    method: str,
    asked: tuple[Asked, ...],
) -> list[list[Row]]:
    known = networks(setting, heads)
    seen = _shown(setting, heads, asked)
    return compared(method, known.base, seen, known.others, seed=setting.seed)


@lru_cache(maxsize=1)
def _shown(setting: Setting, heads: Heads, asked: tuple[Asked, ...]) -> Shown:
    base = networks(setting, heads).base
    return shown(base, asked, changes_of(setting, base), seed=setting.seed)


def _blocks(
    waiting: Sequence[int],
    classifier: Classifier,
    setting: Setting,
    jobs: int,
) -> Iterator[list[int]]:
    """Pictures that go through together, few enough to employ all processes."""
    height, width = classifier.size
    pixels = height * width * (1 + len(changes_of(setting, classifier)))
    most = max(1, min(16 * classifier.room // pixels, -(-len(waiting) // jobs)))
    for at in range(0, len(waiting), most):
        yield [*waiting[at : at + most]]


def _key(
    setting: Setting, classifier: Classifier, heads: Heads, method: str, one: Asked
) -> str:
    parts = [VERSION, classifier.fingerprint, heads.digest, setting.each, setting.seed]
    parts += [method, one.digest, one.truth]
    return f"explanation {sha256(json.dumps(parts).encode()).hexdigest()}"
