"""Whether a network does rely on what a map shows, which COSE does not ask."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from core.explanation.classifier import Classifier

CELLS = 14  # a side: places are taken away by cells of a grid
STEPS = 14  # in which all of them are
DRAWS = 20  # of cells that are taken away at once, of infidelity

X = Float[Tensor, "rows channels height width"]
Maps = Float[Tensor, "rows height width"]
Scores = Float[Tensor, " rows"]


@dataclass(frozen=True)
class Lessened:
    """What a network tells of pictures without some of their cells, whatever the map.

    What is taken away becomes the mean of its picture.

    Attributes:
        x: The pictures.
        target: Their classes.
        grey: What all of them becomes without all cells.
        ends: Probabilities of the class of the whole picture, and of the grey one.
        gone: Which cells are taken away (1), draw by draw.
        lost: What the logit loses then.
    """

    x: X
    target: Int[Tensor, " rows"]
    grey: Float[Tensor, "rows channels 1 1"]
    ends: Float[Tensor, "rows 2"]
    gone: Float[Tensor, "rows draws down across"]
    lost: Float[Tensor, "rows draws"]


def lessened(
    classifier: Classifier, x: X, target: Int[Tensor, " rows"], seeds: Sequence[int]
) -> Lessened:
    """Take cells of pictures away, as many and those that the seed of each draws."""
    size = _cells(x)
    gone = []
    for seed in seeds:
        random = torch.Generator().manual_seed(seed)
        share = torch.rand((DRAWS, 1, 1), generator=random)
        gone.append(torch.rand((DRAWS, *size), generator=random) < share)
    cells = torch.stack(gone).to(x)
    grey = x.mean(dim=(2, 3), keepdim=True)
    cut = functional.interpolate(cells, [*x.shape[2:]])
    less = x[:, None] - cut[:, :, None] * (x - grey)[:, None]
    every = torch.cat([x[:, None], grey.expand_as(x)[:, None], less], dim=1)
    logits = classifier.logits(every.flatten(0, 1)).unflatten(0, every.shape[:2])
    own = target[:, None, None].expand(-1, logits.shape[1], 1)
    ends = logits[:, :2].softmax(dim=2).gather(2, own[:, :2])[:, :, 0]
    told = logits.gather(2, own)[:, :, 0]
    return Lessened(x, target, grey, ends, cells, told[:, :1] - told[:, 2:])


def deletion(classifier: Classifier, known: Lessened, maps: Maps) -> Scores:
    """Mean probability of a class as what its map shows highest is taken away.

    Less is better: RISE (Petsiuk et al. 2018).
    """
    return _path(classifier, known, maps, to_grey=True)


def insertion(classifier: Classifier, known: Lessened, maps: Maps) -> Scores:
    """Mean probability of a class as what its map shows highest is put upon grey.

    More is better: RISE (Petsiuk et al. 2018), from the mean of the picture.
    """
    return _path(classifier, known, maps, to_grey=False)


def infidelity(known: Lessened, maps: Maps) -> Scores:
    """Infidelity (Yeh et al. 2019) of maps in the best unit, of cells taken away.

    It is the mean square of the error with which what a map shows in some cells says
    what the logit loses without them: less is better.
    """
    cut = functional.interpolate(known.gone, [*maps.shape[1:]])
    shown = maps * (known.x - known.grey).mean(dim=1)
    said = torch.einsum("rhw,rdhw->rd", shown, cut)
    square = said.square().sum(dim=1)
    unit = (said * known.lost).sum(dim=1) / torch.where(square > 0, square, 1)
    return (unit[:, None] * said - known.lost).square().mean(dim=1)


def _path(
    classifier: Classifier, known: Lessened, maps: Maps, *, to_grey: bool
) -> Scores:
    """Mean probability along the way by the order of maps, by trapezoids."""
    x = known.x
    grey = known.grey.expand_as(x)
    to, begin = (grey, x) if to_grey else (x, grey)
    size = _cells(x)
    cells = functional.adaptive_avg_pool2d(maps[:, None], size).flatten(1)
    order = cells.argsort(dim=1, descending=True, stable=True)
    rank = torch.empty_like(order).scatter_(
        1, order, torch.arange(order.shape[1], device=x.device).expand_as(order)
    )
    most = torch.arange(1, STEPS, device=x.device)[:, None] * order.shape[1] / STEPS
    gone = (rank[:, None] < most).unflatten(2, size)
    cut = functional.interpolate(gone.to(x), [*x.shape[2:]])[:, :, None] > 0
    every = torch.where(cut, to[:, None], begin[:, None])
    shares = classifier.shares(every.flatten(0, 1)).unflatten(0, every.shape[:2])
    own = shares.gather(2, known.target[:, None, None].expand(-1, STEPS - 1, 1))
    return (known.ends.sum(dim=1) / 2 + own.sum(dim=(1, 2))) / STEPS


def _cells(x: X) -> tuple[int, int]:
    return min(CELLS, x.shape[2]), min(CELLS, x.shape[3])
