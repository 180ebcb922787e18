"""Classifiers of ordered pairs of tasks: the usual way, without any geometry.

They read the features of both tasks side by side. What a first layer makes of a pair is
the sum of what it makes of either task, so it is computed once a task and not once a
pair.
"""

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, linear, mse_loss

from core.baselines.published import hidden_layers
from core.learning.sampling import Rows

AT_ONCE = 2048  # pairs that are predicted at a time


@dataclass(frozen=True)
class ClassifierConfig:
    """Everything that decides a classifier, apart from its data."""

    hidden: tuple[int, ...]  # widths
    steps: int = 1000  # at most
    check_every: int = 50  # steps between looks at how good it is
    patience: int = 10  # looks without improvement before it ends
    pairs: int | None = None  # a step; None for all of them
    positive: float = 0.25  # share of positives among `pairs`
    learning_rate: float = 1e-3
    measured: bool = False  # learn strengths by squared error, not by cross-entropy
    seed: int = 0


class PairClassifier(nn.Module):
    """Logit that one task lies in another, from their features side by side."""

    def __init__(self, channels: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        widths = (2 * channels, *(hidden or (1,)))
        self.first = nn.Linear(widths[0], widths[1])
        self.rest = nn.Sequential()
        if hidden:
            _, *layers = hidden_layers(widths).children()
            self.rest.extend([*layers, nn.Linear(widths[-1], 1)])

    def forward(
        self,
        features: Float[Tensor, "tasks channels"],
        child: Int[Tensor, " pairs"],
        parent: Int[Tensor, " pairs"],
    ) -> Float[Tensor, " pairs"]:
        """Logits of pairs of rows of `features`."""
        return self.of_pairs(*self.of_tasks(features), child, parent)

    def of_tasks(
        self, features: Float[Tensor, "tasks channels"]
    ) -> tuple[Float[Tensor, "tasks width"], Float[Tensor, "tasks width"]]:
        """What the first layer makes of every task as a child, and as a parent."""
        as_child, as_parent = self.first.weight.chunk(2, dim=1)
        return linear(features, as_child, self.first.bias), linear(features, as_parent)

    def of_pairs(
        self,
        as_child: Float[Tensor, "tasks width"],
        as_parent: Float[Tensor, "tasks width"],
        child: Int[Tensor, " pairs"],
        parent: Int[Tensor, " pairs"],
    ) -> Float[Tensor, " pairs"]:
        """Logits of pairs of rows."""
        both = as_child.index_select(0, child) + as_parent.index_select(0, parent)
        return self.rest(both).squeeze(1)


def fit(
    features: Float[np.ndarray, "tasks channels"],
    child: Rows,
    parent: Rows,
    target: Float[np.ndarray, " pairs"],
    config: ClassifierConfig,
) -> Iterator[PairClassifier]:
    """Train a classifier, handing it over whenever it is to be looked at.

    By Adam, as published (Daroya et al., CVPR 2024), but not on two pairs at a time,
    which nobody can wait for: where `config` asks for some of the pairs, they are many,
    and a fixed share of them is positive, so that every step has something to learn.

    Args:
        features: Of all tasks.
        child: Rows of the children of the pairs to learn from.
        parent: Rows of their parents.
        target: What to predict of these: 1 or 0, or a measured strength.
        config: Settings.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = PairClassifier(features.shape[1], config.hidden)
    inputs = torch.from_numpy(features.astype(np.float32))
    optimizer = torch.optim.Adam(
        model.parameters(), lr=config.learning_rate, fused=True
    )
    error = _squared_error if config.measured else binary_cross_entropy_with_logits
    batches = _batches(child, parent, target, config)
    for step, (used, rows, wanted) in enumerate(batches, start=1):
        model.train()
        logit = model(inputs.index_select(0, used), *rows)
        optimizer.zero_grad()
        error(logit, wanted).backward()
        optimizer.step()
        if step % config.check_every == 0 or step == config.steps:
            yield model.eval()


def best_of(
    fitted: Iterator[PairClassifier],
    quality: Callable[[PairClassifier], float],
    patience: int,
) -> PairClassifier:
    """The classifier as it was when it was best; of equal ones the last.

    It is looked at until there was no better one for `patience` looks.
    """
    best, kept, since = -math.inf, None, 0
    for model in fitted:
        now = quality(model)
        since = 0 if now > best else since + 1
        if now >= best:
            best, kept = now, deepcopy(model)
        if since == patience:
            break
    if kept is None:
        raise ValueError("There is no classifier to look at.")
    return kept


def predicted(
    model: PairClassifier,
    features: Float[np.ndarray, "tasks channels"],
    child: Rows,
    parent: Rows,
) -> Float[np.ndarray, " pairs"]:
    """Share of every child in its parent, as the classifier sees it: its sigmoid."""
    found = np.empty(len(child))
    with torch.no_grad():
        tasks = model.of_tasks(torch.from_numpy(features.astype(np.float32)))
        for first in range(0, len(child), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            rows = (torch.from_numpy(np.asarray(one[some])) for one in (child, parent))
            found[some] = model.of_pairs(*tasks, *rows).double().sigmoid().numpy()
    return found


def _squared_error(
    logit: Float[Tensor, " pairs"], wanted: Float[Tensor, " pairs"]
) -> Float[Tensor, ""]:
    return mse_loss(torch.sigmoid(logit), wanted)


def _batches(
    child: Rows,
    parent: Rows,
    target: Float[np.ndarray, " pairs"],
    config: ClassifierConfig,
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """The tasks of every step, its pairs as rows of these, and their targets."""

    def batch(some: Int[np.ndarray, " some"] | slice) -> tuple[Tensor, Tensor, Tensor]:
        pairs = np.stack([child[some], parent[some]])
        used, rows = np.unique(pairs, return_inverse=True)
        wanted = target[some].astype(np.float32)
        return torch.from_numpy(used), torch.from_numpy(rows), torch.from_numpy(wanted)

    if config.pairs is None or config.pairs >= len(target):
        yield from repeat(batch(slice(None)), config.steps)
        return
    rng = np.random.default_rng(config.seed)
    kinds = _kinds(target, config.pairs, 0.0 if config.measured else config.positive)
    for _ in range(config.steps):
        yield batch(np.concatenate([rng.choice(*kind) for kind in kinds]))


def _kinds(
    target: Float[np.ndarray, " pairs"], pairs: int, positive: float
) -> list[tuple[Int[np.ndarray, " kind"], int]]:
    """What to draw the pairs of a step from, and how many of each kind."""
    few = round(positive * pairs)
    kinds = [
        (np.flatnonzero(target > 0), few),
        (np.flatnonzero(target == 0), pairs - few),
    ]
    if few and all(len(rows) for rows, _ in kinds):
        return kinds
    return [(np.arange(len(target)), pairs)]
