"""From three folders of images to their boxes among the birds, as docs/task2vec.md."""

import json

import numpy as np
from PIL import Image, ImageDraw

from core.__main__ import main


def drawn(kind, seed):
    """A disc, stripes or a square of some size, on a ground of some colour."""
    rng = np.random.default_rng([kind, seed])
    picture = Image.new("RGB", (120, 90), tuple(rng.integers(0, 256, 3).tolist()))
    draw, ink = ImageDraw.Draw(picture), tuple(rng.integers(0, 256, 3).tolist())
    left, top = rng.integers(5, 40, 2).tolist()
    if kind == 0:
        draw.ellipse((left, top, left + 40, top + 40), fill=ink)
    elif kind == 1:
        for x in range(left % 9, 120, 9):
            draw.line((x, 0, x, 90), fill=ink, width=4)
    else:
        draw.rectangle((left, top, left + 45, top + 30), fill=ink)
    return picture


def test_three_folders_get_boxes_with_two_commands(tmp_path, capsys):
    for kind, name in enumerate(("discs", "stripes", "squares")):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for seed in range(3):
            drawn(kind, seed).save(folder / f"{seed}.png")
    data = ("--data", str(tmp_path / "data"))
    out = tmp_path / "photos.npz"
    ask = ["embed", str(tmp_path / "photos"), "--among", "cub", "--out", str(out)]
    assert main([*ask, *data]) == 0
    capsys.readouterr()
    assert main(["place", "cub", "--features", str(out), "--json", *data]) == 0
    told = capsys.readouterr()
    boxes = {one["name"]: one for one in json.loads(told.out)["boxes"]}
    assert {"discs", "stripes", "squares"} <= {*boxes}
    corners = {tuple(one["lower"] + one["upper"]) for one in boxes.values()}
    assert len(corners) == len(boxes)  # each has a place of its own
    for one in boxes.values():
        assert (np.array(one["lower"]) < one["upper"]).all()
        assert one["within"] or one["outside"]
    assert "embed them with --among" not in told.err
