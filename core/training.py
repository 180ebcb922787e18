"""Fitting an encoder to what is known of tasks, and placing tasks with it.

The loop is a generator, so that the command line draws the progress, decides when to
write a checkpoint and stops where it likes; a state can be stored and taken up again.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from core import sampling
from core.boxes import Boxes
from core.collection import Collection
from core.errors import DataError
from core.features import pooled
from core.losses import cross_entropy, log_containment, relative_perimeter
from core.model import Corners, SetEncoder, TaskEncoder
from core.relations import Membership, Relations, unknown_pairs
from core.sampling import Pairs, Rows

Encoder = SetEncoder | TaskEncoder


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides a fit, apart from its data; lengths in leaf sides."""

    dim: int = 2
    encoder: Literal["set", "task"] = "set"
    seed: int = 0
    steps: int = 1000
    learning_rate: float = 4e-3
    weight_decay: float = 0.05
    warm_up: float = 0.1  # share of the steps in which the learning rate rises
    annealing: float = 0.7  # share of the steps until geometry is (nearly) exact
    temperature: tuple[float, float] = (6.0, 0.05)  # of the intersection
    softness: tuple[float, float] = (3.0, 0.02)  # of the extremes; 0 after annealing
    frame: float = 0.1  # growth of the margin with log2 of the number of members
    known: int = 1024  # related pairs a step
    unrelated: int = 2048  # pairs a step: siblings, cousins and any, each
    crowded: int = 8192  # pairs a step whose boxes are too close
    crowd_every: int = 10  # steps between looks at which boxes are too close
    crowd_looks: int = 2**21  # pairs of tasks compared in such a look, at most
    known_weight: float = 0.2
    crowd_weight: float = 4.0
    compactness: tuple[float, float] = (
        1.0,
        0.2,
    )  # weight of perimeters, early and late
    settling: tuple[float, float] = (0.4, 0.8)  # shares of the steps between the two


@dataclass(frozen=True)
class TrainingData:
    """What a fit learns from: a row of features per member or per task, and relations.

    `withheld` are sorted keys `child * tasks + parent` of pairs not to learn from.
    """

    features: Float[np.ndarray, "rows channels"]
    membership: Membership | None
    relations: Relations
    tasks: int
    withheld: Int[np.ndarray, " withheld"] = field(
        default_factory=lambda: np.zeros(0, dtype=np.int64)
    )


@dataclass
class State:
    """A fit under way, changed in place by every step."""

    config: TrainingConfig
    model: Encoder
    optimizer: torch.optim.AdamW
    rng: np.random.Generator
    crowd: Int[np.ndarray, "2 close"]
    step: int = 0
    loss: float = math.nan


def config_for(
    collection: Collection, recipe: str, *, dim: int, seed: int, steps: int | None
) -> TrainingConfig:
    """The settings of a recipe.

    `network` is the task encoder, `default` the set encoder where members are known.
    """
    members = collection.membership is not None and recipe == "default"
    config = TrainingConfig(dim=dim, seed=seed)
    if not members:  # boxes nest by learning only, which asks for more pairs that do
        config = replace(
            config,
            encoder="task",
            weight_decay=0.5,
            temperature=(2.0, 0.05),
            known=2048,
            known_weight=2.0,
            compactness=(0.02, 0.0),
        )
    return config if steps is None else replace(config, steps=steps)


def use_one_thread() -> None:
    """Compute on one core.

    A step is many small products: a second thread saves a fifth of the time, and costs
    ten times as much as soon as another process holds its core.
    """
    torch.set_num_threads(1)


def usable_device(device: str) -> str:
    """The device to train on: `auto` is the graphics card where torch can use one.

    Raises:
        DataError: CUDA is asked for and not there.
    """
    found = torch.cuda.is_available()
    if device == "cuda" and not found:
        raise DataError("torch finds no CUDA device here; use --device cpu or auto.")
    return ("cuda" if found else "cpu") if device == "auto" else device


def encoder_features(
    collection: Collection, encoder: Literal["set", "task"]
) -> Float[np.ndarray, "rows channels"]:
    """What the encoder reads: the features of members, or one mean vector a task."""
    if encoder == "set" or collection.membership is None:
        return collection.features.astype(np.float32)
    return pooled(collection.features, collection.membership)[0]


def training_data(
    collection: Collection, encoder: Literal["set", "task"]
) -> TrainingData:
    """All of a collection, to learn from."""
    return TrainingData(
        encoder_features(collection, encoder),
        collection.membership if encoder == "set" else None,
        collection.relations,
        len(collection.tasks),
        unknown_pairs(collection.relations, len(collection.tasks)),
    )


def fit(data: TrainingData, state: State, device: str = "cpu") -> Iterator[State]:
    """Train on from `state`, handing it over after every step; the last is the result.

    Equal arguments give an equal fit on the same machine, stored and taken up again
    half way or not.

    Raises:
        DataError: The loss is not finite; the encoder is as it was before that step.
    """
    config, model = state.config, state.model
    pairs = sampling.pairs_of(data.tasks, data.relations, data.withheld)
    inputs = _inputs(data.features, data.membership, device)
    size = torch.from_numpy(_sizes(data, pairs)).to(device)
    while state.step < config.steps:
        progress = state.step / config.steps
        temperature = annealed(config.temperature, progress / config.annealing)
        corners = _corners(model, inputs, softness_at(config, progress))
        if state.step % config.crowd_every == 0:
            state.crowd = _crowd(pairs, state, corners, reach=temperature)
        loss = _pair_loss(pairs, state, corners, temperature)
        loss = loss + compactness_at(config, progress) * _looseness(corners, size)
        if not math.isfinite(loss.item()):
            raise DataError(
                f"The loss is {loss.item()} at step {state.step + 1} of {config.steps}."
                " Look for extreme values in the features, or try another --seed."
            )
        for group in state.optimizer.param_groups:
            group["lr"] = learning_rate_at(config, progress)
        state.optimizer.zero_grad()
        loss.backward()
        state.optimizer.step()
        state.step, state.loss = state.step + 1, loss.item()
        yield state


def start(data: TrainingData, config: TrainingConfig, device: str = "cpu") -> State:
    """A fit before its first step."""
    used = data.features
    if data.membership is not None:
        used = used[np.unique(data.membership.member)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = new_model(config, channels=used.shape[1], rows=len(used))
    model.scaler.set_by(torch.from_numpy(used))
    return new_state(config, model.to(device))


def new_model(config: TrainingConfig, *, channels: int, rows: int) -> Encoder:
    """An untrained encoder whose boxes spread over a cube that holds `rows` leaves."""
    spread = rows ** (1 / config.dim)
    if config.encoder == "set":
        return SetEncoder(channels, config.dim, spread=spread, frame=config.frame)
    return TaskEncoder(channels, config.dim, spread=spread)


def place(
    model: Encoder,
    features: Float[np.ndarray, "rows channels"],
    membership: Membership | None,
    names: tuple[str, ...],
) -> Boxes:
    """Exact boxes of tasks, known to the encoder or new: one forward pass."""
    device = next(model.parameters()).device
    with torch.no_grad():
        inputs = _inputs(features, membership, str(device))
        lower, upper = _corners(model, inputs, softness=0.0)
    return Boxes(lower.cpu().numpy(), upper.cpu().numpy(), names)


def annealed(ends: tuple[float, float], progress: float) -> float:
    """From the first to the second of `ends` at an even rate, then staying there."""
    first, last = ends
    return first * (last / first) ** min(progress, 1.0)


def softness_at(config: TrainingConfig, progress: float) -> float:
    """Softness of the extremes: annealed, then none."""
    done = progress / config.annealing
    return annealed(config.softness, done) if done < 1 else 0.0


def compactness_at(config: TrainingConfig, progress: float) -> float:
    """Weight of the perimeters: high while boxes find their place, low at the end."""
    early, late = config.compactness
    return float(np.interp(progress, config.settling, (early, late)))


def learning_rate_at(config: TrainingConfig, progress: float) -> float:
    """A linear rise, then half a cosine down to a twentieth."""
    if progress < config.warm_up:
        share = progress / config.warm_up
    else:
        share = (progress - config.warm_up) / (1 - config.warm_up)
        share = 0.5 + 0.5 * math.cos(math.pi * share)
    return config.learning_rate * max(share, 0.05)


def fingerprint(data: TrainingData) -> str:
    """A digest that differs where data differ."""
    digest = hashlib.sha256(str(data.tasks).encode())
    members = [] if data.membership is None else [*vars(data.membership).values()]
    for array in (
        data.features,
        *members,
        data.relations.child,
        data.relations.parent,
        data.relations.strength,
        data.withheld,
    ):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def new_state(config: TrainingConfig, model: Encoder) -> State:
    """A fit of `model` with a fresh optimiser and a fresh generator."""
    return State(
        config=config,
        model=model,
        optimizer=torch.optim.AdamW(
            model.parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
        ),
        rng=np.random.default_rng(config.seed),
        crowd=np.zeros((2, 0), dtype=np.int64),
    )


def _inputs(
    features: Float[np.ndarray, "rows channels"],
    membership: Membership | None,
    device: str,
) -> tuple[Tensor, ...]:
    """Arguments of the encoder's forward pass, but for the softness."""
    arrays = [features.astype(np.float32)]
    if membership is not None:
        arrays += [membership.member.astype(np.int64), membership.counts]
    return tuple(torch.tensor(array, device=device) for array in arrays)


def _corners(model: Encoder, inputs: tuple[Tensor, ...], softness: float) -> Corners:
    if isinstance(model, SetEncoder):
        return model(*inputs, softness)
    return model(*inputs)


def _sizes(data: TrainingData, pairs: Pairs) -> Float[np.ndarray, " tasks"]:
    """How many leaves a box should have room for: members, or tasks contained."""
    if data.membership is not None:
        return data.membership.counts.astype(np.float32)
    below = np.bincount(pairs.container, minlength=data.tasks)
    return np.maximum(below, 1).astype(np.float32)


def _crowd(
    pairs: Pairs, state: State, corners: Corners, reach: float
) -> Int[np.ndarray, "2 close"]:
    lower, upper = (corner.detach().cpu().numpy() for corner in corners)
    rows = max(state.config.crowd_looks // pairs.tasks, 1)
    return np.stack(
        sampling.draw_crowded(pairs, state.rng, lower, upper, reach=reach, rows=rows)
    )


def _pair_loss(
    pairs: Pairs, state: State, corners: Corners, temperature: float
) -> Float[Tensor, ""]:
    """Weighted cross-entropy on a sample of pairs, each kind of pair by its weight."""
    config, rng = state.config, state.rng
    most = pairs.tasks**2  # more draws than pairs tell nothing new
    known, unrelated = min(config.known, most), min(config.unrelated, most)
    kinds: list[tuple[Rows, Rows]] = [
        sampling.draw_known(pairs, rng, known),
        sampling.draw_siblings(pairs, rng, unrelated),
        sampling.draw_cousins(pairs, rng, unrelated),
        sampling.draw_any(pairs, rng, unrelated),
        _some(state.crowd, rng, config.crowded),
    ]
    counts = (known, *3 * (unrelated,), config.crowded)
    child = np.concatenate([rows for rows, _ in kinds])
    parent = np.concatenate([rows for _, rows in kinds])
    each = np.divide((1, 1, 1, 1, config.crowd_weight), counts)
    weight = np.repeat(each, [len(rows) for rows, _ in kinds])
    use = sampling.open_pairs(pairs, child, parent)
    child, parent, weight = child[use], parent[use], weight[use]
    strength = sampling.known_strength(pairs, child, parent)
    weight = np.where(strength == 1, config.known_weight * weight, weight)

    def tensor(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(corners[0].device)

    log_share = log_containment(*corners, tensor(child), tensor(parent), temperature)
    entropy = cross_entropy(log_share, tensor(strength))
    return (tensor(weight.astype(np.float32)) * entropy).sum()


def _some(
    crowd: Int[np.ndarray, "2 close"], rng: np.random.Generator, count: int
) -> tuple[Rows, Rows]:
    found = crowd.shape[1]
    child, parent = (
        crowd[:, rng.integers(found, size=count)] if found > count else crowd
    )
    return child, parent


def _looseness(corners: Corners, size: Float[Tensor, " tasks"]) -> Float[Tensor, ""]:
    """How much larger than need be the boxes are that hold others, large ones first."""
    weight = torch.where(size > 1, size.sqrt(), 0)
    excess = weight * relative_perimeter(*corners, size)
    return excess.sum() / weight.sum().clamp(min=1)
