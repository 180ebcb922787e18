"""The images of a discovery that the page shows, on one sheet."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int, UInt8

from core import files

SIDE = 12  # images of each side of a task in the gallery
QUIZ = 10  # of each side that one is asked about
ACROSS = 32  # images in a row of the sheet


def gallery(
    margin: Float[np.ndarray, " images"], test: Int[np.ndarray, " test"]
) -> list[list[int]]:
    """Rows of the test images that lie surest on side 0 and on side 1."""
    order = test[np.argsort(margin[test], kind="stable")]
    low = order[margin[order] <= 0][:SIDE]
    high = order[margin[order] > 0][::-1][:SIDE]
    return [low.tolist(), high.tolist()]


def questions(
    margin: Float[np.ndarray, " images"], test: Int[np.ndarray, " test"], seed: int = 0
) -> list[int]:
    """Rows of test images to be asked about: of both sides, not in the gallery.

    Of each side from its surer half, so that there is an answer.
    """
    shown = {row for side in gallery(margin, test) for row in side}
    rng = np.random.default_rng([seed, 29])
    found = []
    for own in (margin[test] <= 0, margin[test] > 0):
        rows = test[own]
        if not rows.size:
            continue
        sure = rows[abs(margin[rows]) >= np.median(abs(margin[rows]))]
        rest = [row for row in sure.tolist() if row not in shown]
        found += rng.permutation(rest)[:QUIZ].astype(int).tolist()
    return rng.permutation(found).astype(int).tolist()


def rows_shown(
    margin: Float[np.ndarray, "tasks images"],
    test: Int[np.ndarray, " test"],
    further: list[int],
) -> Int[np.ndarray, " pictures"]:
    """Rows of all images that the page shows, each once."""
    rows = set(further)
    for one in margin:
        rows.update(row for side in gallery(one, test) for row in side)
        rows.update(questions(one, test))
    return np.array(sorted(rows), dtype=np.int64)


def write_sheet(
    folder: Path,
    pixels: UInt8[np.ndarray, "pictures height width channels"],
    rows: Int[np.ndarray, " pictures"],
    of: str,
) -> None:
    """Write the images, `ACROSS` in a row, which rows they are, and of which tasks."""
    from PIL import Image

    count, height, width, channels = pixels.shape
    down = -(-count // ACROSS)
    whole = np.zeros((down * ACROSS, height, width, channels), dtype=np.uint8)
    whole[:count] = pixels
    sheet = whole.reshape(down, ACROSS, height, width, channels).swapaxes(1, 2)
    sheet = sheet.reshape(down * height, ACROSS * width, channels)
    file = io.BytesIO()
    Image.fromarray(sheet[..., 0] if channels == 1 else sheet).save(
        file, "PNG", optimize=True
    )
    files.write_all(
        {
            folder / "sheet.png": lambda out: out.write(file.getvalue()),
            folder / "sheet.npz": files.filled_with({"rows": rows, "of": np.array(of)}),
        }
    )
