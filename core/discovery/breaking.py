"""How networks that learn one part of a split do on the other."""

import json
from collections.abc import MutableMapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float, Int
from tqdm import tqdm

from core.digest import digest
from core.discovery.learning import Learning, learn
from core.discovery.splits import Labels, Split
from core.learning.training import use_one_thread
from core.parallel import calls

VERSION = 1  # of what is computed: kept results of another one are not read


@dataclass(frozen=True)
class Outcome:
    """How networks that learned one part did on the other.

    Attributes:
        accuracy: Of every network on the test part.
        held_out: Of every network on images of the part learned from that were kept
            back: what one would have believed.
        train_accuracy: Of every network on what it learned from.
        confusion: Of the test part, mean over networks: share of every class (row) that
            is taken for every class (column).
        mistakes: Rows of images told wrong by all networks, the surest first.
        taken_for: The class that each of these is taken for.
    """

    accuracy: Float[np.ndarray, " networks"]
    held_out: Float[np.ndarray, " networks"]
    train_accuracy: Float[np.ndarray, " networks"]
    confusion: Float[np.ndarray, "classes classes"]
    mistakes: Int[np.ndarray, " mistakes"]
    taken_for: Int[np.ndarray, " mistakes"]


def outcome(
    pixels: Float[np.ndarray, "images channels height width"],
    labels: Labels,
    split: Split,
    learning: Learning,
    *,
    networks: int = 3,
    seed: int = 0,
    device: str = "cpu",
) -> Outcome:
    """Learn one part of a split and be tested on the other.

    A tenth of the part to learn from is kept back.

    Raises:
        DataError: The part to learn from is smaller than a batch.
    """
    order = np.random.default_rng([seed, 19]).permutation(split.learn)
    back, own = np.split(order, [len(order) // 10])
    asked = np.concatenate([split.test, back])
    made = learn(
        pixels[own],
        labels[own][None],
        pixels[asked],
        learning,
        networks=networks,
        seed=seed,
        device=device,
    )
    told = made.predictions[0]
    tested = len(split.test)
    right = told == labels[asked]
    classes = made.logits.shape[-1]
    return Outcome(
        accuracy=right[:, :tested].mean(axis=1),
        held_out=right[:, tested:].mean(axis=1),
        train_accuracy=made.train_accuracy[0],
        confusion=_confusion(told[:, :tested], labels[split.test], classes),
        **_mistakes(made.logits[0][:, :tested], labels, split.test),
    )


def outcomes(
    pixels: Float[np.ndarray, "images channels height width"],
    asked: Sequence[tuple[Labels, Split]],
    learning: Learning,
    kept: MutableMapping[str, str],
    *,
    networks: int = 3,
    seed: int = 0,
    jobs: int = 1,
    device: str = "cpu",
) -> list[Outcome]:
    """The outcome of every labelling on its split; what is in `kept` is not done anew.

    Args:
        pixels: Of all images, standardised.
        asked: Labels of all images, and the split of them.
        learning: How networks learn.
        kept: Outcomes by the digest of what they are of.
        networks: That learn each.
        seed: Of their weights, of the order of images and of what is kept back.
        jobs: Processes at once.
        device: To compute on, as torch calls it.

    Raises:
        DataError: A part to learn from is smaller than a batch.
    """
    about = json.dumps([VERSION, asdict(learning), networks, seed])
    images = digest(about, [pixels])
    keys = [
        f"outcome {digest(images, [labels, split.learn, split.test])}"
        for labels, split in asked
    ]
    waiting = [at for at, key in enumerate(keys) if key not in kept]
    arguments = [
        (pixels, *asked[at], learning, networks, seed, device) for at in waiting
    ]
    done = len(keys) - len(waiting)
    with tqdm(total=len(keys), initial=done, desc="learning", disable=None) as bar:
        for number, one in calls(_outcome, arguments, jobs, use_one_thread):
            lists = {name: part.tolist() for name, part in vars(one).items()}
            kept[keys[waiting[number]]] = json.dumps(lists)
            bar.update()
    return [_read(kept[key]) for key in keys]


def _outcome(
    pixels: Float[np.ndarray, "images channels height width"],
    labels: Labels,
    split: Split,
    learning: Learning,
    networks: int,
    seed: int,
    device: str,
) -> Outcome:
    return outcome(
        pixels, labels, split, learning, networks=networks, seed=seed, device=device
    )


def _read(text: str) -> Outcome:
    rows = ("mistakes", "taken_for")
    return Outcome(
        **{
            name: np.array(part, dtype=np.int64 if name in rows else np.float64)
            for name, part in json.loads(text).items()
        }
    )


def _confusion(
    told: Int[np.ndarray, "networks test"],
    labels: Int[np.ndarray, " test"],
    classes: int,
) -> Float[np.ndarray, "classes classes"]:
    whole = np.zeros((classes, classes))
    np.add.at(whole, (np.broadcast_to(labels, told.shape), told), 1.0)
    return whole / np.maximum(whole.sum(axis=1, keepdims=True), 1)


def _mistakes(
    logits: Float[np.ndarray, "networks test classes"],
    labels: Labels,
    test: Int[np.ndarray, " test"],
) -> dict[str, np.ndarray]:
    logits = logits - logits.max(axis=-1, keepdims=True)
    chance = np.exp(logits)
    chance /= chance.sum(axis=-1, keepdims=True)
    taken = chance.mean(axis=0).argmax(axis=-1)
    wrong = (logits.argmax(axis=-1) != labels[test]).all(axis=0)
    wrong &= taken != labels[test]
    sure = chance.mean(axis=0)[np.arange(len(test)), taken]
    rows = np.flatnonzero(wrong)
    rows = rows[np.argsort(-sure[rows], kind="stable")]
    return {"mistakes": test[rows], "taken_for": taken[rows]}
