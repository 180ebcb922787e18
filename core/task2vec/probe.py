"""A probe: a frozen network whose stages have names, that tasks put a head upon."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor, nn

from core.digest import digest
from core.errors import DataError

# An image as the first stage reads it.
Prepare = Callable[[Image.Image], Float[np.ndarray, "channels height width"]]


@dataclass(frozen=True)
class Probe:
    """A network in eval mode that nothing changes; make one with `probe_of`.

    Gradients reach its input, and activations between stages, but no weight.

    Attributes:
        name: What embeddings call it.
        stages: In the order in which they are run; the last gives features, a row per
            image, that heads read.
        prepare: Makes an image what the first stage reads.
        looked_at: Names of the stages whose filters embeddings are of, if none are
            named.
        fingerprint: Digest of its weights, its parts and of how it prepares images.
    """

    name: str
    stages: Mapping[str, nn.Module]
    prepare: Prepare
    looked_at: tuple[str, ...]
    fingerprint: str

    def forward(
        self, x: Tensor, *, start: str | None = None, stop: str | None = None
    ) -> Tensor:
        """What comes before the stage `stop` (features if None) of `x`.

        Args:
            x: A batch: what `prepare` makes, or what enters the stage `start`.
            start: The first stage to run; None for the first of all.
            stop: The first stage not to run any more; None to run them all.
        """
        for name in self.between(start, stop):
            x = self.stages[name](x)
        return x

    def between(self, start: str | None, stop: str | None) -> tuple[str, ...]:
        """Names of the stages from `start`, before `stop`.

        Raises:
            DataError: There is no such stage.
        """
        names = [*self.stages]
        for one in (start, stop):
            if one is not None and one not in names:
                raise DataError(
                    f"Probe {self.name!r} has no stage {one!r}; it has: "
                    f"{', '.join(names)}."
                )
        first = 0 if start is None else names.index(start)
        last = len(names) if stop is None else names.index(stop)
        return tuple(names[first:last])

    def batch(self, images: list[Image.Image]) -> Float[Tensor, "images channels h w"]:
        """Images as the first stage reads them."""
        return torch.from_numpy(np.stack([self.prepare(one) for one in images]))


def probe_of(
    name: str,
    stages: Mapping[str, nn.Module],
    prepare: Prepare,
    looked_at: tuple[str, ...],
) -> Probe:
    """A probe of one's own network, of which a copy is made.

    Filters are told of layers that are `nn.Conv2d` (padded by zeros) or `nn.Linear`,
    each of which a forward pass runs once at most; of others (normalisation) only that
    gradients pass through.

    Args:
        name: What embeddings are to call it.
        stages: Modules in the order of their run; in eval mode, the last giving a row
            of features per image.
        prepare: Makes an image an array of float32: channels, height, width.
        looked_at: Stages whose filters are looked at where none are named.

    Raises:
        DataError: A stage is in training mode, or has no such layer that is to be
            looked at, or its weights are not finite.
    """
    training = [
        f"{stage}.{part}".rstrip(".")
        for stage, module in stages.items()
        for part, one in module.named_modules()
        if one.training and isinstance(one, UNSTEADY)
    ]
    if training:
        raise DataError(
            f"{training[0]} of probe {name!r} is in training mode, where an image's "
            "features hang on the others of its batch or on chance; call eval() on the "
            "network first."
        )
    own = {stage: copy.deepcopy(module).eval() for stage, module in stages.items()}
    for stage, module in own.items():
        module.requires_grad_(False)
        for part, weights in module.state_dict().items():
            if weights.is_floating_point() and not weights.isfinite().all():
                raise DataError(
                    f"Weights {stage}.{part} of probe {name!r} are not finite; give it "
                    "sound ones."
                )
    probe = Probe(name, own, prepare, looked_at, _fingerprint(own, prepare))
    for stage in looked_at:
        probe.between(stage, None)
    layers_of(probe, looked_at)
    return probe


# What changes with other images or by chance, when in training mode.
UNSTEADY = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)


def layers_of(probe: Probe, stages: tuple[str, ...]) -> dict[str, nn.Module]:
    """The convolutions and linear layers of stages, by name, in their order.

    Raises:
        DataError: There is no such stage, or none of its layers has filters.
    """
    layers: dict[str, nn.Module] = {}
    for stage in (one for one in probe.stages if one in stages):
        for part, module in probe.stages[stage].named_modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                layers[f"{stage}.{part}".rstrip(".")] = module
    for stage in stages:
        probe.between(stage, None)
    if not layers:
        raise DataError(
            f"The stages {', '.join(stages) or 'asked for'} of probe {probe.name!r} "
            "have no convolution and no linear layer; name others of: "
            f"{', '.join(probe.stages)}."
        )
    return layers


def stages_looked_at(
    probe: Probe, asked: tuple[str, ...] | None = None
) -> tuple[str, ...]:
    """Names of stages in the order of the network: those asked for, or the usual ones.

    Raises:
        DataError: There is no such stage, or none of its layers has filters.
    """
    stages = probe.looked_at if asked is None else asked
    layers_of(probe, stages)
    return tuple(one for one in probe.stages if one in stages)


def check_untouched(probe: Probe) -> None:
    """Check that a probe is what it was when it was made.

    Raises:
        DataError: Its weights were changed.
    """
    if _fingerprint(probe.stages, probe.prepare) != probe.fingerprint:
        raise DataError(
            f"Probe {probe.name!r} was changed after it was made; make a new one of "
            "the changed network."
        )


def _fingerprint(stages: Mapping[str, nn.Module], prepare: Prepare) -> str:
    whole = sha256()
    for stage, module in stages.items():
        whole.update(f"{stage} {module!r}".encode())
        for part, weights in module.state_dict().items():
            array: Any = weights.detach().cpu().numpy()
            whole.update(digest(part, [array]).encode())
    # How images are prepared shows in what is made of one.
    ramp = np.arange(3 * 37 * 53, dtype=np.uint32) * 2654435761 >> 13 & 255
    pattern = Image.fromarray(ramp.astype(np.uint8).reshape(37, 53, 3))
    whole.update(digest("", [np.round(prepare(pattern), 4)]).encode())
    return whole.hexdigest()[:16]
