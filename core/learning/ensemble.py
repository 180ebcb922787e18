"""Boxes of new tasks drawn again and again: what their places hang on.

Each draw compares with a bootstrap of what is known only (some 63 % of it), and looks
at a bootstrap of the members of a new task. What is known stays where it is, so that
boxes of all draws can be compared.
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.learning.neighbour_encoder import NEIGHBOURS, NeighbourEncoder
from core.learning.placing import AnyEncoder, corners_of
from core.learning.resemblance import Resemblance
from core.learning.set_encoder import SetEncoder
from core.learning.tree_encoder import TreeEncoder
from core.relations import Membership
from core.spread import Spread, spread_of

DRAWS = 16
# Known ones looked up once, the likest first; a draw takes the first that it kept. That
# it kept none of them has a chance of 0.368^16, one in ten million.
LIKEST = 16


def spread(
    model: AnyEncoder,
    features: Float[np.ndarray, "rows channels"],
    membership: Membership | None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Spread:
    """How far the boxes of new tasks lie apart over draws; the same for the same seed.

    A network that reads one vector a task compares it with nothing, so that nothing is
    known of the spread of a task of one vector there.

    Args:
        model: A fitted encoder.
        features: A row per member where `membership` says whose, else per task.
        membership: Rows of `features` of every task.
        draws: Placements of every task.
        seed: Of the draws; what a task's are does not depend on which others there are.
    """
    known, own = np.random.default_rng(seed).spawn(2)
    rows = torch.from_numpy(np.ascontiguousarray(features, dtype=np.float32))
    each = np.arange(len(features) + 1)
    whose = membership or Membership(each[:-1], each)
    drawn = _drawn(whose, draws, own)
    told = whose.counts > 1
    with torch.no_grad():
        if isinstance(model, SetEncoder):
            lower, upper = _sets(model, rows, whose, _kept(model, draws, known), drawn)
        elif isinstance(model, NeighbourEncoder | TreeEncoder):
            vectors = _means(rows, whose, drawn)
            lower, upper = _neighbours(model, vectors, _kept(model, draws, known))
        else:
            vectors = _means(rows, whose, drawn)
            lower, upper = corners_of(model, (vectors.flatten(0, 1),), 0.0)
    shape = (draws, len(whose.counts), -1)
    return spread_of(
        lower.reshape(shape).numpy(),
        upper.reshape(shape).numpy(),
        told | isinstance(model, Resemblance),
    )


def _kept(model: Resemblance, draws: int, rng: np.random.Generator) -> Tensor:
    """Which rows of the known features every draw compares with, as flags."""
    used = model.known_row.numpy()
    flags = np.zeros((draws, used.max() + 1), dtype=bool)
    # In ascending order, so that a draw is the same however rows are grouped.
    chosen = np.sort(used)[rng.integers(len(used), size=(draws, len(used)))]
    np.put_along_axis(flags, chosen, True, axis=1)
    return torch.from_numpy(flags)


def _drawn(
    membership: Membership, draws: int, rng: np.random.Generator
) -> Int[np.ndarray, "draws entries"]:
    """A bootstrap of every task's members, draw by draw."""
    counts, start = membership.counts, membership.start
    at = np.arange(len(membership.member)) - np.repeat(start[:-1], counts)
    # By place in the task: longer tasks beside it change nothing.
    chance = rng.random((int(counts.max()), draws))[at].T
    within = (chance * np.repeat(counts, counts)).astype(np.int64)
    return np.asarray(membership.member[np.repeat(start[:-1], counts) + within])


Drawn = tuple[
    Float[Tensor, "draws_and_tasks dim"], Float[Tensor, "draws_and_tasks dim"]
]


def _sets(
    model: SetEncoder,
    rows: Float[Tensor, "rows channels"],
    membership: Membership,
    kept: Tensor,
    drawn: Int[np.ndarray, "draws entries"],
) -> Drawn:
    """Boxes of sets of members, one draw after another."""
    draws = len(kept)
    near = model.likest(model.view(rows), min(LIKEST, len(model.known_row)))
    first = kept[:, near].to(torch.uint8).argmax(dim=2)
    told = near[torch.arange(len(near)), first]
    points = model.known()[told].flatten(0, 1)
    member = torch.from_numpy(drawn + len(rows) * np.arange(draws)[:, None]).flatten()
    counts = torch.from_numpy(membership.counts).repeat(draws)
    return model.around_most(points, member, counts)


def _means(
    rows: Float[Tensor, "rows channels"],
    membership: Membership,
    drawn: Int[np.ndarray, "draws entries"],
) -> Float[Tensor, "draws tasks channels"]:
    """The mean vector of every task's drawn members."""
    counts = torch.from_numpy(membership.counts)
    means = [
        torch.segment_reduce(rows[torch.from_numpy(one)], "mean", lengths=counts)
        for one in drawn
    ]
    return torch.stack(means)


def _neighbours(
    model: NeighbourEncoder | TreeEncoder,
    vectors: Float[Tensor, "draws tasks channels"],
    kept: Tensor,
) -> Drawn:
    """Boxes of single vectors: each the mean of the likest ones that its draw kept."""
    draws, tasks, _ = vectors.shape
    known = len(model.known_row)
    near = model.likest(model.view(vectors.flatten(0, 1)), min(2 * LIKEST, known))
    draw = torch.arange(draws).repeat_interleave(tasks)[:, None]
    first = (~kept[draw, near]).to(torch.uint8).argsort(dim=1, stable=True)
    if isinstance(model, TreeEncoder):
        likest = near.gather(1, first[:, :1]).squeeze(1)
        lower, upper = model.known()
        return lower[likest], upper[likest]
    return model.mean_box(near.gather(1, first[:, : min(NEIGHBOURS, known)]))
