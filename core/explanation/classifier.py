"""A network that tells the classes of a task apart, and others that it might be."""

import copy
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
ROOM = 4 * 224 * 224  # pixels at a time: more no longer fit a processor's cache
ALTERNATIVES = "gradient, integrated-gradients, smoothgrad, occlusion, lime"


@dataclass(frozen=True)
class Classifier:
    """A network from prepared pictures to logits, in eval mode.

    Attributes:
        name: Of the probe that the head is put upon.
        network: Its stages and the head, in their order, by name.
        layer: Name of the module whose output, channels of maps, class activation maps
            are made of; empty where there is none.
        prepare: Makes a picture what the network reads.
        size: Height and width of that.
        fingerprint: Digest of weights, parts, preparation and head.
    """

    name: str
    network: nn.Module
    layer: str
    prepare: Prepare
    size: tuple[int, int]
    fingerprint: str

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
        return x.contiguous(memory_format=torch.channels_last)

    def shares(
        self, x: Float[Tensor, "rows c h w"], *, room: int = ROOM
    ) -> Float[Tensor, "rows classes"]:
        """Probabilities of the classes; `room` pixels go through at a time.

        Raises:
            DataError: One is not finite.
        """
        batch = max(1, room // (x.shape[2] * x.shape[3]))
        with torch.no_grad():
            parts = [self.network(some) for some in x.split(batch)]
        told = torch.cat(parts).softmax(dim=1)
        if not told.isfinite().all():
            raise DataError(
                f"{self.name!r} gives probabilities that are not finite; look for "
                "extreme images, or give it sound weights."
            )
        return told

    @property
    def seen(self) -> nn.Module:
        """The module that class activation maps are made of.

        Raises:
            DataError: There is none.
        """
        if not self.layer:
            raise DataError(
                f"{self.name!r} has no convolutional stage, which class activation "
                f"maps are made of; use other methods: {ALTERNATIVES}."
            )
        return self.network.get_submodule(self.layer)


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
    weight = torch.tensor(head.weight, dtype=torch.float32)
    top = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        top.weight.copy_(weight)
        top.bias.copy_(torch.tensor(head.bias, dtype=torch.float32))
    top.requires_grad_(False)
    parts = OrderedDict([*probe.stages.items(), (HEAD, top)])
    network = nn.Sequential(parts).eval()
    for weights in network.parameters():
        if weights.ndim == 4:  # as `batch` has it: convolutions take a third less time
            weights.data = weights.data.contiguous(memory_format=torch.channels_last)
    blank = torch.from_numpy(probe.prepare(Image.new("RGB", (64, 64))))[None]
    maps = _maps(network, blank)
    if layer is not None and layer not in maps:
        raise DataError(
            f"Layer {layer!r} of {probe.name!r} gives no maps of an image; layers that "
            f"do: {', '.join(maps) or 'none'}."
        )
    return Classifier(
        name=probe.name,
        network=network,
        layer=layer if layer is not None else next(reversed(maps), ""),
        prepare=probe.prepare,
        size=(blank.shape[2], blank.shape[3]),
        fingerprint=digest(
            f"{probe.fingerprint} {layer}", [weight.numpy(), np.asarray(head.bias)]
        )[:16],
    )


def with_random_head(classifier: Classifier, seed: int) -> Classifier:
    """The classifier with weights of the head drawn anew."""
    return _redrawn(classifier, "random head", (HEAD,), seed)


def with_random_backbone(classifier: Classifier, seed: int) -> Classifier:
    """The classifier with weights of all below the head drawn anew."""
    stages = [name for name, _ in classifier.network.named_children() if name != HEAD]
    return _redrawn(classifier, "random backbone", stages, seed)


def _redrawn(
    classifier: Classifier, word: str, stages: Sequence[str], seed: int
) -> Classifier:
    """Weights from a normal distribution of the mean and spread that they have.

    So activations keep their scale from layer to layer, as learned normalisation, which
    stays, expects it.
    """
    network = copy.deepcopy(classifier.network)
    random = torch.Generator().manual_seed(seed)
    for stage in stages:
        for weights in network.get_submodule(stage).parameters():
            if weights.ndim > 1:
                drawn = torch.randn(weights.shape, generator=random)
                spread = weights.std() if weights.numel() > 1 else weights.abs()
                weights.copy_(weights.mean() + spread * drawn)
    return replace(classifier, network=network, fingerprint=f"{word} {seed}")


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
