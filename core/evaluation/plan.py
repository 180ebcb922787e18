"""Evaluation of a collection: every model in every case, and what came of it.

What a protocol holds out is in `protocols`, what is learned from the rest in `fitted`
and `evidence`, and how that is scored in `scoring`.
"""

import json
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from core.baselines.models import BASELINES
from core.collection import Collection
from core.digest import digest
from core.errors import DataError
from core.evaluation import evidence, fitted, scoring
from core.evaluation.program import program_of
from core.evaluation.protocols import MANY
from core.evaluation.subject import Protocol, Subject, subject_of, tasks_asked
from core.features import Features
from core.learning import recipe
from core.learning.prerequisites import check_scorable
from core.learning.recipe import LEARNED, RECIPES
from core.learning.training import use_one_thread
from core.learning.training_data import sizes_known
from core.metrics import Predictor
from core.parallel import calls

MODELS = (
    *LEARNED,
    "published",
    "mlp",
    "linear",
    "kl",
    "asymmetric-cosine",
    "asymmetric-euclidean",
    "random",
)
CHEAP = (*LEARNED, "random")  # of `MODELS` those that never look at all pairs
SHARED_MEMBERS = "control-shared-members"
MEASURED = {"existing": "control-row-column", "novel": "control-nearest"}  # controls


@dataclass(frozen=True)
class Plan:
    """Which models are asked what, controls last."""

    protocol: Protocol
    dim: int
    features: Features
    cases: int
    models: tuple[str, ...]


def plan_of(
    collection: Collection,
    *,
    protocol: Protocol,
    dim: int,
    features: Features,
    cases: int,
    models: tuple[str, ...] | None,
) -> Plan:
    """A plan for the models asked for, or for all that suit, and for the controls.

    Raises:
        DataError: There is no such model, or it does not suit, or there is nothing to
            learn or to score by.
    """
    tasks_asked(collection, protocol)
    check_scorable(collection, dim)
    controls = _controls(collection, protocol)
    if models is None:
        models = _suitable(collection)
    for model in models:
        _check_model(collection, model)
    models = tuple(dict.fromkeys((*models, *controls)))
    return Plan(protocol, dim, features, cases, models)


def results(
    collection: Collection, plan: Plan, kept: MutableMapping[str, str], jobs: int = 1
) -> Iterator[dict[str, Any]]:
    """The score of every model in every case, as soon as it is known.

    What is in `kept` is not computed again; what is computed is put there, under a key
    that changes with the data, the settings and the part of the program that decides.

    Raises:
        DataError: The collection does not suit the plan, or a model fails.
    """
    state = _state(collection)
    waiting = []
    for case in range(plan.cases):
        for model in plan.models:
            contender = _contender(collection, plan, model, case)
            key = _key(state, plan, case, contender)
            if key in kept:
                yield {"model": model, "case": case, **json.loads(kept[key])}
            else:
                waiting.append((key, model, case, contender))
    if not waiting:
        return
    subject = subject_of(collection, plan.protocol, plan.features)
    arguments = [(subject, *one) for _, *one in waiting]
    for number, result in calls(_trial, arguments, jobs, use_one_thread):
        key, model, case, _ = waiting[number]
        kept[key] = json.dumps(result)
        yield {"model": model, "case": case, **result}


def _trial(
    subject: Subject, model: str, case: int, contender: scoring.Contender
) -> dict[str, Any]:
    """One trial; which pairs were claimed is told of encoders only, for subtrees."""
    try:
        result = scoring.trial(subject, case, contender)
    except DataError as error:
        raise DataError(f"{model}, case {case}: {error}") from error
    except MemoryError as error:
        raise DataError(
            f"{model}, case {case}, needs more memory than there is; try fewer --jobs, "
            "or leave it out of --models."
        ) from error
    told = model in RECIPES
    return {key: one for key, one in result.items() if told or key not in scoring.PARTS}


def _contender(
    collection: Collection, plan: Plan, model: str, case: int
) -> "partial[Predictor]":
    if model == SHARED_MEMBERS:
        return partial(evidence.common_members)
    if model in RECIPES:
        config = recipe.config_for(
            collection, model, dim=plan.dim, seed=case, steps=None
        )
        return partial(fitted.shares, config=config)
    dim = plan.dim if model in evidence.BOXED else 0  # the same in all dimensions
    return partial(evidence.shares, name=model, dim=dim)


def _key(state: str, plan: Plan, case: int, contender: "partial[Predictor]") -> str:
    """Differs where anything differs that a result depends on."""
    function, settings = contender.func, contender.keywords
    config = settings.get("config")
    reads_members = config is not None and config.encoder == "set"
    features = "members" if reads_members else plan.features
    parts = [
        state,
        plan.protocol,
        features,
        str(case),
        repr(sorted(settings.items())),
        program_of(function.__module__, function.__name__),
        program_of(__name__, _trial.__name__),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def _state(collection: Collection) -> str:
    """Differs where collections, or libraries, do in what figures depend on."""
    membership, relations = collection.membership, collection.relations
    parents = [list(above) for above in collection.tasks.get("parents", [])]
    libraries = [version(one) for one in ("numpy", "scipy", "torch")]
    names = list(collection.tasks.index)
    text = json.dumps([libraries, names, parents, relations.complete])
    arrays = [relations.child, relations.parent, relations.strength]
    if membership is not None:
        arrays += [membership.member, membership.start]
    more = (collection.train, sizes_known(collection))
    arrays += [one for one in more if one is not None]
    return digest(text, [collection.features, *arrays])


def _controls(collection: Collection, protocol: Protocol) -> tuple[str, ...]:
    """What is always told beside, so that nobody mistakes what a protocol measures."""
    if not collection.relations.complete:
        return (MEASURED[protocol],) if protocol in MEASURED else ()
    shared = collection.membership is not None and protocol != "fresh"
    return (SHARED_MEMBERS,) if shared else ()


def _suitable(collection: Collection) -> tuple[str, ...]:
    """The models to compare where nobody says which."""
    if collection.tree is not None:
        return ("default",)
    models = MODELS if len(collection.tasks) <= MANY else CHEAP
    settings = [
        recipe.config_for(collection, model, dim=1, seed=0, steps=None)
        for model in LEARNED
    ]
    left = {"network"} if settings[0] == settings[1] else set()
    left |= {"kl"} if collection.membership is None else set()
    there = {*LEARNED, *BASELINES} - left
    return tuple(model for model in models if model in there)


def _check_model(collection: Collection, model: str) -> None:
    if model not in {*RECIPES, SHARED_MEMBERS, *BASELINES}:
        known = ", ".join([*RECIPES, *BASELINES])
        raise DataError(f"There is no model {model!r} to evaluate; there are: {known}.")
    if model == "kl" and collection.membership is None:
        raise DataError(
            f"kl compares variances of members, and tasks of {collection.name!r} are "
            "single vectors; leave kl out of --models."
        )
    if model in MEASURED.values() and collection.relations.complete:
        raise DataError(
            f"{model} is of measured strengths, and those of {collection.name!r} are "
            f"not; leave {model} out of --models."
        )
