"""Which cases speak most against a method, and their pictures."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core.errors import DataError
from core.explanation.cases import MOST, SIDE, drawn, worst
from core.explanation.comparing import compared, shown
from core.explanation.explaining import Heads
from core.explanation.kept import Sheet, load_sheets, save_sheets, sheet_of
from core.explanation.running import Setting, networks
from core.explanation.transformations import changes
from core.store import Store
from tests.core.explanation.toys import asked, colours_head

ABOUT = {"task": "birds", "model": "colours", "setting": {"images": 2}}


def row(kind, right, ssim):
    return {"kind": kind, "truth": 1, "told": 1 if right else 0, "ssim": ssim}


def test_the_worst_are_maps_that_change_for_nothing_and_maps_that_stay():
    rows = pd.DataFrame(
        [
            row("none", True, np.nan),
            row("geometric", True, 0.9),
            row("geometric", True, 0.2),
            row("random", True, 0.1),  # another network may see something else
            row("photometric", False, 0.3),
            row("checkpoint", False, 0.8),
            row("photometric", False, np.nan),
        ]
    )
    assert worst(rows).index.tolist() == [2, 1, 5, 4]
    many = pd.concat([rows] * 20, ignore_index=True)
    assert len(worst(many)) == 2 * MOST


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    probe = tmp_path_factory.mktemp("cases") / "probe.py"
    probe.write_text("from tests.core.explanation.toys import colours_probe as probe")
    setting = Setting(str(probe))
    heads = Heads("colours", colours_head(), (), np.ones(2, dtype=bool))
    known, some = networks(setting, heads), asked(2)
    classifier = known.base
    seen = shown(classifier, some, changes(32, each=1))
    rows = pd.DataFrame(
        [
            {"method": method, "image": one.image, **row}
            for method in ("control-constant", "gradcam")
            for one, told in zip(
                some, compared(method, classifier, seen, known.others), strict=True
            )
            for row in told
        ]
    )
    return rows, drawn(setting, heads, some, rows, ABOUT)


def test_pictures_are_those_of_the_rows(sheets):
    rows, (only,) = sheets
    assert only.about["method"] == "gradcam"  # controls have no cases
    cases = only.about["cases"]
    told = Image.open(io.BytesIO(only.image))
    assert told.size == (5 * SIDE, len(cases) * SIDE)
    own = rows[rows["method"] == "gradcam"]
    assert [case["ssim"] for case in cases] == worst(own)["ssim"].tolist()
    assert [case["right"] for case in cases] == sorted(
        (case["right"] for case in cases), reverse=True
    )
    # The patch that its class is told by is the brightest place of the first map.
    pixels = np.asarray(told).astype(int)[:SIDE]
    where = np.argwhere(pixels[:, 2 * SIDE : 3 * SIDE].sum(axis=2) > 500).mean(axis=0)
    patch = np.argwhere(pixels[:, :SIDE].max(axis=2) > 200).mean(axis=0)
    np.testing.assert_allclose(where, patch, atol=8)


def test_sheets_are_kept_in_place_of_older_ones_of_their_method(sheets, tmp_path):
    store, (only,) = Store(tmp_path), sheets[1]
    other = Sheet({**only.about, "method": "lime"}, b"lime")
    save_sheets(store, "mine", [replace(only, image=b"old"), other])
    save_sheets(store, "mine", [only])
    assert load_sheets(store, "mine") == [only.about, other.about]
    assert sheet_of(store, "mine", 0) == only.image
    assert sheet_of(store, "mine", 1) == b"lime"
    with pytest.raises(DataError, match="has no array 'sheet2'"):
        sheet_of(store, "mine", 2)
    assert load_sheets(store, "none") == []
