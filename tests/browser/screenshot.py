"""Take the pictures of the README: `make screenshot`.

Opens the app on what is shipped, as a visitor would, and writes what Chromium shows.
"""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page

from core import cache
from core.cache import Store
from tests.browser.pages import ROOT, chromium, ready, served

FOLDER = ROOT / "docs" / "pictures"
ANIMAL, DOG, INSTRUMENT = "n00015388", "n02084071", "n03800933"
OWN = {
    "my woodpeckers": ("Woodpecker (group)",),
    "small brown birds": ("Sparrow (group)", "Wren (group)"),
}
WIDE, NARROW = (1440, 900), (390, 844)
Shot = tuple[tuple[int, int], Literal["light", "dark"], str]  # size, theme, query


SHOTS: Mapping[str, Shot] = {
    "atlas-light": (WIDE, "light", f"?focus={ANIMAL}&task={DOG}"),
    "cuboids-dark": (WIDE, "dark", f"?dim=3&focus={INSTRUMENT}"),
    "tree-dark": (WIDE, "dark", f"?collection=imagenet&task={DOG}&beside=tree"),
    "intervals-light": (
        WIDE,
        "light",
        f"?dim=3&axes=0,1&focus={INSTRUMENT}&beside=intervals",
    ),
    "published-light": (WIDE, "light", "?collection=cub&beside=fit.2d.published"),
    "own-light": (WIDE, "light", "?collection=cub"),
    "explanations-light": (WIDE, "light", "?collection=cub"),
    "phone-dark": (NARROW, "dark", f"?focus={ANIMAL}&task={DOG}"),
}
# Of a collection that is too large to be shipped, from the person's own data.
LARGE = "inaturalist-full"
LARGE_SHOTS: Mapping[str, Shot] = {
    "taxa-light": (WIDE, "light", f"?collection={LARGE}&beside=tree")
}


def main() -> int:
    """Write the pictures that are named, or all: of both themes, wide and narrow."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    own = Store(cache.default_data())
    there = {**SHOTS, **(LARGE_SHOTS if own.holds(LARGE, "boxes_2d.npz") else {})}
    wanted = sys.argv[1:] or [*there]
    with chromium() as browser:
        if shipped := [name for name in wanted if name in SHOTS]:
            with tempfile.TemporaryDirectory() as data:
                _take(browser, Path(data), {name: SHOTS[name] for name in shipped})
        if large := [name for name in wanted if name in LARGE_SHOTS]:
            _take(browser, own.data, {name: LARGE_SHOTS[name] for name in large})
            _pack(large)
    print(f"Pictures in {FOLDER.relative_to(ROOT)}")
    return 0


def _take(browser: Browser, data: Path, shots: Mapping[str, Shot]) -> None:
    with served(data) as address:
        for name, ((width, height), scheme, query) in shots.items():
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page.goto(f"{address}/{query}")
            ready(page)
            page.locator("#details h2").wait_for()
            if name == "own-light":
                _place(page, data)
            if name == "explanations-light":
                page.click("header [data-action=evaluation]")
                page.click("#protocol-explanation")
            page.wait_for_timeout(1500)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()


def _pack(names: list[str]) -> None:
    """Thousands of outlines take a third of the space in 256 colours."""
    for path in (FOLDER / f"{name}.png" for name in names):
        packed = Image.open(path).quantize(256, dither=Image.Dither.NONE)
        packed.save(path, optimize=True)


def _place(page: Page, folder: Path) -> None:
    """Three tasks of one's own: means of two images each of some groups, and noise."""
    birds = cache.load_collection(Store(folder), "cub")
    assert birds.membership is not None
    names = list(birds.tasks.index)
    member, start = birds.membership.member, birds.membership.start
    rng, features, lines = np.random.default_rng(0), [], ["member,task"]
    for task, groups in OWN.items():
        known = np.concatenate(
            [member[start[row] : start[row + 1]] for row in map(names.index, groups)]
        )
        pairs = rng.choice(known, (40, 2))
        features.append(birds.features[pairs].astype(np.float32).mean(axis=1))
        lines += [f"{len(lines) - 1 + k},{task}" for k in range(len(pairs))]
    features.append(rng.normal(size=(40, birds.features.shape[1])).astype(np.float32))
    lines += [f"{len(lines) - 1 + k},noise" for k in range(40)]
    np.save(folder / "features.npy", np.concatenate(features))
    (folder / "members.csv").write_text("\n".join(lines))
    page.click("[data-action=own]")
    page.click("#own-tab-place")
    files = [folder / "features.npy", folder / "members.csv"]
    page.set_input_files("#own-place > .drop input", files)
    page.locator("#placed li").first.wait_for()


if __name__ == "__main__":
    sys.exit(main())
