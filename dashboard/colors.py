"""What colours mean, for figures outside the page: the same as in assets/colors.js."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float

from core.atlas import Atlas
from core.evaluation.edges import edges_of
from core.hierarchy import descendants
from dashboard.columns import Categories, columns_of
from dashboard.edges import STATES, states
from dashboard.metadata import sizes
from dashboard.subtrees import subtrees_of

Theme = Literal["light", "dark"]

TONES = {"light": (0.62, 0.14), "dark": (0.74, 0.12)}  # lightness, chroma of branches
PALETTES: Mapping[Theme, tuple[str, ...]] = {
    "light": (
        *("#0048a3", "#ad8c28", "#017b6b", "#cc55b5"),
        *("#1a98fd", "#b63c00", "#d6c609", "#30353d"),
    ),
    "dark": (
        *("#559aff", "#f09f48", "#76c398", "#f4aae3"),
        *("#028daf", "#bd733f", "#dae144", "#eef1f5"),
    ),
}
EDGES = {"learned": 2, "spurious": 3, "missed": 5}  # of a palette
UNKNOWN = {"light": "#a9b1bc", "dark": "#5a6472"}
FIRST_HUE = 20
FREE = 0.05  # share of a branch's part of the wheel kept free at either end
HUES = 720
STEPS = 256  # of a ramp
GOOD = 0.9  # F1, at or above which a ramp does not begin


def colors(atlas: Atlas, by: str, theme: Theme, focus: int, dim: int) -> list[str]:
    """A colour of every task. `by`: one of `dashboard.figures.figure_colors(atlas)`.

    Args:
        atlas: All that is known of the collection.
        by: What colours mean.
        theme: In which they must stand out.
        focus: Row of the task whose branches are told apart, -1 for all.
        dim: Of the boxes that are shown.
    """
    if by in ("branch", "position"):
        hues = _branches(atlas, focus) if by == "branch" else _places(atlas)
        turns = np.floor((hues + 360.0) / 360 * HUES + 0.5).astype(int) % HUES
        return [_hex(*TONES[theme], 360 * turn / HUES) for turn in turns.tolist()]
    if by == "edges":
        judged = edges_of(atlas.boxes[dim], atlas.relations, atlas.hierarchy)
        palette = PALETTES[theme]
        inks = [
            palette[EDGES[state]] if state in EDGES else UNKNOWN[theme]
            for state in STATES
        ]
        return [inks[state] for state in states(judged, len(atlas.tasks)).tolist()]
    column = columns_of(atlas).get(by)
    if isinstance(column, Categories):
        palette, known = PALETTES[theme], len(column.values)
        last = len(palette) - 1
        return [
            palette[min(code, last)] if code < known else UNKNOWN[theme]
            for code in column.codes.tolist()
        ]
    floor = column.floor if column else 1.0 if by in ("members", "size") else None
    shares = _shares(_numbers(atlas, by, dim), floor, good=by == "f1")
    ramp = [_ramp(step / (STEPS - 1), theme) for step in range(STEPS)]
    return [
        UNKNOWN[theme] if share < 0 else ramp[int(share * (STEPS - 1) + 0.5)]
        for share in shares.tolist()
    ]


def _numbers(atlas: Atlas, by: str, dim: int) -> Float[np.ndarray, " tasks"]:
    if by == "members":
        return atlas.tasks["members"].to_numpy(np.float64)
    if by == "depth":
        return np.array(atlas.hierarchy.depth, dtype=np.float64)
    if by == "size" and (known := sizes(atlas.tasks)) is not None:
        return known
    if by == "f1" and (told := subtrees_of(atlas, dim)) is not None:
        found = (told.of(name) for name in atlas.tasks.index)
        return np.array([round(one.f1, 4) if one else np.nan for one in found])
    column = columns_of(atlas)[by]
    assert not isinstance(column, Categories)
    return column.numbers


def _shares(
    numbers: Float[np.ndarray, " tasks"], floor: float | None, good: bool
) -> Float[np.ndarray, " tasks"]:
    """Where each number lies on the ramp, -1 where it is unknown."""
    ends = np.array([np.nanmin(numbers), np.nanmax(numbers)])
    if good:  # perfect is one end of the ramp
        ends = np.array([min(GOOD, np.floor(20 * ends[0]) / 20), 1.0])
    if floor is not None:
        numbers, ends = (np.log(np.maximum(floor, one)) for one in (numbers, ends))
    share = (numbers - ends[0]) / ((ends[1] - ends[0]) or 1)
    return np.nan_to_num(share, nan=-1).astype(np.float32)


# ---------------------------------------------------------------- hues


def _branches(atlas: Atlas, focus: int) -> Float[np.ndarray, " tasks"]:
    """Hues in degrees, split among the children of a task, again and again.

    Tennekes and de Jonge, "Tree Colors", InfoVis 2014; by the square root of members.
    """
    known, members = atlas.hierarchy, atlas.tasks["members"].to_numpy()
    inside = set(range(len(members)))
    if focus >= 0:
        inside = {focus, *descendants(known, focus)}

    def seen(child: int) -> int | None:
        parents = known.parents[child]
        if focus < 0:
            return parents[0] if parents else None
        return next((parent for parent in parents if parent in inside), None)

    hues = np.zeros(len(members), dtype=np.float32)
    weights = np.sqrt(members.astype(np.float64))
    parts = _split(weights, known.roots if focus < 0 else (focus,), FIRST_HUE, 360)
    while parts:
        row, start, width = parts.pop()
        hues[row] = start + width / 2
        own = [child for child in known.children[row] if seen(child) == row]
        own.sort(key=lambda child: (-members[child], child))
        parts += _split(weights, own, start, width)
    return hues.astype(np.float64)


def _split(
    weights: Float[np.ndarray, " tasks"],
    rows: Sequence[int],
    start: float,
    width: float,
) -> list[tuple[int, float, float]]:
    free = FREE if len(rows) > 1 else 0
    total = float(sum(weights[row] for row in rows))
    parts = []
    for row in rows:
        part = width * float(weights[row]) / total
        start += part
        parts.append((row, start - part * (1 - free), part * (1 - 2 * free)))
    return parts


def _places(atlas: Atlas) -> Float[np.ndarray, " tasks"]:
    """Hues by the direction in which a box lies from the middle of all."""
    boxes = atlas.boxes[2]
    middles = (boxes.lower.astype(np.float64) + boxes.upper) / 2
    away = middles - middles.mean(axis=0)
    hues = np.degrees(np.arctan2(away[:, 1], away[:, 0])) + 180
    return hues.astype(np.float32).astype(np.float64)


def _ramp(share: float, theme: Theme) -> str:
    """From deep violet to pale yellow, without the end that the theme swallows."""
    at = 0.85 * share if theme == "light" else 0.2 + 0.8 * share
    return _hex(0.33 + 0.55 * at, 0.13, 300 - 195 * at)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """OKLCH to #rrggbb (Ottosson, 2020)."""
    angle = np.radians(hue)
    a, b = chroma * np.cos(angle), chroma * np.sin(angle)
    l3 = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m3 = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s3 = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    linear = (
        4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
        -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
        -0.0041960863 * l3 - 0.7034186147 * m3 + 1.707614701 * s3,
    )
    return "#" + "".join(f"{_byte(value):02x}" for value in linear)


def _byte(value: float) -> int:
    share = min(1.0, max(0.0, value))
    curved = share * 12.92 if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055
    return int(255 * curved + 0.5)
