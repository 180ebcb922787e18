"""Whether a network does rely on what a map shows, which COSE does not ask."""

from collections.abc import Sequence

import torch
from captum.metrics import infidelity
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from core.explanation.classifier import ROOM, Classifier

CELLS = 14  # a side: places are taken away by cells of a grid
STEPS = 14  # in which all of them are
DRAWS = 20  # of cells that are taken away at once, of infidelity

X = Float[Tensor, "rows channels height width"]
Maps = Float[Tensor, "rows height width"]
Scores = Float[Tensor, " rows"]


def deletion(
    classifier: Classifier, x: X, target: Int[Tensor, " rows"], maps: Maps
) -> Scores:
    """Mean probability of a class as what its map shows highest is taken away.

    Less is better: RISE (Petsiuk et al. 2018). What is taken away becomes the mean of
    its picture.
    """
    return _path(classifier, x, target, maps, _mean(x), x)


def insertion(
    classifier: Classifier, x: X, target: Int[Tensor, " rows"], maps: Maps
) -> Scores:
    """Mean probability of a class as what its map shows highest is put upon grey.

    More is better: RISE (Petsiuk et al. 2018), from the mean of the picture.
    """
    return _path(classifier, x, target, maps, x, _mean(x))


def unfaithful(
    classifier: Classifier,
    x: X,
    target: Int[Tensor, " rows"],
    maps: Maps,
    seeds: Sequence[int],
) -> Scores:
    """Infidelity (Yeh et al. 2019) of maps in the best unit, of cells taken away.

    It is the mean square of the error with which what a map shows in some cells says
    what the logit loses without them: less is better.
    """
    each = maps[:, None].expand_as(x) / x.shape[1]
    grey = _mean(x).repeat_interleave(DRAWS, dim=0)
    size = (min(CELLS, x.shape[2]), min(CELLS, x.shape[3]))
    gone = []
    for seed in seeds:
        random = torch.Generator().manual_seed(seed)
        share = torch.rand((DRAWS, 1, 1, 1), generator=random)
        gone.append(torch.rand((DRAWS, 1, *size), generator=random) < share)
    cells = torch.cat(gone).float()
    cut = functional.interpolate(cells, [*x.shape[2:]]).to(x.device)

    def without(every: Tensor) -> tuple[Tensor, Tensor]:
        lost = cut * (every - grey)
        return lost, every - lost

    def logits(every: Tensor) -> Tensor:
        parts = every.split(classifier.rows(ROOM))
        return torch.cat([classifier.network(some) for some in parts])

    with torch.no_grad():
        return infidelity(
            logits,
            without,
            x,
            each,
            target=target,
            n_perturb_samples=DRAWS,
            normalize=True,
        )


def _path(
    classifier: Classifier,
    x: X,
    target: Int[Tensor, " rows"],
    maps: Maps,
    to: Tensor,
    begin: Tensor,
) -> Scores:
    """Mean probability along the way from `begin` to `to`, by the order of maps."""
    size = (min(CELLS, x.shape[2]), min(CELLS, x.shape[3]))
    cells = functional.adaptive_avg_pool2d(maps[:, None], size).flatten(1)
    order = cells.argsort(dim=1, descending=True, stable=True)
    rank = torch.empty_like(order).scatter_(
        1, order, torch.arange(order.shape[1], device=x.device).expand_as(order)
    )
    total = torch.zeros(len(x), device=x.device)
    for step in range(STEPS + 1):
        gone = (rank < step * order.shape[1] / STEPS).reshape(len(x), 1, *size)
        cut = functional.interpolate(gone.float(), [*x.shape[2:]])
        shares = classifier.shares(cut * to + (1 - cut) * begin)
        ends = 0.5 if step in (0, STEPS) else 1.0  # trapezoids
        total += ends * shares.gather(1, target[:, None])[:, 0] / STEPS
    return total


def _mean(x: Tensor) -> Tensor:
    return x.mean(dim=(2, 3), keepdim=True)
