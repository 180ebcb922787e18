"""Encoders at work: boxes of tasks, known or new, and how well new ones are told."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.baselines.published import PublishedEncoder
from core.boxes import Boxes
from core.learning.model import Corners
from core.learning.neighbour_encoder import NeighbourEncoder
from core.learning.set_encoder import SetEncoder
from core.learning.task_encoder import TaskEncoder
from core.learning.tree_encoder import TreeEncoder
from core.relations import Membership

Encoder = SetEncoder | NeighbourEncoder | TaskEncoder | TreeEncoder  # of our recipes
AnyEncoder = Encoder | PublishedEncoder


def place(
    model: AnyEncoder,
    features: Float[np.ndarray, "rows channels"],
    membership: Membership | None,
    names: tuple[str, ...],
    *,
    known: bool = True,
) -> Boxes:
    """Exact boxes of tasks: one forward pass.

    Args:
        model: A fitted encoder.
        features: What it reads.
        membership: Rows of `features` of every task; None where each is a task's own.
        names: Of the tasks.
        known: Whether `features` are those that it was fitted to, row by row. The
            tasks may be new all the same, of known members.
    """
    device = next(model.parameters()).device
    with torch.no_grad():
        inputs = inputs_of(features, membership, str(device))
        if isinstance(model, SetEncoder) and not known:
            rows, member, counts = inputs
            lower, upper = model.around_most(model.told(rows), member, counts)
        elif isinstance(model, NeighbourEncoder | TreeEncoder) and not known:
            lower, upper = model.told(*inputs)
        else:
            lower, upper = corners_of(model, inputs, softness=0.0)
    return Boxes(lower.cpu().numpy(), upper.cpu().numpy(), names)


def explained(model: SetEncoder) -> float:
    """Share of the variance of members' points that other members tell.

    Every known member is placed as if it were new and its own point unknown: 1 where it
    comes to lie just there, below 0 where one point for all would do better.
    """
    with torch.no_grad():
        points = model.known()
        used = model.known_row
        told = points[model.likest(model.known_view, 1, itself=used).squeeze(1)]
        points = points[used]
        rest = ((points - told) ** 2).sum()
        return 1 - float(rest / ((points - points.mean(dim=0)) ** 2).sum())


def inputs_of(
    features: Float[np.ndarray, "rows channels"],
    membership: Membership | None,
    device: str,
) -> tuple[Tensor, ...]:
    """Arguments of `corners_of`: features, and whose they are where members are."""
    arrays = [np.ascontiguousarray(features, dtype=np.float32)]
    if membership is not None:
        arrays += [membership.member.astype(np.int64), membership.counts]
    return tuple(torch.from_numpy(array).to(device) for array in arrays)


def corners_of(
    model: AnyEncoder, inputs: tuple[Tensor, ...], softness: float
) -> Corners:
    """Corners of tasks whose `inputs_of` are vectors, or members that are known."""
    if isinstance(model, SetEncoder):
        _, member, counts = inputs
        return model(model.known(), member, counts, softness)
    if isinstance(model, NeighbourEncoder | TreeEncoder):
        return model.known()
    return model(*inputs)
