"""Protocols: what a case holds out, what is fitted on the rest, and how it scores."""

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from core import boxes as geometry
from core import (
    features,
    losses,
    metrics,
    model,
    placing,
    recipe,
    relations,
    sampling,
    training,
    training_data,
    treemap,
)
from core.boxes import Boxes, containment_pairs
from core.collection import Collection
from core.recipe import TrainingConfig
from core.relations import Membership, Relations, membership_of
from core.sampling import Pairs, Rows
from core.training_data import TrainingData

Protocol = Literal["existing", "novel"]
CONTROL = "control-shared-members"

# Predicted share of every first task inside the second.
Shares = Callable[[Rows, Rows], Float[np.ndarray, " pairs"]]


@dataclass(frozen=True)
class Case:
    """Which tasks and pairs of them a case learns from, and which pairs it asks about.

    Pairs are (children, parents); `withheld` are sorted keys `child * tasks + parent`.
    """

    train: Int[np.ndarray, " train"]
    withheld: Int[np.ndarray, " withheld"]
    validation: tuple[Int[np.ndarray, " validation"], Int[np.ndarray, " validation"]]
    test: tuple[Int[np.ndarray, " test"], Int[np.ndarray, " test"]]


def existing_case(tasks: int, case: int) -> Case:
    """Every ordered pair is for training, validation or test, 80 : 10 : 10."""
    rng = np.random.default_rng(case)
    keys: list[list[Rows]] = [[], []]
    for child in range(tasks):  # row by row: no n x n matrix
        draw = rng.random(tasks)
        draw[child] = 0
        held = np.flatnonzero(draw >= 0.8)
        for part, rows in zip(keys, (draw[held] < 0.9, draw[held] >= 0.9), strict=True):
            part.append(child * tasks + held[rows])
    validation, test = (np.concatenate(part) for part in keys)
    return Case(
        train=np.arange(tasks),
        withheld=np.sort(np.concatenate([validation, test])),
        validation=_split(validation, tasks),
        test=_split(test, tasks),
    )


def novel_case(tasks: int, case: int) -> Case:
    """15 % of the tasks are for test and 10 % for validation, as children only."""
    order = np.random.default_rng(case).permutation(tasks)
    bounds = round(0.15 * tasks), round(0.15 * tasks) + round(0.10 * tasks)
    test, validation, train = np.split(order, bounds)
    train = np.sort(train)

    def below_train(novel: Int[np.ndarray, " novel"]) -> tuple[Rows, Rows]:
        return np.repeat(novel, len(train)), np.tile(train, len(novel))

    nothing = np.zeros(0, dtype=np.int64)
    return Case(train, nothing, below_train(validation), below_train(test))


CASES: Mapping[Protocol, Callable[[int, int], Case]] = {
    "existing": existing_case,
    "novel": novel_case,
}


def results(
    collection: Collection,
    protocol: Protocol,
    dim: int,
    cases: int,
    models: Sequence[str],
    kept: MutableMapping[str, str],
) -> Iterator[dict[str, Any]]:
    """The score of every model in every case, as soon as it is known.

    What is in `kept` is not computed again; what is computed is put there, under a key
    that changes with the data, the settings and the program.
    """
    known = known_pairs(collection)
    for case in range(cases):
        split = CASES[protocol](len(collection.tasks), case)
        if collection.membership is not None:
            shares = _known_shares(known)
            yield {"model": CONTROL, "seconds": 0.0, **score(shares, known, split)}
        for name in models:
            config = recipe.config_for(collection, name, dim=dim, seed=case, steps=None)
            data = training_data.training_data(collection, config.encoder)
            key = _key(protocol, data, config)
            if key not in kept:
                started = time.perf_counter()
                boxes = fitted(data, split, config, tuple(collection.tasks.index))
                seconds = time.perf_counter() - started
                result = score(_box_shares(boxes), known, split)
                kept[key] = json.dumps({**result, "seconds": round(seconds, 2)})
            yield {"model": name, **json.loads(kept[key])}


def summary(
    collection: Collection,
    protocol: Protocol,
    dim: int,
    cases: int,
    found: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """One document of all scores.

    Means and (population) standard deviations over cases; `test_pairs` and
    `positives` are what one case has on average.
    """
    by_model: dict[str, list[Mapping[str, Any]]] = {}
    for result in found:
        by_model.setdefault(result["model"], []).append(result)
    any_model = next(iter(by_model.values()))
    return {
        "collection": collection.name,
        "protocol": protocol,
        "dim": dim,
        "cases": cases,
        "tasks": len(collection.tasks),
        "test_pairs": round(np.mean([one["test_pairs"] for one in any_model])),
        "positives": round(np.mean([one["positives"] for one in any_model])),
        "models": {name: _over_cases(scores) for name, scores in by_model.items()},
    }


def fitted(
    data: TrainingData, split: Case, config: TrainingConfig, names: tuple[str, ...]
) -> Boxes:
    """Boxes of all tasks, by an encoder that saw the training part of `split` only."""
    part = restricted(replace(data, withheld=split.withheld), split.train)
    state = training.start(part, config)
    for _ in training.fit(part, state):
        pass
    return placing.place(state.model, data.features, data.membership, names)


def restricted(data: TrainingData, rows: Int[np.ndarray, " some"]) -> TrainingData:
    """What is known of some tasks only: their members, features and relations.

    Raises:
        ValueError: Pairs are withheld, whose keys would mean others among fewer tasks.
    """
    if len(rows) == data.tasks:
        return data
    if len(data.withheld):
        raise ValueError("Restrict the tasks first, then withhold pairs of them.")
    new = np.full(data.tasks, -1)
    new[rows] = np.arange(len(rows))
    child, parent = new[data.relations.child], new[data.relations.parent]
    inside = (child >= 0) & (parent >= 0)
    return TrainingData(
        features=data.features if data.membership else data.features[rows],
        membership=_members_of(data.membership, rows) if data.membership else None,
        relations=Relations(
            child[inside], parent[inside], data.relations.strength[inside]
        ),
        tasks=len(rows),
    )


def known_pairs(collection: Collection) -> Pairs:
    """All that is known of pairs of tasks, to look up."""
    nothing = np.zeros(0, dtype=np.int64)
    return sampling.pairs_of(len(collection.tasks), collection.relations, nothing)


def strictly_inside(
    known: Pairs, child: Rows, parent: Rows
) -> Bool[np.ndarray, " pairs"]:
    """Truth: the child's members are some of the parent's, but not all."""
    inside = sampling.known_strength(known, child, parent) == 1
    return inside & (sampling.known_strength(known, parent, child) < 1)


def score(shares: Shares, known: Pairs, split: Case) -> dict[str, Any]:
    """F1 on the test pairs, with the threshold that is best on the validation pairs."""
    forth, back = _both_ways(shares, split.validation)
    truth = strictly_inside(known, *split.validation)
    threshold = metrics.best_threshold(forth, back, truth)
    forth, back = _both_ways(shares, split.test)
    truth = strictly_inside(known, *split.test)
    return {
        "f1": metrics.f1(metrics.claimed(forth, back, threshold), truth),
        "threshold": threshold,
        "test_pairs": len(truth),
        "positives": int(truth.sum()),
    }


def _both_ways(
    shares: Shares, pairs: tuple[Rows, Rows]
) -> tuple[Float[np.ndarray, " pairs"], Float[np.ndarray, " pairs"]]:
    child, parent = pairs
    return shares(child, parent), shares(parent, child)


def _box_shares(boxes: Boxes) -> Shares:
    return lambda child, parent: containment_pairs(boxes, child, parent)


def _known_shares(known: Pairs) -> Shares:
    """The control: common members say which task lies wholly in which.

    That is what the truth is made of, so its F1 is 1 by definition.
    """

    def shares(child: Rows, parent: Rows) -> Float[np.ndarray, " pairs"]:
        whole = sampling.known_strength(known, child, parent) == 1
        return whole.astype(np.float64)

    return shares


def _over_cases(scores: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    f1 = [one["f1"] for one in scores]
    return {
        "f1_mean": round(float(np.mean(f1)), 4),
        "f1_std": round(float(np.std(f1)), 4),
        "seconds": round(float(np.mean([one["seconds"] for one in scores])), 1),
        "f1": [round(one, 4) for one in f1],
    }


def _split(keys: Rows, tasks: int) -> tuple[Rows, Rows]:
    child, parent = np.divmod(keys, tasks)
    return child, parent


def _members_of(membership: Membership, rows: Int[np.ndarray, " some"]) -> Membership:
    bounds = zip(membership.start[rows], membership.start[rows + 1], strict=True)
    return membership_of([membership.member[a:b].tolist() for a, b in bounds])


def _key(protocol: Protocol, data: TrainingData, config: TrainingConfig) -> str:
    parts = [
        protocol,
        training_data.fingerprint(data),
        json.dumps(asdict(config)),
        _source(),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def _source() -> str:
    """The program text that decides a result."""
    modules = (
        geometry,
        features,
        losses,
        metrics,
        model,
        placing,
        recipe,
        relations,
        sampling,
        training,
        training_data,
        treemap,
    )
    return "\n".join(
        inspect.getsource(one) for one in (*modules, sys.modules[__name__])
    )
