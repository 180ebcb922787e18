"""The worst cases of explanations as pictures, which stay with whose images they are.

A case is a picture and its change, their maps, and the map of the change back where it
was. They are drawn again from rows, so that runs need not keep all maps.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from core.explanation.classifier import Classifier
from core.explanation.comparing import UNCHANGED, Asked, seeds_of
from core.explanation.kept import Sheet
from core.explanation.methods import maps_of
from core.explanation.running import Networks
from core.explanation.scores import IMAGE_KINDS
from core.explanation.summary import CONTROL
from core.explanation.transformations import Change, changed, undone, validity

MOST = 6  # of either kind, of a method
SIDE = 112  # pixels of a picture in a sheet
QUALITY = 80  # of WebP
# What is low, between and high on a map, as red, green and blue.
LOW, MIDDLE, HIGH = (20, 30, 90), (215, 60, 120), (255, 235, 130)

Pixels = UInt8[np.ndarray, "down across 3"]


def worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a method that speak against it, the worst of either kind first.

    That are maps least alike though the class is still told right, over changes of a
    picture, and maps most alike though another class is told.
    """
    known = rows[rows["ssim"].notna() & (rows["kind"] != UNCHANGED)]
    right = known["told"] == known["truth"]
    lost = known[right & known["kind"].isin(IMAGE_KINDS)]
    kept = known[~right]
    return pd.concat(
        [
            lost.sort_values("ssim", kind="stable").head(MOST),
            kept.sort_values("ssim", kind="stable", ascending=False).head(MOST),
        ]
    )


def drawn(
    known: Networks,
    asked: Sequence[Asked],
    rows: pd.DataFrame,
    about: Mapping[str, Any],
    seed: int,
) -> Iterator[Sheet]:
    """Sheets of the worst cases of every method in rows, but of controls."""
    picture_of = {one.image: one for one in asked}
    methods = [one for one in rows["method"].unique() if CONTROL not in str(one)]
    for method in tqdm(methods, desc="worst cases", disable=None):
        records = worst(rows[rows["method"] == method]).to_dict("records")
        some = [{str(key): one for key, one in row.items()} for row in records]
        if not some:
            continue
        lines = [
            np.hstack(_case(method, known, picture_of[row["image"]], row, seed))
            for row in some
        ]
        file = io.BytesIO()
        Image.fromarray(np.vstack(lines)).save(file, "WEBP", quality=QUALITY)
        told = ("kind", "change", "magnitude", "ssim", "share", "share_after")
        cases = [
            {**{key: row[key] for key in told}, "right": row["told"] == row["truth"]}
            for row in some
        ]
        kept = {key: about[key] for key in ("task", "model", "setting")}
        yield Sheet({**kept, "method": str(method), "cases": cases}, file.getvalue())


def _case(
    method: str, known: Networks, one: Asked, row: Mapping[str, Any], seed: int
) -> list[Pixels]:
    """A picture, what became of it, the map of either, and the latter put back."""
    base = known.base
    picture, after, network = one.picture, one.picture, base
    change = Change(row["change"], row["magnitude"])
    if row["kind"] in IMAGE_KINDS:
        after = changed(picture, change)
    else:
        wanted = row["change"], row["magnitude"]
        network = next(
            other.classifier
            for other in known.others
            if (other.change, other.magnitude) == wanted
        )
    first = _map(method, base, picture, one.truth, one, UNCHANGED, seed)
    word = f"{change.name} {change.magnitude}"
    then = _map(method, network, after, row["told"], one, word, seed)
    back, valid = undone(then, change), torch.ones_like(then, dtype=torch.bool)
    if row["kind"] in IMAGE_KINDS:
        valid = validity(change, *base.size)
    return [
        _tile(picture),
        _tile(after),
        _tile(picture, first),
        _tile(after, then),
        _tile(picture, torch.where(valid, back, torch.nan)),
    ]


def _map(
    method: str,
    classifier: Classifier,
    picture: Image.Image,
    target: int,
    one: Asked,
    word: str,
    seed: int,
) -> Float[Tensor, "height width"]:
    x = classifier.batch([picture])
    seeds = seeds_of(method, [one], [word], seed)
    return maps_of(method, classifier, x, torch.tensor([target]), seeds)[0].cpu()


def _tile(
    picture: Image.Image, shown: Float[Tensor, "height width"] | None = None
) -> Pixels:
    """A picture in a sheet, in grey below its map; grey alone where it has none."""
    small = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    if shown is None:
        return np.asarray(small)
    grey = np.asarray(small.convert("L"), dtype=np.float64)[..., None]
    told = Image.fromarray(shown.numpy()).resize((SIDE, SIDE), Image.Resampling.BOX)
    value = np.asarray(told, dtype=np.float64)
    ramp = zip(LOW, MIDDLE, HIGH, strict=True)
    colour = np.stack([np.interp(value, (0, 0.5, 1), one) for one in ramp], axis=-1)
    mixed = np.where(
        np.isnan(value)[..., None], grey / 2 + 64, grey / 4 + colour * 0.75
    )
    return mixed.clip(0, 255).astype(np.uint8)
