"""Fitting an encoder to what is known of tasks.

The loop is a generator, so that the command line draws the progress, decides when to
write a checkpoint and stops where it likes; a state can be stored and taken up again.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from threadpoolctl import threadpool_limits
from torch import Tensor

from core.errors import DataError
from core.learning import floorplan, sampling, treeplan
from core.learning.blends import Blends, blended, draw_blends
from core.learning.model import Corners
from core.learning.neighbour_encoder import NeighbourEncoder
from core.learning.objective import crowd_of, objective
from core.learning.placing import Encoder, corners_of, inputs_of
from core.learning.recipe import TrainingConfig, learning_rate_at, softness_at
from core.learning.set_encoder import SetEncoder
from core.learning.subsets import some_of_each
from core.learning.task_encoder import TaskEncoder
from core.learning.training_data import TrainingData
from core.learning.tree_encoder import TreeEncoder
from core.relations import Membership, laminar
from core.tree import depth_first


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


def use_one_thread() -> None:
    """Compute on one core.

    A step is many small products: a second thread saves a fifth of the time, and costs
    ten times as much as soon as another process holds its core. So it is with the
    algebra of NumPy, which has threads of its own.
    """
    torch.set_num_threads(1)
    threadpool_limits(1)


def usable_device(device: str) -> str:
    """The device to train on: `auto` is the graphics card where torch can use one.

    Raises:
        DataError: CUDA is asked for and not there.
    """
    found = torch.cuda.is_available()
    if device == "cuda" and not found:
        raise DataError("torch finds no CUDA device here; use --device cpu or auto.")
    return ("cuda" if found else "cpu") if device == "auto" else device


def fit(data: TrainingData, state: State, device: str = "cpu") -> Iterator[State]:
    """Train on from `state`, handing it over after every step; the last is the result.

    Equal arguments give an equal fit on the same machine, stored and taken up again
    half way or not.

    Raises:
        DataError: The loss is not finite; the encoder is as it was before that step.
    """
    config, model = state.config, state.model
    if state.step >= config.steps:
        return
    pairs = sampling.pairs_of(data.tasks, data.relations, data.withheld)
    corners_at = _learning(model, data, config, device)
    loss_at = objective(data, pairs, config, device)
    made_up = config.blends if isinstance(model, TaskEncoder) else 0
    while state.step < config.steps:
        progress = state.step / config.steps
        blends = draw_blends(pairs, state.rng, made_up)
        corners = corners_at(state, blends, softness_at(config, progress))
        if state.step % config.crowd_every == 0:
            state.crowd = crowd_of(pairs, state.rng, corners, config, progress)
        loss = loss_at(corners, blends, state.crowd, state.rng, progress)
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
    """A fit before its first step.

    Members start where a floorplan of the sets lays them out. It reads which members
    every task has, as the encoder does, and not what is known of pairs. Where the sets
    do not cross it is exact, and there may be no step.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = new_model(config, sizes_of(data, config))
    features = torch.from_numpy(data.features)
    if isinstance(model, TaskEncoder):
        told = data.features if data.sample is None else data.sample.features
        model.components.set_by(told)
        model.scaler.set_by(model.components(features))
    elif isinstance(model, NeighbourEncoder):
        _spread_out(model, features, config)
    elif isinstance(model, TreeEncoder):
        _lay_out_tree(model, data, config)
    elif data.membership is not None:
        _lay_out(model, data.membership, features, config)
        if config.skippable and laminar(data.membership):
            config = replace(config, steps=0)
    return new_state(config, model.to(device))


def _spread_out(
    model: NeighbourEncoder,
    features: Float[Tensor, "tasks channels"],
    config: TrainingConfig,
) -> None:
    """Start with like tasks beside each other; chance parts those that are equal."""
    rng = np.random.default_rng(config.seed)
    with torch.no_grad():
        model.components.set_by(features.numpy())
        model.remember(features)
        place = model.components(features)[:, : config.dim].double()
        place = place / place.std(dim=0, correction=0).clamp(min=1e-6)
        nudge = torch.from_numpy(rng.normal(0, 0.1, model.centre.shape))
        nudge[:, : place.shape[1]] += place
        model.centre.copy_(nudge)


def _lay_out_tree(
    model: TreeEncoder, data: TrainingData, config: TrainingConfig
) -> None:
    """Boxes of tasks of which the smaller one of any two that are related lies inside.

    Read off the pairs that may be learned from: the closest container that is known of
    is taken for the parent.
    """
    known = data.relations
    inside = known.strength == 1
    child = np.where(inside, known.child, known.parent)
    around = np.where(inside, known.parent, known.child)
    once = np.unique(child * np.int64(data.tasks) + around)
    closest = sampling.closest_containers(data.tasks, *np.divmod(once, data.tasks))
    tree, order = depth_first(np.where(closest < data.tasks, closest, -1))
    with torch.no_grad():
        model.components.set_by(data.features)
        model.remember(torch.from_numpy(data.features))
        corners = treeplan.tree_layout(
            tree, data.features[order], dim=config.dim, seed=config.seed
        )
        lower, upper = (corner.astype(np.float32) for corner in corners)
        if not treeplan.separated(tree, (lower, upper)):
            raise DataError(
                f"The boxes of {data.tasks:,} tasks cannot be told apart in 32 bits; "
                "lay out fewer, or a part of the tree."
            )
        row = torch.from_numpy(order)
        model.lower[row] = torch.from_numpy(lower)
        model.upper[row] = torch.from_numpy(upper)


def _lay_out(
    model: SetEncoder,
    membership: Membership,
    features: Float[Tensor, "members channels"],
    config: TrainingConfig,
) -> None:
    by_member = np.argsort(membership.member, kind="stable")
    holders = np.bincount(membership.member, minlength=len(features))
    used = features[torch.from_numpy(holders > 0)].numpy()
    with torch.no_grad():
        model.components.set_by(used)
        model.holder.copy_(torch.from_numpy(membership.task[by_member]))
        model.holders.copy_(torch.from_numpy(holders))
        model.remember(features)
        points = floorplan.layout(
            model.components(features).numpy(),
            membership,
            dim=config.dim,
            frame=config.frame,
            seed=config.seed,
        )
        model.own.copy_(torch.from_numpy(points))


def sizes_of(data: TrainingData, config: TrainingConfig) -> dict[str, int]:
    """Numbers that decide the shape of an encoder."""
    rows, channels = data.features.shape
    used = rows
    if data.membership is not None:
        used = len(np.unique(data.membership.member))
    elif data.sample is not None:
        used = len(data.sample.features)
    sizes = {"channels": channels, "rows": rows}
    sizes |= {"axes": max(min(config.axes, channels, used - 1), 1)}
    if data.membership is not None:
        sizes |= {"tasks": data.tasks, "entries": len(data.membership.member)}
    return sizes


def new_model(config: TrainingConfig, sizes: Mapping[str, int]) -> Encoder:
    """An untrained encoder of `sizes_of` some data."""
    if config.encoder == "set":
        return SetEncoder(**sizes, dim=config.dim, frame=config.frame)
    channels, axes, rows = sizes["channels"], sizes["axes"], sizes["rows"]
    if config.encoder in ("neighbour", "tree"):
        own = {"channels": channels, "axes": axes, "rows": rows, "dim": config.dim}
        tree = config.encoder == "tree"
        return TreeEncoder(**own) if tree else NeighbourEncoder(**own)
    spread = rows ** (1 / config.dim)
    return TaskEncoder(channels=channels, axes=axes, dim=config.dim, spread=spread)


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


def _learning(
    model: Encoder, data: TrainingData, config: TrainingConfig, device: str
) -> Callable[[State, Blends, float], Corners]:
    """What boxes are at a step of the fit: a function of the state and the softness.

    Behind those of the tasks come those of what is made up of them, for a network.

    A task that is the mean of members is seen through other members at every step, and
    a network through other components of vectors: so it learns what small samples of a
    task look like, and not these vectors by heart. Where neighbours tell new tasks,
    some known ones are seen as theirs tell them.
    """
    if isinstance(model, SetEncoder):
        inputs = inputs_of(data.features, data.membership, device)
        return lambda state, blends, softness: corners_of(model, inputs, softness)
    if isinstance(model, NeighbourEncoder):
        view = model.view(torch.from_numpy(data.features).to(device))
        near = model.neighbours(view, torch.arange(data.tasks, device=device))

        def partly_told(state: State, blends: Blends, softness: float) -> Corners:
            told = state.rng.random(data.tasks) < config.told
            return model(near, torch.from_numpy(told).to(device))

        return partly_told
    if isinstance(model, TreeEncoder):
        raise ValueError("The boxes of a tree are laid out, not learned.")
    with torch.no_grad():
        whole = model.view(torch.from_numpy(data.features).to(device))
        if data.sample is not None:
            members = model.view(torch.from_numpy(data.sample.features).to(device))
            members = members.cpu()  # where they are drawn

    def corners(state: State, blends: Blends, softness: float) -> Corners:
        seen = whole
        if data.sample is not None:
            share = some_of_each(data.sample.membership, state.rng, config.seen)
            entries = torch.from_numpy(share @ members.numpy())
            seen = entries.to(device)
        seen = torch.cat([seen, blended(seen, blends)])
        if config.blanked:
            left = state.rng.random(tuple(seen.shape)) >= config.blanked
            mask = torch.from_numpy(left.astype(np.float32) / (1 - config.blanked))
            seen = seen * mask.to(device)
        return model.around(seen)

    return corners
