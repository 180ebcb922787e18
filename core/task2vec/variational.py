"""How much noise a task bears on every filter: the variational ("robust") Fisher.

Every weight of filter `f` is given Gaussian noise of one variance `s_f`. What is least
in the end is `D + beta * sum_f k_f (s_f / prior - ln(s_f / prior) - 1)`: `D` is the
expected KL divergence of what the model says under noise from what it says without, and
the rest twice the KL divergence of the noise from that of a prior variance of each
layer, `k_f` being the number of weights. There `1 / s_f = 1 / prior + H_f / (2 beta)`
with `H_f = (2 / k_f) dD/ds_f`, the curvature that is met at this noise, and `prior` is
the mean of `w^2 + s`. These two equations are iterated, the slopes being averaged over
steps, which takes a tenth of the steps of gradient descent on `ln s`.

Three things differ from the published code, and each is needed for `H` to be the Fisher
information. The noise of a weight is one for all positions of an image, where that code
draws one for each of them, so that what positions add up to is lost. Compared is with
what the model says, not with labels: `D` is 0 and flat without noise, and its curvature
is the Fisher information itself. And noise comes in pairs of opposite sign, which
cancels what is left to the first order.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from core.errors import DataError
from core.task2vec.filters import filters_of, patches, weights_of
from core.task2vec.fisher import Entering
from core.task2vec.head import Head
from core.task2vec.probe import Probe, layers_of

BETA = 1e-7  # weight of the divergence, as published
STEPS = 200
BATCH = 32  # images of a step, each with its own noise, and with the opposite one
MEMORY = 0.98  # share of the averaged slope that a step keeps, at last
# Noise at first, as a share of squared weights: so little that its effect is of the
# second order, as where it ends. It stays so for a share of the steps, until the mean
# of the slopes is worth following.
FIRST, RESTING = 1e-4, 0.25
SLOWEST = 2.0  # of the factor by which variances are to change, in one step


@dataclass(frozen=True)
class Tolerance:
    """The noise that a task bears: precisions of its filters, and of the prior."""

    precision: Float[np.ndarray, " filters"]
    scale: Float[np.ndarray, " filters"]

    def fisher(self, beta: float = BETA) -> Float[np.ndarray, " filters"]:
        """The Fisher information that this noise tells, `2 beta (1/s - 1/prior)`."""
        return 2 * beta * np.maximum(self.precision - self.scale, 0)


# From a step and the variances of every layer to the slopes of the loss by them.
Slope = Callable[[int, Mapping[str, Tensor]], Mapping[str, Tensor]]


def variational(
    probe: Probe,
    stages: tuple[str, ...],
    head: Head,
    activations: Entering,
    features: Float[np.ndarray, "images channels"],
    weight: Float[np.ndarray, " images"],
    *,
    rng: np.random.Generator,
    beta: float = BETA,
    steps: int = STEPS,
) -> Tolerance:
    """The noise that a task bears on the filters of some stages.

    Args:
        probe: Whose filters.
        stages: To look at, in the order of the network.
        head: Upon its features; it stays as it is.
        activations: What enters the first of these stages.
        features: What the last stage gives.
        weight: Of every image in the expectation; they sum to 1.
        rng: Draws the images of a step and the noise.
        beta: Weight of the divergence.
        steps: Of the iteration.

    Raises:
        DataError: The loss is not finite.
    """
    layers = layers_of(probe, stages)
    matrix, offset = (torch.from_numpy(x).float() for x in (head.weight, head.bias))
    chances = head.chances(features)
    seeds = torch.Generator().manual_seed(int(rng.integers(2**62)))

    def slope(step: int, variance: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        rows = rng.choice(len(weight), BATCH, p=weight)
        leaves = {name: one.clone().requires_grad_() for name, one in variance.items()}
        x = torch.from_numpy(np.ascontiguousarray(activations[rows])).float()
        with _noisy(layers, leaves, seeds):
            out = probe.forward(torch.cat([x, x]), start=stages[0])
        before = torch.from_numpy(chances[rows]).float()
        loss = functional.cross_entropy(
            out @ matrix.T + offset, torch.cat([before, before])
        )
        if not loss.isfinite():
            raise DataError(
                f"The loss of probe {probe.name!r} under noise is not finite; give it "
                "images that are not extreme, or sound weights."
            )
        found = torch.autograd.grad(loss, [*leaves.values()], allow_unused=True)
        return {
            name: torch.zeros_like(leaves[name]) if one is None else one
            for name, one in zip(leaves, found, strict=True)
        }

    squares = {name: _squared_weights(one) for name, one in layers.items()}
    weights = {name: weights_of(one) for name, one in layers.items()}
    return balanced(squares, weights, slope, beta=beta, steps=steps)


def balanced(
    squares: Mapping[str, Float[Tensor, " filters"]],
    weights: Mapping[str, int],
    slope: Slope,
    *,
    beta: float,
    steps: int,
    prior: float | None = None,
) -> Tolerance:
    """Variances at which the loss and the divergence pull equally.

    Args:
        squares: Mean squared weight of every filter, by layer.
        weights: Number of weights of a filter, by layer.
        slope: From a step and variances to the slope of the loss by each variance.
        beta: Weight of the divergence.
        steps: Of the iteration.
        prior: Variance of the prior, where it is to stay as it is.
    """
    priors = {
        name: torch.tensor(prior) if prior else one.mean() + 1e-8
        for name, one in squares.items()
    }
    precision = {name: 1 / (FIRST * (one + 1e-8)) for name, one in squares.items()}
    average = {name: torch.zeros_like(one) for name, one in squares.items()}
    for step in range(steps):
        found = slope(step, {name: 1 / one for name, one in precision.items()})
        memory = min(MEMORY, step / (step + 1))
        for name, now in found.items():
            curvature = 2 * now.detach() / weights[name]
            average[name] = memory * average[name] + (1 - memory) * curvature
            if step < RESTING * steps:
                continue
            least = 1 / priors[name]
            asked = least + average[name].clamp(min=0) / (2 * beta)
            # Half way, on the logarithm: slopes were met at the noise before.
            factor = (asked / precision[name]).clamp(1 / SLOWEST, SLOWEST)
            precision[name] = precision[name] * factor.sqrt()
            if prior is None:
                priors[name] = (squares[name] + 1 / precision[name]).mean()
    scale = [torch.ones_like(one) / priors[name] for name, one in precision.items()]
    return Tolerance(
        torch.cat([*precision.values()]).double().numpy(),
        torch.cat(scale).double().numpy(),
    )


@contextmanager
def _noisy(
    layers: Mapping[str, nn.Module],
    variance: Mapping[str, Tensor],
    seeds: torch.Generator,
) -> Iterator[None]:
    """Layers whose weights have noise, other noise for every image; nothing stays.

    The second half of a batch gets the noise of the first with the opposite sign.
    """

    def hook(name: str) -> Callable[..., Tensor]:
        def disturb(layer: nn.Module, x: tuple[Tensor, ...], out: Tensor) -> Tensor:
            one, opposite = patches(layer, x[0]).chunk(2)
            groups, weights = one.shape[1:3]
            filters = filters_of(layer) // groups
            noise = torch.empty(len(one), groups, filters, weights)
            noise.normal_(generator=seeds)
            noise = noise * variance[name].sqrt().reshape(groups, filters, 1)
            noise = torch.cat([noise @ one, -noise @ opposite]).flatten(1, 2)
            if isinstance(layer, nn.Linear):  # positions come before channels
                noise = noise.transpose(1, 2)
            return out + noise.reshape(out.shape)

        return disturb

    handles = [one.register_forward_hook(hook(name)) for name, one in layers.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _squared_weights(layer: nn.Module) -> Float[Tensor, " filters"]:
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return weight.detach().flatten(1).square().mean(dim=1)
