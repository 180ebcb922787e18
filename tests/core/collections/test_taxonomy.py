import numpy as np

from core.collections.taxonomy import counts_by_rank, taxon_table

FELIS = (("family", "Felidae"), ("genus", "Felis"))
FINCH = (("family", "Fringillidae"), ("genus", "Chloris"))
GRASS = (("family", "Poaceae"), ("genus", "Chloris"))
LINEAGES = [
    (*FELIS, ("species", "Felis catus")),
    (*FELIS, ("species", "Felis chaus")),
    (("family", "Felidae"), ("genus", "Puma"), ("species", "Puma concolor")),
    (*GRASS, ("species", "Chloris barbata")),
    (*GRASS, ("species", "Chloris gayana")),
    (*FINCH, ("species", "Chloris chloris")),
    (*FINCH, ("species", "Chloris sinica")),
    (("family", "Fringillidae"), ("species", "Incerta sedis")),
]


def species_of(lineages):
    """The species of every task of the table."""
    tasks, membership = taxon_table(lineages)
    rows = np.split(membership.member, membership.start[1:-1])
    names = [lineage[-1][1] for lineage in lineages]
    return {
        task: {names[row] for row in some}
        for task, some in zip(tasks.index, rows, strict=True)
    }


def test_taxa_with_the_same_species_are_one_task_named_by_the_lowest():
    tasks, _ = taxon_table(LINEAGES)
    assert "Puma" not in tasks.index
    assert tasks.loc["Puma concolor", ["rank", "also"]].tolist() == [
        "species",
        "genus Puma",
    ]
    assert "Poaceae" not in tasks.index
    assert tasks["also"].ne("").sum() == 2


def test_a_task_holds_the_species_of_its_taxon():
    found = species_of(LINEAGES)
    assert len(found) == 3 + 4 + 8 - 2
    assert found["Felidae"] == {"Felis catus", "Felis chaus", "Puma concolor"}
    assert found["Felis"] == {"Felis catus", "Felis chaus"}
    assert found["Incerta sedis"] == {"Incerta sedis"}


def test_equal_names_are_told_apart_by_what_is_above():
    found = species_of(LINEAGES)
    assert found["Chloris (genus, Poaceae)"] == {"Chloris barbata", "Chloris gayana"}
    assert found["Chloris (genus, Fringillidae)"] == {
        "Chloris chloris",
        "Chloris sinica",
    }
    tasks, _ = taxon_table(LINEAGES)
    assert tasks.loc["Chloris (genus, Poaceae)", "label"] == "Chloris"


def test_parents_are_the_closest_taxa_with_more_species():
    tasks, _ = taxon_table(LINEAGES)
    parents = {name: list(above) for name, above in tasks["parents"].items()}
    assert parents["Felis catus"] == ["Felis"]
    assert parents["Puma concolor"] == ["Felidae"]  # not Puma, which is the same task
    assert parents["Felidae"] == parents["Chloris (genus, Poaceae)"] == []
    assert tasks.loc["Felis catus", "depth"] == 2


def test_taxa_are_counted_by_rank_those_that_share_a_task_each():
    assert counts_by_rank(LINEAGES) == {"family": 3, "genus": 4, "species": 8}
    assert list(counts_by_rank(LINEAGES)) == ["family", "genus", "species"]
