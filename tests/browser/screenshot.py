"""Take the pictures of the README: `make screenshot`.

Opens the app on what is shipped, as a visitor would, and writes what Chromium shows.
"""

import sys
import tempfile

from tests.browser.pages import ROOT, chromium, ready, served

FOLDER = ROOT / "docs" / "pictures"
ANIMAL, DOG, INSTRUMENT = "n00015388", "n02084071", "n03800933"
WIDE, NARROW = (1440, 900), (390, 844)


def main() -> int:
    """Write six pictures, of both themes, wide and narrow."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    shots = {
        "atlas-light": (WIDE, "light", f"?focus={ANIMAL}&task={DOG}"),
        "cuboids-dark": (WIDE, "dark", f"?dim=3&focus={INSTRUMENT}"),
        "tree-dark": (WIDE, "dark", f"?collection=imagenet&task={DOG}&beside=tree"),
        "intervals-light": (
            WIDE,
            "light",
            f"?dim=3&axes=0,1&focus={INSTRUMENT}&beside=intervals",
        ),
        "published-light": (
            WIDE,
            "light",
            "?collection=cub&beside=fit.2d.published",
        ),
        "phone-dark": (NARROW, "dark", f"?focus={ANIMAL}&task={DOG}"),
    }
    with (
        tempfile.TemporaryDirectory() as data,
        served(data) as address,
        chromium() as browser,
    ):
        for name, ((width, height), scheme, query) in shots.items():
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page.goto(f"{address}/{query}")
            ready(page)
            page.locator("#details h2").wait_for()
            page.wait_for_timeout(1500)
            page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
    print(f"Pictures in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
