"""How much noise a task bears on every filter: the variational ("robust") Fisher.

Every weight of filter `f` is given Gaussian noise of one variance `s_f`. What is least
in the end is `CE + beta * sum_f k_f (s_f / prior - ln(s_f / prior) - 1)`, the expected
cross-entropy and twice the KL divergence of the noise from that of a prior variance of
each layer, `k_f` being the number of weights. There
`1 / s_f = 1 / prior + H_f / (2 beta)` with `H_f = (2 / k_f) dCE/ds_f`, the curvature
that is met at this noise, and `prior` is the mean of `w^2 + s`. These two equations are
iterated, the slopes being averaged over steps, which takes a tenth of the steps of
gradient descent on `ln s`. Noise comes in pairs of opposite sign, so that what the loss
changes to the first order cancels and the second order is left.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from core.errors import DataError
from core.task2vec.filters import weights_of
from core.task2vec.fisher import Entering
from core.task2vec.head import Head
from core.task2vec.probe import Probe, layers_of

BETA = 1e-7  # weight of the divergence, as published
STEPS = 200
BATCH = 64
MEMORY = 0.98  # share of the averaged slope that a step keeps, at last
TINY = 1e-12  # least variance of an output, so that its root has a slope


@dataclass(frozen=True)
class Tolerance:
    """The noise that a task bears: precisions of its filters, and of the prior."""

    precision: Float[np.ndarray, " filters"]
    scale: Float[np.ndarray, " filters"]

    def fisher(self, beta: float = BETA) -> Float[np.ndarray, " filters"]:
        """The Fisher information that this noise tells, `2 beta (1/s - 1/prior)`."""
        return 2 * beta * np.maximum(self.precision - self.scale, 0)


# Cross-entropy of a batch, from the standard deviation of the noise of every layer.
Slope = Callable[[int, Mapping[str, Tensor]], Mapping[str, Tensor]]


def variational(
    probe: Probe,
    stages: tuple[str, ...],
    head: Head,
    activations: Entering,
    labels: Int[np.ndarray, " images"],
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
        labels: Of the images.
        weight: Of every image in the expectation; they sum to 1.
        rng: Draws the images of a step and the noise.
        beta: Weight of the divergence.
        steps: Of the iteration.

    Raises:
        DataError: The loss is not finite.
    """
    layers = layers_of(probe, stages)
    matrix = torch.from_numpy(head.weight).float()
    offset = torch.from_numpy(head.bias).float()
    seeds = torch.Generator().manual_seed(int(rng.integers(2**62)))

    def slope(step: int, variance: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        rows = rng.choice(len(labels), BATCH, p=weight)
        leaves = {name: one.clone().requires_grad_() for name, one in variance.items()}
        x = torch.from_numpy(np.ascontiguousarray(activations[rows])).float()
        with _noisy(layers, leaves, seeds):
            out = probe.forward(torch.cat([x, x]), start=stages[0])
        target = torch.from_numpy(np.concatenate([labels[rows]] * 2)).long()
        loss = functional.cross_entropy(out @ matrix.T + offset, target)
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
    precision = {name: 20 / (one + 1e-8) for name, one in squares.items()}  # 5 % noise
    average = {name: torch.zeros_like(one) for name, one in squares.items()}
    for step in range(steps):
        found = slope(step, {name: 1 / one for name, one in precision.items()})
        memory = min(MEMORY, step / (step + 1))
        for name, now in found.items():
            curvature = 2 * now.detach() / weights[name]
            average[name] = memory * average[name] + (1 - memory) * curvature
            least = 1 / priors[name]
            asked = least + average[name].clamp(min=0) / (2 * beta)
            # Half way, on the logarithm: slopes were met at the noise before.
            precision[name] = (precision[name] * asked).sqrt()
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
    """Layers whose outputs are as if their weights had noise; nothing stays behind.

    The second half of a batch gets the noise of the first with the opposite sign.
    """

    def hook(name: str) -> Callable[..., Tensor]:
        def disturb(layer: nn.Module, x: tuple[Tensor, ...], out: Tensor) -> Tensor:
            seen = _seen_squared(layer, x[0])
            shape = (-1, *[1] * (out.ndim - 2)) if isinstance(layer, nn.Conv2d) else ()
            one = variance[name].reshape(shape) if shape else variance[name]
            half = out[: len(out) // 2]
            noise = torch.empty_like(half).normal_(generator=seeds)
            return out + (one * seen + TINY).sqrt() * torch.cat([noise, -noise])

        return disturb

    handles = [one.register_forward_hook(hook(name)) for name, one in layers.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _seen_squared(layer: nn.Module, x: Tensor) -> Tensor:
    """Sum of squares of what every filter sees, at every position."""
    if isinstance(layer, nn.Linear):
        return x.square().sum(dim=-1, keepdim=True)
    assert isinstance(layer, nn.Conv2d)
    square = functional.pad(x.square(), layer._reversed_padding_repeated_twice)
    groups = layer.groups
    if groups < square.shape[1]:  # channels of a group are summed at once
        square = square.unflatten(1, (groups, -1)).sum(dim=2)
    ones = torch.ones(groups, 1, *layer.kernel_size)
    total = functional.conv2d(
        square, ones, None, layer.stride, 0, layer.dilation, groups
    )
    return total.repeat_interleave(layer.out_channels // groups, dim=1)


def _squared_weights(layer: nn.Module) -> Float[Tensor, " filters"]:
    weight = layer.weight
    assert isinstance(weight, Tensor)
    return weight.detach().flatten(1).square().mean(dim=1)
