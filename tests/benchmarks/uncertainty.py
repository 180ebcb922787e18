"""What the spread of placed boxes and "outside what this map knows" are worth.

`python -m tests.benchmarks uncertainty` prints the figures of docs/learning.md.
"""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr

from core import cache
from core.cache import Store
from core.evaluation.fitted import known_data
from core.evaluation.protocols import case_of
from core.evaluation.subject import subject_of
from core.familiarity import outside
from core.learning import recipe, training
from core.learning.ensemble import spread
from core.learning.likeness import familiar, likeness, looks
from core.learning.model import Components
from core.learning.placing import place
from core.learning.resemblance import Resemblance
from core.learning.set_encoder import SetEncoder
from core.relations import Membership, membership_of

FEW = (1, 5, 30)  # members of a new task
OTHERS = 500  # strange members of each kind
TOGETHER = 10  # members of a strange task


def uncertainty_figures() -> dict[str, object]:
    """Figures of both, on one thread."""
    training.use_one_thread()
    return {"spread": spread_figures(), "outside": outside_figures()}


# ---------------------------------------------------------------- spread


def spread_figures() -> dict[str, object]:
    """On `cub`: boxes learned of training images, tasks placed by the other images."""
    collection = cache.load_collection(Store(Path(os.devnull)), "cub")
    subject = subject_of(collection, "fresh", "mean")
    config = recipe.config_for(collection, "default", dim=2, seed=0, steps=None)
    every = replace(case_of(subject, 0), train=np.arange(subject.tasks))
    data = known_data(subject, every, config)
    state = training.start(data, config)
    for _ in training.fit(data, state):
        pass
    model, known = state.model, data.membership
    assert isinstance(model, SetEncoder) and known is not None
    new = subject.novel.membership
    assert new is not None
    features = collection.features.astype(np.float32)
    found: dict[str, object] = {
        f"known classes, {few} new members": _judged(
            model, known, features, _first(new, few)
        )
        for few in FEW
    }
    leaves = np.flatnonzero(known.counts < 40)
    groups = np.flatnonzero((known.counts >= 40) & (known.counts < 300))
    for word, tasks in (("species", leaves), ("groups", groups)):
        parts = []
        for task in tasks:
            own = known.member[known.start[task] : known.start[task + 1]]
            only = membership_of([_first(new, 30)[task]])
            rest = _without(model, own)
            parts.append(_measured(rest, known, features, only, np.array([task])))
        found[f"{word} left out, 30 members"] = _told(
            *map(np.concatenate, zip(*parts, strict=True))
        )
    return found


def _first(membership: Membership, most: int) -> list[list[int]]:
    """At most so many members of every task, by chance."""
    rng = np.random.default_rng(0)
    rows = np.split(membership.member, membership.start[1:-1])
    return [rng.permutation(one)[:most].tolist() for one in rows]


def _judged(
    model: SetEncoder, known: Membership, features: np.ndarray, rows: list[list[int]]
) -> dict[str, float]:
    tasks = np.arange(len(rows))
    return _told(*_measured(model, known, features, membership_of(rows), tasks))


def _measured(
    model: SetEncoder,
    known: Membership,
    features: np.ndarray,
    new: Membership,
    tasks: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Which true corners lie in their bands; spreads, errors and sides, task by task.

    True is the box of the middle half of the known members of a task, which is what
    placing estimates; and the box of all of them, which is drawn.
    """
    names = tuple(map(str, tasks))
    boxes = place(model, features, new, names, known=False)
    told = spread(model, features, new)
    rows = [known.member[known.start[t] : known.start[t + 1]] for t in tasks]
    own = membership_of([one.tolist() for one in rows])
    with torch.no_grad():
        member, counts = torch.from_numpy(own.member), torch.from_numpy(own.counts)
        points = model.known()
        middle = model.around_most(points, member, counts)
        # As wide a margin as that of so many new members.
        margin = 0.5 * model.frame * np.log2(own.counts / new.counts)[:, None]
        drawn = model(points, member, counts, 0.0)
    lower, upper = middle[0].numpy() + margin, middle[1].numpy() - margin
    covered = [
        _within(band, end) for band, end in ((told.lower, lower), (told.upper, upper))
    ]
    all_covered = [
        _within(band, end.numpy())
        for band, end in ((told.lower, drawn[0]), (told.upper, drawn[1]))
    ]
    away = np.abs((boxes.lower + boxes.upper) / 2 - (lower + upper) / 2).max(axis=1)
    side = (drawn[1] - drawn[0]).numpy().max(axis=1)
    return (
        np.mean(covered, axis=(0, 2)),
        np.mean(all_covered, axis=(0, 2)),
        told.centre.max(axis=1),
        away,
        side,
    )


def _within(band: np.ndarray, end: np.ndarray) -> np.ndarray:
    return (band[0] - 1e-3 <= end) & (end <= band[1] + 1e-3)


def _told(
    covered: np.ndarray,
    all_covered: np.ndarray,
    spreads: np.ndarray,
    away: np.ndarray,
    side: np.ndarray,
) -> dict[str, float]:
    return {
        "tasks": len(away),
        "middle_half_in_band": round(float(covered.mean()), 2),
        "whole_box_in_band": round(float(all_covered.mean()), 2),
        "spearman_spread_error": round(float(spearmanr(spreads, away).statistic), 2),
        "median_spread": round(float(np.median(spreads)), 2),
        "median_error": round(float(np.median(away)), 2),
        "median_side": round(float(np.median(side)), 2),
    }


def _without(model: SetEncoder, rows: np.ndarray) -> SetEncoder:
    """The encoder that has never compared anything with these members."""
    import copy

    rest = copy.copy(model)
    rest._buffers = dict(model._buffers)
    keep = ~torch.isin(model.known_row, torch.from_numpy(rows))
    counts = model.group_start.diff()
    group = torch.repeat_interleave(torch.arange(len(counts)), counts)[keep]
    fewer = torch.bincount(group, minlength=len(counts))
    rest.known_row, rest.known_view = model.known_row[keep], model.known_view[keep]
    rest.group_start = torch.cat([fewer.new_zeros(1), fewer.cumsum(0)])
    return rest


# ---------------------------------------------------------------- outside


def outside_figures() -> dict[str, object]:
    """Shares called outside: of members held out, and of what is of another kind."""
    store = Store(Path(os.devnull))
    names = ("cub", "imagenet", "huggingface", "inaturalist", "imagenet21k")
    features = {
        one: cache.load_collection(store, one).features.astype(np.float32)
        for one in names
    }
    train = cache.load_collection(store, "cub").train
    assert train is not None
    found: dict[str, object] = {}
    for name, rows in features.items():
        rng = np.random.default_rng(0)
        held = ~train if name == "cub" else rng.random(len(rows)) < 0.2
        known, new = rows[~held], rows[held]
        strange = {
            f"{other}'s": _some(more, rng)
            for other, more in features.items()
            if other != name and more.shape[1] == rows.shape[1]
        }
        deviation, middle = known.std(axis=0), known.mean(axis=0)
        normal = rng.normal(size=(OTHERS, rows.shape[1])).astype(np.float32)
        strange["noise of the same mean and variance"] = middle + deviation * normal
        some = _some(new, rng)
        strange["own, channels shuffled"] = rng.permuted(some, axis=1)
        strange["own, ten times as long"] = 10 * some
        strange["own, each scaled to length 1"] = some / np.linalg.norm(
            some, axis=1, keepdims=True
        )
        found[name] = _alarms(known, {"held out": new, **strange})
    return found


def _some(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rows[rng.permutation(len(rows))[:OTHERS]]


def _alarms(
    known: np.ndarray, kinds: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    axes = Resemblance(known.shape[1], min(128, *known.shape))
    axes.components = Components(known.shape[1], min(128, *known.shape))
    axes.components.set_by(known)
    axes.remember(torch.from_numpy(known))
    bounds = familiar(likeness(axes, known), known)  # type: ignore[arg-type]
    found = {}
    for kind, rows in kinds.items():
        seen = looks(axes, rows)
        each = np.arange(len(rows) + 1)
        tens = np.arange(0, len(rows) + 1, TOGETHER)
        single = outside(bounds, seen, Membership(each[:-1], each))
        several = outside(bounds, seen, Membership(each[: tens[-1]], tens))
        found[kind] = {
            "members": round(float(np.mean([bool(one) for one in single])), 3),
            "tasks_of_ten": round(float(np.mean([bool(one) for one in several])), 3),
        }
    return found
