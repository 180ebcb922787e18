"""The diagonal Fisher information of a task, averaged over the weights of filters.

`F = E_x sum_c p(c|x) (d log p(c|x) / dw)^2`, the expectation over the classes being the
model's own: exactly, or of labels drawn from it. Gradients pass through a network once
for every direction in feature space that the head's scores have, not for every class:
the scores `sqrt(p_c) (w_c - sum_k p_k w_k)` of an image are turned so that few are left
that matter.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.errors import DataError
from core.task2vec.filters import (
    Seen,
    filters_of,
    squares,
    summed_squares,
    watching,
    weights_of,
)
from core.task2vec.head import Head
from core.task2vec.probe import Probe, layers_of

# Of the information that an image has of its features, directions that hold less than
# this share together are left out.
LEFT_OUT = 1e-6
BATCH = 32  # images whose activations are kept at a time
CLASSES = 2**24  # numbers of the scores of a batch, at most
BY_CHANNEL = (  # in eval mode
    *(nn.BatchNorm2d, nn.Dropout, nn.Identity, nn.Flatten),
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Hardswish),
    *(nn.Tanh, nn.Sigmoid, nn.AdaptiveAvgPool2d, nn.AvgPool2d, nn.MaxPool2d),
)

# What enters the first stage that is looked at.
Entering = Float[np.ndarray, "images *activation"]


def image_fisher(
    probe: Probe,
    stages: tuple[str, ...],
    head: Head,
    activations: Entering,
    features: Float[np.ndarray, "images channels"],
) -> Iterator[tuple[Int[np.ndarray, " rows"], Float[np.ndarray, "rows filters"]]]:
    """The exact Fisher information of single images, some rows at a time.

    Args:
        probe: Whose filters.
        stages: To look at, in the order of the network.
        head: Upon its features.
        activations: What enters the first of these stages.
        features: What the last stage gives.

    Raises:
        DataError: Activations or gradients are not finite.
    """
    layers = layers_of(probe, stages)
    chance = head.chances(features)
    # Images with as many classes in question go together.
    order = np.argsort((chance**2).sum(axis=1), kind="stable")
    batch = max(1, min(BATCH, CLASSES // head.weight.size))
    last = _last_alone(probe, layers, features.shape[1])
    for at in range(0, len(order), batch):
        rows = order[at : at + batch]
        found = {name: torch.zeros(()) for name in layers}
        with watching(layers) as seen:
            out = _forward(probe, stages[0], activations[rows])
            lengths = {name: squares(one) for name, one in seen.items()}
            if last is not None:
                own = _variance(head, chance[rows]).to(out)
                alone = {last: seen.pop(last)}
                for name, gradient in _gradients(out, alone, torch.ones_like(out)):
                    found[name] = own * lengths[name](gradient)
            directions = _directions(head, chance[rows]) if seen else out[:, :0]
            for direction in directions.unbind(1):
                for name, gradient in _gradients(out, seen, direction):
                    found[name] = found[name] + lengths[name](gradient)
        means = [
            (found[name] / weights_of(one)).expand(len(rows), filters_of(one))
            for name, one in layers.items()
        ]
        told = torch.cat(means, dim=1).double().cpu().numpy()
        _check_finite(probe, told)
        yield rows, told


def sampled_fisher(
    probe: Probe,
    stages: tuple[str, ...],
    head: Head,
    activations: Entering,
    features: Float[np.ndarray, "images channels"],
    weight: Float[np.ndarray, " images"],
    *,
    rng: np.random.Generator,
    batch: int = 1,
) -> Float[np.ndarray, " filters"]:
    """A Monte-Carlo estimate: one label an image, drawn from the model.

    Squared is the sum of the scores of `batch` images. Drawn scores are independent and
    of mean 0, so its expectation is the Fisher information itself for any batch; that
    of the published code, which squares means, is smaller by the size of its batch.

    Args:
        probe: Whose filters.
        stages: To look at, in the order of the network.
        head: Upon its features.
        activations: What enters the first of these stages.
        features: What the last stage gives.
        weight: Of every image in the expectation; they sum to 1.
        rng: Draws the labels, and which images are together in a batch.
        batch: Images whose scores are summed before they are squared.
    """
    layers = layers_of(probe, stages)
    logits, chance = head.logits(features.astype(np.float64)), head.chances(features)
    label = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    score = head.weight[label] - chance @ head.weight
    score = score * np.sqrt(weight)[:, None]
    order = rng.permutation(len(features))
    found = {name: torch.zeros(filters_of(one)) for name, one in layers.items()}
    size = batch if batch > 1 else BATCH
    for at in range(0, len(order), size):
        rows = order[at : at + size]
        with watching(layers) as seen:
            out = _forward(probe, stages[0], activations[rows])
            direction = torch.from_numpy(score[rows]).to(out)
            for name, gradient in _gradients(out, seen, direction):
                if batch > 1:
                    found[name] += summed_squares(seen[name], gradient)
                else:
                    found[name] += squares(seen[name])(gradient).sum(dim=0)
    means = [found[name] / weights_of(layers[name]) for name in layers]
    told = torch.cat(means).double().numpy()
    _check_finite(probe, told[None])
    return told


def _forward(probe: Probe, start: str, activations: Entering) -> Tensor:
    x = torch.from_numpy(np.ascontiguousarray(activations)).float()
    return probe.forward(x.requires_grad_(True), start=start)


def _gradients(
    out: Tensor, seen: dict[str, Seen], direction: Tensor
) -> Iterator[tuple[str, Tensor]]:
    """Gradients of features along a direction, at the output of every layer."""
    outputs = [one.out for one in seen.values()]
    found = torch.autograd.grad(
        out, outputs, direction, retain_graph=True, allow_unused=True
    )
    for name, gradient in zip(seen, found, strict=True):
        if gradient is not None:
            yield name, gradient


def _last_alone(
    probe: Probe, layers: Mapping[str, nn.Module], channels: int
) -> str | None:
    """The last layer, if each of its filters makes one feature and no other.

    So it is where nothing follows but what treats every channel by itself. Then the
    information of a filter is that of its feature times the squared gradient of that
    feature alone, and one pass through the network serves all directions.
    """
    name, layer = [*layers.items()][-1]
    parts = [part for stage in probe.stages.values() for part in _parts(stage)]
    places = [at for at, part in enumerate(parts) if part is layer]
    if len(places) != 1 or filters_of(layer) != channels:
        return None
    after = parts[places[0] + 1 :]
    return name if all(isinstance(part, BY_CHANNEL) for part in after) else None


def _parts(module: nn.Module) -> list[nn.Module]:
    """What runs one after the other, as far as it is known to."""
    if type(module) is not nn.Sequential:
        return [module]
    return [part for child in module for part in _parts(child)]


def _directions(
    head: Head, chance: Float[np.ndarray, "images classes"]
) -> Float[Tensor, "images directions channels"]:
    """Directions whose outer products sum to the information about the features.

    That is `W' (diag(p) - p p') W`, by its eigenvectors, which are sought among classes
    or among channels, whichever are fewer; the images' longest come first, and what is
    short in all is left out.
    """
    weight = torch.from_numpy(head.weight).double()
    p = torch.from_numpy(chance)
    score = p.sqrt()[..., None] * (weight - (p @ weight)[:, None])
    few = score.shape[1] <= score.shape[2]  # classes than channels
    turned = score.transpose(1, 2)
    values, vectors = torch.linalg.eigh(score @ turned if few else turned @ score)
    values, vectors = values.flip(1).clamp(min=0), vectors.flip(2).transpose(1, 2)
    rest = values.flip(1).cumsum(1).flip(1)  # of this direction and all shorter ones
    needed = (rest > LEFT_OUT * rest[:, :1]).sum(dim=1).max()
    along = vectors[:, :needed]
    if few:
        return (along @ score).float()
    return (values[:, :needed, None].sqrt() * along).float()


def _variance(
    head: Head, chance: Float[np.ndarray, "images classes"]
) -> Float[Tensor, "images channels"]:
    """The diagonal of `W' (diag(p) - p p') W`: how a channel's weights vary."""
    mean = chance @ head.weight
    return torch.from_numpy(np.maximum(chance @ head.weight**2 - mean**2, 0))


def _check_finite(probe: Probe, told: Float[np.ndarray, "rows filters"]) -> None:
    if not np.isfinite(told).all():
        raise DataError(
            f"Activations or gradients of probe {probe.name!r} are not finite; give "
            "images that are not extreme, or sound weights."
        )
