"""Maps that explain nothing: what any method has to beat."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

SPREAD = 0.25  # of the blob in the middle, in sides

Maps = Float[Tensor, "rows height width"]


def constant(_c: object, x: Tensor, _t: object, _s: Sequence[int]) -> Maps:
    """The same everywhere."""
    return torch.zeros_like(x[:, 0])


def centre(_c: object, x: Tensor, _t: object, _s: Sequence[int]) -> Maps:
    """A blob in the middle, where photographers put things."""
    down, across = (torch.linspace(-1, 1, n) / (2 * SPREAD) for n in x.shape[2:])
    blob = torch.exp(-(down[:, None] ** 2 + across**2) / 2)
    return blob.to(x.device).expand(len(x), -1, -1)


def noise(_c: object, x: Tensor, _t: object, seeds: Sequence[int]) -> Maps:
    """Drawn anew for every map."""
    drawn = [
        torch.rand(x.shape[2:], generator=torch.Generator().manual_seed(seed))
        for seed in seeds[: len(x)]
    ]
    return torch.stack(drawn).to(x.device)


def itself(_c: object, x: Tensor, _t: object, _s: Sequence[int]) -> Maps:
    """The picture in grey."""
    return x.mean(dim=1)


CONTROLS = {
    "control-constant": constant,
    "control-centre": centre,
    "control-noise": noise,
    "control-input": itself,
}
