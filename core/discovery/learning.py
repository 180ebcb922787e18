"""Learning many labellings at once, each with several networks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.discovery.networks import Architecture, Forward, Stack, initial
from core.errors import DataError

BLOCK = 512  # images that are looked at at a time


@dataclass(frozen=True)
class Learning:
    """How networks learn a labelling.

    Attributes:
        architecture: Of every network.
        rate: Of Adam.
        batch: Images of a step.
        steps: At most.
        enough: Share of the images to learn from which, told right, ends learning.
        check: Steps between two looks at that share.
        shared_order: Whether the networks of a labelling see the same batches in the
            same order, as published; else each has an order of its own.
    """

    architecture: Architecture
    rate: float
    batch: int
    steps: int
    enough: float = 0.99
    check: int = 50
    shared_order: bool = False


@dataclass(frozen=True)
class Learned:
    """What became of the networks of every labelling.

    Attributes:
        logits: Of the images that were asked about.
        train_accuracy: On the images that were learned from.
    """

    logits: Float[np.ndarray, "tasks networks asked outputs"]
    train_accuracy: Float[np.ndarray, "tasks networks"]

    @property
    def predictions(self) -> Int[np.ndarray, "tasks networks asked"]:
        """Classes, from 0."""
        return self.logits.argmax(axis=-1)


def learn(
    images: Float[np.ndarray, "images channels height width"],
    labellings: Int[np.ndarray, "tasks images"],
    asked: Float[np.ndarray, "asked channels height width"],
    learning: Learning,
    *,
    networks: int = 3,
    seed: int = 0,
    device: str = "cpu",
) -> Learned:
    """Learn every labelling with several networks, and ask them about other images.

    What a network becomes hangs on its number and the labelling alone, not on what
    else is learned beside it.

    Args:
        images: To learn from.
        labellings: Of these.
        asked: Other images.
        learning: How.
        networks: Of every labelling.
        seed: Of their weights and of the order of images.
        device: To compute on, as torch calls it.

    Raises:
        DataError: There are fewer images than a batch.
    """
    count, tasks = len(images), len(labellings)
    if count < learning.batch:
        raise DataError(
            f"There are {count} images to learn from, fewer than a batch of "
            f"{learning.batch}; give more images, or a --preset of smaller batches."
        )
    x, y, other = (
        torch.from_numpy(one).to(device) for one in (images, labellings, asked)
    )
    outputs = int(labellings.max()) + 1
    forward = Forward(learning.architecture, images.shape[1:], outputs)
    network = torch.arange(networks).repeat(tasks)  # of every member
    task = torch.arange(tasks).repeat_interleave(networks)
    seeds = [member_seed(seed, one) for one in network.tolist()]
    stack = initial(learning.architecture, images.shape[1:], outputs, seeds, device)
    optimizer = _adam(stack, learning.rate)
    logits = np.zeros((len(network), len(asked), outputs), dtype=np.float32)
    accuracy = np.zeros(len(network))
    member = torch.arange(len(network))  # those that still learn
    for step, rows in enumerate(_batches(count, learning, networks, seed), start=1):
        own = rows[network[member]]  # of every member, the rows of its batch
        told = forward(stack, x[rows][network[member]])
        loss = nn.functional.cross_entropy(
            told.flatten(0, 1), y[task[member][:, None], own].flatten(), reduction="sum"
        )
        optimizer.zero_grad()
        (loss / learning.batch).backward()
        optimizer.step()
        last = step == learning.steps
        if not last and step % learning.check:
            continue
        right = _asked(forward, stack, x).argmax(dim=2) == y[task[member]]
        told_right = right.double().mean(dim=1).cpu()
        accuracy[member.numpy()] = told_right.numpy()
        over = (told_right >= learning.enough) | last
        if over.any():
            ended = [one.detach()[over] for one in stack]
            logits[member[over].numpy()] = _asked(forward, ended, other).cpu().numpy()
            stack, optimizer = _fewer(stack, optimizer, ~over, learning.rate)
            member = member[~over]
        if not len(member):
            break
    return Learned(
        logits.reshape(tasks, networks, len(asked), outputs),
        accuracy.reshape(tasks, networks),
    )


def member_seed(seed: int, network: int) -> int:
    """Of the weights that a network begins with."""
    return 1000 * seed + network


def _batches(
    count: int, learning: Learning, networks: int, seed: int
) -> Iterator[Int[Tensor, "networks batch"]]:
    """Rows of every step: each image once in a pass, in a new order every time."""
    orders = [
        np.random.default_rng([seed, 0 if learning.shared_order else one])
        for one in range(networks)
    ]
    left = np.zeros((networks, 0), dtype=np.int64)
    for _ in range(learning.steps):
        if left.shape[1] < learning.batch:
            fresh = np.array([one.permutation(count) for one in orders])
            left = np.concatenate([left, fresh], axis=1)
        yield torch.from_numpy(left[:, : learning.batch])
        left = left[:, learning.batch :]


@torch.no_grad()
def _asked(
    forward: Forward, stack: Stack, x: Float[Tensor, "images channels height width"]
) -> Float[Tensor, "members images outputs"]:
    """What all members say of the same images."""
    members = len(stack[0])
    parts = [
        forward(stack, block.expand(members, *block.shape)) for block in x.split(BLOCK)
    ]
    return torch.cat(parts, dim=1)


def _adam(stack: Stack, rate: float) -> torch.optim.Adam:
    """One for all: of stacked parameters it is one for each."""
    for one in stack:
        one.requires_grad_(True)
    return torch.optim.Adam(stack, lr=rate, fused=True)


def _fewer(
    stack: Stack, optimizer: torch.optim.Adam, keep: Tensor, rate: float
) -> tuple[Stack, torch.optim.Adam]:
    """Some of the members, with what the optimiser knows of them."""
    known = [optimizer.state[one] for one in stack]
    stack = [one.detach()[keep] for one in stack]
    fewer = _adam(stack, rate)
    for one, state in zip(stack, known, strict=True):
        fewer.state[one] = {
            "step": state["step"],
            "exp_avg": state["exp_avg"][keep],
            "exp_avg_sq": state["exp_avg_sq"][keep],
        }
    return stack, fewer
