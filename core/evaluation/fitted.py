"""Boxes of a case: of known tasks fitted, of novel ones placed."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from core.boxes import Boxes, containment_pairs
from core.evaluation.protocols import Case
from core.evaluation.subject import Description, Subject, members_of
from core.evaluation.truth import listed
from core.learning import placing, training
from core.learning.placing import Encoder
from core.learning.recipe import TrainingConfig
from core.learning.training_data import Sample, TrainingData, sizes_known
from core.metrics import Predictor
from core.relations import Membership, Relations

Some = Int[np.ndarray, " some"]


def shares(subject: Subject, case: Case, *, config: TrainingConfig) -> Predictor:
    """What the exact boxes say, those that would be drawn."""
    boxes = boxes_of(subject, case, config)
    return lambda child, parent: containment_pairs(boxes, child, parent)


def boxes_of(subject: Subject, case: Case, config: TrainingConfig) -> Boxes:
    """Boxes of all tasks, by an encoder that saw what the case lets be known only."""
    data = known_data(subject, case, config)
    state = training.start(data, config)
    for _ in training.fit(data, state):
        pass
    if config.encoder != "set":
        placed = list(_placed_by_vector(state.model, data, subject, case))
    else:
        placed = list(_placed_by_members(state.model, data, subject, case))
    rows, boxes = zip(*placed, strict=True)
    order = np.argsort(np.concatenate(rows))
    return Boxes(
        np.concatenate([one.lower for one in boxes])[order],
        np.concatenate([one.upper for one in boxes])[order],
        _names(subject, np.arange(subject.tasks)),
    )


def known_data(subject: Subject, case: Case, config: TrainingConfig) -> TrainingData:
    """What an encoder may learn from: the known tasks, and nothing of the others.

    Relations that are withheld, and features of members that no known task has, are
    not even there: whatever is made of the data, it cannot be made of them.
    """
    tasks, train, told = subject.tasks, case.train, subject.relations
    new = np.full(tasks, -1)
    new[train] = np.arange(len(train))
    child, parent = new[told.child], new[told.parent]
    open_ = ~listed(told.child * np.int64(tasks) + told.parent, case.withheld)
    use = open_ & (child >= 0) & (parent >= 0)
    strength = told.strength[use]
    relations = Relations(child[use], parent[use], strength, told.complete)
    one, other = (new[rows] for rows in np.divmod(case.withheld, tasks))
    withheld = (one * len(train) + other)[(one >= 0) & (other >= 0)]
    size = sizes_known(subject.collection)
    if config.encoder != "set":
        vectors = subject.known.vector[train]
        size = None if size is None else size[subject.rows][train]
        sample = _sample(subject, train)
        return TrainingData(
            vectors, None, relations, len(train), withheld, size, sample
        )
    members, membership = _alone(members_of(_members(subject.known), train))
    features = subject.collection.features[members].astype(np.float32)
    return TrainingData(features, membership, relations, len(train), withheld)


def _sample(subject: Subject, train: Some) -> Sample | None:
    """The members whose means describe known tasks, where means do."""
    known = subject.known
    if known.membership is None or not np.array_equal(known.vector, known.mean):
        return None
    members, membership = _alone(members_of(known.membership, train))
    features = subject.collection.features[members].astype(np.float32)
    return Sample(features, membership)


def _placed_by_vector(
    model: Encoder, data: TrainingData, subject: Subject, case: Case
) -> Iterator[tuple[Some, Boxes]]:
    train, novel = case.train, _novel(subject, case)
    names = _names(subject, train)
    yield train, placing.place(model, data.features, None, names, known=True)
    if len(novel):
        vectors, names = subject.novel.vector[novel], _names(subject, novel)
        yield novel, placing.place(model, vectors, None, names, known=False)


def _placed_by_members(
    model: Encoder, data: TrainingData, subject: Subject, case: Case
) -> Iterator[tuple[Some, Boxes]]:
    """Known tasks and, apart, novel ones of known members, then those with new ones."""
    train, novel = case.train, _novel(subject, case)
    names = _names(subject, train)
    yield train, placing.place(model, data.features, data.membership, names, known=True)
    if not len(novel):
        return
    fitted = np.unique(members_of(_members(subject.known), train).member)
    theirs = members_of(_members(subject.novel), novel)
    familiar = np.isin(theirs.member, fitted).astype(np.int64)
    whole = np.add.reduceat(familiar, theirs.start[:-1]) == theirs.counts
    if whole.any():
        some = members_of(theirs, np.flatnonzero(whole))
        some = Membership(np.searchsorted(fitted, some.member), some.start)
        names = _names(subject, novel[whole])
        boxes = placing.place(model, data.features, some, names, known=True)
        yield novel[whole], boxes
    if not whole.all():
        members, some = _alone(members_of(theirs, np.flatnonzero(~whole)))
        features = subject.collection.features[members].astype(np.float32)
        names = _names(subject, novel[~whole])
        yield novel[~whole], placing.place(model, features, some, names, known=False)


def _alone(membership: Membership) -> tuple[Some, Membership]:
    """The members there are, and who has which of them by their new numbers."""
    members = np.unique(membership.member)
    return members, Membership(
        np.searchsorted(members, membership.member), membership.start
    )


def _members(description: Description) -> Membership:
    if description.membership is None:
        raise ValueError("Single vectors have no members to read.")
    return description.membership


def _novel(subject: Subject, case: Case) -> Some:
    return np.setdiff1d(np.arange(subject.tasks), case.train)


def _names(subject: Subject, rows: Some) -> tuple[str, ...]:
    return tuple(subject.collection.tasks.index[subject.rows[rows]])
