"""Where species of birds belong: orders, families, and groups by their common names."""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from core.collections.taxonomy import Lineage
from core.errors import DataError

COLUMNS = ("species", "family", "order")
FEWEST = 5  # images of a task

Skipped = list[dict[str, str]]  # item and reason, as in `collection.json`


class Place(NamedTuple):
    """Order and family of a species."""

    order: str
    family: str


def read_taxonomy(path: Path) -> dict[str, Place]:
    """Places by the letters of a species' name, however its words are parted.

    Raises:
        DataError: The table cannot be read, lacks a column, or contradicts itself.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise DataError(
            f"{path} cannot be read ({reason}); name a CSV table with the columns "
            f"{', '.join(COLUMNS)}."
        ) from error
    rows = csv.DictReader(text.splitlines())
    missing = [one for one in COLUMNS if one not in (rows.fieldnames or [])]
    if missing:
        raise DataError(
            f"{path} has no column {missing[0]!r}; its first line must name "
            f"{', '.join(COLUMNS)}, parted by commas."
        )
    places: dict[str, Place] = {}
    for row in rows:
        species, family, order = ((row[one] or "").strip() for one in COLUMNS)
        if not (species and family and order):
            continue  # such a species is listed as unknown where it has images
        place = Place(order, family)
        if places.setdefault(letters(species), place) != place:
            raise DataError(
                f"Line {rows.line_num} of {path} gives {species} the family {family} "
                f"and the order {order}, an earlier one others; keep one of them."
            )
    return places


def letters(name: str) -> str:
    """A name without what spellings differ in: Green_Violet_ear, Green Violetear."""
    return re.sub(r"[\W\d_]", "", name).casefold()


def lineages_of(
    species: Sequence[str], places: Mapping[str, Place], skipped: Skipped
) -> list[Lineage]:
    """The taxa of every image, given by its species; all of them are in `places`.

    Species whose names end in one word (gulls, warblers) are a group where they are of
    one family. What has fewer than `FEWEST` images is left out.

    Raises:
        DataError: There are fewer images than that.
    """
    groups = _groups(set(species), places, skipped)

    def lineage(one: str) -> Lineage:
        order, family = places[letters(one)]
        above = (("class", "Aves"), ("order", order), ("family", family))
        word = last_word(one)
        group = (("group", f"{word} (group)"),) if word in groups else ()
        return (*above, *group, ("species", one))

    return _large_enough([lineage(one) for one in species], skipped)


def last_word(species: str) -> str:
    """The last word of a common name."""
    return re.split(r"[\s_]+", species)[-1]


def _groups(
    species: Iterable[str], places: Mapping[str, Place], skipped: Skipped
) -> set[str]:
    """Last words of species that are of one family, two of them at least."""
    families: dict[str, list[str]] = defaultdict(list)
    for one in sorted(species):
        families[last_word(one)].append(places[letters(one)].family)
    for word, found in families.items():
        if len(set(found)) > 1:
            skipped.append(
                {
                    "item": f"{word} (group)",
                    "reason": "no taxon: its species are of the families "
                    + ", ".join(sorted(set(found))),
                }
            )
    return {
        word
        for word, found in families.items()
        if len(found) > 1 and len(set(found)) == 1
    }


def _large_enough(lineages: Sequence[Lineage], skipped: Skipped) -> list[Lineage]:
    count = Counter(
        lineage[:end] for lineage in lineages for end in range(1, len(lineage) + 1)
    )
    few = sorted(taxon for taxon in count if count[taxon] < FEWEST)
    skipped.extend(
        {
            "item": taxon[-1][1],
            "reason": f"it has {count[taxon]} of the {FEWEST} images of a task",
        }
        for taxon in few
    )
    # A taxon is no smaller than those below it, so what is left starts at the top.
    left = [
        tuple(
            step
            for end, step in enumerate(lineage, 1)
            if count[lineage[:end]] >= FEWEST
        )
        for lineage in lineages
    ]
    if not all(left):
        raise DataError(
            f"There are {len(lineages)} images of known species that can be read; a "
            f"task needs {FEWEST}."
        )
    return left
