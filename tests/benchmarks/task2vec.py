"""Seconds of Task2Vec: one task of 300 images, and the loop over images and classes."""

import time

import numpy as np
import torch
from PIL import Image

from core.learning.training import use_one_thread
from core.task2vec.fisher import image_fisher
from core.task2vec.head import fit_head
from core.task2vec.probe import Probe, layers_of
from core.task2vec.probes.efficientnet import efficientnet_probe

IMAGES, CLASSES, PIXELS = 300, 10, 227
LOOP = 6  # images of the naive loop, whose time is that of each of them
STAGES = {"head": ("head",), "last two": ("stage7", "head")}


def task2vec_figures() -> dict[str, object]:
    """Of random images: seconds of the processor and on the clock, on one thread."""
    use_one_thread()
    probe = efficientnet_probe()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (IMAGES, PIXELS, PIXELS, 3), dtype=np.uint8)
    images = [Image.fromarray(one) for one in pixels]
    labels = np.arange(IMAGES) % CLASSES
    figures: dict[str, object] = {"images": IMAGES, "classes": CLASSES}
    with torch.no_grad():
        started = _now()
        entering = torch.cat(
            [
                probe.forward(probe.batch(images[at : at + 16]), stop="stage7")
                for at in range(0, IMAGES, 16)
            ]
        )
        features = probe.forward(entering, start="stage7").numpy()
        figures["network"] = _since(started)
        started = _now()
        head = fit_head(features, labels)
        figures["fitting a head"] = _since(started)
    for name, stages in STAGES.items():
        with torch.no_grad():
            x = probe.forward(entering, start="stage7", stop=stages[0]).numpy()
        started = _now()
        for _ in image_fisher(probe, stages, head, x, features):
            pass
        ours = _since(started)
        started = _now()
        one_by_one(probe, stages, head, x[:LOOP])
        loop = {key: one / LOOP * IMAGES for key, one in _since(started).items()}
        figures[name] = {
            "exact": ours,
            "loop over images and classes": loop,
            "ratio": loop["processor"] / ours["processor"],
        }
    return figures


def one_by_one(probe: Probe, stages: tuple[str, ...], head, activations) -> np.ndarray:
    """The definition: the gradient of every class of every image, squared."""
    layers = [*layers_of(probe, stages).values()]
    weight, bias = (torch.from_numpy(one).float() for one in (head.weight, head.bias))
    found = []
    for layer in layers:
        layer.weight.requires_grad_(True)
    for x in torch.from_numpy(activations):
        told = (probe.forward(x[None], start=stages[0]) @ weight.T + bias)[0]
        told = told.log_softmax(dim=0)
        total = [torch.zeros(len(layer.weight)) for layer in layers]
        for one in told:
            slopes = torch.autograd.grad(
                one, [layer.weight for layer in layers], retain_graph=True
            )
            for k, slope in enumerate(slopes):
                square = slope.flatten(1).square().mean(dim=1)
                total[k] += one.exp().detach() * square
        found.append(torch.cat(total).numpy())
    for layer in layers:
        layer.weight.requires_grad_(False)
    return np.array(found)


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def _since(started: tuple[float, float]) -> dict[str, float]:
    ended = _now()
    return {"processor": ended[0] - started[0], "clock": ended[1] - started[1]}
