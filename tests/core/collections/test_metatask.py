"""Orders as tasks, counted by hand and in the collections that are shipped."""

import json

import numpy as np
import pytest

from core.cache import Store, load_tasks
from core.collections.metatask import meta_tasks, species_table, taxonomic_distances
from core.errors import DataError

ANIMALS = [
    ("Animalia", "Chordata", "Aves", "Passeriformes", 3),
    ("Animalia", "Chordata", "Aves", "Anseriformes", 2),
    ("Animalia", "Chordata", "Mammalia", "Carnivora", 2),
    ("Animalia", "Mollusca", "Bivalvia", "Ostreida", 2),
    ("Animalia", "Mollusca", "Bivalvia", "Venerida", 1),  # one species is no task
    ("Fungi", "Ascomycota", "Lecanoromycetes", "Lecanorales", 2),
]


@pytest.fixture
def categories(tmp_path):
    listed = [
        {
            **dict(zip(("kingdom", "phylum", "class", "order"), place, strict=True)),
            "name": f"{place[-1]} {k}",
            "id": 0,
        }
        for *place, count in ANIMALS
        for k in range(count)
    ]
    path = tmp_path / "categories.json"
    path.write_text(json.dumps(listed))
    return path


def test_orders_of_two_species_are_tasks(categories):
    found = meta_tasks(species_table(categories))
    assert {one.taxon: one.species for one in found} == {
        place[3]: place[4] for place in ANIMALS if place[4] > 1
    }
    # Where there are not only birds, Passeriformes are one task.
    assert {one.rank for one in found} == {"order"}


def test_distances_are_the_ranks_that_differ(categories):
    found = {one.taxon: one for one in meta_tasks(species_table(categories))}
    names = ("Passeriformes", "Anseriformes", "Carnivora", "Ostreida", "Lecanorales")
    far = taxonomic_distances([found[one] for one in names])
    np.testing.assert_array_equal(far[0], [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(far, far.T)


def test_of_birds_alone_passeriformes_are_families(tmp_path):
    path = tmp_path / "birds.csv"
    path.write_text(
        "species,family,order\n"
        "House_Sparrow,Passeridae,Passeriformes\n"  # alone in its family
        "Common_Raven,Corvidae,Passeriformes\n"
        "Fish_Crow,Corvidae,Passeriformes\n"
        "Barn_Wren,Troglodytidae,Passeriformes\n"
        "House_Wren,Troglodytidae,Passeriformes\n"
        "Mallard,Anatidae,Anseriformes\n"
        "Gadwall,Anatidae,Anseriformes\n"
    )
    found = meta_tasks(species_table(path))
    assert {(one.taxon, one.rank) for one in found} == {
        ("Corvidae", "family"),
        ("Troglodytidae", "family"),
        ("Anseriformes", "order"),
    }
    by_name = sorted(found, key=lambda one: one.taxon)
    assert taxonomic_distances(by_name).tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("name", "orders", "families", "species"),
    [("cub", 9, 11, 91), ("inaturalist", 216, 0, 8059)],
)
def test_collections_that_come_with_the_program(
    tmp_path, name, orders, families, species
):
    found = meta_tasks(load_tasks(Store(tmp_path), name))
    ranks = [one.rank for one in found]
    assert (ranks.count("order"), ranks.count("family")) == (orders, families)
    assert sum(one.species for one in found) == species


@pytest.mark.parametrize("text", ["[1]", "{", '[{"name": "x"}]'])
def test_what_is_no_list_of_species(tmp_path, text):
    path = tmp_path / "categories.json"
    path.write_text(text)
    with pytest.raises(DataError, match="no list of species"):
        species_table(path)


def test_tasks_that_are_no_taxa(tmp_path):
    with pytest.raises(DataError, match="no taxa"):
        meta_tasks(load_tasks(Store(tmp_path), "taskonomy"))
