"""A network that tells the classes of a task apart, and others that it might be."""

import copy
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor, nn

from core.digest import digest
from core.errors import DataError
from core.task2vec.head import Head
from core.task2vec.probe import Prepare, Probe

HEAD = "head of the task"
REACHED = "maps reached"  # what comes between both halves of a network
# Pixels at a time: more no longer fit a processor's cache, or small cards' memory.
ROOM = {"cpu": 224 * 224, "cuda": 64 * 224 * 224}
ALTERNATIVES = (
    "gradient, integrated-gradients, blurig, guided-ig, smoothgrad, occlusion, lime"
)


@dataclass(frozen=True)
class Classifier:
    """A network from prepared pictures to logits, in eval mode, in two halves.

    Between them lies what class activation maps are made of, so that they and heads
    of other kinds share one way through the lower half.

    Attributes:
        name: Of the probe that the head is put upon.
        below: Stages from a picture up to the layer, by name.
        above: The layer and what comes after it, the head last.
        layer: Name of the module whose output, channels of maps, class activation maps
            are made of; empty where there is none.
        prepare: Makes a picture what the network reads.
        size: Height and width of that.
        fingerprint: Digest of weights, parts, preparation and head.
        room: Pixels that go through at a time.
    """

    name: str
    below: nn.Sequential
    above: nn.Sequential
    layer: str
    prepare: Prepare
    size: tuple[int, int]
    fingerprint: str
    room: int = ROOM["cpu"]

    @cached_property
    def network(self) -> nn.Sequential:
        """All of it."""
        halves = (self.below, self.above)
        return nn.Sequential(
            OrderedDict(part for half in halves for part in half.named_children())
        )

    @property
    def device(self) -> torch.device:
        """Where its weights are, and pictures have to be."""
        return next(self.above.parameters()).device

    def picture(self, image: Image.Image) -> Image.Image:
        """The central square of an image, or what `size` leaves of it, as large."""
        height, width = self.size
        scale = min(image.width / width, image.height / height)
        across, down = width * scale, height * scale
        left, top = (image.width - across) / 2, (image.height - down) / 2
        box = (left, top, left + across, top + down)
        whole = image.convert("RGB")
        return whole.resize((width, height), Image.Resampling.BICUBIC, box)

    def batch(self, pictures: Sequence[Image.Image]) -> Float[Tensor, "rows c h w"]:
        """Pictures as the network reads them."""
        x = torch.from_numpy(np.stack([self.prepare(one) for one in pictures]))
        return x.to(self.device).contiguous(memory_format=torch.channels_last)

    def deep(self, x: Float[Tensor, "rows c h w"]) -> Tensor:
        """What the lower half makes of pictures."""
        with torch.no_grad():
            return torch.cat([self.below(some) for some in x.split(self.rows)])

    def logits(self, x: Float[Tensor, "rows c h w"]) -> Float[Tensor, "rows classes"]:
        """Of pictures."""
        with torch.no_grad():
            return torch.cat([self.network(some) for some in x.split(self.rows)])

    def told(self, deep: Tensor) -> Float[Tensor, "rows classes"]:
        """Probabilities of the classes, of what the lower half made.

        Raises:
            DataError: One is not finite.
        """
        with torch.no_grad():
            parts = [self.above(some) for some in deep.split(self.rows)]
        told = torch.cat(parts).softmax(dim=1)
        if not told.isfinite().all():
            raise DataError(
                f"{self.name!r} gives probabilities that are not finite; look for "
                "extreme images, or give it sound weights."
            )
        return told

    def shares(self, x: Float[Tensor, "rows c h w"]) -> Float[Tensor, "rows classes"]:
        """Probabilities of the classes, of pictures.

        Raises:
            DataError: One is not finite.
        """
        return self.told(self.deep(x))

    @property
    def rows(self) -> int:
        """How many pictures go through at a time."""
        return max(1, self.room // (self.size[0] * self.size[1]))

    @property
    def seen(self) -> nn.Module:
        """The module of the upper half that class activation maps are made of.

        Raises:
            DataError: There is none.
        """
        if not self.layer:
            raise DataError(
                f"{self.name!r} has no convolutional stage, which class activation "
                f"maps are made of; use other methods: {ALTERNATIVES}."
            )
        parts = dict(self.above.named_modules())
        return parts[self.layer if self.layer in parts else REACHED]


def classifier_of(probe: Probe, head: Head, layer: str | None = None) -> Classifier:
    """A probe with the head of a task upon it.

    Args:
        probe: The network.
        head: Of as many features as it gives.
        layer: Name (`stage.part`) of the module that class activation maps are made of:
            it gives channels, height and width for every image. By default the last
            that does, of more places than one.

    Raises:
        DataError: There is no such layer, or it gives no maps.
    """
    top = _linear(head)
    parts = OrderedDict([*probe.stages.items(), (HEAD, top)])
    network = nn.Sequential(parts).eval()
    blank = torch.from_numpy(probe.prepare(Image.new("RGB", (64, 64))))[None]
    maps = _maps(network, blank)
    if layer is not None and layer not in maps:
        raise DataError(
            f"Layer {layer!r} of {probe.name!r} gives no maps of an image; layers that "
            f"do: {', '.join(maps) or 'none'}."
        )
    found = layer if layer is not None else next(reversed(maps), "")
    below, above = _halves(parts, found)
    return Classifier(
        name=probe.name,
        below=below,
        above=above,
        layer=found,
        prepare=probe.prepare,
        size=(blank.shape[2], blank.shape[3]),
        fingerprint=digest(
            f"{probe.fingerprint} {layer}",
            [top.weight.numpy(), np.asarray(head.bias)],
        )[:16],
    )


def on_device(classifier: Classifier, device: str) -> Classifier:
    """The classifier on `cpu` or `cuda`, where more goes through at a time.

    A graphics card is told not to round what it multiplies to ten bits.
    """
    torch.backends.cudnn.allow_tf32 = False
    below, above = copy.deepcopy((classifier.below, classifier.above))
    below, above = below.to(device), above.to(device)
    return replace(classifier, below=below, above=above, room=ROOM[device])


def with_head(classifier: Classifier, head: Head) -> Classifier:
    """The classifier with another head upon the same stages."""
    above = OrderedDict(classifier.above.named_children())
    above[HEAD] = _linear(head).to(classifier.device)
    return replace(classifier, above=nn.Sequential(above).eval(), fingerprint="")


def with_random_head(classifier: Classifier, seed: int) -> Classifier:
    """The classifier with weights of the head drawn anew."""
    above = copy.deepcopy(classifier.above)
    _redraw([above.get_submodule(HEAD)], seed)
    return replace(classifier, above=above, fingerprint=f"random head {seed}")


def with_random_backbone(classifier: Classifier, seed: int) -> Classifier:
    """The classifier with weights of all below the head drawn anew."""
    below, above = copy.deepcopy((classifier.below, classifier.above))
    stages = [*below, *(one for name, one in above.named_children() if name != HEAD)]
    _redraw(stages, seed)
    word = f"random backbone {seed}"
    return replace(classifier, below=below, above=above, fingerprint=word)


def _linear(head: Head) -> nn.Linear:
    weight = torch.tensor(head.weight, dtype=torch.float32)
    top = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        top.weight.copy_(weight)
        top.bias.copy_(torch.tensor(head.bias, dtype=torch.float32))
    return top.requires_grad_(False)


def _halves(
    parts: "OrderedDict[str, nn.Module]", layer: str
) -> tuple[nn.Sequential, nn.Sequential]:
    """Stages below a layer and above; a stage that has it inside is above."""
    names, stage = [*parts], layer.partition(".")[0]
    at = names.index(stage) + (stage == layer) if layer else names.index(HEAD)
    own = [(name, parts[name]) for name in names]
    between = [(REACHED, nn.Identity())] if stage == layer else []
    halves = (OrderedDict(own[:at]), OrderedDict([*between, *own[at:]]))
    below, above = (nn.Sequential(one).eval() for one in halves)
    return below, above


def channels_last(network: nn.Module) -> None:
    """Lay weights out channel by channel: up to half of the time is saved.

    Those of one channel lie so already and would not be taken for it: pooling what
    comes of them then took as long as all else.
    """
    form = torch.channels_last
    for weights in network.parameters():
        if weights.ndim == 4:
            laid = torch.empty_like(weights, memory_format=form)
            weights.data = laid.copy_(weights)


def _redraw(stages: Sequence[nn.Module], seed: int) -> None:
    """Weights from a normal distribution of the mean and spread that they have.

    So activations keep their scale from layer to layer, as learned normalisation, which
    stays, expects it.
    """
    random = torch.Generator().manual_seed(seed)
    for stage in stages:
        for weights in stage.parameters():
            if weights.ndim > 1:
                drawn = torch.randn(weights.shape, generator=random).to(weights)
                spread = weights.std() if weights.numel() > 1 else weights.abs()
                weights.copy_(weights.mean() + spread * drawn)


def drawn_in_turn(
    labels: Int[np.ndarray, " images"], seed: int
) -> Int[np.ndarray, " images"]:
    """An order of images by chance in which the classes take turns."""
    drawn = np.random.default_rng(seed).permutation(len(labels))
    drawn = drawn[np.argsort(labels[drawn], kind="stable")]
    sorted_labels = labels[drawn]
    rank = np.arange(len(drawn)) - np.searchsorted(sorted_labels, sorted_labels)
    chance = np.random.default_rng(seed).permutation(int(labels.max(initial=0)) + 1)
    return drawn[np.lexsort((chance[sorted_labels], rank))]


def _maps(network: nn.Module, x: Tensor) -> dict[str, tuple[int, ...]]:
    """Modules that give maps of more places than one, in the order of their run."""
    found: dict[str, tuple[int, ...]] = {}

    def look(name: str, out: object) -> None:
        if isinstance(out, Tensor) and out.ndim == 4 and min(out.shape[2:]) > 1:
            found.pop(name, None)
            found[name] = tuple(out.shape[1:])

    handles = [
        module.register_forward_hook(lambda _m, _x, out, name=name: look(name, out))
        for name, module in network.named_modules()
        if name
    ]
    try:
        with torch.no_grad():
            network(x)
    finally:
        for handle in handles:
            handle.remove()
    return found
