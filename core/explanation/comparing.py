"""Maps of pictures before and after changes, compared: a row for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from PIL import Image
from torch import Tensor

from core.explanation.classifier import Classifier
from core.explanation.faithfulness import (
    Lessened,
    deletion,
    infidelity,
    insertion,
    lessened,
)
from core.explanation.methods import maps_of_each
from core.explanation.similarity import agreement, structural_similarity
from core.explanation.transformations import (
    GEOMETRIC,
    Change,
    changed,
    moved,
    undone,
    validity,
)

UNCHANGED = "none"
Row = dict[str, Any]
Scores = dict[str, list[float]]  # of all rows


@dataclass(frozen=True)
class Asked:
    """A picture that is told right, and its class.

    Attributes:
        image: Its row among all images there are.
        digest: Of its content.
        truth: Its class.
        picture: As large as the network reads it.
    """

    image: int
    digest: str
    truth: int
    picture: Image.Image = field(compare=False)


@dataclass(frozen=True)
class Other:
    """Another network, that pictures are shown to as they are.

    Attributes:
        kind: `random` or `checkpoint`.
        change: What is random, or `checkpoint`.
        magnitude: Steps that a checkpoint was learned in.
        classifier: The network.
    """

    kind: str
    change: str
    magnitude: float
    classifier: Classifier


@dataclass(frozen=True)
class Shown:
    """All that is shown to a classifier, and what it tells.

    Attributes:
        asked: The pictures.
        changes: Of every one.
        x: The pictures; then all changes of the first, of the second, and so on.
        deep: What the lower half of the network makes of them.
        told: Probabilities of the classes, row by row of `x`, at hand to be read.
        valid: Places that every change leaves in a picture.
        parts: What is told of the pictures without some of their cells.
    """

    asked: Sequence[Asked]
    changes: Sequence[Change]
    x: Float[Tensor, "rows channels height width"]
    deep: Tensor
    told: Float[Tensor, "rows classes"]
    valid: Bool[Tensor, "changes height width"]
    parts: Lessened

    @property
    def truth(self) -> Int[Tensor, " pictures"]:
        """Classes of the pictures."""
        return torch.tensor([one.truth for one in self.asked])


def shown(
    classifier: Classifier,
    asked: Sequence[Asked],
    changes: Sequence[Change],
    *,
    seed: int = 0,
) -> Shown:
    """Change pictures, and have a classifier tell their classes.

    Raises:
        DataError: A change leaves nothing in a picture, or a probability is not finite.
    """
    every = [one.picture for one in asked]
    every += [changed(one.picture, change) for one in asked for change in changes]
    x = classifier.batch(every)
    valid = torch.stack([validity(change, *classifier.size) for change in changes])
    deep = classifier.deep(x)
    told = classifier.told(deep).cpu()
    truth = torch.tensor([one.truth for one in asked], device=x.device)
    seeds = seeds_of("parts", asked, [UNCHANGED], seed)
    parts = lessened(classifier, x[: len(asked)], truth, seeds)
    return Shown(asked, changes, x, deep, told, valid.to(x.device), parts)


def compared(
    method: str,
    classifier: Classifier,
    seen: Shown,
    others: Sequence[Other],
    *,
    seed: int = 0,
) -> list[list[Row]]:
    """How alike maps are before and after every change, picture by picture.

    A map of what is changed is of the class that is told then; where that is wrong,
    there is another one of the true class (columns in `_fixed`). The ceiling is what is
    left of a map by its way there and back. The first row of a picture is of no change,
    and tells how faithful its map is.

    Raises:
        DataError: The network lacks what the method needs, or a value is not finite.
    """
    pictures, count = len(seen.asked), len(seen.changes)
    x, deep, truth = seen.x[:pictures], seen.deep[:pictures], seen.truth
    seeds = seeds_of(method, seen.asked, [UNCHANGED], seed)
    each = maps_of_each(method, classifier, x, truth[:, None], seeds, deep=deep)
    before = each[:, 0]
    rows = _itself(classifier, seen, before)

    words = [f"{one.name} {one.magnitude}" for one in seen.changes]
    changed = seen.told[pictures:]
    after = maps_of_each(
        method,
        classifier,
        seen.x[pictures:],
        _classes(changed, truth.repeat_interleave(count)),
        seeds_of(method, seen.asked, words, seed),
        deep=seen.deep[pictures:],
    ).unflatten(0, (pictures, count))
    scores = _undone_scores(seen, before, after)
    for k in range(pictures):
        for at, change in enumerate(seen.changes):
            rows[k].append(
                {
                    **_told(seen, k, changed[k * count + at]),
                    "kind": change.kind,
                    "change": change.name,
                    "magnitude": change.magnitude,
                    "valid": float(seen.valid[at].float().mean()),
                    **_at(scores, k * count + at),
                }
            )

    for other in others:
        same = other.classifier.below is classifier.below
        passed = deep if same else other.classifier.deep(x)
        told = other.classifier.told(passed).cpu()
        words = [f"{other.change} {other.magnitude}"]
        after = maps_of_each(
            method,
            other.classifier,
            x,
            _classes(told, truth),
            seeds_of(method, seen.asked, words, seed),
            deep=passed,
        )
        scores = _scores(before, after, torch.ones_like(before, dtype=torch.bool))
        for k in range(pictures):
            rows[k].append(
                {
                    **_told(seen, k, told[k]),
                    "kind": other.kind,
                    "change": other.change,
                    "magnitude": other.magnitude,
                    "valid": 1.0,
                    "ceiling": 1.0,
                    **_at(scores, k),
                }
            )
    return rows


def _classes(
    told: Float[Tensor, "rows classes"], truth: Int[Tensor, " rows"]
) -> Int[Tensor, "rows 2"]:
    """The class that is told, and the true one."""
    return torch.stack([told.argmax(dim=1), truth], dim=1)


def _itself(classifier: Classifier, seen: Shown, before: Tensor) -> list[list[Row]]:
    scores = {
        "deletion": deletion(classifier, seen.parts, before).tolist(),
        "insertion": insertion(classifier, seen.parts, before).tolist(),
        "infidelity": infidelity(seen.parts, before).tolist(),
    }
    named: Row = {
        "kind": UNCHANGED,
        "change": UNCHANGED,
        "magnitude": 0.0,
        "valid": 1.0,
    }
    return [
        [{**_told(seen, k, seen.told[k]), **named, **_at(scores, k)}]
        for k in range(len(before))
    ]


def _undone_scores(
    seen: Shown, before: Tensor, after: Float[Tensor, "pictures changes 2 h w"]
) -> Scores:
    """Scores of maps that are back where they were, all changes of the first first."""
    pairs = [*enumerate(seen.changes)]
    back = torch.stack([undone(after[:, k], one) for k, one in pairs], dim=1)
    there = [undone(moved(before, one), one) for _, one in pairs]
    here = before.repeat_interleave(len(pairs), dim=0)
    valid = seen.valid.repeat(len(before), 1, 1)
    scores = _scores(here, back.flatten(0, 1), valid)
    moving = torch.tensor([one.name in GEOMETRIC for _, one in pairs])
    ceiling = torch.ones(len(here), device=here.device)
    every = torch.stack(there, dim=1).flatten(0, 1)
    some = moving.repeat(len(before)).nonzero()[:, 0].to(here.device)
    ceiling[some] = structural_similarity(here[some], every[some], valid[some])
    return {**scores, "ceiling": ceiling.tolist()}


def _scores(before: Tensor, after: Float[Tensor, "rows 2 h w"], mask: Tensor) -> Scores:
    """Of maps of the class told, and of those of the true one."""
    told, fixed = after.unbind(dim=1)
    other = (told != fixed).flatten(1).any(dim=1)
    found = _likeness(before, told, mask)
    of_true = {key: one.clone() for key, one in found.items()}
    if other.any():
        known = _likeness(before[other], fixed[other], mask[other])
        for key, one in known.items():
            of_true[key][other] = one
    found |= {f"{key}_fixed": one for key, one in of_true.items()}
    return {key: one.tolist() for key, one in found.items()}


def _likeness(before: Tensor, after: Tensor, mask: Tensor) -> dict[str, Tensor]:
    rank, overlap = agreement(before, after, mask)
    ssim = structural_similarity(before, after, mask)
    return {"ssim": ssim, "rank": rank, "overlap": overlap}


def _at(scores: Scores, row: int) -> Row:
    """Of one row, what is defined."""
    told = {key: one[row] for key, one in scores.items()}
    return {key: round(one, 6) for key, one in told.items() if one == one}


def _told(seen: Shown, k: int, shares: Tensor) -> Row:
    """The class of picture `k`, the one told, and the probability of the true one."""
    truth = seen.asked[k].truth
    return {
        "truth": truth,
        "told": int(shares.argmax()),
        "share": round(float(seen.told[k, truth]), 6),
        "share_after": round(float(shares[truth]), 6),
    }


def seeds_of(
    method: str, asked: Sequence[Asked], words: Sequence[str], seed: int
) -> list[int]:
    """A seed of every picture and change, whatever else is asked."""
    texts = (f"{seed} {method} {one.digest} {word}" for one in asked for word in words)
    return [int.from_bytes(sha256(text.encode()).digest()[:6]) for text in texts]
