"""Agreement scores of many labellings, in several processes, kept by content."""

import json
from collections.abc import MutableMapping, Sequence
from dataclasses import asdict

import numpy as np
from jaxtyping import Float, Int
from tqdm import tqdm

from core.digest import digest
from core.discovery.agreement import Agreement, agreement_of
from core.discovery.labellings import Labelling, check_labelling
from core.discovery.learning import Learned, Learning, learn
from core.learning.training import use_one_thread
from core.parallel import calls

VERSION = 1  # of what is computed: kept results of another one are not read
CHUNK = 8  # labellings whose networks learn together, where that is faster

Pixels = Float[np.ndarray, "images channels height width"]


def scores(
    pixels: Pixels,
    labellings: Sequence[tuple[str, Labelling]],
    learned: Int[np.ndarray, " learned"],
    asked: Int[np.ndarray, " asked"],
    learning: Learning,
    kept: MutableMapping[str, str],
    *,
    networks: int = 3,
    seed: int = 0,
    jobs: int = 1,
    title: str = "labellings",
    device: str = "cpu",
) -> list[Agreement]:
    """The agreement of networks on every labelling; what is in `kept` is not done anew.

    Args:
        pixels: Of all images, standardised.
        labellings: With their names, of all images.
        learned: Rows of the images that networks learn from.
        asked: Rows of those that they are compared on.
        learning: How they learn.
        kept: Scores by the digest of what they are of.
        networks: That are compared.
        seed: Of their weights and of the order of images.
        jobs: Processes at once.
        title: Of the progress bar.
        device: To compute on, as torch calls it.

    Raises:
        DataError: A labelling is constant, of another length, or there are fewer images
            than a batch.
    """
    for name, labels in labellings:
        check_labelling(name, labels, len(pixels), learned)
    about = json.dumps([VERSION, asdict(learning), networks, seed])
    images = digest(about, [pixels, learned, asked])
    keys = [f"agreement {digest(images, [labels])}" for _, labels in labellings]
    waiting = [at for at, key in enumerate(keys) if key not in kept]
    alone = learning.architecture.kind != "mlp" and device == "cpu"
    size = 1 if alone else CHUNK
    # Labellings of as many classes learn together.
    waiting.sort(key=lambda at: int(labellings[at][1].max()))
    chunks = _chunks(waiting, [int(one.max()) for _, one in labellings], size)
    arguments = [
        (
            pixels[learned],
            np.stack([labellings[at][1][learned] for at in chunk]),
            pixels[asked],
            learning,
            networks,
            seed,
            device,
        )
        for chunk in chunks
    ]
    done = len(keys) - len(waiting)
    with tqdm(total=len(keys), initial=done, desc=title, disable=None) as bar:
        for number, made in calls(_learned, arguments, jobs, use_one_thread):
            for own, at in enumerate(chunks[number]):
                labels = labellings[at][1]
                found = agreement_of(
                    made.predictions[own],
                    labels[asked],
                    labels[learned],
                    made.train_accuracy[own],
                    seed=seed,
                )
                kept[keys[at]] = json.dumps(asdict(found))
            bar.update(len(chunks[number]))
    return [read(kept[key]) for key in keys]


def read(text: str) -> Agreement:
    """A score as it is kept."""
    found = json.loads(text)
    return Agreement(**{**found, "rates": tuple(found["rates"])})


def _chunks(
    waiting: Sequence[int], classes: Sequence[int], size: int
) -> list[list[int]]:
    chunks: list[list[int]] = []
    for at in waiting:
        last = chunks[-1] if chunks else []
        if last and len(last) < size and classes[last[0]] == classes[at]:
            last.append(at)
        else:
            chunks.append([at])
    return chunks


def _learned(
    images: Pixels,
    labellings: Int[np.ndarray, "tasks images"],
    asked: Float[np.ndarray, "asked channels height width"],
    learning: Learning,
    networks: int,
    seed: int,
    device: str,
) -> Learned:
    return learn(
        images,
        labellings,
        asked,
        learning,
        networks=networks,
        seed=seed,
        device=device,
    )
