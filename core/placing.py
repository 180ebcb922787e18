"""Encoders at work: boxes of tasks, known or new, and what the map knows of them."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.boxes import Boxes
from core.model import Corners, SetEncoder, TaskEncoder
from core.recipe import TrainingConfig
from core.relations import Membership

Encoder = SetEncoder | TaskEncoder


def new_model(
    config: TrainingConfig, *, channels: int, rows: int, members: int
) -> Encoder:
    """An untrained encoder whose boxes spread over a cube that holds `rows` leaves."""
    spread = rows ** (1 / config.dim)
    if config.encoder == "set":
        return SetEncoder(
            channels,
            config.dim,
            spread=spread,
            frame=config.frame,
            anchors=members if config.laid_out else 0,
        )
    return TaskEncoder(channels, config.dim, spread=spread)


def place(
    model: Encoder,
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
        lower, upper = corners_of(model, inputs, softness=0.0, known=known)
    return Boxes(lower.cpu().numpy(), upper.cpu().numpy(), names)


def explained(
    model: SetEncoder, features: Float[np.ndarray, "members channels"]
) -> float:
    """Share of the variance of the known members' points that the map alone tells.

    1 where they have no points of their own; below 0 where the map is worse than one
    point for all.
    """
    device = next(model.parameters()).device
    with torch.no_grad():
        inputs = torch.tensor(features.astype(np.float32), device=device)
        points, told = model.known(inputs), model.mapped(inputs)
    rest = ((points - told) ** 2).sum()
    return 1 - float(rest / ((points - points.mean(dim=0)) ** 2).sum())


def inputs_of(
    features: Float[np.ndarray, "rows channels"],
    membership: Membership | None,
    device: str,
) -> tuple[Tensor, ...]:
    """Arguments of the encoder's forward pass, but for the softness."""
    arrays = [features.astype(np.float32)]
    if membership is not None:
        arrays += [membership.member.astype(np.int64), membership.counts]
    return tuple(torch.tensor(array, device=device) for array in arrays)


def corners_of(
    model: Encoder, inputs: tuple[Tensor, ...], softness: float, *, known: bool
) -> Corners:
    """Corners of tasks whose `inputs_of` are known members, or new ones."""
    if isinstance(model, SetEncoder):
        features, member, counts = inputs
        points = model.known(features) if known else model.mapped(features)
        return model(points, member, counts, softness)
    return model(*inputs)
