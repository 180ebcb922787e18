"""A part of all taxa, built, fitted and read back by the commands."""

import json

import numpy as np
import pandas as pd
import pytest

from core import cache, files
from core.__main__ import main
from core.boxes import containment_pairs
from core.cache import Store
from core.collections import inaturalist_full
from core.collections.inaturalist_full import hashed, parents_of, unique_names
from core.errors import DataError
from core.learning.treeplan import separated
from core.tree import depth_first

NAME = "inaturalist-full"
LINES = {  # scientific name: rank, and what its line in the table names
    "Life": ("stateofmatter", ""),
    "Animalia": ("kingdom", "Animalia"),
    "Plantae": ("kingdom", "Plantae"),
    "Ficus": ("genus", "Animalia///// Ficus"),
    "Ficus ": ("genus", "Plantae///// Ficus"),
    "Ficus ficus": ("species", "Animalia///// Ficus/ficus"),
    "Ficus carica": ("species", "Plantae///// Ficus/carica"),
    "Ficus carica sativa": ("variety", "Plantae///// Ficus/carica"),
    "Sycomorus": ("subgenus", "Plantae///// Ficus"),
    "Nemo nemo": ("species", "Plantae///// Nemo/nemo"),
}


def table(lines):
    """Taxa as the source lists them, of the names above."""
    rows = []
    for number, (name, (rank, line)) in enumerate(lines.items()):
        cells = (line.replace(" ", "").split("/") + [""] * 7)[:7]
        rows.append([number, *cells, name.strip(), rank])
    return pd.DataFrame(rows, columns=list(inaturalist_full.COLUMNS))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Three thousand taxa with boxes and points."""
    store = Store(tmp_path_factory.mktemp("data"))
    data = ["--data", str(store.data)]
    assert main(["build", NAME, "--taxa", "3000", *data]) == 0
    assert main(["fit", NAME, *data]) == 0
    assert main(["project", NAME, "--method", "pca", *data]) == 0
    return store


def test_a_taxon_lies_in_the_lowest_that_its_own_line_names():
    taxa = table(LINES)
    names = list(LINES)
    above = {
        names[row]: names[parent] if parent >= 0 else None
        for row, parent in enumerate(parents_of(taxa))
    }
    assert above == {
        "Life": None,
        "Animalia": "Life",
        "Plantae": "Life",
        "Ficus": "Animalia",
        "Ficus ": "Plantae",
        "Ficus ficus": "Ficus",
        "Ficus carica": "Ficus ",
        "Ficus carica sativa": "Ficus carica",
        "Sycomorus": "Ficus ",
        "Nemo nemo": "Plantae",  # there is no such genus in the table
    }


def test_names_used_twice_say_where_they_belong():
    taxa = table(LINES)
    tree, order = depth_first(parents_of(taxa))
    names = unique_names(taxa.iloc[order].reset_index(drop=True), tree)
    assert {"Ficus (genus, Animalia)", "Ficus (genus, Plantae)", "Sycomorus"} < {*names}
    assert names.is_unique


def test_names_that_share_pieces_are_alike():
    vectors = hashed(np.array(["Ficus carica", "Ficus religiosa", "Corvus corax"]))
    alike = vectors @ vectors.T
    np.testing.assert_allclose(np.diag(alike), 1, rtol=1e-6)
    assert alike[0, 1] > 0.2 + alike[0, 2]


def test_as_many_taxa_as_asked_for_with_all_above_them(store):
    collection = cache.load_collection(store, NAME)
    tree, tasks = collection.tree, collection.tasks
    assert len(tasks) == len(tree.parent) == collection.provenance["tasks"] == 3000
    assert tasks.index[0] == "Life" and (tree.parent[1:] >= 0).all()
    species = np.flatnonzero(tasks["rank"] == "species")
    above = tasks["rank"].to_numpy()[tree.parent[species]]
    assert (above == "genus").mean() > 0.99
    first = tasks["label"].to_numpy()[tree.parent[species]]
    same = [
        label.split()[0] == genus
        for label, genus in zip(tasks["label"].iloc[species], first, strict=True)
    ]
    assert np.mean(same) > 0.98


def test_boxes_lie_as_the_taxa_do(store):
    tree, boxes = cache.load_tree(store, NAME), cache.load_boxes(store, NAME, 2)
    assert separated(tree, (boxes.lower, boxes.upper))
    inner = np.arange(1, 3000)
    above = tree.parent[inner].astype(int)
    np.testing.assert_array_equal(containment_pairs(boxes, inner, above), 1)
    for row in np.flatnonzero(tree.size > 20).tolist():
        family = tree.children(row)
        one, other = (family[k] for k in np.triu_indices(len(family), 1))
        assert not containment_pairs(boxes, one, other).any()


def test_what_is_read_without_names_is_what_is_read_with_them(store):
    boxes = cache.load_boxes(store, NAME, 2)
    np.testing.assert_array_equal(
        np.stack(cache.load_corners(store, NAME, 2)), [boxes.lower, boxes.upper]
    )
    points = cache.load_projection(store, NAME, "pca")
    np.testing.assert_array_equal(cache.load_points(store, NAME, "pca"), points.points)
    assert boxes.names == points.names == tuple(cache.load_tasks(store, NAME).index)
    atlas = cache.load_atlas(store, NAME)
    assert atlas.hierarchy == cache.load_tree(store, NAME).hierarchy


def test_pairs_held_out_are_told_by_those_that_are_known(store, capsys):
    asked = ["--protocol", "existing", "--cases", "1", "--json"]
    assert main(["evaluate", NAME, *asked, "--data", str(store.data)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["models"]["default"]["f1_mean"] > 0.9
    assert document["positives"] > 1000


def test_steps_and_networks_are_refused(store, capsys):
    data = ["--data", str(store.data)]
    assert main(["fit", NAME, "--steps", "3", *data]) == 1
    assert "takes no steps" in capsys.readouterr().err


def test_a_tree_of_other_tasks_is_refused(store):
    path = store.data / NAME / "tasks.parquet"
    whole = path.read_bytes()
    files.write_table(path, pd.read_parquet(path).iloc[:-1])
    try:
        with pytest.raises(DataError, match="2,999 tasks but their tree 3,000"):
            cache.load_collection(store, NAME)
    finally:
        path.write_bytes(whole)
