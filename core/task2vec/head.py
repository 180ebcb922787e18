"""The head of a task: a linear classifier of features, fitted to the end."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped

from core.errors import DataError

DECAY = 1e-2  # of squared weights, features being of variance 1
HELD_OUT = 5  # of this many images of a class one is held out
STEPS = 1000
STILL = 1e-8  # a step that lowers the loss by less is the last


@dataclass(frozen=True)
class Head:
    """Logits are `features @ weight.T + bias`.

    `accuracy` is that of a head that was fitted without some of the images, on these,
    as if all classes were of one size; NaN where there are none to spare.
    """

    weight: Float[np.ndarray, "classes channels"]
    bias: Float[np.ndarray, " classes"]
    accuracy: float

    def logits(
        self, features: Float[np.ndarray, "images channels"]
    ) -> Float[np.ndarray, "images classes"]:
        """Of features of images."""
        return features @ self.weight.T + self.bias

    def chances(
        self, features: Float[np.ndarray, "images channels"]
    ) -> Float[np.ndarray, "images classes"]:
        """Of every class, by the model: the softmax of the logits."""
        logits = self.logits(features.astype(np.float64))
        found = np.exp(logits - logits.max(axis=1, keepdims=True))
        return found / found.sum(axis=1, keepdims=True)


def fit_head(
    features: Float[np.ndarray, "images channels"],
    labels: Shaped[np.ndarray, " images"],
    *,
    decay: float = DECAY,
    seed: int = 0,
    steps: int = STEPS,
) -> Head:
    """Logistic regression by L-BFGS, every class of the same weight, to convergence.

    The same whatever the classes are called and in whatever order they come; `seed`
    says which images are held out for the accuracy, and all are learned from in the
    end.

    Args:
        features: Of images.
        labels: From 0 to the number of classes less 1.
        decay: Half of it times the sum of squared weights is added to the loss, of
            features divided by their standard deviation.
        seed: Of the images held out.
        steps: Of L-BFGS, fewer than convergence needs for an unfinished head.

    Raises:
        DataError: There is one class only, or a number in between that no image has.
    """
    counts = check_labels(labels)
    x = features.astype(np.float64)
    middle = x.mean(axis=0)
    spread = float(np.sqrt(((x - middle) ** 2).mean())) or 1.0
    x = (x - middle) / spread
    held = held_out(labels, counts, seed)
    accuracy, begin = float("nan"), np.zeros((len(counts), x.shape[1] + 1))
    if held.any():
        weight, bias = _fitted(x[~held], labels[~held], decay, begin, steps)
        begin = np.hstack([weight, bias[:, None]])
        right = (x[held] @ weight.T + bias).argmax(axis=1) == labels[held]
        tested = np.bincount(labels[held], minlength=len(counts))
        told = np.bincount(labels[held], weights=right, minlength=len(counts))
        accuracy = float((told[tested > 0] / tested[tested > 0]).mean())
    weight, bias = _fitted(x, labels, decay, begin, steps)
    weight = weight / spread
    return Head(weight, bias - weight @ middle, accuracy)


def check_labels(labels: Shaped[np.ndarray, " images"]) -> Int[np.ndarray, " classes"]:
    """Numbers of images of every class.

    Raises:
        DataError: There is one class only, or a number in between that no image has.
    """
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"Labels are {labels.dtype.name}s, not whole numbers; number the classes "
            "from 0."
        )
    if labels.min(initial=0) < 0:
        raise DataError(f"Label {labels.min()} is below 0; number classes from 0.")
    counts = np.bincount(labels)
    if len(counts) < 2:
        raise DataError(
            f"All {len(labels)} images are of one class, so there is nothing to tell "
            "apart; give images of at least two."
        )
    if not counts.all():
        raise DataError(
            f"Class {int(counts.argmin())} of {len(counts)} has no image; number the "
            "classes that there are from 0 on."
        )
    return counts


def held_out(
    labels: Int[np.ndarray, " images"], counts: Int[np.ndarray, " classes"], seed: int
) -> np.ndarray:
    """Which images are held out: of every class a fifth, none where there is one."""
    rank = np.empty(len(labels), dtype=np.int64)
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    start = np.cumsum(counts) - counts
    rank[order] = np.arange(len(labels)) - np.repeat(start, counts)
    most = np.where(counts > 1, np.ceil(counts / HELD_OUT), 0)
    return rank < most[labels]


def _fitted(
    x: Float[np.ndarray, "images channels"],
    labels: Int[np.ndarray, " images"],
    decay: float,
    begin: Float[np.ndarray, "classes weights"],
    steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases, from others on that are nearly right.

    Sought in the span of the images, where the best ones lie, along their main axes and
    in such units that the loss curves about alike along each: so few steps are needed.
    """
    from scipy.optimize import minimize

    counts = np.bincount(labels)
    classes = len(counts)
    share = 1 / (classes * counts[labels])
    if len(x) < x.shape[1]:
        _, size, axes = np.linalg.svd(np.sqrt(share)[:, None] * x, full_matrices=False)
        spread = size**2
    else:
        spread, axes = np.linalg.eigh((share[:, None] * x).T @ x)
        axes = axes.T
    unit = 1 / np.sqrt(np.maximum(spread, 0) / classes + decay)
    z = np.hstack([(x @ axes.T) * unit, np.ones((len(x), 1))])
    penalty = np.append(decay * unit**2, 0.0)
    target = np.zeros((len(z), classes))
    target[np.arange(len(z)), labels] = 1

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weight = flat.reshape(classes, z.shape[1])
        logits = z @ weight.T
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits)
        total = chance.sum(axis=1, keepdims=True)
        own = logits[np.arange(len(z)), labels] - np.log(total[:, 0])
        wrong = share[:, None] * (chance / total - target)
        slope = wrong.T @ z + penalty * weight
        return (penalty * weight**2).sum() / 2 - share @ own, slope.ravel()

    found = minimize(
        loss,
        np.hstack([begin[:, :-1] @ axes.T / unit, begin[:, -1:]]).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 2 * steps + 20, "ftol": STILL, "gtol": 0},
    )
    weight = found.x.reshape(classes, z.shape[1])
    return weight[:, :-1] * unit @ axes, weight[:, -1]
