"""New boxes among known ones: as lines to read, as JSON, as a table."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from core import files
from core.errors import DataError
from core.placement import Placement, spreads
from core.spread import BAND

SHOWN, AROUND = 20, 3  # boxes that are printed, and known boxes around each
KINDS = (".csv", ".parquet", ".json")  # of files that can be written


def lines(placement: Placement, label_of: Mapping[str, str]) -> str:
    """The first boxes for people to read; known tasks are called by their labels."""
    boxes = placement.boxes
    found = []
    for row, (name, within) in enumerate(
        zip(boxes.names[:SHOWN], placement.within(), strict=False)
    ):
        corners = f"{_point(boxes.lower[row])} to {_point(boxes.upper[row])}"
        held = [f"{label_of.get(one, one)} {_floored(share)}" for one, share in within]
        more = f" and {len(held) - AROUND} more" if len(held) > AROUND else ""
        where = ", ".join(held[:AROUND]) + more if held else "no known box"
        found.append(f"{name}: {corners}{_moves(placement, row)}, in {where}")
        if placement.outside[row]:
            found.append(f"  outside what this map knows: {placement.outside[row]}")
    if len(boxes.names) > SHOWN:
        left = len(boxes.names) - SHOWN
        found.append(f"and {left:,} more; --json and --out have them all")
    return "\n".join(found)


def document(placement: Placement) -> dict[str, Any]:
    """All boxes, as JSON can hold them."""
    boxes = placement.boxes
    each = zip(
        boxes.names,
        _digits(boxes.lower),
        _digits(boxes.upper),
        placement.within(),
        spreads(placement),
        placement.outside,
        strict=True,
    )
    return {
        "boxes": [
            {
                "name": name,
                "lower": lower,
                "upper": upper,
                "within": [{"name": one, "share": share} for one, share in within],
                "spread": spread,
                "outside": outside or None,
            }
            for name, lower, upper, within, spread, outside in each
        ]
    }


def table(placement: Placement) -> pd.DataFrame:
    """A row per box: corners, the innermost known box, and how sure it is."""
    boxes = placement.boxes
    corners = {
        f"{end}_{axis + 1}": corner[:, axis]
        for end, corner in (("lower", boxes.lower), ("upper", boxes.upper))
        for axis in range(boxes.dim)
    }
    innermost = [within[0] if within else (None, None) for within in placement.within()]
    return pd.DataFrame({"name": boxes.names, **corners}).assign(
        within=pd.Series([name for name, _ in innermost], dtype=object),
        share=pd.Series([share for _, share in innermost], dtype=np.float64),
        **_spread_columns(placement),
        outside=pd.Series([one or None for one in placement.outside], dtype=object),
    )


def _spread_columns(placement: Placement) -> dict[str, Float[np.ndarray, " tasks"]]:
    spread = placement.spread
    ends = {"lower": spread.lower, "upper": spread.upper}
    named = {"centre_sd": spread.centre, "side_sd": spread.side} | {
        f"{end}_{share:.0%}".replace("%", ""): corner
        for end, band in ends.items()
        for share, corner in zip(BAND, band, strict=True)
    }
    return {
        f"{word}_{axis + 1}": values[:, axis]
        for word, values in named.items()
        for axis in range(values.shape[1])
    }


def check_kind(out: Path) -> None:
    """Check that boxes can be written to a file of this name.

    Raises:
        DataError: They cannot; the message says which kinds there are.
    """
    if out.suffix.lower() not in KINDS:
        raise DataError(
            f"--out {out} is of the unknown kind {out.suffix!r}; let its name end in "
            f"one of {', '.join(KINDS)}."
        )


def write(out: Path, placement: Placement) -> None:
    """Write all boxes to a CSV, Parquet or JSON file.

    Raises:
        DataError: It cannot be written; what was there before is untouched.
    """
    kind = out.suffix.lower()
    try:
        if kind == ".json":
            files.write_json(out, document(placement))
        elif kind == ".parquet":
            files.write_table(out, table(placement))
        else:
            text = table(placement).to_csv(index=False)
            files.write(out, lambda file: file.write(text.encode()))
    except DataError as error:
        why = error.__cause__
        said = why.strerror if isinstance(why, OSError) else why
        raise DataError(
            f"Cannot write {out}: {said}; free some space, or name another file with "
            "--out."
        ) from error


def _digits(corner: Float[np.ndarray, "tasks dim"]) -> list[list[float]]:
    """As few digits as tell the numbers apart: 0.1 and not 0.10000000149011612."""
    return corner.astype(str).astype(np.float64).tolist()


def _moves(placement: Placement, row: int) -> str:
    """How far the centre of a box spreads."""
    spread = placement.spread
    if not spread.known[row]:
        return ""
    return f" ± {_point(spread.centre[row])}"


def _point(corner: Float[np.ndarray, " dim"]) -> str:
    return f"({', '.join(f'{at:.2f}' for at in corner.tolist())})"


def _floored(share: float) -> str:
    """Two digits, never rounded up: 1.00 is all of it."""
    return f"{math.floor(share * 100) / 100:.2f}"
