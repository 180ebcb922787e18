"""Maps of what a logit loses where parts of a picture are covered by zeros.

Both are those of captum, which takes longer: LIME explains one picture at a time there
(3.9 times as long at 28 x 28 pixels, 1.08 at 224), occlusion 1.12 and 1.04 times, and
both one class at a time, so that pictures told wrong, of which two classes are
explained, are covered twice.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.explanation.classifier import Classifier

PATCHES = 7  # a side: patches of LIME, and of occlusion, which covers 2 x 2 of 8 x 8
DRAWS = 100  # of covered patches, that LIME learns of
RIDGE = 1.0  # that keeps its weights small
TOP = 10  # patches that LIME tells of

X = Float[Tensor, "rows channels height width"]
Targets = Int[Tensor, "rows classes"]
MapsOfEach = Float[Tensor, "rows classes height width"]


def occlusion(
    classifier: Classifier, x: X, targets: Targets, _: Sequence[int]
) -> MapsOfEach:
    """What the logit loses where a square is covered (Zeiler and Fergus 2014).

    A place is told the mean of all squares that cover it.
    """
    down, across = (_spans(length).to(x.device) for length in x.shape[2:])
    covered = (down[:, None, :, None] & across[None, :, None, :]).flatten(0, 1)
    kept = ~torch.cat([torch.zeros_like(covered[:1]), covered])
    told = _told(classifier, x, kept.expand(len(x), -1, -1, -1), targets)
    lost = told[:, :1] - told[:, 1:]
    square = covered.to(x.dtype)
    maps = torch.einsum("rsc,shw->rchw", lost, square) / square.sum(dim=0)
    return maps.relu()


def lime(
    classifier: Classifier, x: X, targets: Targets, seeds: Sequence[int]
) -> MapsOfEach:
    """A linear model of which patches are there (Ribeiro et al. 2016).

    The patches are those of a grid. Pictures count by how near they are to the whole
    one, by the angle between both; the ten patches that weigh most are 1 or -1.
    """
    patch = _grid(x.shape[2], x.shape[3]).to(x.device)
    shape = (DRAWS, int(patch.max()) + 1)
    random = [torch.Generator().manual_seed(seed) for seed in seeds]
    draws = [torch.rand(shape, generator=one) for one in random]
    there = (torch.stack(draws) < 0.5).to(x.device)
    told = _told(classifier, x, there[:, :, patch], targets).double()
    z = there.double()
    energy = x.double().square().sum(dim=1).flatten(1)
    energy = torch.zeros_like(z[:, 0]).index_add(1, patch.flatten(), energy)
    whole = energy.sum(dim=1, keepdim=True).clamp(min=1e-12)
    angle = ((z @ energy[:, :, None])[:, :, 0] / whole).sqrt()  # its cosine
    near = torch.exp(-((1 - angle) ** 2) / 2)[:, :, None]
    z, told = (one - (near * one).sum(1, True) / near.sum(1, True) for one in (z, told))
    square = (near * z).mT @ z + RIDGE * torch.eye(shape[1]).to(z)
    weight = torch.linalg.solve(square, (near * z).mT @ told).mT
    most = weight.abs().topk(min(TOP, shape[1]), dim=2).indices
    signs = torch.zeros_like(weight).scatter(2, most, weight.sign().gather(2, most))
    return signs.to(x.dtype)[:, :, patch]


def _told(
    classifier: Classifier,
    x: X,
    kept: Bool[Tensor, "rows parts height width"],
    targets: Targets,
) -> Float[Tensor, "rows parts classes"]:
    """Logits of parts of pictures, all else being zero."""
    found = []
    with torch.no_grad():
        every = torch.arange(kept.shape[0] * kept.shape[1], device=x.device)
        for at in every.split(classifier.rows):
            row, part = at // kept.shape[1], at % kept.shape[1]
            some = x[row] * kept[row, part, None]
            found.append(classifier.network(some).gather(1, targets[row]))
    return torch.cat(found).unflatten(0, kept.shape[:2])


def _spans(length: int) -> Bool[Tensor, "squares length"]:
    """Which places of a side every square covers; the next begins in its middle."""
    step = max(1, length // (PATCHES + 1))
    size = min(2 * step, length)
    begin = torch.arange(-(-(length - size) // step) + 1)[:, None] * step
    place = torch.arange(length)
    return (place >= begin) & (place < begin + size)


def _grid(height: int, width: int) -> Int[Tensor, "height width"]:
    down = torch.arange(height) * PATCHES // height
    across = torch.arange(width) * PATCHES // width
    return down[:, None] * PATCHES + across
