"""One task measured: a head fitted, the information of the filters, and how sure."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from core.task2vec.activations import Activations
from core.task2vec.distances import distances
from core.task2vec.embedding import Embeddings, Method, Origin, joined, some
from core.task2vec.filters import filters_of
from core.task2vec.fisher import image_fisher, sampled_fisher
from core.task2vec.head import Head, fit_head
from core.task2vec.labelled import LabelledSet, weights
from core.task2vec.probe import Probe, layers_of
from core.task2vec.variational import variational

DRAWS = 4  # labels an image of the Monte-Carlo method, in two halves


@dataclass(frozen=True)
class Setting:
    """How tasks are measured."""

    method: Method
    stages: tuple[str, ...]
    seed: int = 0
    most: int | None = None  # images of a task whose gradients are taken


def origin_of(probe: Probe, setting: Setting) -> Origin:
    """What embeddings by a probe and a setting are of."""
    layers = layers_of(probe, setting.stages)
    return Origin(
        probe=probe.name,
        fingerprint=probe.fingerprint,
        stages=setting.stages,
        method=setting.method,
        layers=tuple(layers),
        filters=tuple(filters_of(one) for one in layers.values()),
    )


def head_of(one: LabelledSet, seen: Activations, seed: int) -> Head:
    """The head of a task, which may be that of others too."""
    return fit_head(seen.features(one.rows), one.labels, seed=seed)


def measured(
    probe: Probe, setting: Setting, one: LabelledSet, seen: Activations, head: Head
) -> Embeddings:
    """One task as an embedding.

    Raises:
        DataError: Activations, gradients or the loss are not finite.
    """
    weight = weights(one, setting.most, setting.seed)
    asked = np.flatnonzero(weight)
    rows, weight = one.rows[asked], weight[asked]
    features = seen.features(rows)
    made = _embedding(probe, setting, one, head, len(rows))
    if setting.method == "exact":
        total = np.zeros(made.fisher.shape[1])
        # Blocks of images, so that a large task does not fill the memory.
        for block in np.array_split(np.arange(len(rows)), 1 + len(rows) // 512):
            x = seen.of(rows[block])
            for at, told in image_fisher(
                probe, setting.stages, head, x, features[block]
            ):
                total += weight[block][at] @ told
        return _filled(made, total, total)
    halves = []
    for half in range(2):
        rng = np.random.default_rng([setting.seed, half])
        if setting.method == "montecarlo":
            told = np.zeros(made.fisher.shape[1])
            for _ in range(DRAWS // 2):
                told += sampled_fisher(
                    probe,
                    setting.stages,
                    head,
                    seen.of(rows),
                    features,
                    weight,
                    rng=rng,
                ) / (DRAWS // 2)
            halves.append(_filled(made, told, told))
        else:
            found = variational(
                probe,
                setting.stages,
                head,
                seen.of(rows),
                features,
                weight,
                rng=rng,
            )
            half_made = _filled(made, found.fisher(), found.precision)
            halves.append(replace(half_made, scale=found.scale[None]))
    return _middle(halves)


def _embedding(
    probe: Probe, setting: Setting, one: LabelledSet, head: Head, images: int
) -> Embeddings:
    origin = origin_of(probe, setting)
    empty = np.zeros((1, int(origin.start[-1])))
    return Embeddings(
        names=(one.name,),
        origin=origin,
        fisher=empty,
        precision=empty,
        scale=np.ones_like(empty),
        classes=np.array([len(head.bias)]),
        samples=np.array([images]),
        accuracy=np.array([head.accuracy]),
        noise=np.zeros(1),
    )


def _filled(
    made: Embeddings,
    fisher: Float[np.ndarray, " filters"],
    precision: Float[np.ndarray, " filters"],
) -> Embeddings:
    return replace(made, fisher=fisher[None], precision=precision[None])


def _middle(halves: list[Embeddings]) -> Embeddings:
    """The mean of two, and how far from itself another such mean would be.

    Cosine distances of noisy vectors grow with the variance, which is half as large.
    """
    both = joined([replace(one, names=(str(k),)) for k, one in enumerate(halves)])
    apart = distances(some(both, [0]), "cosine", some(both, [1]))[0, 0] / 2
    return replace(
        halves[0],
        fisher=both.fisher.mean(axis=0, keepdims=True),
        precision=both.precision.mean(axis=0, keepdims=True),
        scale=both.scale.mean(axis=0, keepdims=True),
        noise=np.array([apart]),
    )
