"""How much members look like those that an encoder was fitted to."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from core.familiarity import Familiarity, Looks, familiarity
from core.learning.model import Components
from core.learning.placing import AnyEncoder
from core.learning.resemblance import Resemblance
from core.learning.task_encoder import TaskEncoder

AXES = 128  # compared where an encoder has none of its own
ASKED = 6000  # known members that say where a map ends, evenly from all
PARTS = 5  # of these; the axes that judge one are of the four other parts
MORE = 16  # axes that are looked for beside those that count, which sharpens these
ROUNDS = 2  # of a subspace iteration


def likeness(
    model: AnyEncoder, features: Float[np.ndarray, "rows channels"]
) -> Resemblance:
    """What new members are compared with; the features are those it was fitted to."""
    if isinstance(model, Resemblance):
        return model
    axes = min(AXES, *features.shape)
    known = Resemblance(features.shape[1], axes)
    if isinstance(model, TaskEncoder):
        known.components = model.components
    else:
        known.components = Components(features.shape[1], axes)
        known.components.set_by(features)
    known.remember(torch.from_numpy(features.astype(np.float32)))
    return known


def familiar(
    known: Resemblance, features: Float[np.ndarray, "rows channels"]
) -> Familiarity:
    """Where the map of these features ends."""
    every = known.known_row.sort().values
    at = np.linspace(0, len(every) - 1, min(ASKED, len(every))).astype(np.int64)
    rows = every[at]
    some = torch.from_numpy(features[rows.numpy()].astype(np.float32))
    with torch.no_grad():
        cosine, _ = known.compared(known.view(some), 1, itself=rows)
        centred = some - known.components.centre
        left = beyond_others(centred, known.components.axes.shape[1])
    return familiarity(
        Looks(cosine[:, 0].numpy(), left.numpy(), some.norm(dim=1).numpy())
    )


def looks(known: Resemblance, new: Float[np.ndarray, "rows channels"]) -> Looks:
    """How much new members look like the known ones."""
    rows = torch.from_numpy(np.ascontiguousarray(new, dtype=np.float32))
    with torch.no_grad():
        cosine, _ = known.compared(known.view(rows), 1)
        centred = rows - known.components.centre
        left = beyond(centred, known.components.axes)
    return Looks(cosine[:, 0].numpy(), left.numpy(), rows.norm(dim=1).numpy())


def beyond_others(
    centred: Float[Tensor, "rows channels"], axes: int
) -> Float[Tensor, " rows"]:
    """Share of every row outside the main axes, found without the fifth that it is in.

    Axes keep more of what they were found by: judged by axes that know it, a member
    looks like any other, and every new one strange. They are found by a randomised
    subspace iteration (Halko, Martinsson and Tropp, SIAM Review 2011).
    """
    rows, channels = centred.shape
    part = torch.arange(rows) % min(PARTS, rows)
    wide = rows < channels
    whole = None if wide else centred.T @ centred
    found = centred.new_empty(rows)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for one in range(int(part.max()) + 1):
            new = centred[part == one]
            # Of more rows than channels the products have the same axes, and are less.
            others = centred[part != one] if whole is None else whole - new.T @ new
            most = min(axes + MORE, *others.shape)
            _, _, main = torch.svd_lowrank(others, q=most, niter=ROUNDS)
            found[part == one] = beyond(new, main[:, :axes])
    return found


def beyond(
    centred: Float[Tensor, "rows channels"], axes: Float[Tensor, "channels axes"]
) -> Float[Tensor, " rows"]:
    """Share of the squared length of every row outside axes; 0 of one of no length."""
    whole = (centred**2).sum(dim=1)
    within = ((centred @ axes) ** 2).sum(dim=1)
    share = (1 - within / whole).clamp(0, 1)
    return torch.where(whole > 0, share, torch.zeros_like(share))
