"""Protocols: what a case learns from, and which pairs it asks about."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.evaluation.negatives import Keys, Mask, negatives
from core.evaluation.subject import Subject
from core.evaluation.truth import Rows, strict_pairs
from core.relations import unknown_pairs

MANY = 4096  # tasks from which on pairs are too many to ask about all
EACH = 100  # negatives that are asked about then, for every positive
ASKED = 50_000  # positives that are asked about at most, drawn of all that are held out

Split = tuple[Rows, Rows]  # children and parents


@dataclass(frozen=True)
class Case:
    """Which tasks and pairs of them are known, and which pairs are asked about.

    Tasks that are not in `train` are novel. `withheld` are sorted keys
    `child * tasks + parent`, by no model to be learned from, whether pairs are asked
    about or nothing is known of them. Of the validation pairs constants are chosen.
    """

    seed: int
    train: Int[np.ndarray, " train"]
    withheld: Int[np.ndarray, " withheld"]
    validation: tuple[Int[np.ndarray, " validation"], Int[np.ndarray, " validation"]]
    test: tuple[Int[np.ndarray, " test"], Int[np.ndarray, " test"]]


def case_of(subject: Subject, seed: int) -> Case:
    """The case of a number, which is its seed."""
    existing = subject.protocol == "existing"
    if subject.truth.measured:
        return (measured_existing if existing else measured_novel)(subject, seed)
    if subject.tasks > MANY:
        return (sampled_existing if existing else sampled_novel)(subject, seed)
    return (existing_case if existing else novel_case)(subject.tasks, seed)


def existing_case(tasks: int, seed: int) -> Case:
    """Every ordered pair is for training, validation or test, 80 : 10 : 10."""
    rng = np.random.default_rng(seed)
    keys: list[list[Keys]] = [[], []]
    for child in range(tasks):  # row by row: no n x n matrix
        draw = rng.random(tasks)
        draw[child] = 0
        held = np.flatnonzero(draw >= 0.8)
        for part, rows in zip(keys, (draw[held] < 0.9, draw[held] >= 0.9), strict=True):
            part.append(child * tasks + held[rows])
    validation, test = (np.concatenate(part) for part in keys)
    withheld = np.sort(np.concatenate([validation, test]))
    every = np.arange(tasks)
    return Case(seed, every, withheld, _split(validation, tasks), _split(test, tasks))


def novel_case(tasks: int, seed: int) -> Case:
    """15 % of the tasks are for test and 10 % for validation, as children only."""
    test, validation, train = _tasks_apart(tasks, seed)

    def below_train(novel: Int[np.ndarray, " novel"]) -> Split:
        return np.repeat(novel, len(train)), np.tile(train, len(novel))

    nothing = np.zeros(0, dtype=np.int64)
    return Case(seed, train, nothing, below_train(validation), below_train(test))


def measured_existing(subject: Subject, seed: int) -> Case:
    """Every measured pair is for training, validation or test, 80 : 10 : 10."""
    keys, tasks = subject.truth.keys, subject.tasks
    draw = np.random.default_rng(seed).random(len(keys))
    validation, test = keys[(draw >= 0.8) & (draw < 0.9)], keys[draw >= 0.9]
    withheld = _union(unknown_pairs(subject.relations, tasks), validation, test)
    every = np.arange(tasks)
    return Case(seed, every, withheld, _split(validation, tasks), _split(test, tasks))


def measured_novel(subject: Subject, seed: int) -> Case:
    """A fifth of the tasks is novel; asked is how they and the others are related.

    Some baselines need pairs to choose a constant by: a tenth of those of the known
    tasks, which no model learns from, so that all learn from the same.
    """
    keys, tasks = subject.truth.keys, subject.tasks
    rng = np.random.default_rng(seed)
    held, train = np.split(rng.permutation(tasks), [round(0.2 * tasks)])
    novel = np.isin(np.arange(tasks), held)
    child, parent = np.divmod(keys, tasks)
    test = keys[novel[child] ^ novel[parent]]
    known = keys[~novel[child] & ~novel[parent]]
    validation = known[rng.random(len(known)) >= 0.9]
    withheld = _union(unknown_pairs(subject.relations, tasks), validation)
    train, split = np.sort(train), _split(validation, tasks)
    return Case(seed, train, withheld, split, _split(test, tasks))


def sampled_existing(subject: Subject, seed: int) -> Case:
    """As `existing_case`, for so many tasks that only some pairs are asked about.

    A hash of seed, child and parent says what a pair is for, so that no list of all
    pairs is ever made. Asked about are all positives of a part (`ASKED` of them at
    most) and `EACH` negatives of it for each. Withheld are these, and all related pairs
    of both parts; the remaining negatives of both are never asked about, and learning
    from one tells nothing of another.
    """
    truth, rng = subject.truth, np.random.default_rng(seed)
    asked = []
    for low, high in ((0.8, 0.9), (0.9, 1.0)):

        def allows(
            keys: Keys, low: float = low, high: float = high
        ) -> Bool[np.ndarray, " keys"]:
            drawn = chance(seed, keys)
            return (drawn >= low) & (drawn < high)

        asked.append(_sample(subject, rng, strict_pairs(truth), Mask(allows, 0.1)))
    related = truth.keys[chance(seed, truth.keys) >= 0.8]
    validation, test = (_split(keys, truth.tasks) for keys in asked)
    every = np.arange(truth.tasks)
    return Case(seed, every, _union(related, *asked), validation, test)


def sampled_novel(subject: Subject, seed: int) -> Case:
    """As `novel_case`, with `EACH` negatives for each positive."""
    truth, rng = subject.truth, np.random.default_rng(seed)
    test, validation, train = _tasks_apart(truth.tasks, seed)
    known = np.isin(np.arange(truth.tasks), train)
    mask = Mask(lambda keys: known[keys % truth.tasks], density=0.75)
    child, parent = strict_pairs(truth)

    def below_train(novel: Int[np.ndarray, " novel"]) -> Split:
        use = np.isin(child, novel)
        keys = _sample(subject, rng, (child[use], parent[use]), mask)
        return _split(keys, truth.tasks)

    nothing = np.zeros(0, dtype=np.int64)
    return Case(seed, train, nothing, below_train(validation), below_train(test))


def chance(seed: int, keys: Keys) -> Float[np.ndarray, " keys"]:
    """A number in [0, 1) for every key, by chance but always the same.

    The mixing function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    """
    mixed = keys.astype(np.uint64)
    mixed += np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) * 2.0**-53


def _tasks_apart(
    tasks: int, seed: int
) -> tuple[
    Int[np.ndarray, " test"], Int[np.ndarray, " other"], Int[np.ndarray, " train"]
]:
    """Tasks for test, validation and training, 15 : 10 : 75."""
    order = np.random.default_rng(seed).permutation(tasks)
    bounds = round(0.15 * tasks), round(0.15 * tasks) + round(0.10 * tasks)
    test, validation, train = np.split(order, bounds)
    return test, validation, np.sort(train)


def _sample(
    subject: Subject, rng: np.random.Generator, positives: Split, mask: Mask
) -> Keys:
    """The positives in the mask, and negatives for each."""
    child, parent = positives
    keys = child * subject.tasks + parent
    keys = keys[mask.allows(keys)]
    if len(keys) > ASKED:
        keys = np.sort(rng.choice(keys, ASKED, replace=False))
    drawn = negatives(subject.truth, subject.parent, keys, mask, rng, each=EACH)
    return np.concatenate([keys, drawn])


def _split(keys: Keys, tasks: int) -> Split:
    child, parent = np.divmod(keys, tasks)
    return child, parent


def _union(*keys: Int[np.ndarray, " _"]) -> Keys:
    return np.unique(np.concatenate(keys))
