"""Tasks as half spaces of what an encoder makes of images."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.discovery.networks import Architecture

STILL = 1e-4  # of the mean variance, added to each


class TaskEncoder(nn.Module):
    """An encoder whose coordinates are whitened, and fixed directions.

    Task `k` is which side of a hyperplane through the origin an image lies on; the
    hyperplanes are at right angles to one another (Atanov et al. 2022).
    """

    directions: Tensor

    def __init__(
        self,
        architecture: Architecture,
        shape: tuple[int, ...],
        dim: int,
        tasks: int,
        seed: int,
    ) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.backbone = architecture.module(shape, dim)
            square = torch.linalg.qr(torch.randn(dim, dim)).Q
        self.register_buffer("directions", square[:tasks].contiguous())

    def forward(self, x: Float[Tensor, "images ..."]) -> Float[Tensor, "images dim"]:
        """Whitened over the images given."""
        h = self.backbone(x)
        return whitened(h, h)

    def chances(
        self, h: Float[Tensor, "images dim"], temperature: float
    ) -> Float[Tensor, "tasks images 2"]:
        """The share of both sides that every image has: side 0 where it lies above.

        softmax(T [u h, -u h]), which is a logistic function of 2 T u h.
        """
        above = temperature * (self.directions @ h.T)
        return torch.stack([above, -above], dim=-1).softmax(dim=-1)


def whitened(
    h: Float[Tensor, "images dim"], among: Float[Tensor, "others dim"]
) -> Float[Tensor, "images dim"]:
    """Coordinates that are of mean 0, variance 1 and uncorrelated over `among`.

    Batch normalisation, as published, gives mean 0 and variance 1 only; where one
    direction is in all coordinates, tasks at right angles are still one and the same.
    """
    middle = among - among.mean(dim=0)
    spread = middle.T @ middle / len(middle)
    spread = spread + STILL * spread.diagonal().mean() * torch.eye(
        h.shape[1], device=h.device
    )
    root = torch.linalg.cholesky_ex(spread).L
    return torch.linalg.solve_triangular(root, (h - among.mean(dim=0)).T, upper=False).T


@dataclass(frozen=True)
class Tasks:
    """Binary labellings, and how sure each is.

    Attributes:
        margin: How far above its hyperplane every image lies, in standard deviations
            of the coordinate over the images that were learned from.
    """

    margin: Float[np.ndarray, "tasks images"]

    @property
    def labels(self) -> Int[np.ndarray, "tasks images"]:
        """Side 1 above the hyperplane, 0 below."""
        return (self.margin > 0).astype(np.int64)

    def turned(
        self,
        pixels: Float[np.ndarray, "images ..."],
        known: Int[np.ndarray, " known"],
        most: int,
    ) -> "Tasks":
        """At most so many of the same space, at right angles, those learned soonest.

        Directions of a search are where it began, and any turn of them fills the
        sphere as evenly. Gradient descent of a linear learner goes first along the axes
        on which coordinates and pixels vary most together (those of partial least
        squares), and networks follow it there.
        """
        x = pixels[known].reshape(len(known), -1)
        own = torch.from_numpy(self.margin.T)
        h = whitened(own, own[torch.from_numpy(known)]).T.numpy()
        together = h[:, known] @ (x - x.mean(axis=0)) / len(known)
        axes = np.linalg.svd(together, full_matrices=False)[0]
        return Tasks((axes.T @ h)[:most])


@torch.no_grad()
def tasks_of(
    encoder: TaskEncoder,
    images: Float[np.ndarray, "images ..."],
    known: Int[np.ndarray, " known"],
) -> Tasks:
    """The tasks of an encoder on all images, whitened over those that are known."""
    x, device = torch.from_numpy(images), encoder.directions.device
    h = torch.cat([encoder.backbone(block.to(device)) for block in x.split(512)])
    h = whitened(h, h[torch.from_numpy(known)])
    return Tasks((h @ encoder.directions.T).T.cpu().numpy().astype(np.float32))
