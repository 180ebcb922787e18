"""Saliency methods: maps of what a class owes to which places of a picture.

All explain logits, whose gradients do not vanish where a class is near certain. A map
never hangs on the others of its batch: what is drawn by chance is drawn from the seed
of its row. Captum explains; what it lacks or would take longer for is ours.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.errors import DataError
from core.explanation.cams import gradcam, gradcam_plus_plus
from core.explanation.classifier import Classifier
from core.explanation.controls import CONTROLS
from core.explanation.covering import lime, occlusion
from core.explanation.gradients import (
    blur_ig,
    gradient,
    guided_ig,
    integrated_gradients,
    smoothgrad,
)

X = Float[Tensor, "rows channels height width"]
Target = Int[Tensor, " rows"]
Targets = Int[Tensor, "rows classes"]
Maps = Float[Tensor, "rows height width"]
MapsOfEach = Float[Tensor, "rows classes height width"]
Method = Callable[[Classifier, X, Target, Sequence[int]], Maps]
Watching = Callable[[Classifier, X, Targets, Sequence[int]], MapsOfEach]


def maps_of(
    method: str,
    classifier: Classifier,
    x: X,
    target: Target,
    seeds: Sequence[int],
) -> Maps:
    """Saliency maps from 0 to 1 of every row for its class; see `maps_of_each`."""
    return maps_of_each(method, classifier, x, target[:, None], seeds)[:, 0]


def maps_of_each(
    method: str,
    classifier: Classifier,
    x: X,
    targets: Targets,
    seeds: Sequence[int],
    *,
    deep: Tensor | None = None,
) -> MapsOfEach:
    """Saliency maps from 0 to 1 of every row for each of its classes.

    What the classes of a row share is computed once: all where they are the same, and
    every way through the network where a method only watches what it tells.

    Args:
        method: One of `METHODS`.
        classifier: Whose logits are explained.
        x: Prepared pictures.
        targets: Classes.
        seeds: Of what is drawn by chance, row by row.
        deep: What the lower half of the network makes of `x`, where it is known.

    Raises:
        DataError: The network has no layer that the method needs, or a map is not
            finite.
    """
    rows, targets = classifier.rows, targets.to(x.device)
    if method in WATCHING:
        parts = [
            WATCHING[method](classifier, *some, seeds[k * rows : (k + 1) * rows])
            for k, some in enumerate(
                zip(x.split(rows), targets.split(rows), strict=True)
            )
        ]
        found = torch.cat(parts)
    else:
        given = x
        if method in CAMS:
            _ = classifier.seen  # tells where there is nothing to make them of
            given = classifier.deep(x) if deep is None else deep
        row, column = (targets != targets[:, :1]).nonzero(as_tuple=True)
        every = torch.cat([torch.arange(len(x), device=x.device), row])
        target = torch.cat([targets[:, 0], targets[row, column]])
        parts = [
            ONE_CLASS[method](
                classifier, given[some], one, [seeds[k] for k in some.tolist()]
            )
            for some, one in zip(every.split(rows), target.split(rows), strict=True)
        ]
        maps = torch.cat(parts)
        found = maps[: len(x), None].repeat(1, targets.shape[1], 1, 1)
        found[row, column] = maps[len(x) :]
    found = found.detach()
    if not found.isfinite().all():
        raise DataError(
            f"{method} of {classifier.name!r} gives values that are not finite, which "
            "its gradients are; use smooth layers, or another method."
        )
    return stretched(found)


def stretched(maps: MapsOfEach) -> MapsOfEach:
    """Maps from 0 to 1 each; constant ones are 0."""
    low = maps.amin(dim=(-2, -1), keepdim=True)
    extent = maps.amax(dim=(-2, -1), keepdim=True) - low
    return (maps - low) / torch.where(extent > 0, extent, 1)


CAMS: dict[str, Method] = {"gradcam": gradcam, "gradcam++": gradcam_plus_plus}
# Of what they are told, so that several classes of a picture ask no more of a network.
WATCHING: dict[str, Watching] = {"occlusion": occlusion, "lime": lime}
ONE_CLASS: dict[str, Method] = {
    **CAMS,
    "gradient": gradient,
    "integrated-gradients": integrated_gradients,
    "blurig": blur_ig,
    "guided-ig": guided_ig,
    "smoothgrad": smoothgrad,
    **CONTROLS,
}
METHODS = (*(one for one in ONE_CLASS if one not in CONTROLS), *WATCHING, *CONTROLS)
