"""Maps of pictures before and after changes, compared: a row for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from PIL import Image
from torch import Tensor

from core.explanation.classifier import ROOM, Classifier
from core.explanation.faithfulness import deletion, insertion, unfaithful
from core.explanation.methods import maps_of
from core.explanation.similarity import (
    rank_correlation,
    structural_similarity,
    top_overlap,
)
from core.explanation.transformations import Change, changed, moved, undone, validity

UNCHANGED = "none"
MEASURES = {
    "ssim": structural_similarity,
    "rank": rank_correlation,
    "overlap": top_overlap,
}
Row = dict[str, Any]


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
        told: Probabilities of the classes, row by row of `x`.
        valid: Places that every change leaves in a picture.
    """

    asked: Sequence[Asked]
    changes: Sequence[Change]
    x: Float[Tensor, "rows channels height width"]
    told: Float[Tensor, "rows classes"]
    valid: Bool[Tensor, "changes height width"]

    @property
    def truth(self) -> Int[Tensor, " pictures"]:
        """Classes of the pictures."""
        return torch.tensor([one.truth for one in self.asked])


def shown(
    classifier: Classifier,
    asked: Sequence[Asked],
    changes: Sequence[Change],
    *,
    room: int = ROOM,
) -> Shown:
    """Change pictures, and have a classifier tell their classes.

    Raises:
        DataError: A change leaves nothing in a picture, or a probability is not finite.
    """
    every = [one.picture for one in asked]
    every += [changed(one.picture, change) for one in asked for change in changes]
    x = classifier.batch(every)
    valid = torch.stack([validity(change, *classifier.size) for change in changes])
    return Shown(asked, changes, x, classifier.shares(x, room=room), valid)


def compared(
    method: str,
    classifier: Classifier,
    seen: Shown,
    others: Sequence[Other],
    *,
    seed: int = 0,
    room: int = ROOM,
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
    truth = seen.truth
    seeds = _seeds(method, seen.asked, [UNCHANGED], seed)
    x = seen.x[:pictures]
    before = maps_of(method, classifier, x, truth, seeds, room=room)
    rows = _itself(classifier, seen, before, seeds)

    words = [f"{one.name} {one.magnitude}" for one in seen.changes]
    after = _after(
        method,
        classifier,
        seen.x[pictures:],
        seen.told[pictures:],
        truth.repeat_interleave(count),
        _seeds(method, seen.asked, words, seed),
        room,
    )
    for k in range(pictures):
        some = after.part(slice(k * count, (k + 1) * count))
        rows[k] += _changed(seen, k, before[k], some)

    for other in others:
        told = other.classifier.shares(x, room=room)
        words = [f"{other.change} {other.magnitude}"]
        seeds = _seeds(method, seen.asked, words, seed)
        after = _after(method, other.classifier, x, told, truth, seeds, room)
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


@dataclass(frozen=True)
class _Maps:
    """Of the class told, and of the true one; probabilities that told it."""

    told: Float[Tensor, "rows classes"]
    maps: Float[Tensor, "rows height width"]
    fixed: Float[Tensor, "rows height width"]

    def part(self, rows: slice) -> "_Maps":
        return _Maps(self.told[rows], self.maps[rows], self.fixed[rows])


def _after(
    method: str,
    classifier: Classifier,
    x: Tensor,
    told: Tensor,
    truth: Tensor,
    seeds: Sequence[int],
    room: int,
) -> _Maps:
    """Maps of both classes in one batch, where they are not the same one."""
    best = told.argmax(dim=1)
    wrong = (best != truth).nonzero()[:, 0]
    every = maps_of(
        method,
        classifier,
        torch.cat([x, x[wrong]]),
        torch.cat([best, truth[wrong]]),
        [*seeds, *(seeds[k] for k in wrong.tolist())],
        room=room,
    )
    fixed = every[: len(x)].clone()
    fixed[wrong] = every[len(x) :]
    return _Maps(told, every[: len(x)], fixed)


def _itself(
    classifier: Classifier, seen: Shown, before: Tensor, seeds: Sequence[int]
) -> list[list[Row]]:
    x, truth = seen.x[: len(before)], seen.truth
    scores = {
        "deletion": deletion(classifier, x, truth, before),
        "insertion": insertion(classifier, x, truth, before),
        "infidelity": unfaithful(classifier, x, truth, before, seeds),
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


def _changed(seen: Shown, k: int, before: Tensor, after: _Maps) -> list[Row]:
    def back(maps: Tensor) -> Tensor:
        pairs = zip(maps, seen.changes, strict=True)
        return torch.stack([undone(one, change) for one, change in pairs])

    here = before.expand_as(after.maps)
    there = torch.stack([moved(before, change) for change in seen.changes])
    undo = _Maps(after.told, back(after.maps), back(after.fixed))
    scores = _scores(here, undo, seen.valid)
    scores["ceiling"] = structural_similarity(here, back(there), seen.valid)
    return [
        {
            **_told(seen, k, after.told[at]),
            "kind": change.kind,
            "change": change.name,
            "magnitude": change.magnitude,
            "valid": float(seen.valid[at].float().mean()),
            **_at(scores, at),
        }
        for at, change in enumerate(seen.changes)
    ]


def _scores(before: Tensor, after: _Maps, mask: Tensor) -> dict[str, Tensor]:
    found = {key: one(before, after.maps, mask) for key, one in MEASURES.items()}
    other = (after.maps != after.fixed).flatten(1).any(dim=1)
    for key, one in MEASURES.items():
        fixed = found[key].clone()
        fixed[other] = one(before[other], after.fixed[other], mask[other])
        found[f"{key}_fixed"] = fixed
    return found


def _at(scores: dict[str, Tensor], row: int) -> Row:
    """Of one row, what is defined."""
    told = {key: float(one[row]) for key, one in scores.items()}
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


def _seeds(
    method: str, asked: Sequence[Asked], words: Sequence[str], seed: int
) -> list[int]:
    """A seed of every picture and change, whatever else is asked."""
    texts = (f"{seed} {method} {one.digest} {word}" for one in asked for word in words)
    return [int.from_bytes(sha256(text.encode()).digest()[:6]) for text in texts]
