"""Search for tasks that networks agree on, by gradients through their learning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.discovery.networks import Architecture, Forward, initial
from core.discovery.tasks import TaskEncoder
from core.discovery.unrolling import disagreement, uniformity, unrolled

Seen = Float[np.ndarray, "images ..."]  # pixels, or frozen features, of all images
CLIP = 1.0  # norm of a gradient through the steps of learning, which may explode


@dataclass(frozen=True)
class Search:
    """How tasks are searched for.

    Attributes:
        encoder: Whose half spaces are tasks.
        learner: That learns a task, twice.
        tasks: Sought at once.
        dim: Of the encoder, at least as many.
        steps: Of the encoder.
        together: Tasks of a step, drawn from all.
        inner: Steps of a learner.
        inner_rate: Of its gradient descent; of a perceptron for 64 inputs, and less
            for more of them, all of which pull at a unit.
        batch: Images of its steps.
        asked: Images, not learned from, on which both learners are compared.
        temperature: How sharply an image lies on one side.
        uniformity: Weight of the loss that keeps tasks apart.
        rate: Of Adam, for the encoder.
        sparing: Whether learning is computed again on the way back, to save memory.
    """

    encoder: Architecture
    learner: Architecture
    tasks: int
    dim: int
    steps: int
    together: int
    inner: int
    inner_rate: float
    batch: int
    asked: int
    uniformity: float
    temperature: float = 5.0
    rate: float = 1e-3
    sparing: bool = False


@dataclass(frozen=True)
class Found:
    """The encoder after some steps.

    Attributes:
        step: Number of steps taken.
        encoder: As it is now.
        adam: State of its optimiser, to go on from.
        loss: What learners disagreed on in this step.
        diverged: Whether it stopped because the loss was not finite; the encoder is the
            one before.
    """

    step: int
    encoder: TaskEncoder
    adam: torch.optim.Adam
    loss: float
    diverged: bool = False


def start(
    search: Search, shape: tuple[int, ...], seed: int, device: str = "cpu"
) -> Found:
    """The search before its first step: a random encoder, the same on all devices."""
    encoder = TaskEncoder(search.encoder, shape, search.dim, search.tasks, seed)
    return _state(0, encoder.to(device), search, float("nan"))


def _state(step: int, encoder: TaskEncoder, search: Search, loss: float) -> Found:
    adam = torch.optim.Adam(encoder.backbone.parameters(), lr=search.rate)
    return Found(step, encoder, adam, loss)


def searched(
    found: Found,
    search: Search,
    seen: Seen,
    pixels: Float[np.ndarray, "images channels height width"],
    learn: Int[np.ndarray, " learn"],
    held: Int[np.ndarray, " held"],
    seed: int,
) -> Iterator[Found]:
    """Go on from a state, handing over every step; the last is the result.

    Args:
        found: Where to go on.
        search: How.
        seen: What the encoder sees of all images.
        pixels: What learners see of them.
        learn: Rows that learners learn from.
        held: Rows on which they are compared.
        seed: Of the draws; those of a step hang on its number alone.
    """
    encoder, adam = found.encoder, found.adam
    forward = Forward(search.learner, pixels.shape[1:], 2)
    device = encoder.directions.device
    sees, shows = (torch.from_numpy(one).to(device) for one in (seen, pixels))
    for step in range(found.step, search.steps):
        rng = np.random.default_rng([seed, step])
        before = {key: one.clone() for key, one in encoder.state_dict().items()}
        disagreed, apart = _losses(
            encoder, search, forward, sees, shows, learn, held, rng
        )
        loss = disagreed + search.uniformity * apart
        adam.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(encoder.backbone.parameters(), CLIP)
        if not (loss.isfinite() and norm.isfinite()):
            encoder.load_state_dict(before)
            yield Found(step, encoder, adam, float("nan"), diverged=True)
            return
        adam.step()
        yield Found(step + 1, encoder, adam, float(disagreed.detach()))


def _losses(
    encoder: TaskEncoder,
    search: Search,
    forward: Forward,
    sees: Tensor,
    shows: Tensor,
    learn: Int[np.ndarray, " learn"],
    held: Int[np.ndarray, " held"],
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    """What two fresh learners of every task disagree on, and how uneven the tasks are.

    Both see images of their own; those of one step are the same for all tasks.
    """
    tasks = rng.permutation(search.tasks)[: search.together]
    size = (search.inner, 2, search.batch)
    drawn = torch.from_numpy(rng.choice(learn, size))
    asked = torch.from_numpy(rng.permutation(held)[: search.asked])
    h = encoder(sees[drawn.flatten()])
    chances = encoder.chances(h, search.temperature)[tasks]
    chances = chances.reshape(len(tasks), *size, 2)
    batches = (
        _batch(shows[drawn[step]], chances[:, step]) for step in range(search.inner)
    )
    seeds = rng.integers(2**31, size=2 * len(tasks)).tolist()
    stack = initial(search.learner, shows.shape[1:], 2, seeds, str(shows.device))
    stack = unrolled(
        forward, stack, batches, _inner_rate(search, shows), sparing=search.sparing
    )
    x = shows[asked]
    logits = forward(stack, x.expand(2 * len(tasks), *x.shape))
    disagreed = disagreement(logits[0::2], logits[1::2]).mean()
    return disagreed, uniformity(h[: 4 * search.asked])


def _inner_rate(search: Search, shows: Tensor) -> float:
    flat = search.learner.kind == "mlp"
    return search.inner_rate * (64 / shows[0].numel() if flat else 1.0)


def _batch(x: Tensor, chances: Tensor) -> tuple[Tensor, Tensor]:
    """Images of two learners for the learners of all tasks, and their soft labels."""
    return x.repeat(len(chances), *[1] * (x.ndim - 1)), chances.flatten(0, 1)


def arrays_of(found: Found) -> dict[str, np.ndarray]:
    """A state as arrays, to be stored."""
    known = found.encoder.state_dict()
    arrays = {f"encoder.{key}": one.cpu().numpy() for key, one in known.items()}
    for number, state in found.adam.state_dict()["state"].items():
        for key, one in state.items():
            arrays[f"adam.{number}.{key}"] = one.cpu().numpy()
    return arrays | {"step": np.array(found.step), "loss": np.array(found.loss)}


def stored(
    arrays: Mapping[str, np.ndarray],
    search: Search,
    shape: tuple[int, ...],
    device: str = "cpu",
) -> Found:
    """The state that `arrays_of` described."""
    encoder = TaskEncoder(search.encoder, shape, search.dim, search.tasks, 0)
    encoder.load_state_dict(
        {
            key.removeprefix("encoder."): torch.tensor(one)
            for key, one in arrays.items()
            if key.startswith("encoder.")
        }
    )
    loss = float(arrays["loss"])
    found = _state(int(arrays["step"]), encoder.to(device), search, loss)
    states: dict[int, dict[str, Tensor]] = {}
    for key, one in arrays.items():
        if key.startswith("adam."):
            _, number, what = key.split(".")
            states.setdefault(int(number), {})[what] = torch.tensor(one)
    whole = found.adam.state_dict() | {"state": states}
    found.adam.load_state_dict(whole)
    return found
