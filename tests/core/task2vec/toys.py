"""A small probe of every kind of layer, and images that it is shown."""

import numpy as np
import torch
from torch import nn

from core.task2vec.head import Head
from core.task2vec.probe import probe_of

STAGES = ("last", "dense")


def toy_probe(seed=0):
    torch.manual_seed(seed)
    stages = {
        "first": nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()),
        "last": nn.Sequential(
            nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Conv2d(6, 6, 3, padding=1, groups=6),  # one filter a channel
            nn.ReLU6(),
            nn.Conv2d(6, 8, 1, groups=2),
            nn.ReLU(),
        ),
        "dense": nn.Sequential(
            nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 5), nn.Tanh()
        ),
    }
    stages = {name: one.eval() for name, one in stages.items()}
    for one in stages.values():
        for layer in one:
            if isinstance(layer, nn.BatchNorm2d):
                layer.running_mean += 0.1
                layer.running_var *= 2
    return probe_of("toy", stages, prepared, STAGES)


def prepared(image):
    pixels = np.asarray(image.convert("RGB").resize((8, 8)), dtype=np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1) / 255)


def toy_task(probe, images=12, classes=3, seed=0):
    """Activations, features and a head."""
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(rng.normal(size=(images, 3, 8, 8)).astype(np.float32))
    with torch.no_grad():
        activations = probe.forward(x, stop="last")
        features = probe.forward(activations, start="last")
    head = Head(3 * rng.normal(size=(classes, 5)), rng.normal(size=classes), np.nan)
    return activations.numpy(), features.numpy(), head
