"""A folder of one's own, from its images to the worst cases on the page."""

import pytest
from playwright.sync_api import expect

from core.__main__ import main
from tests.browser.pages import served
from tests.core.explanation.toys import picture

PROBE = "from tests.core.explanation.toys import colours_probe as probe\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """What the commands made of three folders of drawn pictures, served."""
    place = tmp_path_factory.mktemp("story")
    for colour, kind in enumerate(("red", "green", "blue")):
        folder = place / "mine" / kind
        folder.mkdir(parents=True)
        for k in range(5):
            picture(colour, (3 * k, 10), 10 * colour + k).save(folder / f"{k}.png")
    (place / "probe.py").write_text(PROBE)
    data = ["--data", str(place / "data")]
    images = str(place / "mine")
    asked = ["--model", str(place / "probe.py"), "--methods", "gradcam,gradient"]
    asked += ["--images", "2", "--magnitudes", "1"]
    assert main(["build", "folder", images, *data]) == 0
    assert main(["fit", "mine", "--dim", "2", "--steps", "20", *data]) == 0
    assert main(["explain", "mine", "--folder", images, *asked, *data]) == 0
    with served(place / "data") as address:
        yield address


def test_the_report_and_the_worst_cases_of_one_s_own_images_are_on_the_page(visit):
    page = visit("?collection=mine")
    page.click("header [data-action=evaluation]")
    page.click("#protocol-explanation")
    page.locator(".scores.explained").wait_for()
    expect(page.locator(".scores.explained tbody").first.locator("tr")).to_have_count(2)
    place, said = page.locator(".worst .case"), page.locator(".worst .case p")
    expect(said).to_contain_text("Still told right, yet the map changed.")
    expect(place.locator(".thumb")).to_have_count(5)
    address = place.locator(".thumb").first.evaluate(
        "one => getComputedStyle(one).backgroundImage.slice(5, -2)"
    )
    answer = page.request.get(address)
    assert (
        answer.headers["content-type"] == "image/webp" and answer.body()[:4] == b"RIFF"
    )
    first = said.inner_text()
    place.focus()
    page.keyboard.press("ArrowRight")
    assert first.startswith("1 of ") and said.inner_text().startswith("2 of ")
    page.keyboard.press("ArrowLeft")
    assert said.inner_text() == first
    page.keyboard.press("ArrowLeft")  # round to the last
    expect(said).to_contain_text("No longer told right, yet the map stayed.")
    page.select_option(".by-change select", "gradient")
    expect(page.locator(".worst h3")).to_have_text("Worst cases of Gradient")


def test_images_that_are_not_shipped_are_drawn_from_one_s_own(visit):
    page = visit("?collection=cub")
    page.click("header [data-action=evaluation]")
    page.click("#protocol-explanation")
    page.locator(".scores.explained").wait_for()
    expect(page.locator(".worst")).to_contain_text("which are not shipped")
    expect(page.locator(".worst code")).to_contain_text("--methods occlusion")
    assert (
        page.request.get(page.url.split("?")[0] + "explanation/cub/0.webp").status
        == 404
    )
