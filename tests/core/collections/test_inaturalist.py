"""Against the source packages, read here by other ways than the builder's."""

import json

import numpy as np
import pandas as pd
import pytest

from core import cache
from core.cache import PRECOMPUTED, Store
from core.collection import hierarchy
from core.collections.inaturalist import (
    RANKS,
    SPECIES,
    TAXA,
    listed_species,
    placed,
    stem,
)
from core.packages import package_file

SHIPPED = PRECOMPUTED / "inaturalist"


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """The collection that is shipped."""
    return cache.load_collection(Store(tmp_path_factory.mktemp("none")), "inaturalist")


@pytest.fixture(scope="module")
def listed():
    """Names of the species, as the source lists them."""
    return package_file(*SPECIES).read_text(encoding="utf-8").split("\n")[:8142]


@pytest.fixture(scope="module")
def known(collection, listed):
    """Species of today's taxonomy that are on the list, under today's names."""
    taxa = pd.read_parquet(package_file(*TAXA))
    taxa = taxa[taxa["taxonRank"] == "species"].set_index("scientificName")
    tasks = collection.tasks
    accepted = tasks["accepted"].where(tasks["accepted"] != "", tasks["label"])
    species = accepted[tasks["rank"] == "species"]
    found = taxa.loc[species[species.isin(taxa.index)].unique(), list(RANKS)]
    # Of two species of one name it is the fungus, not the foraminifer.
    return found[~((found.index == "Clavulina rugosa") & (found["kingdom"] != "Fungi"))]


def paths(collection):
    """Rank and name of every taxon above and of a species, by the shipped tasks."""
    tree = hierarchy(collection.tasks)
    own = [
        [tuple(part.split(" ", 1)) for part in also.split(", ") if part]
        + [(rank, label)]
        for also, rank, label in zip(
            collection.tasks["also"],
            collection.tasks["rank"],
            collection.tasks["label"],
            strict=True,
        )
    ]
    found = {}
    for row, name in enumerate(collection.tasks.index):
        above, at = [], row
        while True:
            above = own[at] + above
            if not tree.parents[at]:
                break
            at = tree.parents[at][0]
        found[name] = dict(above)
    return found


def test_every_listed_species_is_a_task_of_its_own(collection, listed):
    species = collection.tasks[collection.tasks["rank"] == "species"]
    assert sorted(species["label"]) == sorted(listed)
    assert (species["members"] == 1).all()


def test_tasks_are_the_distinct_sets_of_species(collection):
    assert len(collection.tasks) == 10_252
    rows = np.split(collection.membership.member, collection.membership.start[1:-1])
    assert len({tuple(members) for members in rows}) == 10_252


def test_every_species_lies_in_the_taxa_that_the_source_names(collection, known):
    found = paths(collection)
    tasks = collection.tasks
    today = tasks["accepted"].where(tasks["accepted"] != "", tasks["label"])
    wrong = {}
    for name in tasks.index[tasks["rank"] == "species"]:
        if today[name] in known.index:
            source = known.loc[today[name]].dropna().to_dict()
            mine = {rank: found[name].get(rank) for rank in source}
            if mine != source:
                wrong[name] = (mine, source)
    assert wrong == {}
    assert len(known) > 7_800


def test_the_counts_of_taxa_at_each_rank_are_those_of_the_source(collection, known):
    """What the source holds above the species that it knows, and what was added.

    Species that it does not know under any name add the taxa that they were placed in,
    which are the source's as well.
    """
    counts = collection.provenance["counts"]
    assert counts["species"] == 8142
    taxa = pd.read_parquet(package_file(*TAXA))
    found = paths(collection)
    for rank in RANKS:
        mine = {
            tuple(one.get(above, "") for above in RANKS[: RANKS.index(rank) + 1])
            for one in found.values()
            if rank in one
        }
        assert len(mine) == counts[rank]
        columns = list(RANKS[: RANKS.index(rank) + 1])
        used = {
            tuple(row)
            for row in known[columns].fillna("").drop_duplicates().to_numpy()
            if row[-1]
        }
        assert used <= mine
        source = {
            tuple(row) for row in taxa[columns].fillna("").drop_duplicates().to_numpy()
        }
        assert mine <= source
        assert len(mine - used) <= len(collection.provenance["approximate"])


def test_what_is_shipped_says_how_species_were_placed(collection):
    about = json.loads((SHIPPED / "collection.json").read_text(encoding="utf-8"))
    assert len(about["approximate"]) == 243
    assert (collection.tasks["accepted"] != "").sum() == 319
    assert any("no image was seen" in note for note in about["notes"])
    assert about["tasks"] == len(collection.tasks)


# How species are placed

TAXONOMY = [
    ("Plantae", "P", "C", "Poales", "Poaceae", "Poa", "annua"),
    ("Plantae", "P", "C", "Poales", "Poaceae", "Stipa", "capillata"),
    ("Plantae", "P", "C", "Poales", "Poaceae", "Ptilagrostis", "mongholica"),
    ("Plantae", "P", "C", "Rosales", "Rosaceae", "Rosa", "mongholica"),
    ("Plantae", "P", "C", "Poales", "Poaceae", "Zea", "mays"),
    ("Fungi", "B", "A", "X", "Y", "Zea", "mays"),
]


def taxa(rows=TAXONOMY):
    columns = [*RANKS, "specificEpithet"]
    species = pd.DataFrame(rows, columns=columns)
    species["scientificName"] = species["genus"] + " " + species["specificEpithet"]
    species["taxonRank"] = "species"
    genera = species.assign(scientificName=species["genus"], taxonRank="genus")
    return pd.concat([species, genera.drop_duplicates([*RANKS])], ignore_index=True)


def place(name, around=("Poa annua", "Zea mays")):
    return placed([around[0], name, around[1]], taxa())[1]


def test_a_species_is_found_by_its_name_beside_its_like():
    found = placed(["Poa annua", "Zea mays"], taxa())
    assert [one.how for one in found] == ["name", "name"]
    assert found[1].taxon[0] == "Plantae"  # and not the fungus of the same name


def test_a_renamed_species_is_found_by_its_epithet_whatever_its_ending():
    found = place("Stipa mongholicum")
    assert (found.how, found.accepted) == ("renamed", "Ptilagrostis mongholica")


def test_a_lost_species_goes_to_its_genus():
    found = place("Stipa deserta")
    assert (found.how, found.taxon[5], found.accepted) == ("genus", "Stipa", "")


def test_a_lost_genus_goes_where_its_neighbours_in_the_list_belong():
    found = place("Nowhere known")
    assert found.how == "neighbours"
    assert found.taxon == ("Plantae", "P", "C", "Poales", "Poaceae", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [("palustris", "palustre"), ("clavata", "clavatus"), ("americana", "americanum")],
)
def test_endings_do_not_count(one, other):
    assert stem(one) == stem(other)


def test_the_list_is_read_whole():
    assert len(listed_species()) == len(set(listed_species())) == 8142
