"""EfficientNet-Lite0 (Tan and Le 2019) as a probe, trained on ImageNet-1k."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import nn

from core.encoders.image import GREY, SPREAD, lite0, square
from core.task2vec.head import Head
from core.task2vec.probe import Probe, probe_of

NAME = "efficientnet-lite0"
STAGES = (1, 2, 2, 3, 3, 4, 1)  # blocks of each
LOOKED_AT = ("head",)


def efficientnet_probe() -> Probe:
    """The probe: `stem`, `stage1` to `stage7`, `head` (1,280 filters) and `pool`.

    Raises:
        DataError: The package of its code or of its weights is not installed.
    """
    model = lite0()
    stages: dict[str, nn.Module] = {
        "stem": nn.Sequential(_padded(model._conv_stem), model._bn0, nn.ReLU6())
    }
    first = 0
    for number, blocks in enumerate(STAGES, 1):
        some = model._blocks[first : first + blocks]
        first += blocks
        for block in some:
            for name, module in [*block.named_children()]:
                if isinstance(module, nn.Conv2d):
                    setattr(block, name, _padded(module))
        stages[f"stage{number}"] = nn.Sequential(*some)
    stages["head"] = nn.Sequential(_padded(model._conv_head), model._bn1, nn.ReLU6())
    stages["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    stages = {name: module.eval() for name, module in stages.items()}
    return probe_of(NAME, stages, prepare, LOOKED_AT)


def imagenet_head() -> Head:
    """What the network itself puts upon its features: the 1,000 classes of ImageNet.

    Raises:
        DataError: The package of its code or of its weights is not installed.
    """
    classifier = lite0()._fc
    weight, bias = (one.detach().numpy() for one in classifier.parameters())
    return Head(weight, bias, accuracy=float("nan"))


def prepare(image: Image.Image) -> Float[np.ndarray, "3 height width"]:
    """The central square, as the image encoder of that name sees it."""
    pixels = np.asarray(square(image.convert("RGB")), dtype=np.float32)
    return np.ascontiguousarray(((pixels - GREY) / SPREAD).transpose(2, 0, 1))


def _padded(layer: Any) -> nn.Module:
    """A convolution that pads as a layer of its own, and then is a plain one."""
    plain = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        layer.kernel_size,
        layer.stride,
        groups=layer.groups,
        bias=layer.bias is not None,
    )
    with torch.no_grad():
        plain.load_state_dict(layer.state_dict())
    return nn.Sequential(layer.static_padding, plain)
