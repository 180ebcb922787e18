"""The worst cases of explanations as pictures, which stay with whose images they are.

A case is a picture and its change, their maps, and the map of the change back where it
was. They are drawn again from rows, so that runs need not keep all maps.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from core.explanation.classifier import Classifier
from core.explanation.comparing import UNCHANGED, Asked, seeds_of
from core.explanation.explaining import Heads
from core.explanation.kept import Sheet
from core.explanation.methods import maps_of
from core.explanation.running import Setting, networks
from core.explanation.scores import IMAGE_KINDS
from core.explanation.summary import CONTROL
from core.explanation.transformations import Change, changed, undone, validity
from core.learning.training import use_one_thread
from core.parallel import calls

MOST = 6  # of either kind, of a method
SIDE = 112  # pixels of a picture in a sheet
QUALITY = 80  # of WebP
# What is low, between and high on a map, as red, green and blue.
LOW, MIDDLE, HIGH = (20, 30, 90), (215, 60, 120), (255, 235, 130)

Pixels = UInt8[np.ndarray, "down across 3"]
Case = tuple[Asked, Mapping[str, Any]]  # a picture, and the row of one of its changes


class Explained(NamedTuple):
    """A picture of which a map is drawn: as it was asked, as it is shown, its class."""

    asked: Asked
    picture: Image.Image
    target: int
    word: str


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
    setting: Setting,
    heads: Heads,
    asked: Sequence[Asked],
    rows: pd.DataFrame,
    about: Mapping[str, Any],
    *,
    jobs: int = 1,
) -> list[Sheet]:
    """Sheets of the worst cases of every method in rows, but of controls."""
    picture_of = {one.image: one for one in asked}
    work = []
    for method in rows["method"].unique():
        records = worst(rows[rows["method"] == method]).to_dict("records")
        cases = [(picture_of[row["image"]], row) for row in records]
        if cases and CONTROL not in str(method):
            work.append((setting, heads, str(method), cases))
    images = {}
    total = sum(len(cases) for *_, cases in work)
    with tqdm(total=total, desc="worst cases", disable=None) as bar:
        for number, image in calls(_sheet, work, jobs, use_one_thread):
            images[number] = image
            bar.update(len(work[number][-1]))
    kept = {key: about[key] for key in ("task", "model", "setting")}
    told = ("kind", "change", "magnitude", "ssim", "share", "share_after")
    sheets = []
    for number, (_, _, method, cases) in enumerate(work):
        own = [
            {**{key: row[key] for key in told}, "right": row["told"] == row["truth"]}
            for _, row in cases
        ]
        sheets.append(Sheet({**kept, "method": method, "cases": own}, images[number]))
    return sheets


def _sheet(setting: Setting, heads: Heads, method: str, cases: Sequence[Case]) -> bytes:
    """Cases of a method below one another, as WebP.

    Of each a picture, what became of it, the map of either, and the latter put back.
    """
    known, seed = networks(setting, heads), setting.seed
    base, size = known.base, known.base.size
    others = {(one.change, one.magnitude): one.classifier for one in known.others}
    asked = [*dict.fromkeys(one for one, _ in cases)]
    before = [Explained(one, one.picture, one.truth, UNCHANGED) for one in asked]
    first = dict(zip(asked, _maps(method, base, before, seed), strict=True))
    changes = [Change(row["change"], row["magnitude"]) for _, row in cases]
    after = [
        Explained(
            one,
            changed(one.picture, change) if row["kind"] in IMAGE_KINDS else one.picture,
            row["told"],
            f"{change.name} {change.magnitude}",
        )
        for (one, row), change in zip(cases, changes, strict=True)
    ]
    network = [others.get((one.name, one.magnitude), base) for one in changes]
    then: dict[int, Tensor] = {}
    for some in (base, *others.values()):
        at = [k for k, one in enumerate(network) if one is some]
        then |= zip(at, _maps(method, some, [after[k] for k in at], seed), strict=True)
    lines = []
    for k, (one, row) in enumerate(cases):
        back = then[k]
        if row["kind"] in IMAGE_KINDS:
            valid = validity(changes[k], *size)
            back = torch.where(valid, undone(back, changes[k]), torch.nan)
        tiles = (
            _tile(one.picture),
            _tile(after[k].picture),
            _tile(one.picture, first[one]),
            _tile(after[k].picture, then[k]),
            _tile(one.picture, back),
        )
        lines.append(np.hstack(tiles))
    file = io.BytesIO()
    Image.fromarray(np.vstack(lines)).save(file, "WEBP", quality=QUALITY)
    return file.getvalue()


def _maps(
    method: str, classifier: Classifier, every: Sequence[Explained], seed: int
) -> Sequence[Float[Tensor, "height width"]]:
    """Of many pictures at once."""
    if not every:
        return []
    x = classifier.batch([one.picture for one in every])
    target = torch.tensor([one.target for one in every])
    seeds = [seeds_of(method, [one.asked], [one.word], seed)[0] for one in every]
    return [*maps_of(method, classifier, x, target, seeds).cpu()]


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
