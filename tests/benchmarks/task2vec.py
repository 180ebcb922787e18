"""Seconds of Task2Vec beside a naive loop, and how its three methods agree."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image
from scipy.stats import spearmanr

from core.learning.training import use_one_thread
from core.task2vec.fisher import image_fisher, sampled_fisher
from core.task2vec.head import Head, fit_head
from core.task2vec.probe import Probe, layers_of
from core.task2vec.probes.efficientnet import efficientnet_probe
from core.task2vec.probes.small import small_probe
from core.task2vec.probes.small_training import digits
from core.task2vec.variational import variational

Made = TypeVar("Made")

RUNS = 3  # of which the median is told
IMAGES, CLASSES, PIXELS = 300, 10, 227
LOOP = 6  # images of the naive loop, whose time is that of each of them
DIGITS, SEEDS, DRAWS = 300, 7, 16
STAGES = {"head": ("head",), "last two": ("stage7", "head")}


def task2vec_figures() -> dict[str, object]:
    """Seconds of the processor and on the clock, on one thread; how methods agree."""
    use_one_thread()
    return {"speed": _speed(), "digits": _agreement()}


def _speed() -> dict[str, object]:
    """Of random images, medians of several runs; the naive loop runs once."""
    probe = efficientnet_probe()
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (IMAGES, PIXELS, PIXELS, 3), dtype=np.uint8)
    images = [Image.fromarray(one) for one in pixels]
    labels = np.arange(IMAGES) % CLASSES
    figures: dict[str, object] = {"images": IMAGES, "classes": CLASSES, "runs": RUNS}

    def entering() -> torch.Tensor:
        with torch.no_grad():
            batches = (images[at : at + 16] for at in range(0, IMAGES, 16))
            parts = [
                probe.forward(probe.batch(some), stop="stage7") for some in batches
            ]
        return torch.cat(parts)

    figures["network"], whole = _timed(entering)
    with torch.no_grad():
        features = probe.forward(whole, start="stage7").numpy()
    figures["fitting a head"], head = _timed(fit_head, features, labels)
    for name, stages in STAGES.items():
        with torch.no_grad():
            x = probe.forward(whole, start="stage7", stop=stages[0]).numpy()
        ours, _ = _timed(_exact, probe, stages, head, x, features)
        loop, _ = _timed(one_by_one, probe, stages, head, x[:LOOP], runs=1)
        loop = {key: one / LOOP * IMAGES for key, one in loop.items()}
        figures[name] = {
            "exact": ours,
            "loop over images and classes": loop,
            "ratio": loop["processor"] / ours["processor"],
        }
    return figures


def _agreement() -> dict[str, object]:
    """Of all ten digits: medians over seeds, the lowest and the highest."""
    probe, stages = small_probe(), ("second", "third")
    pixels, labels = digits()
    some = np.random.default_rng(0).permutation(len(labels))[:DIGITS]
    with torch.no_grad():
        x = probe.forward(torch.from_numpy(pixels[some])[:, None], stop="second")
        features = probe.forward(x, start="second").numpy()
    x, weight = x.numpy(), np.full(DIGITS, 1 / DIGITS)
    head = fit_head(features, labels[some])
    task = (probe, stages, head, x, features)
    exact, again = _exact(*task), _exact(*task)
    alive = exact > 1e-6 * exact.max()
    figures: dict[str, object] = {
        "images": DIGITS,
        "seeds": SEEDS,
        "exact, repeated: largest difference": float(np.abs(again - exact).max()),
    }
    for batch in (1, 64):
        ratios = []
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            drawn = [
                sampled_fisher(*task, weight, rng=rng, batch=batch)
                for _ in range(DRAWS)
            ]
            ratios.append(np.median(np.mean(drawn, axis=0)[alive] / exact[alive]))
        figures[f"Monte-Carlo to exact, {DRAWS} labels, batch {batch}"] = _spread(
            ratios
        )
    ranks = [
        spearmanr(variational(*task, weight, rng=one).fisher(), exact)[0]
        for one in map(np.random.default_rng, range(SEEDS))
    ]
    figures["variational to exact, rank correlation"] = _spread(ranks)
    return figures


def _exact(
    probe: Probe, stages: tuple[str, ...], head: Head, x, features
) -> np.ndarray:
    """The mean of the images."""
    told = image_fisher(probe, stages, head, x, features)
    return np.sum([one.sum(axis=0) for _, one in told], axis=0) / len(x)


def _spread(found: list[float]) -> dict[str, float]:
    low, middle, high = np.percentile(found, [0, 50, 100]).tolist()
    return {"median": middle, "lowest": low, "highest": high}


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


def _timed(
    run: Callable[..., Made], *arguments: Any, runs: int = RUNS
) -> tuple[dict[str, float], Made]:
    """Medians of seconds, and what was made at last."""
    took = []
    for _ in range(runs):
        started = time.process_time(), time.perf_counter()
        made = run(*arguments)
        took.append(
            (time.process_time() - started[0], time.perf_counter() - started[1])
        )
    processor, clock = np.median(took, axis=0).tolist()
    return {"processor": processor, "clock": clock}, made
