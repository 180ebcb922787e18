"""Discovered tasks as boxes among people's: by Task2Vec of what they ask for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from core.boxes import Boxes
from core.collection import Collection
from core.digest import digest
from core.discovery.images import LabelledImages
from core.discovery.labellings import Labelling
from core.learning import fitting
from core.learning.placing import place
from core.relations import membership_of, relations_of
from core.task2vec.activations import activations_of
from core.task2vec.embedding import joined
from core.task2vec.labelled import LabelledSet
from core.task2vec.measuring import Setting, head_of, measured
from core.task2vec.probes.small import small_probe
from core.task2vec.vectors import vectors

MOST = 400  # images whose gradients are taken
STEPS = 600  # of the fit

Named = Sequence[tuple[str, Labelling]]


def task_map(
    images: LabelledImages,
    people: Named,
    discovered: Named,
    folder: Path,
    *,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Boxes in two dimensions: learned of people's tasks, placed of those discovered.

    People's are one class against the rest, and halves of the classes. A task is what
    Task2Vec (with the small probe) says it takes to tell its sides apart; boxes of
    people's hold one another as the images of their sides 1 do.

    Args:
        images: That labellings are of.
        people: Halves of the classes.
        discovered: Tasks to be placed; no box of people's hangs on them.
        folder: Where activations are kept meanwhile.
        seed: Of the fit.

    Returns:
        Of every task its name, whether it is discovered, lower and upper corner.

    Raises:
        DataError: Activations or gradients are not finite, or the fit breaks.
    """
    known = [
        *(
            (one, (images.labels == at).astype(np.int64))
            for at, one in enumerate(images.classes)
        ),
        *(people if len(images.classes) > 2 else []),
    ]
    features = _embedded(images, [*known, *discovered], folder, seed)
    membership = membership_of([np.flatnonzero(one).tolist() for _, one in known])
    names = [name for name, _ in known]
    collection = Collection(
        name="people",
        tasks=pd.DataFrame(
            {
                "label": names,
                "parents": [[] for _ in names],
                "depth": 0,
                "members": membership.counts,
            },
            index=pd.Index(names, name="name"),
        ),
        features=features[: len(known)],
        membership=None,
        relations=relations_of(membership),
        provenance={},
    )
    config = fitting.config_for(collection, "network", dim=2, seed=seed, steps=STEPS)
    data = fitting.data_for(collection, config)
    state = fitting.start(data, config, "cpu")
    steps = fitting.fit(data, state, "cpu")
    for _ in tqdm(steps, total=STEPS, desc="boxes", disable=None):
        pass
    boxes = place(state.model, data.features, data.membership, tuple(names))
    found = [name for name, _ in discovered]
    new = place(state.model, features[len(known) :], None, tuple(found), known=False)
    return [*_told(boxes, found=False), *_told(new, found=True)]


def _embedded(
    images: LabelledImages, labellings: Named, folder: Path, seed: int
) -> np.ndarray:
    probe = small_probe()
    setting = Setting("exact", probe.looked_at, seed, MOST)
    digests = [digest("", [one]) for one in images.pixels]
    seen = activations_of(
        probe, setting.stages[0], digests, lambda k: _picture(images.pixels[k]), folder
    )
    rows = np.arange(len(images.labels))
    made = []
    for number, (_, labels) in enumerate(tqdm(labellings, desc="tasks", disable=None)):
        one = LabelledSet(str(number), rows, labels, (0, 1))
        made.append(measured(probe, setting, one, seen, head_of(one, seen, seed)))
    seen.remove()
    return vectors(joined(made))


def _picture(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _told(boxes: Boxes, *, found: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "discovered": found,
            "lower": boxes.lower[at].round(4).tolist(),
            "upper": boxes.upper[at].round(4).tolist(),
        }
        for at, name in enumerate(boxes.names)
    ]
