"""Take the pictures of the README: `make screenshot`.

Opens the app on what is shipped, as a visitor would, and writes what Chromium shows.
"""

import sys
import tempfile

from tests.browser.pages import ROOT, chromium, ready, served

FOLDER = ROOT / "docs" / "pictures"
ANIMAL, DOG = "n00015388", "n02084071"


def main() -> int:
    """Write one picture for the README and one for every width and theme."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    shots = {
        "atlas-light": (1440, 900, "light", f"?focus={ANIMAL}&task={DOG}"),
        "atlas-dark-3d": (1440, 900, "dark", "?dim=3&focus=n03800933"),
    }
    with (
        tempfile.TemporaryDirectory() as data,
        served(data) as address,
        chromium() as browser,
    ):
        for name, (width, height, scheme, query) in shots.items():
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
