"""Pictures of clothes and shoes, drawn, in zips of folders: images of a few kinds."""

import io
import zipfile

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 128  # pixels
PAPER = (245, 245, 245)
# Outlines of their parts.
KINDS = {
    "shirt": [
        "30,24 50,16 78,16 98,24 120,52 102,62 94,50 94,112 34,112 34,50 26,62 8,52"
    ],
    "trousers": ["40,14 88,14 96,116 72,116 64,46 56,116 32,116"],
    "dress": ["48,12 56,22 72,22 80,12 84,48 104,116 24,116 44,48"],
    "sneaker": ["10,70 26,52 44,66 74,70 112,86 118,98 10,98"],
    "sandal": [
        "8,92 60,86 120,92 120,100 8,100",
        "52,60 66,58 92,90 76,92",
        "20,64 30,62 38,90 26,92",
    ],
    "boot": ["30,16 72,16 72,72 114,86 118,108 28,108"],
}


def picture(kind, rng):
    """One of a kind: of some colour and size, somewhere, drawn by an unsteady hand."""
    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    ink = tuple(rng.integers(20, 170, 3).tolist())
    size, at = rng.uniform(0.8, 1), rng.uniform(-6, 6, 2)
    for part in KINDS[kind]:
        points = np.array([point.split(",") for point in part.split()], float)
        points = (points - SIDE / 2) * size + SIDE / 2 + at
        points += rng.normal(0, 1.5, points.shape)
        ImageDraw.Draw(image).polygon(points.ravel().tolist(), fill=ink)
    return image.filter(ImageFilter.GaussianBlur(0.8))


def zipped(path, folders, count, seed=0):
    """A zip with `count` pictures in every folder, each of a kind: {folder: kind}."""
    rng = np.random.default_rng(seed)
    with zipfile.ZipFile(path, "w") as archive:
        for folder, kind in folders.items():
            for k in range(count):
                with archive.open(f"{folder}/{k}.png", "w") as file:
                    whole = io.BytesIO()
                    picture(kind, rng).save(whole, "PNG")
                    file.write(whole.getvalue())
    return path
