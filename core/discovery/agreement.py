"""Agreement of networks that learned one labelling: the score and its statistics.

Of two networks that a learning algorithm makes of one labelling, the agreement score is
the share of held-out images on which they predict the same (Atanov et al. 2022, Task
Discovery). It needs no label of these images.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int

from core.errors import DataError

CONVERGED = 0.98  # of the images that were learned from, told right
RESAMPLES = 1000


@dataclass(frozen=True)
class Agreement:
    """How far networks agree on a labelling.

    Attributes:
        score: Mean over pairs of networks of the share of images on which both say the
            same.
        low, high: Of the 95 % bootstrap interval, over images and networks.
        kappa: The score beyond chance, as a share of what is possible; None where the
            networks only ever say one thing.
        rates: Share of every class among the images that were learned from.
        train_accuracy: Of the network that learned worst.
        accuracy: Mean over networks, on the held-out images.
        networks: That were compared.
        images: That they were compared on.
    """

    score: float
    low: float
    high: float
    kappa: float | None
    rates: tuple[float, ...]
    train_accuracy: float
    accuracy: float
    networks: int
    images: int

    @property
    def converged(self) -> bool:
        """Whether all networks learned the labelling; else the score says nothing."""
        return self.train_accuracy >= CONVERGED


def agreement_of(
    predictions: Int[np.ndarray, "networks images"],
    labels: Int[np.ndarray, " images"],
    learned: Int[np.ndarray, " learned"],
    train_accuracy: Float[np.ndarray, " networks"],
    *,
    seed: int = 0,
) -> Agreement:
    """The agreement of networks on held-out images.

    Args:
        predictions: Of every network.
        labels: Of the held-out images, for the accuracy only.
        learned: Labels of the images that were learned from.
        train_accuracy: Of every network on these.
        seed: Of the bootstrap.
    """
    same = pairwise(predictions)
    low, high = interval(same, len(predictions), seed=seed)
    counts = np.bincount(learned)
    return Agreement(
        score=float(same.mean()),
        low=low,
        high=high,
        kappa=kappa_of(predictions),
        rates=tuple((counts / counts.sum()).tolist()),
        train_accuracy=float(train_accuracy.min()),
        accuracy=float((predictions == labels).mean()),
        networks=len(predictions),
        images=predictions.shape[1],
    )


def pairwise(
    predictions: Int[np.ndarray, "networks images"],
) -> Bool[np.ndarray, "pairs images"]:
    """Whether two networks say the same, for every pair of them and every image.

    Raises:
        DataError: There are fewer than two networks, or no image.
    """
    networks, images = predictions.shape
    if networks < 2 or not images:
        raise DataError(
            f"Agreement is of two networks on an image at least, not of {networks} on "
            f"{images}; use more --nets or more images."
        )
    pairs = combinations(range(networks), 2)
    return np.array([predictions[a] == predictions[b] for a, b in pairs])


def kappa_of(predictions: Int[np.ndarray, "networks images"]) -> float | None:
    """Mean over pairs of (agreement - chance) / (1 - chance), as Cohen has it.

    Two predictors of class rates p and q agree by chance on a share p @ q of images.
    Pairs that only ever say one and the same thing are left out; None if all are.
    """
    classes = int(predictions.max()) + 1
    rates = [np.bincount(one, minlength=classes) / one.size for one in predictions]
    found = []
    for a, b in combinations(range(len(predictions)), 2):
        chance = float(rates[a] @ rates[b])
        if chance < 1:
            score = float((predictions[a] == predictions[b]).mean())
            found.append((score - chance) / (1 - chance))
    return float(np.mean(found)) if found else None


def interval(
    same: Bool[np.ndarray, "pairs images"],
    networks: int,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float]:
    """The 95 % interval of the mean, by drawing images and networks with replacement.

    A network that is drawn twice is never compared with itself; draws of one network
    only are drawn again.
    """
    rng = np.random.default_rng(seed)
    images = same.shape[1]
    weight = rng.multinomial(images, np.full(images, 1 / images), size=resamples)
    scores = weight @ same.T / images  # of every pair
    drawn = _networks_drawn(rng, networks, resamples)
    pairs = np.array([*combinations(range(networks), 2)])
    often = drawn[:, pairs[:, 0]] * drawn[:, pairs[:, 1]]
    means = (scores * often).sum(axis=1) / often.sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _networks_drawn(
    rng: np.random.Generator, networks: int, resamples: int
) -> Int[np.ndarray, "resamples networks"]:
    """How often every network is drawn."""
    drawn = rng.multinomial(networks, np.full(networks, 1 / networks), size=resamples)
    while (alone := (drawn > 0).sum(axis=1) < 2).any():
        drawn[alone] = rng.multinomial(
            networks, np.full(networks, 1 / networks), size=int(alone.sum())
        )
    return drawn


def similarity(
    labellings: Int[np.ndarray, "tasks images"],
) -> Float[np.ndarray, "tasks tasks"]:
    """Of binary labellings: the share of images on which two are the same.

    A labelling and its flip are the same task, so it lies between 0.5 and 1.
    """
    signs = 2.0 * labellings - 1
    same = (1 + signs @ signs.T / labellings.shape[1]) / 2
    return np.maximum(same, 1 - same)


def largest_similarity(labellings: Int[np.ndarray, "tasks images"]) -> float:
    """Of two different tasks of a set; 0.5 where there is only one."""
    alike = similarity(labellings)
    np.fill_diagonal(alike, 0.5)
    return float(alike.max(initial=0.5))


def sides_apart(
    pixels: Float[np.ndarray, "images ..."], labellings: Int[np.ndarray, "tasks images"]
) -> Float[np.ndarray, " tasks"]:
    """Of binary labellings: how far the mean images of both sides are apart.

    A linear learner starts along that way, and networks follow it: the further, the
    sooner they learn a labelling, the more they agree on it, and the less they leave
    it aside for another. No network is needed to tell.
    """
    x = pixels.reshape(len(pixels), -1)
    sides = [(x[one == 1].mean(axis=0), x[one == 0].mean(axis=0)) for one in labellings]
    return np.array([np.linalg.norm(one - other) for one, other in sides])
