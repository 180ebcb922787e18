"""A fit by several processes that torchrun started: each learns of a part of the pairs.

All have the same data, weights and generator and draw the same pairs; of these each
takes every so-manieth, and torch's DistributedDataParallel makes the gradients those of
all. So together they do what one process does, but for the order in which numbers are
added up. The first process reads checkpoints, writes and prints; the others compute.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, distributed, nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from core.errors import DataError

Value = TypeVar("Value")
Loss = Float[Tensor, ""]


@dataclass(frozen=True)
class Group:
    """The processes of a fit, of which this one has the number `rank`."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and prints."""
        return self.rank == 0

    @property
    def part(self) -> slice:
        """Which of what all have drawn is for this process."""
        return slice(self.rank, None, self.size)


ALONE = Group()


@contextmanager
def joined(device: str) -> Iterator[Group]:
    """The group that torchrun says this process is of; alone without it.

    Graphics cards speak by NCCL where each process has one, all else by Gloo.

    Raises:
        DataError: Another process of the group ended before its time.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    backend = "gloo"
    if device == "cuda":
        cards, local = torch.cuda.device_count(), int(os.environ["LOCAL_RANK"])
        torch.cuda.set_device(local % cards)
        if int(os.environ["LOCAL_WORLD_SIZE"]) <= cards:
            backend = "nccl"
    store, rank, size = next(rendezvous("env://"))
    # What processes before a restart have said in the store is of no use any more.
    store = PrefixStore(f"attempt {_attempt()}", store)
    distributed.init_process_group(backend, store=store, rank=rank, world_size=size)
    try:
        yield Group(rank, size)
    except RuntimeError as error:
        if _is_lost(error):
            raise DataError(
                "Another process of this fit has ended; the same command with --resume "
                "goes on from the last checkpoint."
            ) from error
        raise
    finally:
        distributed.destroy_process_group()


def restarted() -> bool:
    """Whether torchrun has started this process anew, as one of the group ended."""
    return _attempt() > 0


def _attempt() -> int:
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def shared(
    model: nn.Module, loss: Callable[[Value], Loss], group: Group
) -> Callable[[Value], Loss]:
    """The loss of this process, whose gradient is the mean of those of all."""
    if group.size == 1:
        return loss
    return DistributedDataParallel(_Lossy(model, loss))


def mean(value: float, group: Group) -> float:
    """The mean of a number over all processes."""
    if group.size == 1:
        return value
    return float(_summed(value)) / group.size


def any_of(flag: bool, group: Group) -> bool:
    """Whether it is so in any process: all do the same then."""
    return flag if group.size == 1 else bool(_summed(float(flag)))


def wait(group: Group) -> None:
    """Go on when all have come here."""
    any_of(False, group)


class _Lossy(nn.Module):
    """What is computed by a model as a forward pass; buffers need not be shared."""

    def __init__(self, model: nn.Module, loss: Callable[[Any], Loss]) -> None:
        super().__init__()
        self.weights = nn.ParameterList(model.parameters())
        self.loss = loss

    def forward(self, value: Any) -> Loss:
        """The loss."""
        return self.loss(value)


def _summed(value: float) -> Tensor:
    nccl = distributed.get_backend() == "nccl"
    total = torch.tensor(value, dtype=torch.float64, device="cuda" if nccl else "cpu")
    distributed.all_reduce(total)
    return total


def _is_lost(error: RuntimeError) -> bool:
    """Whether what failed is the connection to another process."""
    return isinstance(error, distributed.DistError) or "gloo" in str(error).lower()
