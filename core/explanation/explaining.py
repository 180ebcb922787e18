"""What of a task is explained: its classes, their heads, pictures told right."""

import base64
import copy
import json
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from PIL import Image
from torch import nn
from tqdm import tqdm

from core.digest import digest
from core.encoders.encoder import Encoder, vectors_of
from core.errors import DataError
from core.explanation.classifier import Classifier, drawn_in_turn
from core.explanation.comparing import Asked
from core.task2vec.head import STEPS, Head, check_labels, fit_head, held_out
from core.task2vec.labelled import LabelledSet
from core.task2vec.pictures import Pictures
from core.task2vec.probe import Probe

CHECKPOINTS = (1, 4)  # steps that heads of earlier checkpoints are fitted in
BATCH = 16  # images that go through the network at a time


@dataclass(frozen=True)
class Heads:
    """The head of a task and those of earlier checkpoints.

    Attributes:
        digest: Of all weights, by which heads are told apart.
        final: The one that is explained.
        earlier: By the steps in which they were fitted.
        held: Which images of the task no head has learned from.
    """

    digest: str
    final: Head = field(compare=False)
    earlier: tuple[tuple[int, Head], ...] = field(compare=False)
    held: Bool[np.ndarray, " images"] = field(compare=False)


def task_named(sets: Sequence[LabelledSet], name: str | None) -> LabelledSet:
    """The task of a name, or the one of most images.

    Raises:
        DataError: There is none, or it has one class only.
    """
    told = [one for one in sets if not one.partial]
    if name is None and told:
        return max(told, key=lambda one: len(one.rows))
    for one in told:
        if one.name == name:
            return one
    known = ", ".join(repr(one.name) for one in told[:8]) or "none"
    raise DataError(
        f"There is no task {name!r} of two or more classes to tell apart; such tasks "
        f"are: {known}{' and others' if len(told) > 8 else ''}."
    )


def fitted(
    probe: Probe,
    task: LabelledSet,
    pictures: Pictures,
    train: Bool[np.ndarray, " all"] | None,
    kept: MutableMapping[str, str],
    seed: int,
    device: str = "cpu",
) -> Heads:
    """Heads of a task, learned of its training images.

    Args:
        probe: Whose features are read.
        task: The classes.
        pictures: All images that `task.rows` is of.
        train: Of all images, which are to learn from; None for four of five.
        kept: Features by content.
        seed: Of what is held out.
        device: What computes features, `cpu` or `cuda`.

    Raises:
        DataError: A class has no image to learn from, or no image is held out.
    """
    counts = check_labels(task.labels)
    held = held_out(task.labels, counts, seed)
    if train is not None:
        held = ~train[task.rows]
    if not held.any():
        raise DataError(
            f"Every class of {task.name!r} has one image only, so none is left to "
            "explain that was not learned from; give more images."
        )
    rows, labels = task.rows[~held], task.labels[~held]
    digests = [pictures.digests[row] for row in rows.tolist()]
    features, faults = vectors_of(
        _encoder(probe, device),
        digests,
        lambda k: pictures.load(int(rows[k])),
        kept,
        what="images to learn from",
    )
    if faults:
        raise DataError(f"An image cannot be read: {next(iter(faults.values()))}.")
    x = features.astype(np.float32)
    final = _kept_head(x, labels, STEPS, seed, kept)
    earlier = tuple(
        (steps, _kept_head(x, labels, steps, seed, kept)) for steps in CHECKPOINTS
    )
    return Heads(_digest(final, *(one for _, one in earlier)), final, earlier, held)


def told_right(
    classifier: Classifier,
    task: LabelledSet,
    pictures: Pictures,
    held: Bool[np.ndarray, " images"],
    most: int | None,
    seed: int,
) -> list[Asked]:
    """Pictures that were not learned from and are told right, classes taking turns.

    Raises:
        DataError: There is none.
    """
    candidates = np.flatnonzero(held)
    order = candidates[drawn_in_turn(task.labels[candidates], seed)]
    found: list[Asked] = []
    with tqdm(total=most, desc="images told right", disable=None) as bar:
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH].tolist()
            some = [_asked(classifier, task, pictures, k) for k in rows]
            told = classifier.shares(classifier.batch([one.picture for one in some]))
            right = [
                one
                for one, label in zip(some, told.argmax(dim=1).tolist(), strict=True)
                if label == one.truth
            ]
            found += right[: None if most is None else most - len(found)]
            bar.update(len(found) - bar.n)
            if most is not None and len(found) >= most:
                break
    if not found:
        raise DataError(
            f"{classifier.name!r} tells none of the {len(order):,} images of "
            f"{task.name!r} right that were kept for it, so there is no explanation to "
            "trust; give more images, or another --model."
        )
    return found


def _asked(
    classifier: Classifier, task: LabelledSet, pictures: Pictures, k: int
) -> Asked:
    row = int(task.rows[k])
    picture = classifier.picture(pictures.load(row))
    return Asked(row, pictures.digests[row], int(task.labels[k]), picture)


def _encoder(probe: Probe, device: str) -> Encoder[Image.Image]:
    network = copy.deepcopy(nn.Sequential(*probe.stages.values())).to(device)

    def encode(images: Sequence[Image.Image]) -> Float[np.ndarray, "batch channels"]:
        with torch.no_grad():
            return network(probe.batch([*images]).to(device)).cpu().numpy()

    return Encoder(f"features of {probe.fingerprint}", probe.name, {}, BATCH, encode)


def _kept_head(
    x: Float[np.ndarray, "images channels"],
    labels: Int[np.ndarray, " images"],
    steps: int,
    seed: int,
    kept: MutableMapping[str, str],
) -> Head:
    """The head of some steps, fitted once for images and labels."""
    key = f"head {steps} {seed} {digest('', [x, labels])}"
    if key not in kept:
        head = fit_head(x, labels, seed=seed, steps=steps)
        rows = np.hstack([head.weight, head.bias[:, None]]).astype("<f4")
        text = base64.b64encode(rows.tobytes()).decode()
        kept[key] = json.dumps([head.accuracy, text])
    accuracy, text = json.loads(kept[key])
    rows = np.frombuffer(base64.b64decode(text), "<f4").reshape(-1, x.shape[1] + 1)
    return Head(rows[:, :-1], rows[:, -1], accuracy)


def _digest(*heads: Head) -> str:
    return digest("", [part for head in heads for part in (head.weight, head.bias)])
