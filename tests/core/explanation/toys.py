"""A network whose maps can be told by hand, and pictures that it is shown."""

import numpy as np
import torch
from PIL import Image
from torch import nn

from core.explanation.classifier import classifier_of
from core.explanation.comparing import Asked
from core.task2vec.head import Head
from core.task2vec.probe import probe_of

SIDE = 32


def prepared(image):
    pixels = np.asarray(image.convert("RGB").resize((SIDE, SIDE)), dtype=np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1) / 255)


def colours_probe():
    """Features are the mean of every colour, by way of convolutions that blur."""
    torch.manual_seed(0)
    blur = nn.Conv2d(3, 3, 3, padding=1, groups=3, bias=False)
    nn.init.constant_(blur.weight, 1 / 9)
    stages = {
        "blur": nn.Sequential(blur, nn.ReLU()),
        "pool": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    }
    return probe_of(
        "colours", {k: s.eval() for k, s in stages.items()}, prepared, ("blur",)
    )


def flat_probe():
    """No convolution at all."""
    torch.manual_seed(0)
    stages = {
        "dense": nn.Sequential(
            nn.Flatten(), nn.Linear(3 * SIDE**2, 8), nn.Tanh(), nn.Linear(8, 3)
        )
    }
    return probe_of(
        "flat", {k: s.eval() for k, s in stages.items()}, prepared, ("dense",)
    )


def colours_head():
    """Of red, green and blue."""
    return Head(20 * np.eye(3), np.zeros(3), float("nan"))


def colours(probe=None):
    """Tells red, green and blue apart."""
    return classifier_of(probe or colours_probe(), colours_head())


def picture(colour, place, seed=0):
    """A patch of a colour upon dim noise, its place as `(top, left)`."""
    rng = np.random.default_rng(seed)
    pixels = 40 * rng.random((SIDE, SIDE, 3))
    top, left = place
    pixels[top : top + 8, left : left + 8, colour] = 255
    return Image.fromarray(pixels.astype(np.uint8))


def asked(count=3):
    """Pictures of every colour."""
    return [
        Asked(k, f"digest {k}", k % 3, picture(k % 3, (6 + 3 * k, 10), k))
        for k in range(count)
    ]
