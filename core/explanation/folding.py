"""Layers put together that do the same in less time: what comes of them stays."""

import copy
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.explanation.classifier import Classifier, channels_last

SAME = 1e-3  # share of the largest logit that may change


def folded(classifier: Classifier) -> Classifier:
    """The classifier with what comes before and after convolutions put into them.

    It tells the same in two thirds of the time: normalisation and padding become part
    of a convolution, and the highest of some places is sought before what is negative
    goes, not after. What class activation maps are made of stays as it is, and so does
    a network that would not tell the same then.
    """
    below, above = copy.deepcopy((classifier.below, classifier.above))
    found = replace(classifier, below=below, above=above)
    shape = classifier.prepare(Image.new("RGB", (64, 64))).shape
    x = torch.rand((1, *shape), generator=torch.Generator().manual_seed(0))
    for conv, norm in _pairs(found, x):
        _put(found.network, conv, norm)
    for one in (*below.modules(), *above.modules()):
        if isinstance(one, nn.Sequential):
            _rearrange(one, found.seen if found.layer else None)
    channels_last(found.network)
    with torch.no_grad():
        before, after = classifier.network(x), found.network(x)
    scale = before.abs().amax().clamp(min=1e-6)
    return found if (before - after).abs().amax() < SAME * scale else classifier


def _pairs(classifier: Classifier, x: Tensor) -> list[tuple[str, str]]:
    """Convolutions and what normalises their output right after, inside of a stage.

    Modules that are run more than once are left out, and so is a convolution whose own
    output class activation maps are made of.
    """
    run: list[tuple[str, nn.Module, Tensor, Tensor]] = []
    reached: list[Tensor] = []

    def look(name: str, module: nn.Module, given: Tensor, out: Tensor) -> None:
        if name == classifier.layer:
            reached.append(out)
        if not [*module.children()]:
            run.append((name, module, given, out))

    handles = [
        module.register_forward_hook(
            lambda one, given, out, name=name: look(name, one, given[0], out)
        )
        for name, module in classifier.network.named_modules()
        if name
    ]
    try:
        with torch.no_grad():
            classifier.network(x)
    finally:
        for handle in handles:
            handle.remove()
    times = Counter(id(module) for _, module, _, _ in run)
    return [
        (name, after)
        for (name, one, _, out), (after, norm, given, _) in pairwise(run)
        if isinstance(one, nn.Conv2d)
        and isinstance(norm, nn.BatchNorm2d)
        and times[id(one)] == times[id(norm)] == 1
        and out is given
        and not any(out is maps for maps in reached)
        and "." in name
        and "." in after
    ]


def _put(network: nn.Module, conv: str, norm: str) -> None:
    one, after = (network.get_submodule(name) for name in (conv, norm))
    assert isinstance(one, nn.Conv2d) and isinstance(after, nn.BatchNorm2d)
    both = fuse_conv_bn_eval(one, after).requires_grad_(False)
    for name, module in ((conv, both), (norm, nn.Identity())):
        parent, _, own = name.rpartition(".")
        setattr(network.get_submodule(parent), own, module)


def _rearrange(parts: nn.Sequential, seen: nn.Module | None) -> None:
    """Let neighbours in a sequence change places or become one, but what is seen."""
    for k, (one, after) in enumerate(pairwise(parts)):
        if one is seen or after is seen:
            continue
        if isinstance(one, nn.ReLU) and isinstance(after, nn.MaxPool2d):
            parts[k], parts[k + 1] = after, nn.ReLU()
        elif isinstance(one, nn.ZeroPad2d) and isinstance(after, nn.Conv2d):
            left, right, top, bottom = one.padding
            if (left, top) == (right, bottom) and after.padding == (0, 0):
                parts[k], parts[k + 1] = nn.Identity(), _padding(after, (top, left))


def _padding(conv: nn.Conv2d, padding: tuple[int, int]) -> nn.Conv2d:
    """A convolution that pads by zeros itself."""
    found = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        conv.kernel_size,  # type: ignore[arg-type]
        conv.stride,  # type: ignore[arg-type]
        padding,
        conv.dilation,  # type: ignore[arg-type]
        conv.groups,
        conv.bias is not None,
    ).requires_grad_(False)
    found.load_state_dict(conv.state_dict())
    return found
