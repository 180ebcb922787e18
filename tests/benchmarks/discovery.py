"""Task Discovery in figures, beside those published: `make bench-discovery`.

Digits and drawn figures of known factors by the preset `quick`; with IMAGES=PATH (a
folder or zip of CIFAR-10) that one by the preset `standard`. Means over seeds 0, 1 and
2, which no setting was chosen by; prints one JSON document. `python -m
tests.benchmarks.discovery digits` leaves the rest out, and so do `drawn`, `speed` and
a path.
"""

import json
import sys
import tempfile
import time
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import nn

from core.discovery.breaking import outcomes
from core.discovery.discovery import discover
from core.discovery.drawn import factor_recovered
from core.discovery.filters import learned_from
from core.discovery.images import parts_of, standardised
from core.discovery.labellings import by_chance, human
from core.discovery.learning import learn, member_seed
from core.discovery.presets import PRESETS
from core.discovery.scores import scores
from core.discovery.sources import images_named
from core.discovery.splits import control, cue_of, cues, splits_by
from core.learning.training import use_one_thread
from core.parallel import processes_kept

SEEDS = (0, 1, 2)
JOBS = 2
TARGETS, TASKS = 3, 3  # of the grid of splits
WAYS = ("2-way", "10-way", "2-way, two tasks", "10-way, two tasks")
FACTOR = 0.8  # correlation from which on a factor counts as recovered
PUBLISHED = {  # Atanov et al. 2022, CIFAR-10, ResNet-18
    "agreement of discovered tasks (32)": 0.879,
    "2-way": [0.81, 0.17],
    "10-way": [0.78, 0.41],
}


def main() -> int:
    """Run what is asked for and print it."""
    use_one_thread()
    with processes_kept():
        return run(sys.argv[1:] or ["speed", "digits", "drawn"])


def run(asked: list[str]) -> int:
    """All of what is asked for."""
    figures: dict[str, object] = {"seeds": SEEDS, "published": PUBLISHED}
    for one in asked:
        if one == "speed":
            figures[one] = speed()
        elif one == "drawn":
            figures[one] = summary([found(one, "quick", seed) for seed in SEEDS])
        else:
            preset = "quick" if one in ("digits", "fashion-mnist") else "standard"
            every = [found(one, preset, seed, broken=True) for seed in SEEDS]
            figures[Path(one).stem] = summary(every)
    print(json.dumps(figures, indent=2))
    return 0


def found(what: str, name: str, seed: int, *, broken: bool = False) -> dict:
    """All figures of one seed."""
    preset = PRESETS[name]
    images = images_named(what, most=preset.images, side=preset.side, seed=seed)
    parts = parts_of(images, seed=seed)
    x = learned_from(images, parts.known, preset.filters, seed=seed)
    kept: dict[str, str] = {}

    def scored(labellings):
        return scores(
            x,
            labellings,
            parts.known,
            parts.test,
            preset.learning,
            kept,
            networks=preset.networks,
            seed=seed,
            jobs=JOBS,
        )

    people = scored(human(images, preset.human, seed=seed))
    chance = scored(by_chance(len(x), preset.chance, seed=seed))
    with tempfile.TemporaryDirectory() as folder:
        given = (x, x, parts, preset, kept, Path(folder))
        own = discover(*given, seed=seed, jobs=JOBS)
        encoder = discover(*given, seed=seed, jobs=JOBS, random=True)
    rates = [one.rates[1] for one in own.agreement]
    figures = {
        "human": [one.score for one in people],
        "human converged": all(one.converged for one in people),
        "random": [one.score for one in chance],
        "random converged": all(one.converged for one in chance),
        "intervals apart": min(one.low for one in people)
        > max(one.high for one in chance),
        "discovered": [one.score for one in own.agreement],
        "random encoder": [one.score for one in encoder.agreement],
        "similarity": [own.similar, encoder.similar],
        "rates": [min(rates), max(rates)],
        "diverged": own.diverged,
        "factors": {
            key: factor_recovered(own.tasks.labels[:, parts.test], one[parts.test])
            for key, one in images.factors.items()
        },
    }
    if broken:
        for together, words in ((1, ""), (2, ", two tasks")):
            made = grid(images, x, own.tasks.margin, preset, seed, together)
            figures |= {way + words: one for way, one in made.items()}
    print(json.dumps({what: summary([figures])}), file=sys.stderr, flush=True)
    return figures


def grid(images, x, margin, preset, seed, together) -> dict:
    """Accuracy on adversarial splits and on splits by chance of the same sizes."""
    asked, kinds = [], []
    tasks = np.array([cue_of(images.labels, one) for one in margin])
    order = cues(x, tasks, together)
    for _, target in human(images, TARGETS, seed=seed):
        half = np.unique(images.labels[target == 1]).tolist()
        for _, split in splits_by(images.labels, half, tasks, order, TASKS):
            fair = control(split, seed=len(asked))
            for (way, labels), (kind, one) in product(
                (("2-way", target), ("10-way", images.labels)),
                (("random", fair), ("adversarial", split)),
            ):
                kinds.append((way, kind))
                asked.append((labels, one))
    given = (x, asked, preset.learning, {})
    made = outcomes(*given, networks=preset.networks, seed=seed, jobs=JOBS)
    accuracy: dict = {}
    for (way, kind), one in zip(kinds, made, strict=True):
        told = accuracy.setdefault(way, {}).setdefault(kind, [])
        told.append(float(one.accuracy.mean()))
    return accuracy


def summary(every: list[dict]) -> dict:
    """Means over seeds, and how far they lie apart."""
    told: dict[str, object] = {}
    for key in ("human", "random", "discovered", "random encoder"):
        means = [float(np.mean(one[key])) for one in every]
        told[key] = [round(float(np.mean(means)), 4), [round(one, 4) for one in means]]
    for key in ("intervals apart", "human converged", "random converged"):
        told[key] = all(one[key] for one in every)
    told["gain over the random encoder"] = _gain(every)
    told["largest similarity"] = np.round([one["similarity"] for one in every], 3)
    told["largest similarity"] = told["largest similarity"].tolist()
    told["rates"] = np.round([one["rates"] for one in every], 2).tolist()
    told["diverged"] = sum(one["diverged"] for one in every)
    if every[0]["factors"]:
        found = [
            sum(number >= FACTOR for number in one["factors"].values()) for one in every
        ]
        told["factors recovered"] = [float(np.mean(found)), found]
        told["factors"] = [one["factors"] for one in every]
    for way in WAYS:
        if any(way not in one for one in every):
            continue
        fair, hit = (
            np.array([np.mean(one[way][kind]) for one in every])
            for kind in ("random", "adversarial")
        )
        told[way] = {
            "random": round(float(fair.mean()), 3),
            "adversarial": round(float(hit.mean()), 3),
            "seeds": hit.round(3).tolist(),
            "splits": [len(one[way]["random"]) for one in every],
            "kept": round(float((hit / fair).mean()), 3),
        }
    return told


def _gain(every: list[dict]) -> list[float]:
    """Mean over seeds, and the 95 % interval by drawing tasks and seeds anew."""
    rng = np.random.default_rng(0)

    def drawn(scores):
        return np.mean(rng.choice(scores, len(scores)))

    def gain(seeds, of):
        return np.mean(
            [of(every[k]["discovered"]) - of(every[k]["random encoder"]) for k in seeds]
        )

    seeds = range(len(every))
    again = [gain(rng.choice(len(every), len(every)), drawn) for _ in range(1000)]
    bounds = [gain(seeds, np.mean), *np.quantile(again, (0.025, 0.975))]
    return [round(float(one), 4) for one in bounds]


def speed() -> dict[str, object]:
    """Seconds on the clock, two processes; and stacks against a loop over networks."""
    preset = PRESETS["quick"]
    images = images_named("digits", most=preset.images, side=preset.side)
    x, parts = standardised(images.pixels), parts_of(images)
    both = [*human(images, 16), *by_chance(len(x), 16)]
    given = (x, both, parts.known, parts.test, preset.learning, {})
    started = time.perf_counter()
    with processes_kept():  # started anew, as by a command
        scores(*given, networks=3, jobs=JOBS)
    scoring = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with processes_kept():
            discover(x, x, parts, preset, {}, Path(folder), jobs=JOBS)
        discovering = time.perf_counter() - started
    learning = replace(preset.learning, steps=300, enough=2.0, check=300)
    labels = np.stack([one[parts.known] for _, one in both[8:24]])
    given = (x[parts.known], labels, x[parts.test], learning)
    started = time.process_time()
    learn(*given, networks=3)
    batched = time.process_time() - started
    started = time.process_time()
    one_by_one(*given, networks=3)
    loop = time.process_time() - started
    apart = {
        "after one step": apart_by(given, 1, np.float32),
        "after 300": apart_by(given, 300, np.float32),
        "after 300, of 64 bits": apart_by(given, 300, np.float64),
    }
    return {
        "settings": asdict(preset.search),
        "32 agreement scores": round(scoring, 1),
        "8-task discovery with its scores": round(discovering, 1),
        "48 networks of 300 steps, stacked": round(batched, 2),
        "48 networks of 300 steps, one by one": round(loop, 2),
        "ratio": round(loop / batched, 2),
        "largest difference of logits": apart,
    }


def apart_by(given, steps, kind) -> float:
    """How far logits of a stack and of its networks alone are apart after learning.

    Sums are rounded in another order, and learning magnifies that: of 64 bits there is
    next to nothing to magnify.
    """
    images, labels, asked, learning = given
    learning = replace(learning, steps=steps, check=steps)
    own = images.astype(kind), labels[:4], asked.astype(kind), learning
    torch.set_default_dtype(torch.from_numpy(own[0]).dtype)
    found = abs(learn(*own, networks=3).logits - one_by_one(*own, networks=3)).max()
    torch.set_default_dtype(torch.float32)
    return float(found)


def one_by_one(images, labellings, asked, learning, networks) -> np.ndarray:
    """What `learn` does, as a loop over networks with an optimiser each."""
    x, told = torch.from_numpy(images), []
    for labels, number in product(labellings, range(networks)):
        torch.manual_seed(member_seed(0, number))
        module = learning.architecture.module(images.shape[1:], 2)
        adam = torch.optim.Adam(module.parameters(), lr=learning.rate)
        rng, left = np.random.default_rng([0, number]), np.zeros(0, np.int64)
        y = torch.from_numpy(labels)
        for _ in range(learning.steps):
            if len(left) < learning.batch:
                left = np.concatenate([left, rng.permutation(len(x))])
            rows = torch.from_numpy(left[: learning.batch])
            left = left[learning.batch :]
            loss = nn.functional.cross_entropy(module(x[rows]), y[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
        with torch.no_grad():
            told.append(module(torch.from_numpy(asked)).numpy())
    return np.array(told).reshape(len(labellings), networks, len(asked), 2)


if __name__ == "__main__":
    sys.exit(main())
